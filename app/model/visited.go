package model

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of what is remembered of rooms of before.
const (
	MaxVisits     = 50
	maxVisitAddrs = 8
	maxYear       = 9999 // that JSON has a form for
)

// ErrDamagedVisits says that the file of rooms of before could not be read.
var ErrDamagedVisits = errors.New("the list of rooms of before is damaged")

// A Visit is a room that one was in.
type Visit struct {
	Room   netchat.RoomInfo
	Addrs  []string  // where it was reached last, as one would type it; best first
	Last   time.Time // when one was there last
	Mine   bool      // it was open on this machine
	Listen string    // if Mine: where it was to listen; empty: where there was room
	Named  bool      // if Mine: its name was typed, not made up

	rest members // what else a later version says of it
}

// Key says which room it is: by its id or, where it has none, by its address.
func (v Visit) Key() string {
	if v.Room.ID != "" {
		return string(v.Room.ID)
	}
	if len(v.Addrs) > 0 {
		return v.Addrs[0]
	}
	return ""
}

// Advert returns the room as a Finder would list it, if it may be asked for:
// a plain server answers no such question.
func (v Visit) Advert() (ad netchat.Advert, ok bool) {
	var addrs []string
	for _, a := range v.Addrs {
		if !strings.Contains(a, "://") {
			addrs = append(addrs, a)
		}
	}
	return netchat.Advert{Room: v.Room, Addrs: addrs, Members: -1, Rich: true}, v.Room.ID != "" && len(addrs) > 0
}

// replaces reports whether v makes old superfluous. A room's id hangs on its
// name here, unless the keys are temporary.
func (v Visit) replaces(old Visit) bool {
	return v.Key() == old.Key() || (v.Mine && old.Mine && v.Room.Name == old.Room.Name)
}

// valid returns v within all bounds, and whether anything can be done with it.
func (v Visit) valid() (Visit, bool) {
	v.Room.Name = clip(v.Room.Name, netchat.MaxRoomName)
	v.Room.Host = clip(v.Room.Host, netchat.MaxName)
	v.Listen = clip(v.Listen, maxAddress)
	v.Addrs = slices.DeleteFunc(slices.Clone(v.Addrs), func(a string) bool { return a == "" || len(a) > maxAddress })
	v.Addrs = v.Addrs[:min(len(v.Addrs), maxVisitAddrs)]
	if !v.Mine {
		v.Listen, v.Named, v.Room.AppOnly = "", false, false
	}
	if v.Last = v.Last.UTC(); v.Last.Year() < 0 || v.Last.Year() > maxYear {
		v.Last = time.Time{}
	}
	known := v.Room.ID == "" || v.Room.ID.Valid()
	return v, known && v.Key() != "" && (v.Mine || len(v.Addrs) > 0)
}

// clip returns s cut to at most limit bytes of whole characters.
func clip(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

// Visited are the rooms of before, at most MaxVisits, the latest first. They
// are kept in a file of a directory, or nowhere if its name is empty. It is not
// safe for concurrent use; what changes it waits for the disk.
type Visited struct {
	dir    string
	visits []Visit
	rest   members
}

// OpenVisited reads the rooms of before. It always returns a usable Visited:
// where the file can't be read, an empty one and why, an ErrDamagedVisits.
func OpenVisited(dir string) (*Visited, error) {
	v := &Visited{dir: dir}
	if err := v.read(); err != nil {
		return v, fmt.Errorf("rooms of before: %w: %w", ErrDamagedVisits, err)
	}
	return v, nil
}

// All returns the rooms, the latest first.
func (v *Visited) All() []Visit { return slices.Clone(v.visits) }

// Find returns the room with that Key.
func (v *Visited) Find(key string) (Visit, bool) {
	i := slices.IndexFunc(v.visits, func(old Visit) bool { return old.Key() == key })
	if i < 0 {
		return Visit{}, false
	}
	return v.visits[i], true
}

// Note keeps a visit in place of earlier ones to that room. One with which
// nothing can be done is left out. On an error it is kept for as long as the
// Visited lives.
func (v *Visited) Note(visit Visit) error {
	visit, ok := visit.valid()
	if !ok {
		return nil
	}
	v.follow()
	if visit.rest == nil {
		if old, ok := v.Find(visit.Key()); ok {
			visit.rest = old.rest
		}
	}
	v.visits = slices.DeleteFunc(v.visits, visit.replaces)
	v.put(append(v.visits, visit))
	return v.save("note a room")
}

// Forget drops the room with that Key and returns it, so that it can be noted
// again.
func (v *Visited) Forget(key string) (Visit, error) {
	v.follow()
	visit, ok := v.Find(key)
	if !ok {
		return Visit{}, nil
	}
	v.visits = slices.DeleteFunc(v.visits, func(old Visit) bool { return old.Key() == key })
	return visit, v.save("forget a room")
}

// put takes visits over, sorted and within bounds.
func (v *Visited) put(visits []Visit) {
	slices.SortStableFunc(visits, func(a, b Visit) int {
		return cmp.Or(b.Last.Compare(a.Last), strings.Compare(a.Key(), b.Key()))
	})
	v.visits = visits[:min(len(visits), MaxVisits)]
}

// follow takes over what another window may have written meanwhile.
func (v *Visited) follow() {
	fresh := &Visited{dir: v.dir}
	if err := fresh.read(); err == nil && v.dir != "" {
		v.visits, v.rest = fresh.visits, fresh.rest
	}
}
