package hosting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// A HostedRoom is a room that was hosted here before, or is now.
type HostedRoom struct {
	Name     string
	ID       netchat.RoomID // empty if its key cannot be read
	Messages uint64         // how many Events there are
	Last     time.Time      // of the newest of them, or when its file was written last
	Bytes    int64          // of all that is kept of it
	Err      error          // why its Log cannot be read; nil: it can
	Folder   string         // where all of it is
}

// Hosted returns the rooms that have a Log in the data directory dir, the latest
// first. It may be called at any time, whoever has dir: it locks and makes nothing.
func Hosted(dir string) ([]HostedRoom, error) {
	rooms, err := keyring.Rooms(dir)
	if err != nil {
		return nil, fmt.Errorf("rooms hosted before: %w", err)
	}
	var hosted []HostedRoom
	for _, room := range rooms {
		h := HostedRoom{Name: room.Name, ID: room.ID, Folder: room.Path}
		if h.measure() {
			h.Err = h.look()
			hosted = append(hosted, h)
		}
	}
	slices.SortFunc(hosted, func(a, b HostedRoom) int { return b.Last.Compare(a.Last) })
	return hosted, nil
}

// measure finds the files of the room; false: it has no Log.
func (h *HostedRoom) measure() bool {
	info, err := os.Stat(LogPath(h.Folder))
	if err != nil {
		return false
	}
	h.Last = info.ModTime()
	entries, _ := os.ReadDir(h.Folder) // what cannot be seen is not counted
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.HasPrefix(entry.Name(), logFile) {
			h.Bytes += info.Size()
		}
	}
	return true
}

// look reads how much was said, and when at last.
func (h *HostedRoom) look() error {
	log, err := h.ReadLog()
	if err != nil {
		return err
	}
	h.Messages = log.Head().Seq
	for e, eventErr := range log.All(context.Background(), max(h.Messages, 1)-1) {
		if err = eventErr; err == nil {
			h.Last = e.Time
		}
	}
	return errors.Join(err, log.Close())
}

// ReadLog opens what was said in the room for its owner to read, private messages
// too, also while the room is open. It is the caller's to close.
func (h HostedRoom) ReadLog() (*history.SQLite, error) {
	log, err := history.ReadSQLite(LogPath(h.Folder))
	if err != nil {
		return nil, fmt.Errorf("read room: %w", err)
	}
	return log, nil
}

// A Deletion says what to delete besides what was said.
type Deletion struct {
	WithKey bool // the room's key too: under its name there will be another room
}

// Delete removes what was said in a room hosted with these keys, for good: its
// Log, what is left of damaged ones, and this installation's own copy of it. Who
// was a member knows the room again if it is hosted once more, unless d says
// otherwise. It fails with keyring.ErrHeld while the room is open, and with
// netchat.ErrNotFound if there is none of that name. If it fails otherwise, some
// may be left, and it can be called again.
func Delete(keys *keyring.Keyring, name string, d Deletion) error {
	folder, err := keys.Hold(name)
	if err != nil {
		return fmt.Errorf("delete room: %w", err)
	}
	defer folder.Release()
	if folder.Path == "" {
		return nil
	}
	if err := deleteCopy(keys.Dir(), folder); err != nil {
		return fmt.Errorf("delete room: %w", err)
	}
	if err := folder.Clear(logFile, d.WithKey); err != nil {
		return fmt.Errorf("delete room: %w", err)
	}
	return nil
}

// deleteCopy removes the own copy of the room with that folder. It is found by the
// room's key: as long as that cannot be read there is none to be found.
func deleteCopy(dir string, folder *keyring.Folder) error {
	id, err := folder.RoomID()
	damaged := (*keyring.DamagedError)(nil)
	switch {
	case errors.As(err, &damaged), errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	entries, err := os.ReadDir(filepath.Join(dir, history.CopiesDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), string(id)) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, history.CopiesDir, entry.Name())))
		}
	}
	return err
}
