package netchat

import (
	"fmt"
	"strings"
)

// A Strain is what the host of a room ought to know of how hard it is to get in. The
// zero value: not at all.
type Strain struct {
	Seats       int    // taken
	Of          int    // seats there are
	Held        []Held // the addresses that hold most of them, most first; at most MaxHeld
	Descriptors bool   // this computer lets the program have no more connections
}

// Held says how many seats an address holds: one of IPv4, or a network of IPv6, since
// one machine there has as many addresses as it likes.
type Held struct {
	Address string
	Seats   int
}

// MaxHeld bounds Strain.Held.
const MaxHeld = 3

// Most returns Held for people: "192.0.2.7 (2500), 192.0.2.9 (40)".
func (s Strain) Most() string {
	var most []string
	for _, h := range s.Held {
		most = append(most, fmt.Sprintf("%s (%d)", h.Address, h.Seats))
	}
	return strings.Join(most, ", ")
}

// Any reports whether there is any strain.
func (s Strain) Any() bool { return s.Descriptors || len(s.Held) > 0 }
