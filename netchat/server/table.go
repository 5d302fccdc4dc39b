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
	handle  func(*member, wire.Command) // on the desk, for a member that has joined
	needsID bool                        // the command makes an Event, or can be refused, by its id
	alone   bool                        // the answer may be large: one after the other
	aside   func(*member, wire.Command) // instead of handle, on the session's reader: it takes its time
}

func newTable() table {
	return table{
		wire.TypeMessage: {handle: onMessage, needsID: true},
		wire.TypeHistory: {handle: onHistory, alone: true},
		wire.TypeSearch:  {aside: search},
		wire.TypeRoster:  {handle: onRoster},
		wire.TypeRename:  {handle: onRename, needsID: true},
		wire.TypePing:    {handle: onPing},
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
func (t table) run(m *member, c wire.Command) {
	row, known := t[c.Type]
	switch {
	case !known:
		refuse(m, c, netchat.RefusedUnknownType)
	case row.needsID && !c.ID.Valid():
		refuse(m, c, netchat.RefusedInvalid)
	case row.aside != nil:
		m.session.awaitSpace()
		row.aside(m, c)
	case row.alone:
		m.session.awaitSpace()
		m.srv.desk.do(func() { handle(m, row, c) })
	default:
		m.srv.desk.post(func() { handle(m, row, c) })
	}
}

func handle(m *member, row command, c wire.Command) {
	if m.isHere() {
		row.handle(m, c)
	}
}

// refuse answers a command that names no Post of the Room yet. Any goroutine.
func refuse(m *member, c wire.Command, reason netchat.RefusalReason) {
	m.srv.desk.post(func() {
		if m.isHere() {
			m.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, ID: c.ID, Reason: reason})
		}
	})
}

func onMessage(m *member, c wire.Command) {
	m.srv.desk.room.Post(m.id, m, netchat.Post{ID: c.ID, To: c.To, Text: c.Text})
}

func onHistory(m *member, c wire.Command) {
	viewer, ok := m.srv.desk.room.Viewer(m.id)
	if !ok {
		return
	}
	if c.Before != 0 && c.After|c.Around != 0 || c.After != 0 && c.Around != 0 {
		m.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, Reason: netchat.RefusedInvalid})
		return
	}
	page, err := m.srv.cfg.Log.Page(history.PageQuery{
		Viewer: viewer, Before: c.Before, After: c.After, Around: c.Around,
		Limit: min(max(c.N, 1), netchat.MaxPageMessages), MaxBytes: netchat.SnapshotBytes,
	})
	if err != nil {
		m.session.log.Error("read a page", "err", err)
		m.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, Reason: netchat.RefusedInvalid})
		return
	}
	// Not bounded here: the next question waits until this answer is taken.
	m.push(wire.ServerFrame{Type: wire.TypePage, Messages: wire.FromMessages(page.Messages), More: page.More, PageEnds: wire.PageEnds{Newer: page.Newer, Lacks: page.Lacks}}, noLimit)
}

// search looks in the Log beside the desk, which has better to do: of many
// Messages the text may be in each.
func search(m *member, c wire.Command) {
	var viewer history.Viewer
	here := false
	m.srv.desk.do(func() {
		if m.isHere() {
			viewer, here = m.srv.desk.room.Viewer(m.id)
		}
	})
	switch {
	case !here:
		return
	case len(c.Text) > netchat.MaxSearchText:
		refuse(m, c, netchat.RefusedTooLong)
		return
	}
	found, err := m.srv.cfg.Log.Search(history.SearchQuery{Viewer: viewer, Text: c.Text, Limit: min(max(c.N, 1), netchat.MaxHits)})
	if err != nil {
		m.session.log.Error("search", "err", err)
		refuse(m, c, netchat.RefusedInvalid)
		return
	}
	size := 0
	for i := range found {
		if size += len(found[i].Text); size > netchat.SnapshotBytes {
			found = found[:i]
			break
		}
	}
	frame := wire.ServerFrame{Type: wire.TypeHits, Messages: wire.FromMessages(found)}
	m.srv.desk.do(func() {
		if m.isHere() {
			m.push(frame, noLimit) // the next question waits until this answer is taken
		}
	})
}

// onRoster answers at once or, like all that a slow member misses, once its
// outbox is empty: then one roster answers all who asked for it.
func onRoster(m *member, _ wire.Command) {
	m.stream.stale = true
	m.catchUp()
}

func onRename(m *member, c wire.Command) {
	if reason := m.srv.desk.room.Rename(m.id, m, c.Name); reason != "" {
		m.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, ID: c.ID, Reason: reason})
	}
}

func onPing(m *member, _ wire.Command) {
	m.push(wire.ServerFrame{Type: wire.TypePong}, richOutbox+answerRoom)
}
