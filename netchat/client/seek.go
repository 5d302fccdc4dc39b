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
	early  int              // tries made at once for a new address
	latest []netchat.Advert // what was found during an attempt and did not end it
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

// An attempt is what became of one.
type attempt struct {
	joined *joined
	err    error
}

// attempt tries once. What is found meanwhile does not wait until an address that
// does not answer is given up.
func (s *seeker) attempt(m *mirror) (*joined, error) {
	for {
		s.start(m)
		ctx, cancel := context.WithCancel(m.ctx)
		ended := make(chan attempt, 1)
		go func() {
			j, err := m.enter(ctx)
			ended <- attempt{j, err}
		}()
		news, result := s.during(m, ended)
		cancel()
		if result == nil {
			result = new(<-ended)
		}
		m.dialer.learn(s.latest)
		m.dialer.learn(news)
		if result.err == nil || news == nil || m.ctx.Err() != nil {
			return result.joined, result.err
		}
	}
}

// during waits until an attempt has ended, and returns what became of it, or until
// a new address is found for which it is to be given up.
func (s *seeker) during(m *mirror, ended <-chan attempt) (news []netchat.Advert, result *attempt) {
	for {
		select {
		case a := <-ended:
			return nil, &a
		case <-m.outbox.wake:
			_ = m.copy.answer(m, true) // it fails only when the Client is closing, which ends the attempt
		case found, more := <-s.found:
			switch {
			case !more:
				s.end()
			case s.early < maxEarly && len(m.dialer.unknown(found)) > 0:
				s.early++
				return found, nil
			default:
				s.latest = found
			}
		}
	}
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
	unknown := d.unknown(found)
	d.learned = slices.Concat(unknown, d.learned)
	d.learned = d.learned[:min(len(d.learned), MaxAddrs)]
	return len(unknown) > 0
}

// unknown returns the addresses that the room is announced at and that are not
// tried yet, the best first.
func (d *dialer) unknown(found []netchat.Advert) (unknown []target) {
	for _, ad := range found {
		if ad.Room.ID != d.room {
			continue
		}
		for _, addr := range ad.Addrs[:min(len(ad.Addrs), MaxAddrs)] {
			at, err := parseTarget(addr)
			if err == nil && !slices.Contains(d.targets, at) && !slices.Contains(d.learned, at) && !slices.Contains(unknown, at) {
				unknown = append(unknown, at)
			}
		}
	}
	return unknown
}
