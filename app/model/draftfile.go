package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// Where what was typed is kept: in a file for each room, named by the room's id.
const (
	draftsDir     = "drafts" // of the data directory
	draftsEnd     = ".json"
	draftsBad     = ".bad-" // and a number: what is damaged is put aside
	maxDraftsFile = 16 << 20
	maxBadDrafts  = 100 // damaged files put aside of one room
	maxDraftRooms = 10_000
)

// ErrDamagedDrafts says that what was typed in a room could not be read.
var ErrDamagedDrafts = errors.New("what was typed is damaged")

// A DraftStore keeps what was typed in rooms in a directory. With an empty directory
// name it keeps nothing. It is not safe for concurrent use; its methods wait for the
// disk.
type DraftStore struct{ dir string }

// NewDraftStore returns the store in the data directory dir.
func NewDraftStore(dir string) DraftStore { return DraftStore{dir} }

// Keeps reports whether it can keep anything of a room.
func (s DraftStore) Keeps(room netchat.RoomID) bool { return s.dir != "" && room.Valid() }

func (s DraftStore) path(room netchat.RoomID) string {
	return filepath.Join(s.dir, draftsDir, string(room)+draftsEnd)
}

// Load returns what was typed in a room. A damaged file is put aside: the error is an
// ErrDamagedDrafts then, and aside says where the file is now.
func (s DraftStore) Load(room netchat.RoomID) (t Typed, aside string, err error) {
	if !s.Keeps(room) {
		return Typed{}, "", nil
	}
	f, err := os.Open(s.path(room))
	if errors.Is(err, fs.ErrNotExist) {
		return Typed{}, "", nil
	}
	if err != nil {
		return Typed{}, "", fmt.Errorf("load drafts: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxDraftsFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return Typed{}, "", fmt.Errorf("load drafts: %w", err)
	}
	if err = json.Unmarshal(data, &t); err == nil && len(data) <= maxDraftsFile {
		return t.bounded(), "", nil
	}
	aside, why := s.putAside(room)
	return Typed{}, aside, errors.Join(fmt.Errorf("load drafts: %w: %w", ErrDamagedDrafts, err), why)
}

// putAside renames a file that cannot be read, and says to what.
func (s DraftStore) putAside(room netchat.RoomID) (string, error) {
	for n := 1; n <= maxBadDrafts; n++ {
		bad := s.path(room) + draftsBad + strconv.Itoa(n)
		if _, err := os.Lstat(bad); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return bad, os.Rename(s.path(room), bad)
	}
	return "", fmt.Errorf("there are %d damaged files already", maxBadDrafts)
}

// Save keeps what was typed in a room in place of what was kept before: after a crash
// the file has the old or the new, never a part. Of nothing no file is left.
func (s DraftStore) Save(room netchat.RoomID, t Typed) error {
	if !s.Keeps(room) {
		return nil
	}
	if t = t.bounded(); t.Empty() {
		if err := wholefile.Remove(s.path(room)); err != nil {
			return fmt.Errorf("save drafts: %w", err)
		}
		return nil
	}
	data, err := json.Marshal(t)
	if err == nil {
		err = os.MkdirAll(filepath.Join(s.dir, draftsDir), 0o700)
	}
	if err == nil {
		err = wholefile.Write(s.path(room), append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("save drafts: %w", err)
	}
	return nil
}

// Delete deletes all that was typed in a room for good, what was put aside and what a
// crash left of it too.
func (s DraftStore) Delete(room netchat.RoomID) error {
	if !s.Keeps(room) {
		return nil
	}
	names, err := s.names()
	for _, name := range names {
		if strings.HasPrefix(strings.TrimPrefix(name, "."), string(room)+draftsEnd) {
			err = errors.Join(err, wholefile.Remove(filepath.Join(s.dir, draftsDir, name)))
		}
	}
	if err != nil {
		return fmt.Errorf("delete drafts: %w", err)
	}
	return nil
}

// Rooms returns the rooms in which something was typed that is kept.
func (s DraftStore) Rooms() ([]netchat.RoomID, error) {
	names, err := s.names()
	var rooms []netchat.RoomID
	for _, name := range names {
		id, ok := strings.CutSuffix(name, draftsEnd)
		if room := netchat.RoomID(id); ok && room.Valid() {
			rooms = append(rooms, room)
		}
	}
	return rooms, err
}

// names returns the names of the files, of maxDraftRooms at most.
func (s DraftStore) names() ([]string, error) {
	if s.dir == "" {
		return nil, nil
	}
	d, err := os.Open(filepath.Join(s.dir, draftsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(maxDraftRooms)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, errors.Join(err, d.Close())
}
