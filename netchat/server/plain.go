package server

import (
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// postPlain carries out a command of a plain member, on the desk. A private
// one to nobody here is ignored, as the original does.
func (m *member) postPlain(c wire.PlainCommand) {
	if c.Void || !m.isHere() {
		return
	}
	id, err := netchat.RandomEventID(m.srv.cfg.Random)
	if err != nil {
		m.session.log.Error("a post failed", "err", err)
		return
	}
	post := netchat.Post{ID: id, Text: c.Content}
	if c.Private {
		to, ok := m.srv.desk.room.Addressee(c.To)
		if !ok {
			return
		}
		post.To = []netchat.MemberID{to}
	}
	m.srv.desk.room.Post(m.id, m, post)
}

// deliverPlain sends the plain projection of an Event: a frame, two for a
// private message to oneself, or nothing for a kind that has none.
func (m *member) deliverPlain(f *room.Frame) {
	e := f.Event
	m.srv.desk.presence.before(e.Author)
	if !e.Audience.Private() {
		m.pushPlain(f.Encoded(room.PlainEncoding, func() []byte { return publicFrame(m, e) }))
		return
	}
	if e.Audience.Includes(m.id, false) {
		m.pushPlain(privateFrame(m, e, m.id))
	}
	if e.Author == m.id && e.Audience.Scope == netchat.ScopeMembers {
		for _, to := range e.Audience.Members {
			m.pushPlain(privateFrame(m, e, to))
		}
	}
}

// publicFrame is empty, but not nil, for a kind without a plain projection.
func publicFrame(m *member, e *netchat.Event) wire.Framed {
	said, ok := netchat.MessageOf(e)
	if !ok {
		return wire.Framed{}
	}
	return wire.FrameText(wire.EncodePublic(labelFor(m, said.Author), said.Name, said.Text, said.Time))
}

func privateFrame(m *member, e *netchat.Event, to netchat.MemberID) wire.Framed {
	said, ok := netchat.MessageOf(e)
	if !ok {
		return wire.Framed{}
	}
	return wire.FrameText(wire.EncodePrivate(labelFor(m, said.Author), labelFor(m, to), said.Name, said.Text, said.Time))
}

func labelFor(m *member, id netchat.MemberID) netchat.Label {
	if one, ok := m.srv.desk.room.Member(id); ok {
		return one.Label
	}
	return id.Label()
}

// pushPlain queues a frame for a plain member, which is closed if it does not
// read: it has no way to ask for what it missed.
func (m *member) pushPlain(f wire.Framed) {
	if !m.session.out.push(f, plainOutbox) {
		m.Close(netchat.CloseTooSlow, "too slow")
	}
}
