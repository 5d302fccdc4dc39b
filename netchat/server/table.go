package server

import (
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A table says what rich members may ask for. A new kind of command is a row
// here, and the checks that all share are made once.
type table map[string]command

// A command is one row.
type command struct {
	desk    bool // handle runs on the desk, for a member that has joined
	handle  func(*session, wire.Command)
	needsID bool // the command makes an Event and bears its id
}

func newTable() table {
	return table{
		wire.TypeMessage: {desk: true, needsID: true, handle: (*session).onMessage},
		wire.TypeHistory: {desk: true, handle: (*session).onHistory},
		wire.TypeRoster:  {desk: true, handle: (*session).onRoster},
		wire.TypePing:    {handle: (*session).onPing},
	}
}

// types returns the names of the rows, as the welcome lists them.
func (t table) types() []string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// run carries out c or refuses it. It runs on the session's reader.
func (t table) run(s *session, c wire.Command) {
	row, known := t[c.Type]
	switch {
	case !known:
		s.refuse(c, netchat.RefusedUnknownType)
	case row.needsID && !c.ID.Valid():
		s.refuse(c, netchat.RefusedInvalid)
	case !row.desk:
		row.handle(s, c)
	default:
		s.srv.desk.post(func() {
			if s.member != "" {
				row.handle(s, c)
			}
		})
	}
}

// refuse answers a command that names no Post of the Room yet. Any goroutine.
func (s *session) refuse(c wire.Command, reason netchat.RefusalReason) {
	s.srv.desk.post(func() {
		s.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, ID: c.ID, Reason: reason})
	})
}

func (s *session) onMessage(c wire.Command) {
	s.srv.desk.room.Post(s.member, s, netchat.Post{ID: c.ID, To: c.To, Text: c.Text})
}

func (s *session) onHistory(c wire.Command) {
	viewer, ok := s.srv.desk.room.Viewer(s.member)
	if !ok {
		return
	}
	page, err := s.srv.cfg.Log.Page(history.PageQuery{
		Viewer: viewer, Before: c.Before,
		Limit: min(max(c.N, 1), netchat.MaxPageMessages), MaxBytes: netchat.SnapshotBytes,
	})
	if err != nil {
		s.log.Error("read a page", "err", err)
		s.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, Reason: netchat.RefusedInvalid})
		return
	}
	s.answer(wire.ServerFrame{Type: wire.TypePage, Messages: wire.FromMessages(page.Messages), More: page.More})
}

func (s *session) onRoster(wire.Command) {
	if !s.pushRoster(richOutbox + answerRoom) {
		s.Close(netchat.CloseTooSlow, "too slow")
	}
}

func (s *session) onPing(wire.Command) {
	s.push(wire.ServerFrame{Type: wire.TypePong}, richOutbox+answerRoom)
}
