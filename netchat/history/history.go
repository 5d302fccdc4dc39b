// Package history holds the Log: a Room's durable memory, one unbroken and
// chained row of Events. Package historytest says in code what every
// implementation of it must keep.
package history

import (
	"errors"

	"github.com/homeroomchat/homeroom/netchat"
)

// Errors of a Log, besides netchat.ErrClosed.
var (
	ErrNotContinuous = errors.New("what follows that position is not known exactly")
	ErrFull          = errors.New("the log has no space for it")
	ErrReadOnly      = errors.New("the log is open for reading only")
)

// A Log is the Room's durable memory. One goroutine, the Room's, calls Append;
// everything else may be called from any goroutine at any time, and sees each
// batch either whole or not at all. The Events that it hands out are immutable.
// After Close every method but Head and Close fails with netchat.ErrClosed.
type Log interface {
	// Append stores the batch all or nothing, in order, and returns one Stored
	// for each element once it is as durable as the Log can make it. It fills
	// Epoch, Seq, Digest and Chain; the rest is the caller's, who must not write
	// to what the slices in it hold any more. The batch itself stays as it is.
	//
	// An element whose Author and ID are in the Log, or earlier in the batch, is
	// not stored again and takes no Seq. After an error nothing is stored:
	// ErrFull if there is no space, now or ever, for the whole batch.
	Append(batch []netchat.Event) ([]Stored, error)

	// SeqOf returns the Seq of what an author has stored under an ID, 0 if Append
	// would store it anew.
	SeqOf(name netchat.Ref) (uint64, error)

	// FirstBy returns the Seq of the first Event there is of an author, 0 for none.
	FirstBy(author netchat.MemberID) (uint64, error)

	// Tail returns the Events after the position that viewer may see, oldest
	// first, at most limit. The floor does not hide any: a position is known
	// only to who has followed the Log up to it. That isn't so of a position
	// with Seq 0, so it fails for a viewer with a floor. It fails with
	// ErrNotContinuous unless the answer is exact: for a position of another
	// epoch, of another chain, ahead of the head, or so old that what follows it
	// is not kept any more.
	Tail(after netchat.Position, viewer Viewer, limit int) (Tail, error)

	// Page returns a run of Messages as of now.
	Page(q PageQuery) (Page, error)

	// Search returns the Messages with a text, newest first.
	Search(q SearchQuery) ([]netchat.Message, error)

	// Head returns the position of the newest Event, after Close the last one.
	// In an empty Log it has an Epoch and Seq 0.
	Head() netchat.Position

	// Close releases what the Log holds. Calling it again does nothing.
	Close() error
}

// Stored is what became of one element of a batch.
type Stored struct {
	// Event is as it stands in the Log. Of a duplicate that is not kept any
	// more, only Epoch, Seq, Author and ID are known.
	Event     *netchat.Event
	Duplicate bool // it had been stored before; Event is that earlier one
}

// A Viewer is who reads, and so what there is to read. Who is no Member, and no
// Host, sees what is for all.
type Viewer struct {
	Member netchat.MemberID
	Host   bool
	Floor  uint64 // Page and Search know only of what came after this Seq
}

// sees reports whether e is for v's eyes.
func (v Viewer) sees(e *netchat.Event) bool { return e.VisibleTo(v.Member, v.Host) }

// A Tail is what follows a position.
type Tail struct {
	Events []*netchat.Event

	// Reached is how far the Log was read for it: at least to the last of
	// Events, short of the next one that the viewer may see, and to the head if
	// there is none. Going on from here misses nothing.
	Reached netchat.Position
	More    bool // the limit left out at least one
}

// A PageQuery asks for the newest Messages, or for those before, after or around
// one.
type PageQuery struct {
	Viewer Viewer
	Before uint64 // Messages with a smaller Seq; 0: the newest

	// After, if not 0, is used instead of Before: Messages with a larger Seq, the
	// oldest of those.
	After uint64

	// Around, if not 0, is used instead of both. At most half of the page,
	// rounded up, is the Message with that Seq, if there is one, and those just
	// before it; those just after it fill the rest.
	Around uint64

	Limit int // of Messages; less than 1: none

	// MaxBytes bounds the texts of all Messages together (Around: half of it for
	// those up to Around), so that a page fits a frame; 0: unbounded. The
	// Message that is picked first comes even if it alone is too long.
	MaxBytes int
}

// A Page is a run of Messages, oldest first. None that the viewer may see is
// missing between two of them.
type Page struct {
	Messages []netchat.Message
	More     bool // the viewer may see older ones
	Newer    bool // the viewer may see newer ones
	Lacks    bool // of an After: between that Seq and the first of Messages some may be that are gone, or not for the viewer any more
}

// A SearchQuery asks for the Messages with Text in their text. Upper and lower
// case count as the same, and so do the blanks around Text. Whole words are
// found, and in Chinese, where words are not told apart, any run of characters;
// whether parts of other words are found is up to the implementation.
type SearchQuery struct {
	Viewer Viewer
	Text   string // blank: nothing is found
	Limit  int    // of Messages; less than 1: none
}
