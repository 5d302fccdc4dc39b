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
	queue    chan func()
	deferred []func() // by the desk itself, run after the command at hand
	stop     chan struct{}
	stopped  chan struct{}
}

func newDesk() *desk {
	return &desk{
		queue: make(chan func(), deskQueue),
		stop:  make(chan struct{}), stopped: make(chan struct{}),
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

// after runs f on the desk once the command at hand is done. Only the desk
// calls it.
func (d *desk) after(f func()) { d.deferred = append(d.deferred, f) }

// run is the desk's goroutine; it ends when stop is closed. What is still
// queued then is dropped.
func (d *desk) run() {
	defer close(d.stopped)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for {
		select {
		case <-d.stop:
			return
		case command := <-d.queue:
			d.batch(command)
		case <-timer.C:
		}
		// Reconnecting members leave and held lists go out when they are due.
		next := d.room.Expire()
		d.room.Settle()
		d.presence.settle()
		if due := d.presence.due(); !due.IsZero() && (next.IsZero() || due.Before(next)) {
			next = due
		}
		timer.Stop()
		if !next.IsZero() {
			timer.Reset(max(0, time.Until(next)))
		}
	}
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
