// Package keyring keeps the keys that say who somebody is: one for this
// installation, the device key, and one for each room that is hosted here. They
// are files that only their owner may read, made at first use and never
// replaced.
package keyring

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/homeroomchat/homeroom/netchat"
)

// ErrBusy says that another Keyring, mostly of another process, has the
// directory.
var ErrBusy = errors.New("another Homeroom uses this data directory")

// ErrNoHome says that the system does not know where a user's data go.
var ErrNoHome = errors.New("there is no home directory")

// Names in the directory.
const (
	lockFile   = "lock"
	deviceFile = "device.key"
	roomsDir   = "rooms" // a folder for each room, named by roomDigits of its name's SHA-256 in hex
	roomFile   = "room.key"
	nameFile   = "name" // the room's name in clear and a line feed

	roomDigits = 16

	dirMode  = 0o700
	fileMode = 0o600
)

// A Keyring hands out keys, which are the caller's to read and not to write. It
// is safe for concurrent use; its methods wait for the disk. After Close they
// fail with netchat.ErrClosed.
type Keyring struct {
	dir  string       // empty: Temporary
	lock *flock.Flock // of dir; nil: Temporary
	seed []byte       // what the keys of a Temporary are derived from

	mu     sync.Mutex // held for the whole of each call
	closed bool
	held   map[string]bool // folders of rooms, from dir
}

// Temporary returns a Keyring that leaves no trace on disk. Its keys are random
// and the same as long as it lives.
func Temporary() *Keyring {
	seed := make([]byte, sha256.Size)
	_, _ = rand.Read(seed) // never fails
	return &Keyring{seed: seed}
}

// Open opens the keys in dir, or makes dir for them, and keeps others out until
// Close: while another Keyring has dir, it fails with ErrBusy and doesn't wait.
// A dir that is new or empty is closed to other people. If there is something
// in it, it stays open to whom it was; the keys are not.
func Open(dir string) (*Keyring, error) {
	if err := makePrivate(dir); err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		err = ErrBusy
	}
	if err != nil {
		return nil, fmt.Errorf("open keyring %s: %w", dir, errors.Join(err, lock.Close()))
	}
	return &Keyring{dir: dir, lock: lock}, nil
}

// Close lets others have the directory. Keys handed out stay good. Calling it
// again does nothing.
func (k *Keyring) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	k.closed = true
	if k.lock == nil {
		return nil
	}
	if err := k.lock.Close(); err != nil {
		return fmt.Errorf("close keyring: %w", err)
	}
	return nil
}

// Device returns the key of this installation, which it makes at first use. It
// fails with a *DamagedError if the file isn't as it was made, and with a *LostError
// if there is none although rooms have been joined with one.
func (k *Keyring) Device() (ed25519.PrivateKey, error) {
	key, err := k.key(deviceFile, func() error {
		for _, name := range joinedFiles() {
			path := filepath.Join(k.dir, name)
			if _, err := os.Lstat(path); err == nil {
				return &LostError{Path: filepath.Join(k.dir, deviceFile)}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	return key, nil
}

// Room returns the key of the room of that name, which it makes at first use.
// It fails with a *DamagedError if the file isn't as it was made, with a *LostError
// if there is none beside what else is kept of the room, and with netchat.ErrTooLong
// for a name over netchat.MaxRoomName.
func (k *Keyring) Room(name string) (ed25519.PrivateKey, error) {
	if len(name) > netchat.MaxRoomName {
		return nil, fmt.Errorf("room key: %w", netchat.ErrTooLong)
	}
	folder := folderOf(name)
	key, err := k.key(filepath.Join(folder, roomFile), func() error {
		if err := k.isNew(folder); err != nil {
			return err
		}
		return k.writeName(folder, name)
	})
	if err == nil {
		err = k.nameAgain(folder, name)
	}
	if err != nil {
		return nil, fmt.Errorf("room key: %w", err)
	}
	return key, nil
}

// joinedFiles are made by who joins rooms, with a device key.
func joinedFiles() []string { return []string{"known.json", "copies"} }

// isNew fails with a *LostError if the folder has more of a room than its name, which
// is there before the key.
func (k *Keyring) isNew(folder string) error {
	entries, err := os.ReadDir(filepath.Join(k.dir, folder))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if name := entry.Name(); name != nameFile && !strings.HasPrefix(name, ".") { // those are parts of files
			return &LostError{Path: filepath.Join(k.dir, folder, roomFile), Room: true}
		}
	}
	return err
}

func (k *Keyring) writeName(folder, name string) error {
	return k.write(filepath.Join(folder, nameFile), []byte(name+"\n"))
}

// nameAgain writes the name of a room that was cleared and is used again.
func (k *Keyring) nameAgain(folder, name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lock == nil || k.closed {
		return nil
	}
	_, err := os.Stat(filepath.Join(k.dir, folder, nameFile))
	if errors.Is(err, os.ErrNotExist) {
		return k.writeName(folder, name)
	}
	return err
}

// Dir returns the directory, empty if it is a Temporary.
func (k *Keyring) Dir() string { return k.dir }

// key returns the key at path, from the directory. If there is none it calls
// prepare, which may be nil, and makes one.
func (k *Keyring) key(path string, prepare func() error) (ed25519.PrivateKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, netchat.ErrClosed
	}
	if k.lock == nil {
		return k.derive(path)
	}
	key, err := readKey(filepath.Join(k.dir, path))
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if prepare != nil {
		if err := prepare(); err != nil {
			return nil, err
		}
	}
	_, key, err = ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return key, k.write(path, encodeKey(key))
}

// derive makes the key of a Temporary that a file would hold, so that none has
// to be remembered.
func (k *Keyring) derive(path string) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, k.seed, nil, path, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// DefaultDir returns where the data of this user is kept unless told otherwise:
// $XDG_DATA_HOME/homeroom, by default ~/.local/share/homeroom; on macOS
// ~/Library/Application Support/Homeroom; on Windows %LocalAppData%\Homeroom,
// which does not follow the user to other machines. It makes nothing.
func DefaultDir() (string, error) {
	dir, err := defaultDir()
	if err != nil {
		return "", fmt.Errorf("find the data directory: %w: %w", ErrNoHome, err)
	}
	return dir, nil
}

func defaultDir() (string, error) {
	switch runtime.GOOS {
	case "windows":
		base, err := os.UserCacheDir() // it is %LocalAppData%
		return filepath.Join(base, "Homeroom"), err
	case "darwin":
		base, err := os.UserConfigDir()
		return filepath.Join(base, "Homeroom"), err
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) { // others are to be ignored, its standard says
		return filepath.Join(base, "homeroom"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share", "homeroom"), err
}
