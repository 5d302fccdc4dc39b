package known

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/internal/likeness"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
)

// Bounds of what is remembered. Beyond MaxRooms the room goes that was not
// joined for longest, one that is not verified before one that is.
const (
	MaxRooms   = 2000
	MaxAddrs   = 8   // of one room
	maxAddress = 300 // bytes
	maxYear    = 9999
)

var (
	// ErrDamaged says that the file cannot be read as it is. What was in it is
	// put aside, in a file whose name the error tells.
	ErrDamaged = errors.New("the list of known rooms is damaged")
	// ErrLater says that a later Homeroom wrote the file, in a form that this one
	// cannot read. It is left as it is.
	ErrLater = errors.New("the list of known rooms was written by a later Homeroom")
)

// A Room is one that was joined over TLS.
type Room struct {
	Key      ed25519.PublicKey // by which it is the same room
	Info     netchat.RoomInfo  // as it called itself last; the ID is of Key
	Addrs    []string          // "host:port" where it was reached, the last one first
	Verified bool              // its code was compared, or it was joined by it
	First    time.Time         // when it was joined first and last
	Last     time.Time

	rest []byte // what a later version says of it: a JSON object, or nothing
}

// A ChangedError says that a room bears the names of Known, or one of them where
// Known was reached, and has another key. It is a netchat.ErrChangedKey.
type ChangedError struct{ Known Room }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%v: a room like %q was known by another", netchat.ErrChangedKey, e.Known.Info.Name)
}

// Is makes it a netchat.ErrChangedKey.
func (e *ChangedError) Is(target error) bool { return target == netchat.ErrChangedKey }

// Rooms are the known rooms, at most MaxRooms. They are kept in a file of a
// directory, which other processes may use too, or nowhere. Any goroutine may use
// them; they wait for the disk.
type Rooms struct {
	dir string
	now func() time.Time

	mu   sync.Mutex
	list       // what the file holds
	seen stamp // of the file as it was read or written last
}

// A list is what the file holds, without a file.
type list struct {
	rooms []Room // the latest first
	rest  []byte // what a later version says besides
}

// Open reads the known rooms of dir, or begins with none; dir "" keeps them in
// memory alone. It always returns usable Rooms. Where the file could not be read
// they are empty and the error says why: an ErrDamaged if it was put aside, so
// that a new one is begun; otherwise it is left alone, and nothing is kept on disk
// for as long as it is like that.
func Open(dir string) (*Rooms, error) {
	r := &Rooms{dir: dir, now: time.Now}
	if err := r.open(); err != nil {
		return r, fmt.Errorf("known rooms: %w", err)
	}
	return r, nil
}

// All returns the rooms, the latest first. They are the caller's.
func (r *Rooms) All() []Room {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	all := make([]Room, len(r.rooms))
	for i, room := range r.rooms {
		all[i] = room.clone()
	}
	return all
}

// Find returns the room with that id.
func (r *Rooms) Find(id netchat.RoomID) (Room, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	if i := r.index(id); i >= 0 {
		return r.rooms[i].clone(), true
	}
	return Room{}, false
}

// At returns the room that was reached at an address, which may be written as
// people do; of several the one that was joined last.
func (r *Rooms) At(addr string) (Room, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	addr = canonical(addr)
	for _, room := range r.rooms {
		if slices.Contains(room.Addrs, addr) {
			return room.clone(), true
		}
	}
	return Room{}, false
}

// Judge says how far a room is to be trusted whose host has proved key at addr,
// and calls it and itself as in info. A known key is TrustKnown or TrustVerified,
// whatever the names. An unknown one is TrustFirst, unless the names are taken:
// it fails with a *ChangedError if a known room looks to be called the same and
// had the same host, or was reached at addr.
func (r *Rooms) Judge(key ed25519.PublicKey, info netchat.RoomInfo, addr string) (netchat.Trust, error) {
	info.ID = netchat.RoomIDFromKey(key)
	return r.Claimed(info, addr)
}

// Claimed is Judge of a room that has proved nothing yet: what it says of itself
// where it is looked for.
func (r *Rooms) Claimed(info netchat.RoomInfo, addr string) (netchat.Trust, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refresh()
	if i := r.index(info.ID); i >= 0 {
		if r.rooms[i].Verified {
			return netchat.TrustVerified, nil
		}
		return netchat.TrustKnown, nil
	}
	name, host := likeness.Of(clip(info.Name, netchat.MaxRoomName)), likeness.Of(clip(info.Host, netchat.MaxName))
	addr = canonical(addr)
	for _, room := range r.rooms {
		if likeness.Of(room.Info.Name) != name {
			continue
		}
		if likeness.Of(room.Info.Host) == host || (addr != "" && slices.Contains(room.Addrs, addr)) {
			return netchat.TrustNone, &ChangedError{Known: room.clone()}
		}
	}
	return netchat.TrustFirst, nil
}

// Note remembers that the room with that key was joined just now, at addr if that
// is not empty; verified if its code was compared. A room that is verified stays
// so. On an error it is known all the same until the file is read again.
func (r *Rooms) Note(key ed25519.PublicKey, info netchat.RoomInfo, addr string, verified bool) error {
	return r.change("note a room", func() error {
		now := r.now()
		room := Room{Key: key, First: now}
		if i := r.index(netchat.RoomIDFromKey(key)); i >= 0 {
			room = r.rooms[i]
		}
		room.Info, room.Last = info, now
		room.Verified = room.Verified || verified
		if addr = canonical(addr); addr != "" {
			others := slices.DeleteFunc(slices.Clone(room.Addrs), func(a string) bool { return a == addr })
			room.Addrs = append([]string{addr}, others...)
		}
		return r.put(room)
	})
}

// Verify remembers that the code of a room was compared. It fails with
// netchat.ErrNotFound for a room that is not known.
func (r *Rooms) Verify(id netchat.RoomID) error {
	return r.change("verify a room", func() error {
		i := r.index(id)
		if i < 0 {
			return netchat.ErrNotFound
		}
		r.rooms[i].Verified = true
		return nil
	})
}

// Forget drops a room, and returns it for Put. It fails with netchat.ErrNotFound
// for a room that is not known.
func (r *Rooms) Forget(id netchat.RoomID) (Room, error) {
	var gone Room
	err := r.change("forget a room", func() error {
		i := r.index(id)
		if i < 0 {
			return netchat.ErrNotFound
		}
		gone = r.rooms[i]
		r.rooms = slices.Delete(r.rooms, i, i+1)
		return nil
	})
	return gone, err
}

// Put remembers a room as it is, in place of what was known of it: the undoing of
// a Forget.
func (r *Rooms) Put(room Room) error {
	return r.change("remember a room", func() error { return r.put(room.clone()) })
}

// put takes a room in, within all bounds.
func (l *list) put(room Room) error {
	room, ok := room.valid()
	if !ok {
		return errors.New("a room without a key")
	}
	if i := l.index(room.Info.ID); i >= 0 {
		l.rooms = slices.Delete(l.rooms, i, i+1)
	}
	l.rooms = append(l.rooms, room)
	l.trim(MaxRooms)
	return nil
}

// trim keeps at most n rooms, and sorts them. It drops those that were not joined
// for longest, as far as it can only such as are not verified.
func (l *list) trim(n int) {
	sortLatest(l.rooms)
	over := len(l.rooms) - n
	if over <= 0 {
		return
	}
	kept := make([]Room, 0, len(l.rooms))
	for _, room := range slices.Backward(l.rooms) {
		if over > 0 && !room.Verified {
			over--
			continue
		}
		kept = append(kept, room)
	}
	slices.Reverse(kept)
	l.rooms = kept[:n]
}

func sortLatest(rooms []Room) {
	slices.SortStableFunc(rooms, func(a, b Room) int {
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
		return strings.Compare(string(a.Info.ID), string(b.Info.ID))
	})
}

func (l *list) index(id netchat.RoomID) int {
	return slices.IndexFunc(l.rooms, func(room Room) bool { return room.Info.ID == id })
}

func (room Room) clone() Room {
	room.Key, room.Addrs = slices.Clone(room.Key), slices.Clone(room.Addrs)
	return room
}

// valid returns room within all bounds, and whether there is a key in it.
func (room Room) valid() (Room, bool) {
	if identity.CheckKey(room.Key) != nil {
		return Room{}, false
	}
	room.Info.ID = netchat.RoomIDFromKey(room.Key)
	room.Info.Name = clip(room.Info.Name, netchat.MaxRoomName)
	room.Info.Host = clip(room.Info.Host, netchat.MaxName)
	var addrs []string
	for _, addr := range room.Addrs {
		addr = canonical(addr)
		if addr != "" && !slices.Contains(addrs, addr) && len(addrs) < MaxAddrs {
			addrs = append(addrs, addr)
		}
	}
	room.Addrs = addrs
	room.First, room.Last = validTime(room.First), validTime(room.Last)
	return room, true
}

// validTime returns t in whole milliseconds, or no time for one that JSON has no
// form for.
func validTime(t time.Time) time.Time {
	if t = t.UTC().Truncate(time.Millisecond); t.Year() < 0 || t.Year() > maxYear {
		return time.Time{}
	}
	return t
}

// clip returns s cut to at most limit bytes of whole characters.
func clip(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
