package hosting

import (
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

// copiesDir is where the data directory has a member's own copies of rooms, called
// by the rooms' ids.
const copiesDir = "copies"

// A HostedRoom is a room that was hosted here before.
type HostedRoom struct {
	Name     string
	ID       netchat.RoomID // empty if its key cannot be read
	Messages uint64         // how many Events there are
	Last     time.Time      // of the newest Message, or when its file was written last
	Bytes    int64          // of all that is kept of it
	Err      error          // why nothing could be read: keyring.ErrHeld if it is open
}

// Hosted returns the rooms that have a Log in the directory of these keys, the
// latest first. It reads the end of each, and holds none when it returns.
func Hosted(keys *keyring.Keyring) ([]HostedRoom, error) {
	if keys.Dir() == "" {
		return nil, nil
	}
	rooms, err := keyring.Rooms(keys.Dir())
	if err != nil {
		return nil, fmt.Errorf("rooms hosted before: %w", err)
	}
	var hosted []HostedRoom
	for _, room := range rooms {
		h := HostedRoom{Name: room.Name, ID: room.ID}
		if h.measure(room.Path) {
			h.Err = h.look(keys)
			hosted = append(hosted, h)
		}
	}
	slices.SortFunc(hosted, func(a, b HostedRoom) int { return b.Last.Compare(a.Last) })
	return hosted, nil
}

// measure finds the files in the room's folder; false: it has no Log.
func (h *HostedRoom) measure(folder string) bool {
	info, err := os.Stat(filepath.Join(folder, logFile))
	if err != nil {
		return false
	}
	h.Last = info.ModTime()
	entries, _ := os.ReadDir(folder) // what cannot be seen is not counted
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.HasPrefix(entry.Name(), logFile) {
			h.Bytes += info.Size()
		}
	}
	return true
}

// look reads how much was said, and when at last.
func (h *HostedRoom) look(keys *keyring.Keyring) error {
	past, err := ReadPast(keys, h.Name)
	if err != nil {
		return err
	}
	h.Messages = past.Head().Seq
	last, ok, err := past.last()
	if ok {
		h.Last = last
	}
	return errors.Join(err, past.Close())
}

// A Past is what was said in a room that was hosted here, for its owner to read:
// every Event, private ones too. Its methods are those of a Log.
type Past struct {
	wholeLog
	store store
}

// ReadPast opens what was said in the room of that name. Until Close the room
// cannot be opened; it fails with keyring.ErrHeld while it is, and with
// netchat.ErrNotFound if there is none.
func ReadPast(keys *keyring.Keyring, name string) (*Past, error) {
	folder, err := keys.Hold(name)
	if err != nil {
		return nil, fmt.Errorf("read room: %w", err)
	}
	if folder.Path != "" {
		_, err = os.Stat(filepath.Join(folder.Path, logFile))
	}
	if folder.Path == "" || errors.Is(err, os.ErrNotExist) {
		folder.Release()
		return nil, fmt.Errorf("read room: %w", netchat.ErrNotFound)
	}
	s := store{folder: folder}
	if err == nil {
		err = s.open()
	}
	if err != nil {
		s.release()
		return nil, fmt.Errorf("read room: %w", err)
	}
	return &Past{gathered{s.log}, s}, nil
}

// Close lets the room be opened.
func (p *Past) Close() error { return p.store.close() }

// last returns when the newest Message that hosts may see was said.
func (p *Past) last() (time.Time, bool, error) {
	page, err := p.store.log.Page(history.PageQuery{Viewer: history.Viewer{Host: true}, Limit: 1})
	if err != nil || len(page.Messages) == 0 {
		return time.Time{}, false, err
	}
	return page.Messages[0].Time, true, nil
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
	entries, err := os.ReadDir(filepath.Join(dir, copiesDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), string(id)) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, copiesDir, entry.Name())))
		}
	}
	return err
}
