package room

import (
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// maxConfidants bounds how many members with private Events are remembered.
const maxConfidants = 10_000

// snapshots reads the newest Messages for newcomers. When a class arrives they
// mostly are the same for everybody, and reading and encoding them is the most
// expensive part of a join.
type snapshots struct {
	public *Frame           // the newest for somebody without private ones, nil if unknown
	at     netchat.Position // the Log's head then

	confidants map[netchat.MemberID]struct{} // who wrote or got something private since the room was opened
	floor      uint64                        // of newcomers
	many       bool                          // more than maxConfidants, or before it was opened: anybody may have
}

// learn takes note of an Event that was stored.
func (p *snapshots) learn(e *netchat.Event) {
	if !e.Audience.Private() || p.many {
		return
	}
	if p.confidants == nil {
		p.confidants = make(map[netchat.MemberID]struct{})
	}
	p.confidants[e.Author] = struct{}{}
	for _, id := range e.Audience.Members {
		p.confidants[id] = struct{}{}
	}
	if p.many = len(p.confidants) > maxConfidants; p.many {
		p.confidants = nil
	}
}

// of returns the newest Messages for viewer.
func (p *snapshots) of(log history.Log, viewer history.Viewer) *Frame {
	if _, private := p.confidants[viewer.Member]; private || p.many || viewer.Host || viewer.Floor != p.floor {
		f, _ := snapshot(log, viewer)
		return f
	}
	head := log.Head()
	if p.public != nil && p.at == head {
		return p.public
	}
	f, ok := snapshot(log, history.Viewer{Floor: viewer.Floor})
	if ok {
		p.public, p.at = f, head
	}
	return f
}

// snapshot is empty, and reports false, if the Log cannot be read: the room goes
// on without.
func snapshot(log history.Log, viewer history.Viewer) (*Frame, bool) {
	page, err := log.Page(history.PageQuery{
		Viewer: viewer, Limit: netchat.SnapshotMessages, MaxBytes: netchat.SnapshotBytes,
	})
	if err != nil {
		page = history.Page{}
	}
	return &Frame{Page: &page}, err == nil
}
