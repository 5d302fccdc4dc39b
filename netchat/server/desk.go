package server

import (
	"time"

	"github.com/homeroomchat/homeroom/netchat/room"
)

// Bounds of the desk's queue. A command holds at most one frame, so the queue
// holds at most deskQueue * netchat.MaxFrame bytes.
const (
	deskQueue = 256 // commands that wait; whoever brings one more waits
	deskBatch = 256 // commands settled together
)

// A desk is the one goroutine that owns the Room and its Log. Commands are
// functions; it takes what has queued, never waiting for more, and settles
// them together: while one batch is stored, the next one gathers.
type desk struct {
	room     *room.Room
	presence *presence
	encoder  *encoder
	now      func() time.Time
	failed   func(cause any) // runs on the desk after a panic there
	queue    chan func()
	deferred []func() // by the desk itself, run once what is at hand is settled
	stop     chan struct{}
	stopped  chan struct{}
}

func newDesk(now func() time.Time, failed func(cause any)) *desk {
	return &desk{
		now: now, failed: failed, queue: make(chan func(), deskQueue),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
}

// post hands a command to the desk; it blocks while the queue is full. It
// reports false, and the command never runs, once the desk is closed.
func (d *desk) post(command func()) bool {
	select {
	case <-d.stopped:
		return false
	default:
	}
	select {
	case d.queue <- command:
		return true
	case <-d.stopped:
		return false
	}
}

// do is post, but returns when the command has run or never will.
func (d *desk) do(command func()) {
	done := make(chan struct{})
	if !d.post(func() { defer close(done); command() }) {
		return
	}
	select {
	case <-done:
	case <-d.stopped:
	}
}

// after runs f on the desk once the command at hand is done. Only the desk
// calls it.
func (d *desk) after(f func()) { d.deferred = append(d.deferred, f) }

// run is the desk's goroutine; it ends when stop is closed. What is still
// queued then is dropped.
func (d *desk) run() {
	defer close(d.stopped)
	timer := time.NewTimer(0) // there may be somebody to wait for
	defer timer.Stop()
	for d.step(timer) {
		continue
	}
}

// step does what is to be done next and reports whether to go on. It survives a
// panic, which is a fault of ours: one that a member provokes must not end the
// program that hosts the room.
func (d *desk) step(timer *time.Timer) (goOn bool) {
	defer func() {
		if cause := recover(); cause != nil {
			d.deferred = nil
			d.failed(cause)
			goOn = true
		}
	}()
	select {
	case <-d.stop:
		return false
	case command := <-d.queue:
		d.batch(command)
	case <-timer.C:
	}
	timer.Stop()
	if next := d.due(); !next.IsZero() {
		timer.Reset(max(0, next.Sub(d.now())))
	}
	return true
}

func (d *desk) batch(command func()) {
	for n := 1; command != nil; n++ {
		command()
		command = nil
		if n == deskBatch {
			break
		}
		select {
		case command = <-d.queue:
		default:
		}
	}
	d.settle()
}

// settle has all that was done take effect.
func (d *desk) settle() {
	d.room.Settle()
	for len(d.deferred) > 0 {
		deferred := d.deferred
		d.deferred = nil
		for _, f := range deferred {
			f()
		}
		d.room.Settle()
	}
}

// due lets reconnecting members leave and held lists go out if it is time, and
// says when it is time again; zero: nothing waits.
func (d *desk) due() time.Time {
	next := d.room.Expire()
	d.room.Settle()
	d.presence.settle()
	d.settle() // who was too slow for its list
	if due := d.presence.due(); !due.IsZero() && (next.IsZero() || due.Before(next)) {
		next = due
	}
	return next
}
