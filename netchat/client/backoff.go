package client

import (
	"encoding/binary"
	"io"
	"math/bits"
	"time"
)

// Defaults of Backoff.
const (
	backoffMin    = 200 * time.Millisecond
	backoffMax    = 5 * time.Second
	backoffStable = 10 * time.Second
)

// A Backoff says how long to wait before connecting again: a random time of at
// most Min, then twice that, and so on up to Max. A connection that lasted for
// Stable starts it anew. Zero fields have defaults of 0.2, 5 and 10 seconds.
type Backoff struct {
	Min, Max, Stable time.Duration
}

func (b Backoff) withDefaults() Backoff {
	if b.Min <= 0 {
		b.Min = backoffMin
	}
	if b.Max <= 0 {
		b.Max = max(backoffMax, b.Min)
	}
	if b.Stable <= 0 {
		b.Stable = backoffStable
	}
	return b
}

// A pacer counts the tries of one Backoff.
type pacer struct {
	Backoff
	random io.Reader
	limit  time.Duration // of the next pause
}

// lasted is told how long the last connection was up.
func (p *pacer) lasted(d time.Duration) {
	if d >= p.Stable {
		p.limit = 0
	}
}

// next returns how long to wait now: anything up to the limit, so that a class
// whose host restarts does not come back all at once.
func (p *pacer) next() time.Duration {
	p.limit = min(max(p.limit*2, p.Min), p.Max)
	var raw [8]byte
	if _, err := io.ReadFull(p.random, raw[:]); err != nil {
		return p.limit
	}
	pause, _ := bits.Mul64(binary.BigEndian.Uint64(raw[:]), uint64(p.limit)) // limit * raw / 2^64
	return time.Duration(pause)
}
