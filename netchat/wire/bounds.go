package wire

import (
	"fmt"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of what a rich host says, besides those of netchat that it keeps itself.
const (
	maxTypes = 64      // of commands in a welcome
	maxWord  = 64      // bytes of an id, a type, a kind, a reason, an epoch: twice the longest there is
	maxSeq   = 1 << 53 // beyond it JSON numbers are not whole any more
	maxBlob  = 256     // bytes of a salt, a digest, a chain or a signature

	minTime = -62_167_219_200_000 // milliseconds: the years 0 to 9999, which have a form that everybody reads
	maxTime = 253_402_300_799_999
)

func outOfBounds(what string) error { return fmt.Errorf("%w: %s out of bounds", ErrInvalid, what) }

// check holds a host to every limit that it holds its clients to.
func (f *ServerFrame) check() error {
	switch {
	case len(f.ID) > maxWord, len(f.Reason) > maxWord, len(f.Of) > maxWord, len(f.RoomID) > maxWord, len(f.Nonce) > maxBlob:
		return outOfBounds(f.Type)
	case f.Seq > maxSeq:
		return outOfBounds("a seq")
	}
	if err := f.Welcome.check(); err != nil {
		return err
	}
	if f.Roster != nil {
		if err := checkMembers(f.Roster.Members); err != nil {
			return err
		}
	}
	if f.Delta != nil {
		if err := f.Delta.check(); err != nil {
			return err
		}
	}
	if f.Event != nil {
		if err := f.Event.check(); err != nil {
			return err
		}
	}
	return checkMessages(f.Type, f.Messages)
}

func (w *Welcome) check() error {
	if len(w.Types) > maxTypes {
		return outOfBounds("the types")
	}
	for _, t := range w.Types {
		if len(t) > maxWord {
			return outOfBounds("a type")
		}
	}
	if w.Room != nil && (len(w.Room.ID) > maxWord || len(w.Room.Name) > netchat.MaxRoomName || len(w.Room.Host) > netchat.MaxName) {
		return outOfBounds("the room")
	}
	if p := w.Position; p != nil && (len(p.Epoch) > maxWord || p.Seq > maxSeq || len(p.Mark) > maxWord) {
		return outOfBounds("the position")
	}
	if w.Self != nil {
		return w.Self.check()
	}
	return nil
}

func (w *Member) check() error {
	switch {
	case max(len(w.ID), len(w.Label), len(w.Presence)) > maxWord:
		return outOfBounds("a member")
	case len(w.Name) > netchat.MaxName:
		return outOfBounds("a member's name")
	}
	return nil
}

func checkMembers(members []Member) error {
	if len(members) > netchat.MaxMembers {
		return outOfBounds("the roster")
	}
	for i := range members {
		if err := members[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (w *RosterDelta) check() error {
	if !isTime(w.Time) || len(w.Left) > netchat.MaxMembers {
		return outOfBounds("a roster delta")
	}
	for _, id := range w.Left {
		if len(id) > maxWord {
			return outOfBounds("a member")
		}
	}
	if err := checkMembers(w.Changed); err != nil {
		return err
	}
	return checkMembers(w.Joined)
}

func isTime(ms int64) bool { return ms >= minTime && ms <= maxTime }

func (w *Event) check() error {
	switch {
	case len(w.Epoch) > maxWord, w.Seq > maxSeq, !isTime(w.Time), len(w.Kind) > maxWord:
		return outOfBounds("an event")
	case max(len(w.ID), len(w.Author)) > maxWord, !isRef(w.Ref), !isAudience(w.Audience):
		return outOfBounds("an event's id")
	case max(len(w.Salt), len(w.Digest), len(w.Chain), len(w.Sig)) > maxBlob:
		return outOfBounds("an event's digest")
	}
	if said, ok := netchat.MessageOf(w.Noun()); ok {
		return checkSaid(said.Name, said.Text)
	}
	return nil
}

func isRef(r Ref) bool { return max(len(r.Author), len(r.ID)) <= maxWord }

// isAudience reports whether an audience is one that a host gives: the author of a
// private message is not always in it.
func isAudience(a Audience) bool {
	if len(a.Scope) > maxWord || len(a.Members) > netchat.MaxRecipients {
		return false
	}
	for _, id := range a.Members {
		if len(id) > maxWord {
			return false
		}
	}
	return true
}

func checkSaid(name, text string) error {
	switch {
	case len(name) > netchat.MaxName:
		return outOfBounds("a sender's name")
	case len(text) > netchat.MaxText:
		return outOfBounds("a text")
	}
	return nil
}

func checkMessages(of string, messages []Message) error {
	most, size := netchat.MaxPageMessages, 0
	if of == TypeHits {
		most = netchat.MaxHits
	}
	if len(messages) > most {
		return outOfBounds("the messages")
	}
	for i := range messages {
		m := &messages[i]
		size += len(m.Text)
		switch {
		case len(m.Epoch) > maxWord, max(m.Seq, m.Rev) > maxSeq, !isTime(m.Time), len(m.Kind) > maxWord, len(m.Mark) > maxWord:
			return outOfBounds("a message")
		case max(len(m.ID), len(m.Author)) > maxWord, !isRef(m.Ref), !isAudience(m.Audience):
			return outOfBounds("a message's id")
		}
		if err := checkSaid(m.Name, m.Text); err != nil {
			return err
		}
	}
	if size > netchat.SnapshotBytes+netchat.MaxText {
		return outOfBounds("the texts")
	}
	return nil
}
