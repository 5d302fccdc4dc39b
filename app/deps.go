package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/netchat"
)

// Deps is everything that the window needs of the world. All fields but
// those that may be nil are required.
type Deps struct {
	// Join joins a room and returns once it is in, or why not; it may be
	// called from any goroutine and ends early when ctx does. Besides the
	// errors of netchat it may fail with ErrRefused, ErrNoSuchHost or
	// ErrNoRoute, which say more.
	Join func(ctx context.Context, r JoinRequest) (Chat, error)
	// Host opens a room on this machine, without joining it. It may be called
	// from any goroutine. It may fail with ErrPortTaken, ErrPortForbidden or
	// ErrNotOwnAddress.
	Host func(ctx context.Context, r HostRequest) (Hosted, error)
	Find Finder
	// Trust remembers which rooms are the right ones; nil: nothing does.
	Trust Trust
	// Keeper has what is kept on this computer of rooms; nil: nothing is.
	Keeper Keeper
	// Invite reads a room's code, or a link with one, out of what was typed. It
	// fails with netchat.ErrNoCode or ErrMistypedCode for what was meant to have a
	// code and has no good one. nil: there are no codes.
	Invite func(typed string) (netchat.Invite, error)
	// Paste returns the text that is to be pasted, if it can be had more wholly than
	// from the window's own clipboard, which ends at a NUL. It blocks, for a second
	// or so. nil: it cannot be.
	Paste func(win fyne.Window) (text string, ok bool)
	// Online reports whether this computer is on any network that rooms could
	// be found on. It may be called from any goroutine. nil: it is.
	Online func() bool
	// Raise yields when the window is to be shown in front, as a later start of the
	// program asks for; nil: never.
	Raise <-chan struct{}
	Now   func() time.Time
	// Do runs a function on the user interface's goroutine: later, in order,
	// without waiting for it. It may be called from any goroutine.
	Do func(func())
	// Notify shows a notification of the desktop; nil: there are none. It may
	// block, and is called from one goroutine at a time.
	Notify func(title, body string)
	Log    *slog.Logger // nil: silent
}

// What Join and Host can fail with besides the errors of netchat.
var (
	ErrRefused       = errors.New("the computer answers, but nothing is open at that port")
	ErrNoSuchHost    = errors.New("no computer goes by that name")
	ErrNoRoute       = errors.New("the network has no way there")
	ErrPortTaken     = errors.New("another program has the port")
	ErrPortForbidden = errors.New("the system does not allow this port")
	ErrNotOwnAddress = errors.New("this computer does not have that address")
	ErrLostRoomKey   = errors.New("the room's key is gone")
)

// What Export can fail with.
var (
	ErrExists    = errors.New("there is a file already")
	ErrNoFolder  = errors.New("there is no such folder")
	ErrForbidden = errors.New("the system does not allow to write there")
	ErrDiskFull  = errors.New("the disk is full")
)

// A JoinRequest says which room to join: one typed as Target, or one found,
// with its Addrs.
type JoinRequest struct {
	Name   string // one's own
	Target string // "host:port", "host" or "ws://host:port/ws"; empty for a found room
	Addrs  []string
	Room   netchat.RoomID
	Code   netchat.RoomCode // if set, no other room is joined
	Place  string           // its address part
	// Away enters a room whose host does not answer, too, with what is kept of it.
	Away bool
	// Announced says that a room at Target is found on the network: it is not
	// joined without encryption.
	Announced bool
}

// A HostRequest says which room to open.
type HostRequest struct {
	Name   string // one's own, shown as the host's
	Room   string
	Listen string // "ADDR:PORT"; empty: the usual port, or the next free one

	AppOnly bool // let in nobody whose connection is not encrypted
}

// A Trust remembers the keys of rooms. All methods may be called from any
// goroutine.
type Trust interface {
	// Code returns the code of a room's key. It takes a moment.
	Code(key []byte) netchat.RoomCode
	// Claimed returns what would be thought of a room that is found if it proves
	// to be the one that it says it is: netchat.TrustFirst for one that is new. It
	// fails with netchat.ErrChangedKey for one that passes for another room that
	// is known.
	Claimed(room netchat.RoomInfo, addrs []string) (netchat.Trust, error)
	// Verify says that somebody has compared the room's code.
	Verify(id netchat.RoomID) error
	// Forget forgets a room's key. What it returns brings that back.
	Forget(id netchat.RoomID) (undo func() error, err error)
}

// A Keeper has what is kept on this computer of rooms: all of those hosted here,
// of others what one has seen. All methods may be called from any goroutine.
type Keeper interface {
	// Keeps reports whether something is kept of a room. It is quick.
	Keeps(id netchat.RoomID) bool
	// Folder is where exported files go unless another is chosen.
	Folder() string
	// Export saves the conversation of a room in a file, whole or not at all, and
	// calls progress now and then. It blocks, and ends early when ctx does. It may
	// fail with ErrExists unless the request says Replace, ErrNoFolder, ErrForbidden
	// or ErrDiskFull.
	Export(ctx context.Context, r ExportRequest, progress func(done, total uint64)) error
	// Delete deletes all that is kept of a room for good. It blocks.
	Delete(room netchat.RoomInfo) error
}

// An ExportRequest says what to save where.
type ExportRequest struct {
	Room   netchat.RoomInfo
	Format ExportFormat
	Path   string
	Words  ExportWords

	Replace bool // the file that is there already
}

// ExportWords are what is written around the messages.
type ExportWords struct {
	Lang      string // a BCP 47 tag
	Saved     string // when
	Empty     string // in place of messages, where there are none
	Erased    string // in place of a text that was taken back
	ForHosts  string // marks what only hosts may see
	PrivateTo func(names []string) string
}

// A Chat is one's own membership in a room. All methods may be called from
// any goroutine.
type Chat interface {
	// Send hands a message over and never blocks. It fails with
	// netchat.ErrTooLong, ErrOutboxFull or ErrClosed.
	Send(netchat.Post) error
	// Events returns what comes, starting with a Welcome. It must be read. It
	// is closed after the StateChange to StateClosed.
	Events() <-chan netchat.Update
	// History asks for n messages older than before; a Page comes among the
	// Events. It never blocks.
	History(before uint64, n int) error
	// Around asks for n messages, the one with that Seq and those beside it, and
	// After for those that follow one. A Page comes among the Events, whose Err is
	// netchat.ErrUnsupported where the room knows no such question. They never block.
	Around(seq uint64, n int) error
	After(seq uint64, n int) error
	// Search asks for the newest n messages with a text in them; Hits come among
	// the Events. It never blocks. It fails with netchat.ErrTooLong,
	// ErrOutboxFull or ErrClosed.
	Search(text string, n int) error
	// Rename asks the room to call one by another name; a RosterDelta with it
	// comes among the Events. It never blocks. It fails with
	// netchat.ErrUnsupported where the room does not know how,
	// netchat.ErrBadHello for a name that no room accepts, or ErrClosed.
	Rename(name string) error
	// Close leaves the room and blocks until that is done.
	Close() error
}

// A Hosted is a room open on this machine. All methods may be called from any
// goroutine.
type Hosted interface {
	// Addrs returns "host:port" as others can dial them, best first.
	Addrs() []string
	Info() netchat.RoomInfo
	// Invite returns the room's code, with an address part. Its first call takes
	// a moment.
	Invite() string
	// Repaired says how many messages were lost of the room's file, which was damaged,
	// and where that is kept; an empty path: it was whole.
	Repaired() (kept, lost uint64, bad string)
	// Failed yields an error, once, if nobody can reach the room through the
	// network any more; those who are in may stay until it is closed. It may
	// be closed instead if that cannot happen any more.
	Failed() <-chan error
	// Stored yields why what is said cannot be stored, so that nobody can say
	// anything, and nil once it can again: known when somebody says something.
	Stored() <-chan error
	// Strained yields how hard it is to get into the room, and no Strain once it is
	// over.
	Strained() <-chan netchat.Strain
	// Join joins the room without the network.
	Join(ctx context.Context, name string) (Chat, error)
	// Close closes the room for everybody and blocks until that is done.
	Close() error
}

// A Finder looks for rooms on the network.
type Finder interface {
	// Search begins a search that ends with ctx. The remembered ones are rooms
	// of before, which are asked at the addresses they had then besides
	// whatever multicast finds. It may be called from any goroutine.
	Search(ctx context.Context, remembered []netchat.Advert) Search
}

// A Search is one search for rooms. Its methods may be called from any
// goroutine and never block.
type Search interface {
	// Rooms returns the channel of the whole list of rooms that answered, sent
	// each time something changed and closed when the search has ended.
	Rooms() <-chan []netchat.Advert
	// Refresh has the search start over at once.
	Refresh()
	// SetHidden slows the search down while nobody looks.
	SetHidden(hidden bool)
}
