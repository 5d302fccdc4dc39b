package server

import (
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
)

// When a host is told who holds the seats: from half of them on, or when none is
// left, until it is clearly better. In hundredths of all.
const (
	crowdedFrom  = 50
	crowdedUntil = 40 // the largest address holds
	spareSeats   = 10 // are free
)

// strains gather what the host is told of how hard it is to get in. It is safe for
// concurrent use.
type strains struct {
	tell func(netchat.Strain) // nil: nobody wants to know
	of   int                  // seats there are

	mu   sync.Mutex
	last netchat.Strain
}

// seats takes in how many are taken, and who holds most.
func (s *strains) seats(taken int, held []netchat.Held) {
	largest := 0
	if len(held) > 0 {
		largest = held[0].Seats
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.last
	now.Seats, now.Of, now.Held = taken, s.of, held
	from, enough := crowdedFrom, 0
	if len(s.last.Held) > 0 {
		from, enough = crowdedUntil, s.of*spareSeats/100
	}
	if 100*largest < from*s.of && s.of-taken > enough {
		now.Held = nil
	}
	s.say(now)
}

// descriptors takes in whether there are too few.
func (s *strains) descriptors(short bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.last
	now.Descriptors = short
	s.say(now)
}

func (s *strains) say(now netchat.Strain) {
	worth := now.Any() || s.last.Any()
	s.last = now
	if worth && s.tell != nil {
		s.tell(now)
	}
}
