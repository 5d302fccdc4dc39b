package model

import (
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A LineKind says what a Line shows.
type LineKind int

// The kinds of a Line.
const (
	LineMessage LineKind = iota
	LineSystem
)

// A LineState says how far an own message has come. Lines of others are always
// LineStored.
type LineState int

// The states of a Line.
const (
	LineStored  LineState = iota // it is in the room
	LineWaiting                  // on its way: not seen back yet
	LineFailed                   // refused, or it could not be handed over: see Failure
)

// A Line is one entry of the Timeline. The view may read it and may keep the
// pointer to know it again; it is changed only by this package, which then
// raises Version.
type Line struct {
	Kind    LineKind
	Message netchat.Message    // of a LineMessage
	System  netchat.SystemLine // of a LineSystem
	Own     bool
	State   LineState
	Failure Failure // of a LineFailed
	Peer    string  // of a private message: the other side's name
	Mark    string  // the author's label where others present bear the same name, else empty
	Version int     // grows with every change of what is drawn
}

// A Failure is why an own message is not in the room: Reason if the host
// refused it, else Err.
type Failure struct {
	Reason netchat.RefusalReason
	Err    error
}

// Private reports whether l is a message that not everybody may see.
func (l *Line) Private() bool {
	return l.Kind == LineMessage && l.Message.Audience.Private()
}

// Time returns when the line was said, by the host's clock; for a waiting one
// by this machine's.
func (l *Line) Time() time.Time {
	if l.Kind == LineSystem {
		return l.System.Time
	}
	return l.Message.Time
}

// Partner returns whom a private answer to l goes to: who wrote it, or of an own
// private message who got it. It reports false where that is not one other person.
func (l *Line) Partner() (netchat.MemberID, bool) {
	m := &l.Message
	if l.Kind != LineMessage {
		return "", false
	}
	if !l.Own {
		return m.Author, m.Author != ""
	}
	var other netchat.MemberID
	for _, id := range m.Audience.Members {
		switch {
		case id == m.Author:
		case other != "":
			return "", false
		default:
			other = id
		}
	}
	return other, other != ""
}

// key names a message for ever, whoever delivers it.
type key struct {
	author netchat.MemberID
	id     netchat.EventID
}

func (l *Line) key() key { return key{l.Message.Author, l.Message.ID} }

// follows reports whether l continues the group of the line before it: the same
// sender, to the same people, in the same minute.
func (l *Line) follows(before *Line) bool {
	if l.Kind != LineMessage || before.Kind != LineMessage || l.State == LineFailed || before.State == LineFailed {
		return false
	}
	a, b := &before.Message, &l.Message
	return a.Author == b.Author && a.Name == b.Name && l.Own == before.Own &&
		sameAudience(a.Audience, b.Audience) && sameMinute(a.Time, b.Time)
}

// sameMinute keeps the time shown over a group true for each of its lines.
func sameMinute(a, b time.Time) bool {
	return a.Truncate(time.Minute).Equal(b.Truncate(time.Minute))
}

func sameAudience(a, b netchat.Audience) bool {
	if a.Scope != b.Scope || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Members {
		if a.Members[i] != b.Members[i] {
			return false
		}
	}
	return true
}
