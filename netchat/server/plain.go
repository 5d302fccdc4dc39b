package server

import (
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// postPlain carries out a command of a plain member, on the desk. A private
// one to nobody here is ignored, as the original does.
func (s *session) postPlain(c wire.PlainCommand) {
	if s.member == "" {
		return
	}
	id, err := netchat.RandomEventID(s.srv.cfg.Random)
	if err != nil {
		s.log.Error("a post failed", "err", err)
		return
	}
	post := netchat.Post{ID: id, Text: c.Content}
	if c.Private {
		to, ok := s.srv.desk.room.Addressee(c.To)
		if !ok {
			return
		}
		post.To = []netchat.MemberID{to}
	}
	s.srv.desk.room.Post(s.member, s, post)
}

// deliverPlain sends the plain projection of an Event: a frame, two for a
// private message to oneself, or nothing for a kind that has none.
func (s *session) deliverPlain(f *room.Frame) {
	e := f.Event
	s.srv.desk.presence.before(e.Author)
	if !e.Audience.Private() {
		s.pushPlain(f.Encoded(room.PlainEncoding, func() []byte { return s.publicFrame(e) }))
		return
	}
	if e.Audience.Includes(s.member, false) {
		s.pushPlain(s.privateFrame(e, s.member))
	}
	if e.Author == s.member && e.Audience.Scope == netchat.ScopeMembers {
		for _, to := range e.Audience.Members {
			s.pushPlain(s.privateFrame(e, to))
		}
	}
}

// publicFrame is empty, but not nil, for a kind without a plain projection.
func (s *session) publicFrame(e *netchat.Event) wire.Framed {
	m, ok := netchat.MessageOf(e)
	if !ok {
		return wire.Framed{}
	}
	return wire.FrameText(wire.EncodePublic(s.label(m.Author), m.Name, m.Text, m.Time))
}

func (s *session) privateFrame(e *netchat.Event, to netchat.MemberID) wire.Framed {
	m, ok := netchat.MessageOf(e)
	if !ok {
		return wire.Framed{}
	}
	return wire.FrameText(wire.EncodePrivate(s.label(m.Author), s.label(to), m.Name, m.Text, m.Time))
}

func (s *session) label(id netchat.MemberID) netchat.Label {
	if m, ok := s.srv.desk.room.Member(id); ok {
		return m.Label
	}
	return id.Label()
}

// pushPlain queues a frame for a plain member, which is closed if it does not
// read: it has no way to ask for what it missed.
func (s *session) pushPlain(f wire.Framed) {
	if !s.out.push(f, plainOutbox) {
		s.Close(netchat.CloseTooSlow, "too slow")
	}
}
