package netchat

import (
	"slices"
	"strings"
	"time"
)

// Presence says whether a member is here.
type Presence string

// The presences. A member who left is in no roster.
const (
	Present      Presence = "present"
	Reconnecting Presence = "reconnecting" // lost its connection less than ReconnectGrace ago
)

// A Member is somebody in a Room, as everybody there may know them.
type Member struct {
	ID       MemberID
	Label    Label
	Name     string // any text of at most MaxName bytes; need not be unique
	Keyed    bool   // proved its device key when it joined
	Host     bool   // may do what hosts may
	Rich     bool   // speaks the rich dialect
	TLS      bool   // nobody can listen between it and the host
	Presence Presence
}

// CanRename reports whether a room lets a member who is in it change to name: one
// of at most MaxName bytes that is not blank.
func CanRename(name string) bool { return len(name) <= MaxName && strings.TrimSpace(name) != "" }

// DefaultName is the name of a member whose first frame had none.
func DefaultName(label Label) string { return "用户" + string(label) }

// RoomInfo is what anybody may know of a room.
type RoomInfo struct {
	ID   RoomID // empty on a plain server
	Name string // empty on a plain server
	Host string // the name of who hosts it

	AppOnly bool // only members with TLS are let in
}

// A Roster is everybody in a room in order of joining. Version grows by one
// with each RosterDelta. It is not safe for concurrent use.
type Roster struct {
	Version uint64
	Members []Member
}

// A RosterDelta leads from Version-1 to Version.
type RosterDelta struct {
	Version uint64
	Time    time.Time // the host's clock
	Joined  []Member
	Changed []Member // same ID, something else is new
	Left    []MemberID
}

// Apply brings r up to d and reports whether it could: a gap in the versions
// means that the roster must be asked for again, and r is unchanged.
func (r *Roster) Apply(d *RosterDelta) bool {
	if d.Version != r.Version+1 {
		return false
	}
	r.Version = d.Version
	if len(d.Left) > 0 {
		gone := make(map[MemberID]bool, len(d.Left))
		for _, id := range d.Left {
			gone[id] = true
		}
		r.Members = slices.DeleteFunc(r.Members, func(m Member) bool { return gone[m.ID] })
	}
	places := r.places(len(d.Changed) + len(d.Joined))
	for _, m := range d.Changed {
		if i := places.of(m.ID); i >= 0 {
			r.Members[i] = m
		}
	}
	for _, m := range d.Joined {
		if i := places.of(m.ID); i >= 0 {
			r.Members[i] = m
			continue
		}
		r.Members = append(r.Members, m)
		places.add(m.ID)
	}
	return true
}

// Finder returns Find for n calls of it, at once: whole schools come and go together.
// It is good until r changes.
func (r *Roster) Finder(n int) func(MemberID) (Member, bool) {
	places := r.places(n)
	return func(id MemberID) (Member, bool) {
		if i := places.of(id); i >= 0 {
			return r.Members[i], true
		}
		return Member{}, false
	}
}

// manyLookups is from how many look-ups on a map pays.
const manyLookups = 16

// A places finds members by their ids.
type places struct {
	roster *Roster
	at     map[MemberID]int // nil: the roster is gone through
}

func (r *Roster) places(lookups int) places {
	p := places{roster: r}
	if lookups >= manyLookups {
		p.at = make(map[MemberID]int, len(r.Members))
		for i := range r.Members {
			if _, twice := p.at[r.Members[i].ID]; !twice {
				p.at[r.Members[i].ID] = i
			}
		}
	}
	return p
}

func (p places) of(id MemberID) int {
	if p.at == nil {
		return p.roster.index(id)
	}
	if i, ok := p.at[id]; ok {
		return i
	}
	return -1
}

// add says that a member was appended.
func (p places) add(id MemberID) {
	if p.at != nil {
		p.at[id] = len(p.roster.Members) - 1
	}
}

// Find returns the member with that id.
func (r *Roster) Find(id MemberID) (Member, bool) {
	if i := r.index(id); i >= 0 {
		return r.Members[i], true
	}
	return Member{}, false
}

// Named returns the members with exactly that name.
func (r *Roster) Named(name string) []Member {
	var found []Member
	for _, m := range r.Members {
		if m.Name == name {
			found = append(found, m)
		}
	}
	return found
}

// Clone returns a copy that shares nothing with r.
func (r *Roster) Clone() Roster {
	return Roster{Version: r.Version, Members: slices.Clone(r.Members)}
}

func (r *Roster) index(id MemberID) int {
	return slices.IndexFunc(r.Members, func(m Member) bool { return m.ID == id })
}
