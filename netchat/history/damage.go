package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// putAside renames a damaged file with what lies beside it, and returns what it is
// called now.
func putAside(path string) (bad string, err error) {
	for n := 1; ; n++ {
		bad = fmt.Sprintf("%s.bad-%d", path, n)
		if _, err := os.Lstat(bad); !errors.Is(err, os.ErrNotExist) {
			if n < maxBad {
				continue
			}
		}
		if err := os.Rename(path, bad); err != nil {
			return "", err
		}
		break
	}
	// What has not come from there into the file yet belongs to it.
	if err := os.Rename(path+"-wal", bad+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return bad, nil
}

// DeleteCopy deletes the Copy of a room in the data directory dir for good, with what
// damage has put aside. It must not be open.
func DeleteCopy(dir string, room netchat.RoomID) error {
	path := CopyPath(dir, room)
	files, err := os.ReadDir(filepath.Dir(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), filepath.Base(path)) {
			err = errors.Join(err, os.Remove(filepath.Join(filepath.Dir(path), file.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("delete copy: %w", err)
	}
	return nil
}

// maxBad bounds how many damaged files are kept: the last place is used again.
const maxBad = 9
