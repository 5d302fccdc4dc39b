package hosting

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// copiesDir is where the data directory has a member's own copies of rooms, called
// by the rooms' ids.
const copiesDir = "copies"

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
