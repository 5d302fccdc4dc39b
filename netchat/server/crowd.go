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

func newCrowds() crowds {
	return crowds{
		unjoined: newCrowd[*session](netchat.MaxUnjoined, unjoinedSlack, unjoinedPatience),
		arrivals: newCrowd[*session](arrivalBytes, arrivalSlack, arrivalPatience),
		frames:   newCrowd[*session](framesBytes, framesSlack, framesPatience),
	}
}

// A crowd holds connections in order of arrival while they wait for something,
// each with a weight, and bounds their weight: when it gets too much, those
// that have waited longest go, never the newest. It is safe for concurrent use.
type crowd[T comparable] struct {
	limit, slack int
	patience     time.Duration

	mu     sync.Mutex
	order  list.List // of *place[T]
	places map[T]*list.Element
	weight int
}

// A place is one connection's in a crowd.
type place[T comparable] struct {
	one    T
	since  time.Time
	weight int
}

func newCrowd[T comparable](limit, slack int, patience time.Duration) *crowd[T] {
	return &crowd[T]{limit: limit, slack: slack, patience: patience, places: make(map[T]*list.Element)}
}

// add takes in a connection, or changes the weight of one that is in it. It
// takes out those that have to go for it and returns them, for the caller to
// close: over the limit who has waited for the patience, over the limit and the
// slack anybody.
func (c *crowd[T]) add(s T, weight int, now time.Time) (evicted []T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.places[s]
	if at == nil {
		at = c.order.PushBack(&place[T]{one: s, since: now})
		c.places[s] = at
	}
	own := at.Value.(*place[T])
	c.weight += weight - own.weight
	own.weight = weight
	for c.weight > c.limit && c.order.Len() > 1 {
		oldest := c.order.Front().Value.(*place[T])
		if now.Sub(oldest.since) < c.patience && c.weight <= c.limit+c.slack {
			break
		}
		c.drop(oldest.one)
		evicted = append(evicted, oldest.one)
	}
	return evicted
}

// renew has s count as the newest, if it is in the crowd.
func (c *crowd[T]) renew(s T, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.places[s]; at != nil {
		at.Value.(*place[T]).since = now
		c.order.MoveToBack(at)
	}
}

// remove takes s out, if it is in the crowd.
func (c *crowd[T]) remove(s T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(s)
}

func (c *crowd[T]) drop(s T) {
	if at := c.places[s]; at != nil {
		c.weight -= at.Value.(*place[T]).weight
		c.order.Remove(at)
		delete(c.places, s)
	}
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
