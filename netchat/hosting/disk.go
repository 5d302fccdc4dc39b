package hosting

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/homeroomchat/homeroom/netchat/history"
)

const (
	diskRetry = 5 * time.Second // from one look for space to the next, while the disk is full
	diskSpare = 1 << 20         // bytes that fit on a disk that is not full any more
	spareFile = "spare.tmp"     // what is tried with, in the room's folder
)

// A disk knows whether what is said can be stored. Its zero value knows nothing of space.
type disk struct {
	room  chan error  // capacity 1: the newest of what the room said of it
	told  chan error  // capacity 1: the newest of what changed
	space func() bool // reports whether a disk that was full has space again
	end   context.CancelFunc
}

func newDisk() disk {
	return disk{room: make(chan error, 1), told: make(chan error, 1), space: func() bool { return false }, end: func() {}}
}

// watch tells what changes, until ctx ends. A disk that was full is looked at again and
// again: who makes space need not have somebody say something to see that it helped.
func (d disk) watch(ctx context.Context) {
	tell := newest(d.told)
	var failed bool
	var again <-chan time.Time
	for {
		var err error
		select {
		case err = <-d.room:
		case <-again:
			if !d.space() {
				again = time.After(diskRetry)
				continue
			}
		case <-ctx.Done():
			return
		}
		if now := err != nil; now != failed {
			failed = now
			tell(err)
		}
		again = nil
		if errors.Is(err, history.ErrFull) {
			again = time.After(diskRetry)
		}
	}
}

// hasSpace reports whether diskSpare bytes fit on the disk of that folder.
func hasSpace(folder string) bool {
	path := filepath.Join(folder, spareFile)
	err := os.WriteFile(path, make([]byte, diskSpare), 0o600)
	return errors.Join(err, os.Remove(path)) == nil
}

// newest has yields yield news, in place of what nobody has read. There must be no other
// that does.
func newest[T any](yields chan T) func(news T) {
	return func(news T) {
		select {
		case <-yields:
		default:
		}
		yields <- news
	}
}
