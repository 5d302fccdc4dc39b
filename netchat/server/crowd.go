package server

import (
	"container/list"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of the crowds.
const (
	// Connections that have not joined yet have no time-out, for a page's name
	// prompt may take minutes, but there are at most netchat.MaxUnjoined.
	unjoinedSlack    = 512 // more, while none has waited for unjoinedPatience
	unjoinedPatience = 5 * time.Second

	// What welcomes a member grows with the room: with thousands of members of
	// long names a newcomer that does not read would hold up many megabytes.
	arrivalBytes    = 128 << 20
	arrivalSlack    = 256 << 20 // more, while none has waited for arrivalPatience
	arrivalPatience = time.Second

	// A frame that is sent half may stay so until its sender counts as dead, and
	// one of a sender over its budget until the pause is over: with thousands of
	// members that would be gigabytes. Those that take up to smallFrame bytes,
	// which are nearly all, and all first ones, do not count.
	smallFrame     = netchat.MaxFirstFrame * 3 / 2
	framesBytes    = 64 << 20
	framesSlack    = 64 << 20 // more, while none has been under way for framesPatience
	framesPatience = 5 * time.Second
)

// crowds are the connections that wait for something.
type crowds struct {
	unjoined *crowd[*session] // to join
	arrivals *crowd[*session] // for their welcome to be taken, by its bytes
	frames   *crowd[*session] // for the rest of a large frame, by the bytes that are there
}

func newCrowds(c capacity) crowds {
	return crowds{
		unjoined: newCrowd[*session](c.unjoined, min(unjoinedSlack, 3*c.unjoined), unjoinedPatience),
		arrivals: newCrowd[*session](arrivalBytes, arrivalSlack, arrivalPatience),
		frames:   newCrowd[*session](framesBytes, framesSlack, framesPatience),
	}
}

// A crowd holds connections in order of arrival while they wait for something,
// each with a weight, and bounds their weight. When it gets too much, those go that
// have waited longest: of the address that weighs most, if that weighs twice as much
// as the one whose turn it were, else of all; never the newest. So nobody displaces
// others by coming again and again. It is safe for concurrent use.
type crowd[T comparable] struct {
	limit, slack int
	patience     time.Duration

	mu     sync.Mutex
	order  list.List // of *place[T]
	places map[T]*list.Element
	owners map[string]*owner
	heavy  []*owner // the same, in no order: it is looked through often
	weight int
}

// A place is one connection's in a crowd.
type place[T comparable] struct {
	one    T
	since  time.Time
	weight int
	owner  *owner
	at     *list.Element // in owner.order
}

// An owner is an address with places in a crowd.
type owner struct {
	name   string
	weight int
	order  list.List // of the places, as *list.Element of the crowd's order
	index  int       // in heavy
}

func newCrowd[T comparable](limit, slack int, patience time.Duration) *crowd[T] {
	return &crowd[T]{limit: limit, slack: slack, patience: patience, places: make(map[T]*list.Element), owners: make(map[string]*owner)}
}

// add takes in a connection from an address, or changes the weight of one that is in
// it. It takes out those that have to go for it and returns them, for the caller to
// close: over the limit who has waited for the patience, over the limit and the
// slack anybody.
func (c *crowd[T]) add(s T, address string, weight int, now time.Time) (evicted []T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.places[s]
	if at == nil {
		at = c.order.PushBack(&place[T]{one: s, since: now, owner: c.ownerOf(address)})
		c.places[s] = at
		own := at.Value.(*place[T])
		own.at = own.owner.order.PushBack(at)
	}
	own := at.Value.(*place[T])
	c.weigh(own, weight-own.weight)
	for c.weight > c.limit && c.order.Len() > 1 {
		next := c.next()
		if now.Sub(next.since) < c.patience && c.weight <= c.limit+c.slack {
			break
		}
		c.drop(next.one)
		evicted = append(evicted, next.one)
	}
	return evicted
}

func (c *crowd[T]) ownerOf(address string) *owner {
	o := c.owners[address]
	if o == nil {
		o = &owner{name: address, index: len(c.heavy)}
		c.owners[address] = o
		c.heavy = append(c.heavy, o)
	}
	return o
}

func (c *crowd[T]) weigh(p *place[T], more int) {
	p.weight += more
	p.owner.weight += more
	c.weight += more
}

// next returns whose turn it is to go.
func (c *crowd[T]) next() *place[T] {
	oldest := c.order.Front().Value.(*place[T])
	most := oldest.owner
	for _, o := range c.heavy {
		if o.weight > most.weight {
			most = o
		}
	}
	if most.weight < 2*oldest.owner.weight {
		return oldest
	}
	theirs := most.order.Front().Value.(*list.Element)
	if theirs == c.order.Back() {
		return oldest
	}
	return theirs.Value.(*place[T])
}

// evict takes out whose turn it is to go; false: there is nobody.
func (c *crowd[T]) evict() (evicted T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order.Len() == 0 {
		return evicted, false
	}
	evicted = c.next().one
	c.drop(evicted)
	return evicted, true
}

// renew has s count as the newest, if it is in the crowd.
func (c *crowd[T]) renew(s T, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.places[s]; at != nil {
		own := at.Value.(*place[T])
		own.since = now
		c.order.MoveToBack(at)
		own.owner.order.MoveToBack(own.at)
	}
}

// remove takes s out, if it is in the crowd.
func (c *crowd[T]) remove(s T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(s)
}

func (c *crowd[T]) drop(s T) {
	at := c.places[s]
	if at == nil {
		return
	}
	own := at.Value.(*place[T])
	c.weigh(own, -own.weight)
	c.order.Remove(at)
	delete(c.places, s)
	own.owner.order.Remove(own.at)
	if own.owner.order.Len() == 0 {
		c.disown(own.owner)
	}
}

func (c *crowd[T]) disown(o *owner) {
	delete(c.owners, o.name)
	last := c.heavy[len(c.heavy)-1]
	c.heavy[o.index], last.index = last, o.index
	c.heavy = c.heavy[:len(c.heavy)-1]
}

// has reports whether s is in the crowd.
func (c *crowd[T]) has(s T) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.places[s] != nil
}

// all returns who is in the crowd.
func (c *crowd[T]) all() []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.places))
}
