package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// MaxRooms bounds how many folders of rooms are listed.
const MaxRooms = 10_000

// A RoomFolder is where all is kept that belongs to a room of this installation.
type RoomFolder struct {
	Name string // of the room
	ID   netchat.RoomID
	Path string
}

// RoomFolders lists the rooms that have a folder in the directory dir, by name.
// It needs no lock, so it may be called while a Keyring, also of another process,
// has dir. What is no whole folder of a room is left out; where there is no dir,
// there are no rooms.
func RoomFolders(dir string) ([]RoomFolder, error) {
	d, err := os.Open(filepath.Join(dir, roomsDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	defer func() { _ = d.Close() }() // it was only read
	entries, err := d.ReadDir(MaxRooms)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	var folders []RoomFolder
	for _, entry := range entries {
		if f, ok := readFolder(filepath.Join(dir, roomsDir, entry.Name())); ok {
			folders = append(folders, f)
		}
	}
	slices.SortFunc(folders, func(a, b RoomFolder) int { return strings.Compare(a.Name, b.Name) })
	return folders, nil
}

func readFolder(path string) (RoomFolder, bool) {
	info, err := os.Stat(filepath.Join(path, nameFile))
	if err != nil || info.Size() > netchat.MaxRoomName+1 {
		return RoomFolder{}, false
	}
	name, err := os.ReadFile(filepath.Join(path, nameFile))
	if err != nil {
		return RoomFolder{}, false
	}
	key, err := readKey(filepath.Join(path, roomFile))
	room, whole := strings.CutSuffix(string(name), "\n")
	if err != nil || !whole || filepath.Base(folderOf(room)) != filepath.Base(path) {
		return RoomFolder{}, false
	}
	return RoomFolder{Name: room, ID: netchat.RoomIDFromKey(key.Public().(ed25519.PublicKey)), Path: path}, true
}
