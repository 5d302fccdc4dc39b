package room

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// freeShare is how many times as many seats as are free the address that holds most
// may hold. So one that comes alone fills nine of ten, and the more others come, the
// less it gets: a school behind one address gets in, and the last seats are for those
// from elsewhere.
const freeShare = 9

// unknownSource is where those come from who were here before the room was opened
// again.
const unknownSource = "?"

// shares count the seats that each address holds.
type shares struct {
	limit int // seats there are
	held  map[string]int
}

// take and free count one seat; without a source it is nobody's share.
func (s *shares) take(source string) {
	if source != "" {
		s.held[source]++
	}
}

// free is described at take.
func (s *shares) free(source string) {
	if source == "" {
		return
	}
	if s.held[source]--; s.held[source] <= 0 {
		delete(s.held, source)
	}
}

// largest returns the addresses that hold most, most first, at most n.
func (s *shares) largest(n int) []netchat.Held {
	var most []netchat.Held
	for source, seats := range s.held {
		if len(most) == n && more(most[n-1], netchat.Held{Address: source, Seats: seats}) < 0 {
			continue
		}
		most = append(most, netchat.Held{Address: source, Seats: seats})
		slices.SortFunc(most, more)
		most = most[:min(n, len(most))]
	}
	return most
}

// more orders those with more seats in front.
func more(a, b netchat.Held) int {
	return cmp.Or(cmp.Compare(b.Seats, a.Seats), strings.Compare(a.Address, b.Address))
}

// admit says whether somebody from that address gets a seat, and who has to give up
// his for it, nil for nobody. The room's own host always gets one.
func (t *seats) admit(e Entrant) (yields *seat, err error) {
	free := t.shares.limit - len(t.order)
	own := t.shares.held[e.Source]
	switch {
	case e.Host:
		return nil, nil
	case e.Source == "" && free <= 0:
		return nil, ErrFull
	case e.Source == "", own == 0 && free > 0, own < freeShare*free:
		return nil, nil
	}
	switch yields = t.yielding(own); {
	case yields != nil && free > 0:
		return nil, nil // another has more
	case yields != nil:
		return yields, nil
	case own == 0:
		return nil, ErrFull
	default:
		return nil, ErrAddressFull
	}
}

// yielding returns who gives up a seat for somebody whose address holds own of them:
// of the address that holds most, and would still not hold fewer, the newest who
// has not said a word, or else the newest; nil if there is none.
func (t *seats) yielding(own int) *seat {
	most := 0
	for held := range maps.Values(t.shares.held) {
		most = max(most, held)
	}
	if most <= own+1 {
		return nil
	}
	var newest *seat
	for _, s := range slices.Backward(t.order) {
		if s.source == "" || t.shares.held[s.source] != most {
			continue
		}
		if !s.spoke {
			return s
		}
		if newest == nil {
			newest = s
		}
	}
	return newest
}

// yield has a member give up its seat for one who comes from elsewhere.
func yield(r *Room, s *seat) {
	r.remove(s)
	if s.sink != nil {
		s.sink.Close(netchat.CloseAddressFull, "your address holds the most seats, and others want in")
	}
}
