package keyring

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
)

// ErrHeld says that somebody in this process holds the folder of that room.
var ErrHeld = errors.New("this room is open already")

// Hold keeps the folder of the room of that name for the caller until release,
// which may be called more than once: what lasts of a room is in there, and only
// one may write it. It makes nothing; Room makes the folder. Meanwhile further
// calls for that room fail with ErrHeld. The path of a Temporary is empty, and
// anybody may hold it.
func (k *Keyring) Hold(name string) (path string, release func(), err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	folder := folderOf(name)
	switch {
	case k.closed:
		return "", nil, fmt.Errorf("room folder: %w", netchat.ErrClosed)
	case k.lock == nil:
		return "", func() {}, nil
	case k.held[folder]:
		return "", nil, fmt.Errorf("room folder: %w", ErrHeld)
	}
	if k.held == nil {
		k.held = make(map[string]bool)
	}
	k.held[folder] = true
	return filepath.Join(k.dir, folder), sync.OnceFunc(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.held, folder)
	}), nil
}

// folderOf returns where what belongs to a room is, in the directory.
func folderOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(roomsDir, hex.EncodeToString(sum[:])[:roomDigits])
}
