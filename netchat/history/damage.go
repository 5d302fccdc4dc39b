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

// newSuffix ends the name of what is made to replace a damaged file, beside it. When the
// damaged one is put aside, it is whole.
const newSuffix = ".new"

// putAside renames a damaged file with what lies beside it, and returns what it is
// called now.
func putAside(path string) (bad string, err error) {
	bad = badPlace(path)
	// Of the one that was there when all places are taken, nothing may stay.
	if err := wholefile.Remove(bad + "-wal"); err != nil {
		return "", err
	}
	if err := os.Rename(path, bad); err != nil {
		return "", err
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

// putInPlace has what was made to replace a damaged file, which is at bad now, be the
// file at path.
func putInPlace(path, bad string) error {
	// What lies beside it would be taken for newer pages of this one.
	if err := errors.Join(putBeside(path, bad), wholefile.SyncFolder(filepath.Dir(path))); err != nil {
		return err
	}
	return errors.Join(os.Rename(path+newSuffix, path), wholefile.SyncFolder(filepath.Dir(path)))
}

// finishRepair goes on where the end of the program has cut a repair short.
func finishRepair(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return err // it is to be put aside still, if it was
	}
	switch _, err := os.Lstat(path + newSuffix); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case closedWell(path+newSuffix) != nil:
		return removeFile(path + newSuffix)
	}
	return putInPlace(path, newestBad(path))
}

// closedWell fails unless all of a database that nobody has open is in its file.
func closedWell(path string) error {
	if _, err := os.Lstat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s was not closed well", path)
	}
	return nil
}

// maxBad bounds how many damaged files are kept: the last place is used again.
const maxBad = 9

func badName(path string, n int) string { return fmt.Sprintf("%s.bad-%d", path, n) }

// badPlace returns what putAside will call the file at path.
func badPlace(path string) string {
	for n := 1; ; n++ {
		bad := badName(path, n)
		if _, err := os.Lstat(bad); n == maxBad || errors.Is(err, os.ErrNotExist) {
			return bad
		}
	}
}

// newestBad returns where putAside has put the last one.
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
