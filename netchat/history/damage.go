package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// putAside renames a damaged file with what lies beside it, and returns what it is
// called now.
func putAside(path string) (bad string, err error) {
	for n := 1; ; n++ {
		bad = badName(path, n)
		if _, err := os.Lstat(bad); !errors.Is(err, os.ErrNotExist) {
			if n < maxBad {
				continue
			}
		}
		// Of the one that was there when all places are taken, nothing may stay.
		if err := wholefile.Remove(bad + "-wal"); err != nil {
			return "", err
		}
		if err := os.Rename(path, bad); err != nil {
			return "", err
		}
		break
	}
	return bad, putBeside(path, bad)
}

// putBeside puts what has not come into the damaged file yet, and lies beside the place
// where it was, to where it is now.
func putBeside(path, bad string) error {
	if err := wholefile.Remove(path + "-shm"); err != nil {
		return err
	}
	if _, err := os.Lstat(path + "-wal"); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return os.Rename(path+"-wal", bad+"-wal")
}

// newestBad returns where putAside has put the last damaged file. When all places are
// taken it is the last one.
func newestBad(path string) string {
	bad := badName(path, 1)
	for n := 2; n <= maxBad; n++ {
		if _, err := os.Lstat(badName(path, n)); err != nil {
			break
		}
		bad = badName(path, n)
	}
	return bad
}

func badName(path string, n int) string { return fmt.Sprintf("%s.bad-%d", path, n) }

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
