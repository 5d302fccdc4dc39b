package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/netchat"
)

// What a pump carries over at most once per frame.
const (
	frame    = 16 * time.Millisecond
	maxBatch = 1_000 // Updates
)

// UIThread runs f later on Fyne's goroutine: the Deps.Do of the real window.
// This file is the only one that crosses over to it.
func UIThread(f func()) { fyne.Do(f) }

// A pump carries a room's Updates onto the user interface's goroutine: the
// first at once, then whatever came within a frame as one batch. It has one
// batch under way at a time, so a window that is slow slows its client down
// instead of filling a queue. It runs on a goroutine of its own until updates
// is closed or ctx ends.
type pump struct {
	updates <-chan netchat.Update
	do      func(func())
	ahead   func([]netchat.Update) (then func()) // on the pump's, before apply; then is for behind it
	apply   func([]netchat.Update)               // on the user interface's goroutine
}

func (p pump) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
		batch, open := p.gather(ctx)
		if len(batch) > 0 && !p.deliver(ctx, batch) {
			return
		}
		if !open {
			return
		}
		pause.Reset(frame)
	}
}

// gather waits for an Update and takes all that are there. It reports false
// once there will be no more.
func (p pump) gather(ctx context.Context) (batch []netchat.Update, open bool) {
	select {
	case u, ok := <-p.updates:
		if !ok {
			return nil, false
		}
		batch = append(batch, u)
	case <-ctx.Done():
		return nil, false
	}
	for len(batch) < maxBatch {
		select {
		case u, ok := <-p.updates:
			if !ok {
				return batch, false
			}
			batch = append(batch, u)
		default:
			return batch, true
		}
	}
	return batch, true
}

// deliver applies a batch and waits until that is done. It reports false if
// ctx ended before.
func (p pump) deliver(ctx context.Context, batch []netchat.Update) bool {
	done := make(chan struct{})
	then := p.ahead(batch)
	p.do(func() {
		defer close(done)
		if ctx.Err() == nil {
			p.apply(batch)
			then()
		}
	})
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
