package discovery

import (
	"net/netip"
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of what is asked without having been announced.
const (
	MaxRemembered  = 50              // rooms; more are left out
	maxRecallAddrs = 4               // of each
	maxRecallTries = 8               // of each: a link-local address is tried on every interface
	recallMost     = 6 * time.Second // the pause after which a silent one is asked again at the latest, if not hidden
)

// memory is the remembered rooms of a Search, which are asked as long as they
// are not listed: multicast may be blocked. It is plain state: no goroutine, no
// clock.
type memory struct {
	rooms []*recollection
	least time.Duration // the pause after a hello that was not answered
}

// A recollection is a room that was known before.
type recollection struct {
	id     netchat.RoomID // empty: whichever answers
	addrs  []netip.AddrPort
	listed netchat.RoomID // what answered last; empty: nothing yet
	asking bool           // a check is under way
	heard  bool           // something answered in it
	due    time.Time
	asked  time.Time // when the last check began
	misses int       // in a row
}

// newMemory keeps of the adverts what can be asked. It shares nothing with them.
func newMemory(adverts []netchat.Advert) memory {
	m := memory{least: helloEvery}
	for _, a := range adverts[:min(len(adverts), MaxRemembered)] {
		r := &recollection{id: a.Room.ID}
		for _, s := range a.Addrs {
			at, err := netip.ParseAddrPort(s)
			if err != nil || at.Port() == 0 || at.Addr().IsUnspecified() || at.Addr().IsMulticast() || len(r.addrs) == maxRecallAddrs {
				continue
			}
			r.addrs = append(r.addrs, at)
		}
		if len(r.addrs) > 0 && (r.id == "" || r.id.Valid()) {
			m.rooms = append(m.rooms, r)
		}
	}
	return m
}

// next returns the checks to start now and marks them as under way.
func (m *memory) next(now time.Time, k *rooms, on []Interface) []*check {
	var due []*check
	for _, r := range m.rooms {
		if r.asking || now.Before(r.due) || r.isListed(k) {
			continue
		}
		r.asking, r.heard, r.asked = true, false, now
		due = append(due, &check{id: r.id, addrs: r.tries(on), all: true, recalled: r})
	}
	return due
}

// isListed reports whether asking is left to the list.
func (r *recollection) isListed(k *rooms) bool {
	known := k.known[r.listed]
	if known == nil {
		known = k.known[r.id]
	}
	return known != nil && known.proven
}

// tries returns where to ask from a machine with these interfaces: which one a
// link-local address is on may have changed.
func (r *recollection) tries(on []Interface) []netip.AddrPort {
	var at []netip.AddrPort
	for _, a := range r.addrs {
		if !a.Addr().Is6() || !a.Addr().IsLinkLocalUnicast() {
			at = append(at, a)
			continue
		}
		for _, i := range on {
			if i.hasLinkLocal() {
				at = append(at, netip.AddrPortFrom(a.Addr().WithZone(i.Name), a.Port()))
			}
		}
	}
	at = at[:min(len(at), maxRecallTries)]
	slices.SortStableFunc(at, preference(on))
	return at
}

// answered takes the answer of a room and reports whether it is one that was
// asked for.
func (m *memory) answered(a answer) bool {
	r, id := a.check.recalled, a.advert.Room.ID
	if !id.Valid() || (r.id != "" && r.id != id) {
		return false
	}
	r.heard, r.listed, r.misses = true, id, 0
	return true
}

// ended takes note that all answers of a check have come.
func (m *memory) ended(r *recollection, now time.Time) {
	r.asking = false
	pause := m.least
	if !r.heard {
		pause = max(m.least, min(helloEvery<<min(r.misses, 8), recallMost))
		r.misses++
	}
	r.due = now.Add(pause)
}

// hasten has all of them asked at once.
func (m *memory) hasten(now time.Time) {
	for _, r := range m.rooms {
		r.due, r.misses = now, 0
		if again := r.asked.Add(askedLeast); again.After(now) {
			r.due = again
		}
	}
}
