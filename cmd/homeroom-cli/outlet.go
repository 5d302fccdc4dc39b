package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// outputGrace is how long a program that is to end waits for whoever should read its
// output; lastWord is how long it does for what it has to say after that.
const (
	outputGrace = 500 * time.Millisecond
	lastWord    = 100 * time.Millisecond
)

// errUnread is an output that nobody reads, or that was closed.
var errUnread = errors.New("nobody reads the output")

// An outlet writes to a stream that may not be read. A Write waits for its reader as
// any does, but once ctx has ended for outputGrace at most, or lastWord if that is
// over; from then on all fail with errUnread. The goroutine of a Write that is given up ends with the program: a
// write to a full pipe cannot be called off.
type outlet struct {
	ctx context.Context
	to  io.Writer

	mu    sync.Mutex // held by a Write
	until time.Time  // the end of outputGrace; zero: it has not begun
	stuck bool
}

func newOutlet(ctx context.Context, to io.Writer) *outlet { return &outlet{ctx: ctx, to: to} }

// Write implements io.Writer.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stuck {
		return 0, errUnread
	}
	written := make(chan error, 1)
	go func(p []byte) {
		_, err := o.to.Write(p)
		written <- err
	}(bytes.Clone(p)) // what is given up is the caller's again
	select {
	case err := <-written:
		return o.wrote(p, err)
	case <-o.ctx.Done():
	}
	if o.until.IsZero() {
		o.until = time.Now().Add(outputGrace)
	}
	grace := time.NewTimer(max(time.Until(o.until), lastWord))
	defer grace.Stop()
	select {
	case err := <-written:
		return o.wrote(p, err)
	case <-grace.C:
		o.stuck = true
		return 0, errUnread
	}
}

func (o *outlet) wrote(p []byte, err error) (int, error) {
	switch {
	case err == nil:
		return len(p), nil
	case errors.Is(err, syscall.EPIPE):
		o.stuck = true
		return 0, fmt.Errorf("%w: %w", errUnread, err)
	}
	return 0, err
}

// What a room may have us print: more than people can read, and about what a
// terminal can show. A host that sends more is read more slowly.
const (
	outputRate  = 2 << 20 // bytes a second
	outputBurst = 8 << 20
)

// A paced writer writes outputRate bytes a second, and outputBurst at once, until its
// ctx ends; then as fast as it can.
type paced struct {
	ctx  context.Context
	to   io.Writer
	pace *rate.Limiter
}

// newPaced returns a paced writer, and what has it write as fast as it can.
func newPaced(ctx context.Context, to io.Writer) (w paced, rush context.CancelFunc) {
	ctx, rush = context.WithCancel(ctx)
	return paced{ctx: ctx, to: to, pace: rate.NewLimiter(outputRate, outputBurst)}, rush
}

// Write implements io.Writer.
func (p paced) Write(b []byte) (int, error) {
	_ = p.pace.WaitN(p.ctx, min(len(b), outputBurst)) // it fails only when ctx has ended
	return p.to.Write(b)
}
