package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// ErrHeld says that somebody in this process holds the folder of that room.
var ErrHeld = errors.New("this room is open already")

// A Folder is where all is that lasts of one room hosted here. Only who holds it
// may write there.
type Folder struct {
	Path    string // empty: of a Temporary, there is none
	keys    *Keyring
	name    string
	release func()
}

// Hold keeps the folder of the room of that name for the caller until Release;
// meanwhile it fails with ErrHeld. It makes nothing: Room makes the folder. The one
// of a Temporary anybody may hold.
func (k *Keyring) Hold(name string) (*Folder, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	path := folderOf(name)
	switch {
	case k.closed:
		return nil, fmt.Errorf("room folder: %w", netchat.ErrClosed)
	case k.lock == nil:
		return &Folder{keys: k, name: name, release: func() {}}, nil
	case k.held[path]:
		return nil, fmt.Errorf("room folder: %w", ErrHeld)
	}
	if k.held == nil {
		k.held = make(map[string]bool)
	}
	k.held[path] = true
	return &Folder{Path: filepath.Join(k.dir, path), keys: k, name: name, release: sync.OnceFunc(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.held, path)
	})}, nil
}

// Release lets others hold the folder. Calling it again does nothing.
func (f *Folder) Release() { f.release() }

// Clear removes what was put into the folder, and the room's name; also its key if
// withKey, so that there never is this room again. What is called last goes at
// last: while that is there, it may not all have been removed. It fails with
// netchat.ErrNotFound if there is no such folder.
func (f *Folder) Clear(last string, withKey bool) error {
	if f.Path == "" {
		return nil
	}
	if err := f.clear(last, withKey); err != nil {
		return fmt.Errorf("clear room folder: %w", err)
	}
	return nil
}

func (f *Folder) clear(last string, withKey bool) error {
	entries, err := os.ReadDir(f.Path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", netchat.ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case roomFile, nameFile, last:
			continue
		}
		if err := os.RemoveAll(filepath.Join(f.Path, entry.Name())); err != nil {
			return err
		}
	}
	for _, name := range []string{last, nameFile} {
		if err := wholefile.Remove(filepath.Join(f.Path, name)); err != nil {
			return err
		}
	}
	if !withKey {
		return wholefile.SyncFolder(f.Path)
	}
	if err := errors.Join(wholefile.Remove(filepath.Join(f.Path, roomFile)), wholefile.Remove(f.Path)); err != nil {
		return err
	}
	return wholefile.SyncFolder(filepath.Dir(f.Path))
}

// RoomID returns the id of the room, from its key. It fails as Keyring.Room does,
// and with os.ErrNotExist where that would make a key.
func (f *Folder) RoomID() (netchat.RoomID, error) { return roomIDIn(f.Path) }

func roomIDIn(folder string) (netchat.RoomID, error) {
	key, err := readKey(filepath.Join(folder, roomFile))
	if err != nil {
		return "", fmt.Errorf("room id: %w", err)
	}
	return netchat.RoomIDFromKey(key.Public().(ed25519.PublicKey)), nil
}

// A Room is a room that was hosted here.
type Room struct {
	Name string
	ID   netchat.RoomID // empty if its key cannot be read
	Path string         // of its folder
}

// Rooms returns the rooms that have a folder in the data directory dir, in no
// order: also while another Keyring has it, for nothing is locked or made. Those
// that were cleared are none. A dir that does not exist has none.
func Rooms(dir string) ([]Room, error) {
	folders, err := os.ReadDir(filepath.Join(dir, roomsDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	var rooms []Room
	for _, entry := range folders {
		folder := filepath.Join(roomsDir, entry.Name())
		name, err := readName(filepath.Join(dir, folder, nameFile))
		if err != nil || folderOf(name) != folder {
			continue // it is being made or cleared, or none of ours
		}
		room := Room{Name: name, Path: filepath.Join(dir, folder)}
		room.ID, _ = roomIDIn(room.Path)
		rooms = append(rooms, room)
	}
	return rooms, nil
}

// readName reads the file with a room's name.
func readName(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(f, netchat.MaxRoomName+2))
	return strings.TrimSuffix(string(content), "\n"), err
}

// folderOf returns where what belongs to a room is, in the directory.
func folderOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(roomsDir, hex.EncodeToString(sum[:])[:roomDigits])
}
