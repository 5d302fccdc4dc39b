package main

import (
	"crypto/ed25519"
	"errors"
	"strconv"
	"strings"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// tellSecurity says by note how the connection to a room is protected, once, and
// again if that is not so any more. A script, which is not watched, is told only
// that it is not.
func tellSecurity(note func(s sentence, args ...any), watched bool, codes *codes) func(netchat.Security) {
	var told *netchat.Security
	return func(s netchat.Security) {
		if told != nil && told.TLS == s.TLS {
			return
		}
		told = &s
		switch {
		case !s.TLS:
			note(noteOpen)
		case !watched:
		case s.Trust == netchat.TrustVerified:
			note(noteVerified)
		case s.Trust == netchat.TrustKnown:
			note(noteKnown)
		default:
			note(noteFirst, codes.of(s))
		}
	}
}

// codes remembers the code of the room: it takes a moment to compute.
type codes struct {
	key  string
	code netchat.RoomCode
}

// of returns the code of the room that has proved its key; empty: none has.
func (c *codes) of(s netchat.Security) netchat.RoomCode {
	if len(s.Key) != ed25519.PublicKeySize {
		return ""
	}
	if c.key != string(s.Key) {
		c.key, c.code = string(s.Key), identity.Code(s.Key)
	}
	return c.code
}

// code tells how the room is protected.
func (f *textFace) code(s netchat.Security) error {
	switch {
	case !s.TLS:
		return f.tell(chatOpen)
	case s.Trust == netchat.TrustVerified:
		return f.tell(chatVerified, f.codes.of(s))
	case s.Trust == netchat.TrustKnown:
		return f.tell(chatSeenBefore, f.codes.of(s))
	}
	return f.tell(chatFirst, f.codes.of(s))
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

// insecure says of a join with the known rooms of data why it would not have been
// safe; nil: that is not why it failed.
func (e env) insecure(data string, err error) error {
	if changed, named := errors.AsType[*known.ChangedError](err); named {
		forget := string(changed.Known.Info.ID)[:minPrefix] + " --data " + shellWord(data)
		return failure{e.say.of(failChangedKnown, clip(changed.Known.Info.Name), clip(changed.Known.Info.Host), forget), err}
	}
	for _, why := range []error{netchat.ErrChangedKey, netchat.ErrWrongCode, netchat.ErrNoTLS, netchat.ErrStripped, netchat.ErrAppOnly} {
		if errors.Is(err, why) {
			return failure{e.say.explainEnd(why), err}
		}
	}
	return nil
}

// shellWord quotes a path with blanks in it, so that people see where it ends.
func shellWord(path string) string {
	if strings.ContainsAny(path, " \t'\"\\") {
		return strconv.Quote(path)
	}
	return path
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
