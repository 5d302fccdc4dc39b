// Package room holds the Room: who is in it, what they may do, and the one
// order of what they say. It is plain Go without sockets, clocks, timers or
// disks of its own: whoever owns it gives it the time and a Log, and calls it
// from one goroutine.
package room

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// Errors of Join.
var (
	ErrFull        = netchat.ErrFull
	ErrAddressFull = netchat.ErrAddressFull
	ErrName        = errors.New("the name is over the limit")
)

// Config is what a Room is made of. What is not said to be optional is required.
type Config struct {
	Info   netchat.RoomInfo
	Log    history.Log
	Now    func() time.Time
	Random io.Reader // of member ids, labels and salts

	// Awaited, which may be empty, were here when the room ended without a word to
	// them: those with a key count as reconnecting.
	Awaited []netchat.Member

	// Since, if not nil and of this Log, is where it was when the room was opened that
	// only goes on now: newcomers see what was said since. nil: from now on.
	Since *netchat.Position

	// Seats is how many may be here; 0, or more than that: netchat.MaxMembers.
	Seats int
	// Changed, if not nil, is called after each change of the roster has been
	// told to the members.
	Changed func(*Change)

	// Stored, if not nil, is told why what was said could not be stored, each time, and
	// nil when it could again.
	Stored func(error)
}

// A Change is a RosterDelta and what it does not say.
type Change struct {
	netchat.RosterDelta
	Gone    []netchat.Member   // those that Left names
	Renamed []netchat.MemberID // those of Changed who bear another name now
	Held    []netchat.Held     // by which addresses most seats are held, at most netchat.MaxHeld
}

// A Room is one chat room. It is not safe for concurrent use.
//
// What changes who is here (Join, Leave, Lost, Expire, Rename) and what is said (Post)
// is gathered and takes effect for the members at the next Settle at the
// latest, in the order of the calls: what was said is stored before the roster
// changes, and a change of the roster is told before more is said. So at any
// time either posts wait or changes of the roster do, never both.
type Room struct {
	cfg   Config
	floor uint64 // newcomers see what came after it
	seats seats

	version uint64
	change  Change   // what the next announce tells of seats
	entered []*seat  // who is welcomed then
	staged  []staged // what the next commit stores
	bytes   int      // of the bodies in staged
	refused bool     // the Log has refused what was said last

	snapshots snapshots
}

// New makes an empty Room on cfg.Log. Newcomers see what is said from now on, or since
// cfg.Since.
func New(cfg Config) *Room {
	head := cfg.Log.Head()
	r := &Room{cfg: cfg, floor: head.Seq, seats: newSeats(cfg.Seats)}
	if since := cfg.Since; since != nil && since.Epoch == head.Epoch {
		r.floor = min(r.floor, since.Seq)
		r.snapshots.many = r.floor < head.Seq
	}
	r.snapshots.floor = r.floor
	expires := cfg.Now().Add(netchat.ReconnectGrace)
	for _, m := range cfg.Awaited {
		r.seats.await(m, expires)
	}
	return r
}

// An Entrant wants to join.
type Entrant struct {
	ID      netchat.MemberID // empty: without a key, an id is drawn
	Name    string
	HasName bool // false: the room makes a name
	Host    bool
	Rich    bool
	TLS     bool
	Source  string            // the address whose share of the seats it takes; empty: nobody's
	Resume  *netchat.Position // how far it has followed the room, nil if not at all
	Sink    Sink
}

// Join seats e and returns its id; its Sink is welcomed at the next Settle. An
// id that is here already moves to the new Sink, and the old one is closed. If the
// room is full, the Source that holds most seats yields one to a Source that holds
// few. It fails with ErrFull, ErrAddressFull, ErrName, or when random bytes fail.
func (r *Room) Join(e Entrant) (netchat.MemberID, error) {
	if len(e.Name) > netchat.MaxName {
		return "", fmt.Errorf("join: %w", ErrName)
	}
	r.commit() // what was said before is part of what the newcomer is told
	if s := r.seats.byID[e.ID]; s != nil {
		r.reseat(s, e)
		return e.ID, nil
	}
	yields, err := r.seats.admit(e)
	if err != nil {
		return "", fmt.Errorf("join: %w", err)
	}
	if yields != nil {
		yield(r, yields)
	}
	s, err := r.seats.add(e, r.cfg.Random)
	if err != nil {
		return "", fmt.Errorf("join: %w", err)
	}
	r.change.Joined = append(r.change.Joined, s.member)
	r.entered = append(r.entered, s)
	return s.member.ID, nil
}

// reseat gives a member's place to its new connection.
func (r *Room) reseat(s *seat, e Entrant) {
	r.announceNewcomer(s)
	if s.sink == nil {
		r.seats.away--
	} else {
		s.sink.Close(netchat.CloseTakenOver, "joined again from elsewhere")
	}
	r.seats.shares.free(s.source)
	s.source = e.Source
	r.seats.shares.take(s.source)
	before := s.member
	if e.HasName {
		s.member.Name = e.Name
	}
	s.member.Host, s.member.Rich, s.member.TLS, s.member.Presence = e.Host, e.Rich, e.TLS, netchat.Present
	r.change.note(before, s.member)
	s.entry = &entry{resume: e.Resume, returned: true}
	r.entered = append(r.entered, s)
	s.sink = e.Sink
}

// announceNewcomer tells the others of s if they do not know of it yet, so
// that one roster delta never holds two things about one member.
func (r *Room) announceNewcomer(s *seat) {
	r.commit()
	if s.entry != nil {
		r.announce()
	}
}

// Rename has everybody call a member something else from now on; what it said
// before keeps the old name. It returns why the room does not do so, empty if it
// does. A wish of nobody here, or through an old connection, is dropped.
func (r *Room) Rename(id netchat.MemberID, origin Sink, name string) netchat.RefusalReason {
	s := r.seats.byID[id]
	switch {
	case s == nil || s.sink != origin:
		return ""
	case !netchat.CanRename(name):
		return netchat.RefusedInvalid
	}
	r.announceNewcomer(s)
	before := s.member
	s.member.Name = name
	r.change.note(before, s.member)
	return ""
}

// note takes in that a member who is known to the others is another one now.
// Nobody stands in a delta twice: only the last counts.
func (c *Change) note(before, now netchat.Member) {
	if before == now {
		return
	}
	if at := slices.IndexFunc(c.Changed, func(m netchat.Member) bool { return m.ID == now.ID }); at >= 0 {
		c.Changed[at] = now
	} else {
		c.Changed = append(c.Changed, now)
	}
	if before.Name != now.Name && !slices.Contains(c.Renamed, now.ID) {
		c.Renamed = append(c.Renamed, now.ID)
	}
}

// Leave ends the membership of id if sink still is its connection.
func (r *Room) Leave(id netchat.MemberID, sink Sink) {
	if s := r.seats.byID[id]; s != nil && s.sink == sink {
		r.remove(s)
	}
}

// Lost says that the connection sink of id broke. A keyed member counts as
// reconnecting until netchat.ReconnectGrace is over; others leave at once,
// for nobody could tell that they came back.
func (r *Room) Lost(id netchat.MemberID, sink Sink) {
	s := r.seats.byID[id]
	if s == nil || s.sink != sink {
		return
	}
	if !s.member.Keyed {
		r.remove(s)
		return
	}
	r.announceNewcomer(s)
	s.sink = nil
	r.seats.away++
	s.expires = r.cfg.Now().Add(netchat.ReconnectGrace)
	before := s.member
	s.member.Presence = netchat.Reconnecting
	r.change.note(before, s.member)
}

// Expire ends the membership of those whose grace is over and returns when to
// call it again; zero: nobody is reconnecting.
func (r *Room) Expire() (next time.Time) {
	if r.seats.away == 0 {
		return time.Time{}
	}
	now := r.cfg.Now()
	for _, s := range slices.Clone(r.seats.order) {
		switch {
		case s.sink != nil:
		case !s.expires.After(now):
			r.remove(s)
		case next.IsZero() || s.expires.Before(next):
			next = s.expires
		}
	}
	return next
}

func (r *Room) remove(s *seat) {
	r.announceNewcomer(s)
	r.seats.remove(s)
	r.change.Left = append(r.change.Left, s.member.ID)
	r.change.Gone = append(r.change.Gone, s.member)
}

// Clear forgets everybody and whatever waits, without a word to anybody: what to
// do when nobody knows any more in which state the Room is.
func (r *Room) Clear() {
	r.seats = newSeats(r.cfg.Seats)
	r.version++
	r.change, r.entered = Change{}, nil
	r.staged, r.bytes = nil, 0
}

// Members returns everybody in order of joining.
func (r *Room) Members() []netchat.Member {
	members := make([]netchat.Member, len(r.seats.order))
	for i, s := range r.seats.order {
		members[i] = s.member
	}
	return members
}

// Member returns who has that id here.
func (r *Room) Member(id netchat.MemberID) (netchat.Member, bool) {
	if s := r.seats.byID[id]; s != nil {
		return s.member, true
	}
	return netchat.Member{}, false
}

// Addressee finds whom a plain member means by to: a label, or a name that
// exactly one member here bears. Names that look like labels, and the empty
// one, are never taken for names.
func (r *Room) Addressee(to string) (netchat.MemberID, bool) { return r.seats.addressee(to) }

// Version returns the version of the roster told last.
func (r *Room) Version() uint64 { return r.version }

// Roster returns everybody with the version told last.
func (r *Room) Roster() netchat.Roster {
	return netchat.Roster{Version: r.version, Members: r.Members()}
}

// Sinks calls f for every connected member.
func (r *Room) Sinks(f func(netchat.Member, Sink)) {
	for _, s := range r.seats.order {
		if s.sink != nil {
			f(s.member, s.sink)
		}
	}
}
