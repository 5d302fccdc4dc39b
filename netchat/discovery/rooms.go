package discovery

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of what a Finder keeps of a network that may say anything.
const (
	MaxRooms     = 200 // listed at once
	maxUnproven  = 200 // announced rooms that have not answered a Hello yet
	maxRoomAddrs = 16  // of one room, proven or not
	maxNeighbors = 16  // rooms that are listed at one IP address
)

// When a Finder says hello to a room it lists.
const (
	helloEvery     = 3 * time.Second
	lostAfter      = 2                      // times in a row that no address answered
	askedLeast     = 500 * time.Millisecond // between two hellos, however often somebody refreshes
	freshEvery     = time.Second            // between two checks of new addresses
	fullCheckEvery = 5                      // every so many times all its addresses are asked, not the first that answers
)

// rooms is what a Watch knows. It is plain state: no goroutine, no clock.
type rooms struct {
	known   map[netchat.RoomID]*room
	pace    time.Duration // from one hello to the next
	changed bool          // list may say something else than before; set here, reset by whoever looks
}

// A room is one that was announced. It is listed once it is proven: one of its
// addresses has answered with its id.
type room struct {
	proven   bool
	tls      bool      // somebody said that it speaks TLS, which nobody can unsay
	addrs    []address // in the order in which they were heard of
	asking   bool      // a check is under way
	due      time.Time // of the next hello, if proven
	asked    time.Time // when the last one began
	rest     time.Time // until then new addresses of a proven room wait
	misses   int       // hellos in a row that no address answered
	hellos   int
	answered bool // something answered in the check under way
	overtook bool // and it was not the first address in a check that ends with the first answer
}

// An address is where a room may be reached.
type address struct {
	at     netip.AddrPort
	proven bool
	late   bool           // proven when the room had been listed for some time already
	misses int            // in a row, of a proven one
	says   netchat.Advert // its last answer, without Addrs
}

// A check is a round of hellos to one room, done by one goroutine.
type check struct {
	id    netchat.RoomID
	addrs []netip.AddrPort // in order of preference, never empty
	all   bool             // ask every one; otherwise stop at the first that answers
	hello bool             // of a listed room: no answer counts against it
	brief bool             // of new addresses of one: ends when there is no turn for it soon

	recalled *recollection // whom to tell, if it is a remembered room; nil: rooms
}

// An answer is what came of one hello, or the end of a check.
type answer struct {
	check  *check
	addr   netip.AddrPort
	advert netchat.Advert
	err    error
	ended  bool // all answers of this check have come; nothing else is set
}

// propose takes note that id was announced at addrs, and whether with TLS. What
// else was announced is of no use: the room's own answer tells it.
func (k *rooms) propose(id netchat.RoomID, tls bool, addrs []netip.AddrPort) {
	r := k.known[id]
	if r == nil {
		if len(addrs) == 0 || k.count(false) >= maxUnproven || k.count(true) >= MaxRooms {
			return
		}
		r = &room{}
		k.known[id] = r
	}
	if tls && !r.tls {
		r.tls = true
		k.changed = k.changed || r.proven
	}
	for _, at := range addrs {
		if len(r.addrs) >= maxRoomAddrs {
			return
		}
		if !slices.ContainsFunc(r.addrs, func(a address) bool { return a.at == at }) {
			r.addrs = append(r.addrs, address{at: at})
		}
	}
}

func (k *rooms) count(proven bool) int {
	n := 0
	for _, r := range k.known {
		if r.proven == proven {
			n++
		}
	}
	return n
}

// next returns the checks to start now and marks them as under way.
func (k *rooms) next(now time.Time, nearer func(a, b netip.AddrPort) int) []*check {
	var due []*check
	for id, r := range k.known {
		if r.asking {
			continue
		}
		c := k.nextOf(r, id, now)
		if c == nil {
			continue
		}
		slices.SortFunc(c.addrs, r.order(nearer))
		r.asking, r.answered, r.overtook = true, false, false
		due = append(due, c)
	}
	return due
}

func (k *rooms) nextOf(r *room, id netchat.RoomID, now time.Time) *check {
	if !r.proven || now.Before(r.due) {
		fresh := r.where(false)
		if len(fresh) == 0 || (r.proven && now.Before(r.rest)) {
			return nil
		}
		r.rest = now.Add(freshEvery)
		return &check{id: id, addrs: fresh, all: true, brief: r.proven}
	}
	r.asked, r.due = now, now.Add(k.pace)
	r.hellos++
	return &check{id: id, addrs: r.where(true), all: r.hellos%fullCheckEvery == 0 || r.limps() || r.overtook, hello: true}
}

// limps reports whether an address did not answer when it was last asked. Such
// a one is asked again with the next hello: it is better known to be gone than
// tried first by somebody who joins.
func (r *room) limps() bool {
	return slices.ContainsFunc(r.addrs, func(a address) bool { return a.misses > 0 })
}

// wake returns when next will have something to start that is due by time
// alone.
func (k *rooms) wake() (time.Time, bool) {
	var first time.Time
	for _, r := range k.known {
		if r.proven && !r.asking && (first.IsZero() || r.due.Before(first)) {
			first = r.due
		}
	}
	return first, !first.IsZero()
}

// take brings in an answer.
func (k *rooms) take(a answer, now time.Time) {
	r := k.known[a.check.id]
	if r == nil {
		return
	}
	switch {
	case a.ended:
		r.asking = false
		if r.overtook {
			r.due = now // was the first one slow, or is it gone? Ask all
		}
		if k.over(r, a.check) {
			delete(k.known, a.check.id)
			k.changed = k.changed || r.proven
		}
	case a.err != nil || a.advert.Room.ID != a.check.id:
		r.miss(a.addr)
		k.changed = k.changed || r.proven
	case !r.proven && k.full(a.addr.Addr()):
		r.miss(a.addr)
	default:
		k.changed = r.prove(a, now.Add(k.pace)) || k.changed
	}
}

// admit takes the answer of a room that was not announced, or not yet, and
// that has said itself who it is.
func (k *rooms) admit(a answer, now time.Time) {
	id := a.advert.Room.ID
	r := k.known[id]
	if (r == nil || !r.proven) && k.full(a.addr.Addr()) {
		return
	}
	if r == nil {
		r = &room{}
		k.known[id] = r
	}
	if r.index(a.addr) < 0 {
		if len(r.addrs) >= maxRoomAddrs {
			return
		}
		r.addrs = append(r.addrs, address{at: a.addr})
	}
	k.changed = r.prove(a, now.Add(k.pace)) || k.changed
}

// full reports whether no room that answers at ip is listed any more.
func (k *rooms) full(ip netip.Addr) bool {
	neighbors := 0
	for _, r := range k.known {
		if r.proven && slices.ContainsFunc(r.addrs, func(a address) bool { return a.proven && a.at.Addr() == ip }) {
			neighbors++
		}
	}
	return neighbors >= maxNeighbors || k.count(true) >= MaxRooms
}

// forget drops the rooms that are not to be listed.
func (k *rooms) forget(ignored func(netchat.RoomID) bool) {
	for id, r := range k.known {
		if ignored(id) {
			delete(k.known, id)
			k.changed = k.changed || r.proven
		}
	}
}

// hasten has all listed rooms asked at once.
func (k *rooms) hasten(now time.Time) {
	for _, r := range k.known {
		r.due = now
		if again := r.asked.Add(askedLeast); again.After(now) {
			r.due = again
		}
	}
}

// over ends a check and reports whether the room is to be forgotten.
func (k *rooms) over(r *room, c *check) bool {
	switch {
	case !r.proven:
		return len(r.addrs) == 0 // it comes again if it is announced again
	case len(r.where(true)) == 0:
		return true
	case r.answered:
		r.misses = 0
	case c.hello:
		r.misses++
	}
	return r.misses >= lostAfter
}

// prove takes the room's own answer and reports whether it tells anything new.
// due is when to ask a room that was not listed before.
func (r *room) prove(a answer, due time.Time) bool {
	i := r.index(a.addr)
	if i < 0 {
		return false
	}
	before, was := r.addrs[i], r.advert()
	r.addrs[i].late = before.late || (!before.proven && r.hellos > 0)
	r.addrs[i].proven, r.addrs[i].misses, r.addrs[i].says = true, 0, a.advert
	r.addrs[i].says.Addrs = nil
	r.tls = r.tls || a.advert.TLS
	if !r.proven {
		r.due = due
	}
	r.proven, r.answered = true, true
	r.overtook = r.overtook || (!a.check.all && a.addr != a.check.addrs[0])
	return !before.proven || before.misses > 0 || !sameAdvert(was, r.advert())
}

// advert returns what the room tells of itself. Anybody can answer with its id;
// so the address that was heard of first has the word until it is lost.
func (r *room) advert() netchat.Advert {
	i := r.voice()
	if i < 0 {
		return netchat.Advert{}
	}
	says := r.addrs[i].says
	says.TLS = r.tls
	return says
}

// voice returns which address speaks for the room, -1 if none is proven.
func (r *room) voice() int {
	return slices.IndexFunc(r.addrs, func(a address) bool { return a.proven })
}

// order compares addresses of the room by how soon to try them. Among those that
// are as near, the ones that came late are last: they may only claim to be of it.
func (r *room) order(nearer func(a, b netip.AddrPort) int) func(a, b netip.AddrPort) int {
	late := func(at netip.AddrPort) int {
		if i := r.index(at); i >= 0 && r.addrs[i].late {
			return 1
		}
		return 0
	}
	return func(a, b netip.AddrPort) int {
		return cmp.Or(r.missesOf(a)-r.missesOf(b), nearer(a, b), late(a)-late(b), a.Compare(b))
	}
}

// miss counts a hello that was not answered by this room. An address that was
// never proven is forgotten at once: it comes again with the next announcement.
func (r *room) miss(at netip.AddrPort) {
	i := r.index(at)
	if i < 0 {
		return
	}
	r.addrs[i].misses++
	if !r.addrs[i].proven || r.addrs[i].misses >= lostAfter {
		r.addrs = slices.Delete(r.addrs, i, i+1)
	}
}

func (r *room) index(at netip.AddrPort) int {
	return slices.IndexFunc(r.addrs, func(a address) bool { return a.at == at })
}

func (r *room) missesOf(at netip.AddrPort) int {
	if i := r.index(at); i >= 0 {
		return r.addrs[i].misses
	}
	return 0
}

// where returns the addresses that are proven, or those that are not.
func (r *room) where(proven bool) []netip.AddrPort {
	var at []netip.AddrPort
	for _, a := range r.addrs {
		if a.proven == proven {
			at = append(at, a.at)
		}
	}
	return at
}

// list returns the proven rooms by name, each with its proven addresses, best
// first. It shares nothing with k.
func (k *rooms) list(nearer func(a, b netip.AddrPort) int) []netchat.Advert {
	list := make([]netchat.Advert, 0, len(k.known))
	for _, r := range k.known {
		if !r.proven {
			continue
		}
		at := r.where(true)
		slices.SortFunc(at, r.order(nearer))
		advert := r.advert()
		advert.Addrs = make([]string, len(at))
		for i := range at {
			advert.Addrs[i] = at[i].String()
		}
		list = append(list, advert)
	}
	slices.SortFunc(list, func(a, b netchat.Advert) int {
		return cmp.Or(cmp.Compare(a.Room.Name, b.Room.Name), cmp.Compare(a.Room.ID, b.Room.ID))
	})
	return list
}

// sameList reports whether two lists say the same.
func sameList(a, b []netchat.Advert) bool {
	return slices.EqualFunc(a, b, sameAdvert)
}

func sameAdvert(a, b netchat.Advert) bool {
	return a.Room == b.Room && a.Members == b.Members && a.Rich == b.Rich && a.TLS == b.TLS && a.Code == b.Code &&
		slices.Equal(a.Addrs, b.Addrs)
}
