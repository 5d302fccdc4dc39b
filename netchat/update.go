package netchat

import "time"

// An Update is one thing that a Client tells whoever shows the room, in the
// order in which to apply them. It is one of the pointer types below; they are
// immutable once sent. An *Event lasts; the others are Notices (they pass, and
// are never stored) or answers.
type Update interface{ isUpdate() }

// Welcome starts every connection to the room, the first and each later one.
// Unless Recovered, what the receiver shows of the room is to be replaced by
// the Page that follows on a rich room.
type Welcome struct {
	Room      RoomInfo
	Self      Member
	Rich      bool // false: a plain server, which has no ids, acks or history
	Recovered bool // the missed Events follow, none is lost
	Catching  bool // with Recovered: they follow in Pages, up to one that has no Newer
	Roster    Roster
	Security  Security // of this connection
}

// Page is a run of Messages as of now, oldest first. None that one may see is
// missing between two of them, nor between them and the Seq in Of. More and Newer
// say whether older and newer ones can be asked for.
type Page struct {
	Snapshot bool    // replaces what is shown: the start of a connection that was not Recovered
	Of       PageAsk // what was asked for, unless it is a Snapshot
	Messages []Message
	More     bool
	Newer    bool
	Err      error // why there is no answer: ErrUnsupported where the room knows none, ErrAway
}

// Gap says that what was said after one place and before another is not told: the host
// has it no more, or it is another Log. Before has Seq 0 if nothing follows yet. It is
// told only to those who asked for all that they missed.
type Gap struct{ After, Before Position }

// A PageAsk says which Messages are asked for: those around a Seq, or those after
// one, or those before one, whichever is the first that is not 0; else the newest.
type PageAsk struct {
	Before uint64
	After  uint64
	Around uint64 // the Message with that Seq, and as many before as after it
}

// Hits answers a search: the Messages with Text in them, newest first, at most
// MaxHits. Err says why there is no answer: ErrUnsupported where the room cannot
// search.
type Hits struct {
	Text     string
	Messages []Message
	Err      error
}

// Acked says that an own Post is in the room's Log. It comes right after the
// Event itself, or alone when the Post had been stored before.
type Acked struct {
	ID  EventID
	Seq uint64 // 0 on a plain server
}

// Refused says that an own Post will never be in the room.
type Refused struct {
	ID     EventID
	Reason RefusalReason
}

// Waiting are own Posts from before this run of the program, which are sent now.
// It comes once, behind the first Page.
type Waiting struct{ Posts []Post }

// NotKept says that what happens in the room from now on is not kept on this machine,
// and why; with Err nil that it is kept again. The room itself goes on.
type NotKept struct{ Err error }

// KeptAside says, once, that what was kept of the room on this machine was found
// damaged. It is at Path now, and the room is kept anew, from what its host still has.
type KeptAside struct{ Path string }

// RenameRefused says that the room goes on calling one as before: Name, the last
// one asked for, will not come in a RosterDelta.
type RenameRefused struct {
	Name   string
	Reason RefusalReason
}

// SystemLine is a quiet line about the room, such as who came and went.
type SystemLine struct {
	What SystemWhat
	Name string // the member's, for SystemJoined and SystemLeft
	Text string // as a plain client would show it, in the host's words
	Time time.Time
}

// SystemWhat says what a SystemLine tells, so that it can be said in the
// reader's language.
type SystemWhat string

// What a SystemLine tells.
const (
	SystemJoined SystemWhat = "joined"
	SystemLeft   SystemWhat = "left"
	SystemOther  SystemWhat = "other" // show Text
)

// State is how a Client's connection stands.
type State string

// The states of a Client. StateClosed is the last.
const (
	StateConnecting   State = "connecting"
	StateOnline       State = "online"
	StateReconnecting State = "reconnecting"
	StateClosed       State = "closed"
)

// StateChange tells a new State. Err is why: nil when the user asked for it.
// Match it with errors.Is against the sentinels of this package.
type StateChange struct {
	State State
	Err   error
}

func (*Event) isUpdate()         {}
func (*Welcome) isUpdate()       {}
func (*Roster) isUpdate()        {}
func (*RosterDelta) isUpdate()   {}
func (*Page) isUpdate()          {}
func (*Gap) isUpdate()           {}
func (*Hits) isUpdate()          {}
func (*Acked) isUpdate()         {}
func (*Refused) isUpdate()       {}
func (*RenameRefused) isUpdate() {}
func (*Waiting) isUpdate()       {}
func (*NotKept) isUpdate()       {}
func (*KeptAside) isUpdate()     {}
func (*SystemLine) isUpdate()    {}
func (*StateChange) isUpdate()   {}
