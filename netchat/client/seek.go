package client

import (
	"context"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// A seeker looks on the network for where the room is now, while it is not where
// it was: its host may have another address. The zero seeker is not looking.
type seeker struct {
	found  <-chan []netchat.Advert // nil: not looking
	cancel context.CancelFunc
	early  int // tries made at once for a new address
}

// maxEarly bounds the tries that new addresses cause before their time in one
// search: announcements can be forged, as many as somebody likes.
const maxEarly = 8

// start looks until end, if there is a way to and the room is known by its key:
// any other could be somebody else's.
func (s *seeker) start(m *mirror) {
	if s.found != nil || m.cfg.Find == nil || !m.dialer.movable() {
		return
	}
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(m.ctx)
	s.found = m.cfg.Find(ctx)
}

// take takes what was found, and reports whether to try at once.
func (s *seeker) take(d *dialer, found []netchat.Advert, more bool) bool {
	if !more {
		s.end() // it has ended by itself
		return false
	}
	if !d.learn(found) || s.early == maxEarly {
		return false
	}
	s.early++
	return true
}

// end returns when whoever looked has ended.
func (s *seeker) end() {
	if s.found == nil {
		return
	}
	s.cancel()
	for range s.found {
		continue // it is closed then
	}
	s.found = nil
}

// movable reports whether the room may be joined at other addresses than those
// it was said to have.
func (d *dialer) movable() bool { return d.dial == nil && d.way == byTLS && d.room != "" }

// learn takes the addresses that the room is announced at, and reports whether
// there is a new one. They are tried before those that it was said to have, which
// are never given up: whoever announces a room need not be it, and has still to
// prove its key.
func (d *dialer) learn(found []netchat.Advert) (news bool) {
	for _, ad := range found {
		if ad.Room.ID != d.room {
			continue
		}
		for _, addr := range slices.Backward(ad.Addrs[:min(len(ad.Addrs), MaxAddrs)]) {
			at, err := parseTarget(addr)
			if err != nil || slices.Contains(d.targets, at) || slices.Contains(d.learned, at) {
				continue
			}
			d.learned = slices.Insert(d.learned, 0, at)
			news = true
		}
	}
	d.learned = d.learned[:min(len(d.learned), MaxAddrs)]
	return news
}
