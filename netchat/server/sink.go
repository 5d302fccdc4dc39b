package server

import (
	"sync/atomic"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A stream says how far one member has been told. Only the desk uses it, but
// for behind.
type stream struct {
	at        netchat.Position // rich: the last Event in its outbox
	reading   bool             // rich: the outbox was full; Events come from the Log until the end is reached
	stale     bool             // rich: a roster delta was dropped since
	behind    atomic.Bool      // the writer asks for more when the outbox is empty
	linesFrom int              // plain: number of the first presence line it has not been told
}

// catchUpEvents is how many Events are read from the Log at a time for a
// member that was too slow for the live stream.
const catchUpEvents = 256

// Welcome implements room.Sink.
func (s *session) Welcome(a *room.Admission) {
	if !s.rich {
		s.welcomePlain(a)
		return
	}
	roster := a.Roster.Encoded(room.RichEncoding, func() []byte { return s.encodeRoster(a.Roster.Roster) })
	self := wire.FromMember(a.Self)
	welcome, err := wire.EncodeWelcome(wire.Welcome{
		V: wire.Version, Self: &self, Types: s.srv.table.types(),
		Room:      &wire.Room{ID: s.srv.cfg.Room.ID, Name: s.srv.cfg.Room.Name, Host: s.srv.cfg.Room.Host},
		Position:  &wire.Position{Epoch: a.Position.Epoch, Seq: a.Position.Seq, Mark: a.Position.Mark},
		Recovered: a.Recovered,
	}, roster)
	if err != nil {
		s.log.Error("encode welcome", "err", err)
		s.end(true, netchat.CloseTrouble, "the host has a fault")
		return
	}
	s.out.push(wire.FrameText(welcome), noLimit)
	s.stream.at = a.Position
	if a.Recovered {
		// The tail may be long: it is read from the Log as the member takes it.
		s.fallBehind(false)
		s.catchUp()
		return
	}
	s.push(wire.ServerFrame{
		Type: wire.TypePage, Snapshot: true, Messages: wire.FromMessages(a.Page.Messages), More: a.Page.More,
	}, noLimit)
}

// welcomePlain sends the list with the newcomer before its namesakes: plain
// clients take the first entry with their name for their own.
func (s *session) welcomePlain(a *room.Admission) {
	members := make([]netchat.Member, 0, len(a.Roster.Roster.Members))
	placed := false
	for _, m := range a.Roster.Roster.Members {
		if !placed && m.Name == a.Self.Name {
			members, placed = append(members, a.Self), true
		}
		if m.ID != a.Self.ID {
			members = append(members, m)
		}
	}
	s.out.push(wire.FrameText(wire.EncodeUserList(members)), noLimit)
	s.out.push(wire.FrameText(wire.EncodeSystem(wire.SystemJoined(a.Self.Name), s.srv.cfg.Now())), noLimit)
}

// Deliver implements room.Sink.
func (s *session) Deliver(f *room.Frame) {
	switch {
	case !s.rich && f.Event != nil:
		s.deliverPlain(f)
	case !s.rich:
		// The presence tells plain members who came and went.
	case f.Event != nil:
		if s.stream.reading {
			return
		}
		if s.out.push(f.Encoded(room.RichEncoding, func() []byte { return s.encodeEvent(f.Event) }), richOutbox) {
			s.stream.at = f.Event.Position()
			return
		}
		s.fallBehind(false)
	case f.Delta != nil:
		if !s.out.push(f.Encoded(room.RichEncoding, func() []byte { return s.encodeDelta(f.Delta) }), richOutbox) {
			s.fallBehind(true)
		}
	}
}

// fallBehind makes the member read Events from the Log, or get the roster
// anew, once its outbox is empty.
func (s *session) fallBehind(roster bool) {
	if roster {
		s.stream.stale = true
	} else {
		s.stream.reading = true
	}
	s.stream.behind.Store(true)
	s.out.signal()
}

// caughtUp is the writer's word that the outbox is empty.
func (s *session) caughtUp() {
	if s.stream.behind.CompareAndSwap(true, false) {
		s.srv.desk.post(s.catchUp)
	}
}

// catchUp fills the outbox from the Log, and makes the member live again when
// it has been told everything. It runs on the desk.
func (s *session) catchUp() {
	for s.stream.reading {
		viewer, ok := s.srv.desk.room.Viewer(s.member)
		if !ok {
			return
		}
		tail, err := s.srv.cfg.Log.Tail(s.stream.at, viewer, catchUpEvents)
		if err != nil {
			s.log.Warn("a member is too far behind", "err", err)
			s.Close(netchat.CloseTooSlow, "too far behind")
			return
		}
		for _, e := range tail.Events {
			if !s.out.push(s.encodeEvent(e), richOutbox) {
				s.fallBehind(false)
				return
			}
			s.stream.at = e.Position()
		}
		s.stream.at = tail.Reached
		s.stream.reading = tail.More
	}
	if s.stream.stale {
		s.stream.stale = !s.pushRoster(richOutbox)
		if s.stream.stale {
			s.fallBehind(true)
		}
	}
}

// Ack implements room.Sink.
func (s *session) Ack(id netchat.EventID, seq uint64) {
	if s.rich {
		s.answer(wire.ServerFrame{Type: wire.TypeAck, ID: id, Seq: seq})
	}
}

// notStored tells a plain member, which knows no refusals, in the words of its
// own clients.
const notStored = "消息未能保存，请重试 (not stored, try again)"

// Refuse implements room.Sink.
func (s *session) Refuse(id netchat.EventID, reason netchat.RefusalReason) {
	switch {
	case s.rich:
		s.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: wire.TypeMessage, ID: id, Reason: reason})
	case reason == netchat.RefusedNotStored:
		s.pushPlain(wire.FrameText(wire.EncodeSystem(notStored, s.srv.cfg.Now())))
	}
}

// Close implements room.Sink.
func (s *session) Close(code netchat.CloseCode, reason string) {
	s.end(code == netchat.CloseTooSlow, code, reason)
	s.srv.desk.after(func() {
		if s.member == "" {
			return
		}
		if s.rich && !code.Final() {
			s.srv.desk.room.Lost(s.member, s)
		} else {
			s.srv.desk.room.Leave(s.member, s)
		}
		s.member = ""
	})
}

// answer sends a frame that only this member gets, for something it asked.
func (s *session) answer(f wire.ServerFrame) {
	if !s.push(f, richOutbox+answerRoom) {
		s.Close(netchat.CloseTooSlow, "too slow")
	}
}

// pushRoster sends the whole roster.
func (s *session) pushRoster(limit int) bool {
	roster := s.srv.desk.room.Roster()
	return s.push(wire.ServerFrame{Type: wire.TypeRoster, Roster: wire.FromRoster(roster)}, limit)
}

// push encodes and queues a frame of the rich dialect. What cannot be encoded
// is logged and dropped: it came from our own state.
func (s *session) push(f wire.ServerFrame, limit int) bool {
	return s.out.push(s.encode(f), limit)
}

func (s *session) encode(f wire.ServerFrame) wire.Framed {
	payload, err := wire.EncodeServer(f)
	if err != nil {
		s.log.Error("encode frame", "type", f.Type, "err", err)
		return wire.Framed{}
	}
	return wire.FrameText(payload)
}

func (s *session) encodeEvent(e *netchat.Event) wire.Framed {
	w := wire.FromEvent(e)
	return s.encode(wire.ServerFrame{Type: wire.TypeEvent, Event: &w})
}

func (s *session) encodeDelta(d *netchat.RosterDelta) wire.Framed {
	return s.encode(wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(d)})
}

func (s *session) encodeRoster(r *netchat.Roster) []byte {
	payload, err := wire.EncodeRoster(*r)
	if err != nil {
		s.log.Error("encode roster", "err", err)
	}
	return payload
}
