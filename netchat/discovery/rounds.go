package discovery

import (
	"context"
	"sync"
	"time"
)

// Timing of a search. Each round asks once and listens for roundWindow; the
// pause before the next one grows through searchPauses and stays at the last.
const (
	roundWindow = 1200 * time.Millisecond
	roundLeast  = 500 * time.Millisecond // a round is not cut short before; so rounds are never more frequent
	hiddenEvery = time.Minute            // the pause between rounds, and between hellos, while nobody looks
)

func searchPauses() []time.Duration {
	return []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second}
}

// rounds is the multicast part of a Search. Its methods are called by the
// Search's goroutine; the channels bring what a round found, and its end.
type rounds struct {
	timer     *time.Timer // fires when the next one is to start
	sightings chan Sighting
	over      chan error
	cut       context.CancelFunc // ends the one under way; nil: there is none
	began     time.Time
	count     int // since the search last started over; -1: it does so when the one under way is over
	wg        *sync.WaitGroup
}

// newRounds returns rounds of which the first is due now.
func newRounds() rounds {
	return rounds{timer: time.NewTimer(0), sightings: make(chan Sighting), over: make(chan error), wg: &sync.WaitGroup{}}
}

// wait returns when no round is left; their context has ended.
func (r *rounds) wait() {
	r.timer.Stop()
	if r.cut != nil {
		r.cut()
	}
	r.wg.Wait()
}

// start does one round in a goroutine of its own. Every answer to it is drained,
// also when nobody wants them any more.
func (r *rounds) start(ctx context.Context, browser Browser, on []Interface) {
	window, cut := context.WithTimeout(ctx, roundWindow)
	r.cut, r.began = cut, time.Now()
	r.wg.Go(func() {
		err := browser.Browse(window, on, func(s Sighting) {
			select {
			case r.sightings <- s:
			case <-ctx.Done():
			}
		})
		select {
		case r.over <- err:
		case <-ctx.Done():
		}
	})
}

// ended takes note that the round is over and sets the time of the next.
func (r *rounds) ended(slow bool) {
	r.cut()
	r.cut = nil
	pauses := searchPauses()
	pause := pauses[min(max(r.count, 0), len(pauses)-1)]
	if slow {
		pause = hiddenEvery
	}
	r.count++
	r.timer.Reset(pause)
}

// restart begins the sequence of pauses anew, with a round at once.
func (r *rounds) restart() {
	r.count = 0
	switch {
	case r.cut == nil:
		r.timer.Reset(0)
	case time.Since(r.began) >= roundLeast:
		r.cut() // the next follows, and is the first
		r.count = -1
	}
}

// slowDown puts the next round off.
func (r *rounds) slowDown() {
	if r.cut == nil {
		r.timer.Reset(hiddenEvery)
	}
}
