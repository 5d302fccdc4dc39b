package server

import (
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A presence tells the plain members who came and went: a user_list and then a
// system line for each. A new name is told by a list alone: the dialect has no
// words for it. A class arriving would make that O(N²) lists, so lists
// are merged to at most one in netchat.RosterEvery. The first goes at once,
// lines are never merged or dropped, and both go before any message whose
// author they concern. Only the desk uses it.
type presence struct {
	room    *room.Room
	now     func() time.Time
	lines   []wire.Framed // that wait, oldest first; an empty one stands for a new name
	first   int           // number of lines[0] among all lines ever
	dirty   bool          // the list has changed since it was sent
	concern map[netchat.MemberID]struct{}
	sent    time.Time // when the last list went
}

func newPresence(r *room.Room, now func() time.Time) *presence {
	return &presence{room: r, now: now, concern: make(map[netchat.MemberID]struct{})}
}

// changed takes a change of the roster.
func (p *presence) changed(c *room.Change) {
	for _, id := range c.Renamed {
		p.add(id, nil)
	}
	for _, m := range c.Gone {
		p.line(m.ID, wire.SystemLeft(m.Name), c.Time)
	}
	joined := make(map[netchat.MemberID]int, len(c.Joined))
	for _, m := range c.Joined {
		p.line(m.ID, wire.SystemJoined(m.Name), c.Time)
		joined[m.ID] = p.first + len(p.lines)
	}
	if len(joined) > 0 {
		// A newcomer was told of itself and all before it when it was welcomed.
		p.room.Sinks(func(m netchat.Member, sink room.Sink) {
			if from, ok := joined[m.ID]; ok {
				sink.(*member).stream.linesFrom = from
			}
		})
	}
	p.dirty = p.dirty || len(c.Joined)+len(c.Gone)+len(c.Renamed) > 0
	if due := p.due(); !due.IsZero() && !due.After(p.now()) {
		p.flush()
	}
}

func (p *presence) line(id netchat.MemberID, text string, at time.Time) {
	p.add(id, wire.FrameText(wire.EncodeSystem(text, at)))
}

func (p *presence) add(id netchat.MemberID, line wire.Framed) {
	p.lines = append(p.lines, line)
	p.concern[id] = struct{}{}
}

// due says when to flush; zero: nothing waits.
func (p *presence) due() time.Time {
	if !p.dirty {
		return time.Time{}
	}
	return p.sent.Add(netchat.RosterEvery)
}

// settle flushes if it is time.
func (p *presence) settle() {
	if due := p.due(); !due.IsZero() && !due.After(p.now()) {
		p.flush()
	}
}

// before flushes if what waits concerns the author of a message to come.
func (p *presence) before(author netchat.MemberID) {
	if _, ok := p.concern[author]; ok {
		p.flush()
	}
}

func (p *presence) flush() {
	list := wire.FrameText(wire.EncodeUserList(p.room.Members()))
	lines, first := p.lines, p.first
	p.first += len(lines)
	p.lines, p.dirty, p.sent = nil, false, p.now()
	clear(p.concern)
	p.room.Sinks(func(m netchat.Member, sink room.Sink) {
		to := sink.(*member)
		if m.Rich {
			return
		}
		from := max(to.stream.linesFrom, first) - first
		if from >= len(lines) {
			return
		}
		to.stream.linesFrom = p.first
		if !to.session.out.pushPresence(list, lines[from:]) {
			to.Close(netchat.CloseTooSlow, "too slow")
		}
	})
}
