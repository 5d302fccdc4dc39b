package server

import (
	"math"

	"github.com/homeroomchat/homeroom/netchat"
)

// descriptorReserve is how many file descriptors are left to all that is no
// connection: the Log, an export, the sockets by which rooms are found, the window.
const descriptorReserve = 48

// A capacity is how many connections there may be in all, and of each kind.
type capacity struct {
	connections int
	seats       int
	unjoined    int
	arriving    int
}

// capacityOf shares out the descriptors that the program may have; 0: nobody knows a
// limit. A small reserve out of few is half of them.
func capacityOf(descriptors int) capacity {
	c := capacity{connections: math.MaxInt, seats: netchat.MaxMembers, unjoined: netchat.MaxUnjoined, arriving: maxArriving}
	if descriptors <= 0 {
		return c
	}
	c.connections = max(1, descriptors-descriptorReserve, descriptors/2)
	if c.connections >= c.seats+c.unjoined+unjoinedSlack+c.arriving+arrivingSlack {
		return c
	}
	quarter := max(1, c.connections/4)
	c.seats = min(c.seats, max(1, c.connections-quarter))
	c.unjoined, c.arriving = min(c.unjoined, quarter), min(c.arriving, quarter)
	return c
}
