package server

import (
	"sync"

	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Bounds of what waits for one member, in bytes.
const (
	richOutbox  = 1 << 20            // beyond it the member reads from the Log
	plainOutbox = 3 << 19            // 1.5 MiB: beyond it the member is closed; lists count apart
	answerRoom  = 1 << 20            // more, for answers to the member's own commands
	noLimit     = int(^uint(0) >> 1) // what is bounded by its nature: an Admission, an answer that alone is on its way

	keptItems     = 64       // room for so many frames is kept when none waits
	frameOverhead = 32       // of memory that a waiting frame takes besides its bytes, about
	writeBatch    = 64 << 10 // what is gathered for one write; a larger frame goes alone
)

// An outbox holds the frames that wait for one member's writer. Frames are
// shared between the members, so it costs memory for the slowest only.
//
//  1. push never blocks and never reorders. Pings and pongs overtake, and only
//     one of each waits: a peer that pings and does not read costs nothing.
//  2. It is bounded in bytes by the limit that each push names, but an empty
//     outbox takes any frame: nothing can be too big to ever be sent.
//  3. A list of members waits in place of an older one if nothing but lines of
//     presence stands behind that. Lists have a bound of their own, for one of
//     a large room is larger than what all else may be.
//  4. After finish nothing more goes in; the writer ends behind its last frame.
type outbox struct {
	mu       sync.Mutex
	items    []item
	bytes    int // of items that are no lists
	lists    int // bytes of those that are
	last     int // index of the list that a newer one replaces; -1: none
	ping     bool
	pong     wire.Framed
	finished bool
	wake     chan struct{} // capacity 1: there is something to do
	space    chan struct{} // capacity 1: the writer has taken something
}

// An item is one frame that waits.
type item struct {
	frame wire.Framed
	list  bool
}

func newOutbox() *outbox {
	return &outbox{last: -1, wake: make(chan struct{}, 1), space: make(chan struct{}, 1)}
}

// push adds a frame unless the outbox would hold more than limit bytes then.
// It reports whether the frame was taken; a finished outbox takes and drops it,
// and so does any outbox an empty frame.
func (o *outbox) push(f wire.Framed, limit int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.finished || len(f) == 0 {
		return true
	}
	size := len(f) + frameOverhead
	if o.bytes > 0 && o.bytes+size > limit {
		return false
	}
	o.items = append(o.items, item{frame: f})
	o.bytes += size
	o.last = -1
	signal(o.wake)
	return true
}

// pushFirstList adds the list that welcomes a plain member. It stays: its
// order is the newcomer's own.
func (o *outbox) pushFirstList(list wire.Framed) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.finished {
		return
	}
	o.appendList(list)
	o.last = -1
	signal(o.wake)
}

// pushPresence adds a list and the lines that go with it, those that are not
// empty, or reports false and adds nothing if the member is too slow for them.
func (o *outbox) pushPresence(list wire.Framed, lines []wire.Framed) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.finished {
		return true
	}
	size := 0
	for _, line := range lines {
		if len(line) > 0 {
			size += len(line) + frameOverhead
		}
	}
	if o.bytes > 0 && o.bytes+size > plainOutbox {
		return false
	}
	switch {
	case o.last >= 0:
		o.lists += len(list) - len(o.items[o.last].frame)
		o.items[o.last].frame = list
	case o.lists > 0 && o.lists+len(list) > plainOutbox:
		return false
	default:
		o.last = len(o.items)
		o.appendList(list)
	}
	for _, line := range lines {
		if len(line) > 0 {
			o.items = append(o.items, item{frame: line})
		}
	}
	o.bytes += size
	signal(o.wake)
	return true
}

func (o *outbox) appendList(list wire.Framed) {
	o.items = append(o.items, item{frame: list, list: true})
	o.lists += len(list)
}

// pushPing has the next batch begin with a ping.
func (o *outbox) pushPing() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ping = !o.finished
	signal(o.wake)
}

// pushPong has the next batch begin with that pong. A pong that still waits is
// left out, as RFC 6455 allows (section 5.5.3).
func (o *outbox) pushPong(pong wire.Framed) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.finished {
		o.pong = pong
	}
	signal(o.wake)
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
		o.items, o.bytes, o.lists, o.last, o.ping, o.pong = nil, 0, 0, -1, false, nil
	}
	for _, f := range last {
		o.items = append(o.items, item{frame: f})
		o.bytes += len(f) + frameOverhead
	}
	signal(o.wake)
}

// take moves the oldest frames into buf[:0], as many as fit in writeBatch but
// at least one, and returns them; nil if none waits. last says that nothing
// will ever follow.
func (o *outbox) take(buf []byte) (batch wire.Framed, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch = buf[:0]
	if o.ping || o.pong != nil {
		batch = o.takeControl(batch)
	}
	n := 0
	for n < len(o.items) && len(batch)+len(o.items[n].frame) <= writeBatch {
		batch = append(batch, o.items[n].frame...)
		o.took(&o.items[n])
		n++
	}
	if len(batch) == 0 && len(o.items) > 0 { // a large one
		batch, n = o.items[0].frame, 1
		o.took(&o.items[0])
	}
	clear(o.items[:n])
	switch {
	case n < len(o.items):
		o.items = o.items[n:]
	case cap(o.items) <= keptItems:
		o.items = o.items[:0]
	default:
		o.items = nil
	}
	o.last = max(-1, o.last-n)
	if n > 0 {
		signal(o.space)
	}
	return batch, o.finished && len(o.items) == 0
}

func (o *outbox) takeControl(batch wire.Framed) wire.Framed {
	if o.ping {
		batch = append(batch, wire.FramePing()...)
	}
	batch = append(batch, o.pong...)
	o.ping, o.pong = false, nil
	return batch
}

// took accounts for an item that is being taken.
func (o *outbox) took(i *item) {
	if i.list {
		o.lists -= len(i.frame)
		return
	}
	o.bytes -= len(i.frame) + frameOverhead
}

// size returns how many bytes wait.
func (o *outbox) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes + o.lists
}

// over reports whether more than limit bytes wait, lists aside.
func (o *outbox) over(limit int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes > limit
}

// signal fills a channel of capacity 1.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
