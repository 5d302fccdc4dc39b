package hosting

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// A Kept is a room that was hosted here and has a Log.
type Kept struct {
	Name    string
	ID      netchat.RoomID
	Last    time.Time // when something was written last
	Bytes   int64     // on disk
	LogPath string
}

// KeptRooms lists the rooms in the data directory dir that have a Log, by name.
// It opens none of them and may be called while they are open.
func KeptRooms(dir string) ([]Kept, error) {
	folders, err := keyring.RoomFolders(dir)
	if err != nil {
		return nil, err
	}
	var rooms []Kept
	for _, f := range folders {
		files, err := logFiles(f.Path)
		if err != nil {
			return nil, fmt.Errorf("list rooms: %w", err)
		}
		room := Kept{Name: f.Name, ID: f.ID, LogPath: filepath.Join(f.Path, logFile)}
		for _, file := range files {
			room.Bytes += file.Size()
			if file.ModTime().After(room.Last) {
				room.Last = file.ModTime()
			}
		}
		if len(files) > 0 {
			rooms = append(rooms, room)
		}
	}
	return rooms, nil
}

// logFiles returns the files that belong to the Log in folder.
func logFiles(folder string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []fs.FileInfo
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), logFile) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just been removed
		}
		if err != nil {
			return nil, err
		}
		files = append(files, info)
	}
	return files, nil
}

// DeleteLog removes all that was said in the room of that name, also what a
// repair has put aside, for good. Its key stays: opened again, it is the same
// room. It fails with keyring.ErrHeld while the room is open.
func DeleteLog(keys *keyring.Keyring, room string) error {
	folder, release, err := keys.Hold(room)
	if err != nil {
		return fmt.Errorf("delete log: %w", err)
	}
	defer release()
	if folder == "" {
		return nil
	}
	files, err := logFiles(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete log: %w", err)
	}
	var errs []error
	for _, file := range files {
		errs = append(errs, os.Remove(filepath.Join(folder, file.Name())))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("delete log: %w", err)
	}
	return nil
}
