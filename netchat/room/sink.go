package room

import (
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// A Sink is where one member's connection takes what the Room has for it. The
// Room calls it on its own goroutine. No method blocks, and none calls back
// into the Room.
type Sink interface {
	// Welcome starts the member's stream; it comes before everything else.
	Welcome(a *Admission)
	// Deliver hands over a Frame that others get too.
	Deliver(f *Frame)
	// Ack answers a Post that had been stored before.
	Ack(id netchat.EventID, seq uint64)
	// Refuse says that a Post will never be stored.
	Refuse(id netchat.EventID, reason netchat.RefusalReason)
	// Close ends the connection. The Room has forgotten the Sink already.
	Close(code netchat.CloseCode, reason string)
}

// An Admission is all that a member needs to know to start.
type Admission struct {
	Self      netchat.Member
	Roster    *Frame           // its Roster, Self included
	Recovered bool             // the Log has exactly what was missed, after Position
	Page      *Frame           // its Page, the newest Messages; nil if Recovered or plain
	Position  netchat.Position // what the member has of the Log now
	Returned  bool             // the member was in the room already: no join to tell
}

// A Frame is one Event, RosterDelta, Roster or Page on its way to many members. Who
// needs it in some encoding makes that once and leaves it here for the others.
// It belongs to the Room's goroutine until the encodings are taken out of it.
type Frame struct {
	Event  *netchat.Event
	Delta  *netchat.RosterDelta
	Roster *netchat.Roster
	Page   *history.Page

	encoded [encodings][]byte
}

// An Encoding is a place for one form of a Frame; its user gives it meaning.
type Encoding int

const encodings = 2

// The encodings of the two dialects.
const (
	RichEncoding Encoding = iota
	PlainEncoding
)

// Encoded returns the form e of f, which make makes the first time.
func (f *Frame) Encoded(e Encoding, make func() []byte) []byte {
	if f.encoded[e] == nil {
		f.encoded[e] = make()
	}
	return f.encoded[e]
}
