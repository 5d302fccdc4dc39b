package app

import (
	"context"
	"sync"
	"time"
)

// tasks owns the window's goroutines. Its methods may be called from any
// goroutine. One may be started while close waits, and after it: what the
// window was just told may have something to end.
type tasks struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	running int
	ended   chan struct{} // closed when none is left; nil: nobody waits for that
}

func newTasks() *tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &tasks{ctx: ctx, cancel: cancel}
}

// start runs f on a goroutine of its own; its context ends when the app does.
func (t *tasks) start(f func(ctx context.Context)) {
	t.mu.Lock()
	t.running++
	t.mu.Unlock()
	go func() {
		defer t.end()
		f(t.ctx)
	}()
}

func (t *tasks) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running--; t.running == 0 && t.ended != nil {
		close(t.ended)
		t.ended = nil
	}
}

// idle returns a channel that is closed as soon as none is left.
func (t *tasks) idle() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	if t.ended == nil {
		t.ended = make(chan struct{})
	}
	return t.ended
}

// close ends all contexts and waits for the goroutines, at most for limit.
func (t *tasks) close(limit time.Duration) {
	t.cancel()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.idle():
	case <-timer.C:
	}
}
