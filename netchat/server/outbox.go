package server

import (
	"sync"

	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Bounds of what waits for one member, in bytes.
const (
	richOutbox  = 1 << 20            // beyond it the member reads from the Log
	plainOutbox = 3 << 19            // 1.5 MiB: beyond it the member is closed
	answerRoom  = 1 << 20            // more, for answers to the member's own commands
	noLimit     = int(^uint(0) >> 1) // what is bounded by its nature: an Admission

	writeBatch = 64 << 10 // what is gathered for one write; a larger frame goes alone
)

// An outbox holds the frames that wait for one member's writer. Frames are
// shared between the members, so it costs memory for the slowest only.
//
//  1. push never blocks and never reorders.
//  2. It is bounded in bytes by the limit that each push names, but an empty
//     outbox takes any frame: nothing can be too big to ever be sent.
//  3. After finish nothing more goes in; the writer ends behind its last frame.
type outbox struct {
	mu       sync.Mutex
	frames   []wire.Framed
	bytes    int
	finished bool
	wake     chan struct{} // capacity 1: there is something to do
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// push adds a frame unless the outbox would hold more than limit bytes then.
// It reports whether the frame was taken; a finished outbox takes and drops it,
// and so does any outbox an empty frame.
func (o *outbox) push(f wire.Framed, limit int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.finished || len(f) == 0 {
		return true
	}
	if o.bytes > 0 && o.bytes+len(f) > limit {
		return false
	}
	o.frames = append(o.frames, f)
	o.bytes += len(f)
	o.signal()
	return true
}

// finish puts in the last frames; discard drops what waits before them.
func (o *outbox) finish(discard bool, last ...wire.Framed) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.finished {
		return
	}
	o.finished = true
	if discard {
		o.frames = nil
	}
	o.frames = append(o.frames, last...)
	o.signal()
}

// take moves the oldest frames into buf[:0], as many as fit in writeBatch but
// at least one, and returns them; nil if none waits. last says that nothing
// will ever follow.
func (o *outbox) take(buf []byte) (batch wire.Framed, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch = buf[:0]
	n := 0
	for n < len(o.frames) && (n == 0 || len(batch)+len(o.frames[n]) <= writeBatch) {
		if n == 0 && len(o.frames[0]) > writeBatch {
			batch, n = o.frames[0], 1
			break
		}
		batch = append(batch, o.frames[n]...)
		n++
	}
	o.bytes = max(0, o.bytes-len(batch))
	clear(o.frames[:n])
	o.frames = o.frames[n:]
	if len(o.frames) == 0 {
		o.frames, o.bytes = nil, 0
	}
	return batch, o.finished && o.frames == nil
}

// signal wakes the writer. The caller holds mu or needs no order.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
