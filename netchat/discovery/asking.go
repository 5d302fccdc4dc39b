package discovery

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of the hellos under way, so that false announcements can't make a
// Finder open connections without end, nor keep it from the rooms it lists or
// remembers, nor make a whole class knock at a machine that is none of theirs.
const (
	maxProbes       = 32                     // to addresses that have proven nothing
	probesPerSecond = 32                     // of those
	probeBurst      = 128                    // when many rooms are first seen
	maxHellos       = 64                     // to listed rooms
	maxRecalls      = 64                     // to remembered ones
	helloStep       = 200 * time.Millisecond // before the next address of a listed room is tried too
)

// asking does checks: it says hello, and reports what came of it.
type asking struct {
	hello   func(ctx context.Context, addr string) (netchat.Advert, error)
	answers chan answer
	probes  chan struct{} // one held by each hello under way
	hellos  chan struct{}
	recalls chan struct{}
	pace    *rate.Limiter // of probes
	wg      sync.WaitGroup
}

// wait returns when no check is left; their context has ended.
func (k *asking) wait() { k.wg.Wait() }

// start does one check in a goroutine of its own.
func (k *asking) start(ctx context.Context, c *check) {
	k.wg.Go(func() { k.ask(ctx, c) })
}

// ask does one check and reports what came of it, address by address. Unless
// all are to be asked, it gives each address helloStep before it tries the next
// as well, and ends with the first that answers.
func (k *asking) ask(ctx context.Context, c *check) {
	var wg sync.WaitGroup
	checkCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	turns, cancelTurns := checkCtx, context.CancelFunc(func() {})
	if c.brief {
		turns, cancelTurns = context.WithTimeout(checkCtx, HelloTimeout)
	}
	defer cancelTurns()
	failed := make(chan struct{}, len(c.addrs))
	for i, at := range c.addrs {
		if i > 0 && !c.all && !stepOn(checkCtx, failed) {
			break
		}
		free, ok := k.turn(turns, c)
		if !ok {
			break
		}
		wg.Go(func() {
			defer free()
			advert, err := k.hello(checkCtx, at.String())
			switch {
			case err != nil && checkCtx.Err() != nil: // ended early: says nothing about this address
				return
			case err != nil || advert.Room.ID != c.id:
				failed <- struct{}{}
			case !c.all:
				cancel()
			}
			k.report(ctx, answer{check: c, addr: at, advert: advert, err: err})
		})
	}
	wg.Wait()
	k.report(ctx, answer{check: c, ended: true})
}

// stepOn waits until the next address is to be tried, and reports false if the
// check is over.
func stepOn(ctx context.Context, failed <-chan struct{}) bool {
	step := time.NewTimer(helloStep)
	defer step.Stop()
	select {
	case <-failed:
	case <-step.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// turn waits until a hello may be said for c, and returns what to call after it;
// ok is false if ctx ended meanwhile.
func (k *asking) turn(ctx context.Context, c *check) (free func(), ok bool) {
	limit := k.probes
	switch {
	case c.recalled != nil:
		limit = k.recalls
	case c.hello:
		limit = k.hellos
	case k.pace.Wait(ctx) != nil:
		return nil, false
	}
	select {
	case limit <- struct{}{}:
		return func() { <-limit }, true
	case <-ctx.Done():
		return nil, false
	}
}

func (k *asking) report(ctx context.Context, a answer) {
	select {
	case k.answers <- a:
	case <-ctx.Done():
	}
}
