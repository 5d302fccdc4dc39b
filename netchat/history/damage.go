package history

import (
	"errors"
	"fmt"
	"os"
)

// putAside renames a damaged file, and removes what lies beside it.
func putAside(path string) error {
	for n := 1; ; n++ {
		bad := fmt.Sprintf("%s.bad-%d", path, n)
		if _, err := os.Lstat(bad); !errors.Is(err, os.ErrNotExist) {
			if n < maxBad {
				continue
			}
		}
		if err := os.Rename(path, bad); err != nil {
			return err
		}
		break
	}
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// maxBad bounds how many damaged files are kept: the last place is used again.
const maxBad = 9
