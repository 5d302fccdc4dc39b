package client

import (
	"context"
	"errors"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// eventBuffer is how many Updates wait for the reader of Events; when it is
// full, the client stops reading its connection.
const eventBuffer = 256

// lastWordWait is how long the end waits for a reader of Events that is behind,
// before the oldest unread Update makes place for the last one.
const lastWordWait = time.Second

// errClosing ends the run loop because Close was called.
var errClosing = errors.New("closing")

// A feed is the way to the consumer. Only the run loop uses it.
type feed struct {
	ctx    context.Context // ends with Close
	events chan netchat.Update
}

// emit hands u to the consumer, waiting until there is room. It fails with
// errClosing once Close is called and nobody takes it.
func (f *feed) emit(u netchat.Update) error {
	select {
	case f.events <- u:
		return nil
	default:
	}
	select {
	case f.events <- u:
		return nil
	case <-f.ctx.Done():
		return errClosing
	}
}

// last hands over the last Update. Until Close it waits for the consumer;
// after that only for lastWordWait, and then the oldest unread one gives way.
func (f *feed) last(u netchat.Update) {
	if f.emit(u) == nil {
		return
	}
	timer := time.NewTimer(lastWordWait)
	defer timer.Stop()
	select {
	case f.events <- u:
		return
	case <-timer.C:
	}
	for {
		select {
		case f.events <- u:
			return
		default:
		}
		select {
		case <-f.events:
		default:
		}
	}
}

// close ends Events.
func (f *feed) close() { close(f.events) }
