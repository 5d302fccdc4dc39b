package main

import (
	"crypto/ed25519"
	"errors"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// tellSecurity says how the connection to a room is protected, once, and again
// if that is not so any more. A script, which is not watched, is told only that
// it is not.
func (e env) tellSecurity(watched bool) func(netchat.Security) {
	var told *netchat.Security
	return func(s netchat.Security) {
		if told != nil && told.TLS == s.TLS {
			return
		}
		told = &s
		switch {
		case !s.TLS:
			e.note(noteOpen)
		case !watched:
		case s.Trust == netchat.TrustVerified:
			e.note(noteVerified)
		case s.Trust == netchat.TrustKnown:
			e.note(noteKnown)
		default:
			e.note(noteFirst, identity.Code(ed25519.PublicKey(s.Key)))
		}
	}
}

// A warned face is preceded by what tell says of each connection.
type warned struct {
	face
	tell func(netchat.Security)
}

func (w warned) update(m *mirror, u netchat.Update) error {
	if welcome, ok := u.(*netchat.Welcome); ok {
		w.tell(welcome.Security)
	}
	return w.face.update(m, u)
}

// openKnown opens the known rooms of dir, or none for a temporary identity. A
// damaged list has been put aside, which is said.
func (e env) openKnown(dir string) (*known.Rooms, error) {
	rooms, err := known.Open(dir)
	if errors.Is(err, known.ErrDamaged) {
		e.note(noteKnownDamaged, oneLine(err.Error()))
		return rooms, nil
	}
	return rooms, err
}

// insecure says of a join why it would not have been safe; nil: that is not why
// it failed.
func (e env) insecure(err error) error {
	changed, named := errors.AsType[*known.ChangedError](err)
	switch {
	case named:
		return failure{e.say.of(failChangedKnown, clip(changed.Known.Info.Name), clip(changed.Known.Info.Host)), err}
	case errors.Is(err, netchat.ErrChangedKey):
		return failure{e.say.of(failChangedKey), err}
	case errors.Is(err, netchat.ErrWrongCode):
		return failure{e.say.of(failWrongCode), err}
	case errors.Is(err, netchat.ErrNoTLS):
		return failure{e.say.of(failNoTLS), err}
	}
	return nil
}

// padlock marks who may be listened to.
func (f *textFace) padlock(m *mirror, member netchat.Member) string {
	if member.TLS || !m.rich {
		return ""
	}
	return " | " + f.say.of(chatOpenMember)
}

// nameOf is how a known room is shown.
func nameOf(room known.Room) string {
	return termsafe.Line(room.Info.Name) + " | " + termsafe.Line(room.Info.Host)
}
