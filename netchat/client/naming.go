package client

import (
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
)

// A wish is what we want to be called. The first frame of every connection
// says it; a room that knows us by an older one is told by a command.
type wish struct {
	name   string
	serial uint64 // grows with each Rename; 0: as it was when we joined
	behind uint64 // the Posts that were sent before it, which keep the older name while we are connected
}

// A naming holds the newest wish: one that replaces another is not queued behind
// it. Any goroutine wishes; all else is the run loop's.
type naming struct {
	mu      sync.Mutex
	wish    wish
	serial  uint64 // of the newest wish ever
	renames bool   // the room that we were in last knows how
	closed  bool
}

func newNaming(name string) *naming { return &naming{wish: wish{name: name}} }

func (n *naming) set(name string, behind uint64) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.closed:
		return netchat.ErrClosed
	case !n.renames:
		return netchat.ErrUnsupported
	}
	n.serial++
	n.wish = wish{name: name, serial: n.serial, behind: behind}
	return nil
}

func (n *naming) get() wish {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.wish
}

// drop gives up the wish with that serial: we go on being called name. It
// reports false if there is a newer wish already.
func (n *naming) drop(serial uint64, name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wish.serial != serial {
		return false
	}
	n.wish = wish{name: name}
	return true
}

// entered says whether the room that took us in knows how to rename.
func (n *naming) entered(renames bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.renames = renames
}

// close makes later wishes fail.
func (n *naming) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
}
