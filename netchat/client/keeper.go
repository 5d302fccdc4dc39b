package client

import (
	"log/slog"
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
)

// A Store keeps what a member has of one room from one run of the program to the
// next, as *history.Copy does. Any goroutine may use it.
type Store interface {
	// Load returns what is kept.
	Load() (netchat.Kept, error)
	// Save keeps steps in order, all or none, for good once it has returned.
	Save(steps []netchat.Keeping) error
	// Page returns at most n Messages of the epoch that Load told of, or that was
	// saved last, with none missing between them.
	Page(of netchat.PageAsk, n int) (netchat.Page, error)
	// Search returns the newest n Messages with text in them, newest first.
	Search(text string, n int) ([]netchat.Message, error)
	Close() error
}

// maxUnsaved bounds the bytes of text that wait for the disk; the run loop waits
// for it then, and with it the host.
const maxUnsaved = 4 << 20

// A keeper brings to a Store what happens, in groups, without holding up whoever
// tells it. tell may be called by any goroutine, all else by the mirror's. A nil one
// keeps nothing.
type keeper struct {
	store Store
	log   *slog.Logger

	mu       sync.Mutex
	unsaved  []netchat.Keeping
	bytes    int
	behind   bool // Messages were lost: those that follow are not kept either
	closed   bool
	wake     chan struct{} // capacity 1: there is something to save, or it is closed
	space    chan struct{} // capacity 1: something has been saved
	trouble  chan error    // capacity 1: the first failure
	reported bool
	again    []netchat.Keeping // Posts and answers that could not be saved yet
	done     chan struct{}
}

// newKeeper starts the keeper's goroutine, which ends with close.
func newKeeper(store Store, log *slog.Logger) *keeper {
	k := &keeper{
		store: store, log: log, wake: make(chan struct{}, 1), space: make(chan struct{}, 1),
		trouble: make(chan error, 1), done: make(chan struct{}),
	}
	go k.run()
	return k
}

// tell has a step kept. It does not block.
func (k *keeper) tell(step netchat.Keeping) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	k.unsaved = append(k.unsaved, step)
	k.bytes += sizeOf(&step)
	notify(k.wake)
}

// sizeOf is about what a step takes.
func sizeOf(step *netchat.Keeping) int {
	n := 64
	for i := range step.Messages {
		n += len(step.Messages[i].Text) + 256
	}
	for i := range step.Posts {
		n += len(step.Posts[i].Text) + 64
	}
	return n
}

// full reports whether as much waits as may.
func (k *keeper) full() bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.bytes > maxUnsaved && !k.closed
}

// saved yields when there may be space again.
func (k *keeper) saved() <-chan struct{} {
	if k == nil {
		return nil
	}
	return k.space
}

// failed yields the first failure.
func (k *keeper) failed() <-chan error {
	if k == nil {
		return nil
	}
	return k.trouble
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (k *keeper) run() {
	defer close(k.done)
	for range k.wake {
		k.mu.Lock()
		steps, closed := k.unsaved, k.closed
		k.unsaved, k.bytes = nil, 0
		k.mu.Unlock()
		notify(k.space)
		if len(steps) > 0 {
			k.save(steps)
		}
		if closed {
			return
		}
	}
}

// save saves steps, or what of them can still be kept when the disk has failed:
// Posts and their answers. Where Messages are missing no later Position may be
// kept: the room will be asked for all behind the last good one.
func (k *keeper) save(steps []netchat.Keeping) {
	if k.behind {
		steps = withoutMessages(steps)
	}
	steps = append(k.again, steps...)
	k.again = nil
	err := k.store.Save(steps)
	if err == nil {
		return
	}
	if !k.reported {
		k.reported = true
		k.log.Error("what happens in the room cannot be kept", "err", err)
		k.trouble <- err
	}
	k.behind = true
	k.again = withoutMessages(steps)
	if err := k.store.Save(k.again); err == nil {
		k.again = nil
	}
}

func withoutMessages(steps []netchat.Keeping) []netchat.Keeping {
	rest := make([]netchat.Keeping, 0, len(steps))
	for _, s := range steps {
		if len(s.Posts)+len(s.Answered) > 0 {
			rest = append(rest, netchat.Keeping{Posts: s.Posts, Answered: s.Answered})
		}
	}
	return rest
}

// close saves what waits, and closes the Store.
func (k *keeper) close() {
	if k == nil {
		return
	}
	k.mu.Lock()
	k.closed = true
	notify(k.wake)
	k.mu.Unlock()
	<-k.done
	if err := k.store.Close(); err != nil {
		k.log.Error("what is kept of the room was not closed well", "err", err)
	}
}
