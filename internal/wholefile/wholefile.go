// Package wholefile writes files that are there as a whole or not at all, whatever
// happens meanwhile: a full disk, an end of the program, a power cut.
package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Write makes the file at path, in place of what is there, with that content. Its
// folder has to be there. Only its owner may read it. After an error there is what
// was there before.
func Write(path string, content []byte) error {
	return Make(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Make is Write with what fill writes, unless that fails. It removes what it finds of
// earlier ones that a crash has ended.
func Make(path string, fill func(io.Writer) error) error {
	dir, prefix := filepath.Dir(path), "."+filepath.Base(path)+"-"
	part, err := os.CreateTemp(dir, prefix+"*"+suffix)
	if err != nil {
		return err
	}
	clean(dir, prefix, part.Name())
	if err = fill(part); err == nil {
		err = part.Sync()
	}
	err = errors.Join(err, part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return SyncFolder(dir)
}

// suffix ends the names of parts.
const suffix = ".new"

// abandoned is how much older than a new one a part must be to be what a crash has
// left, and nobody's who writes the same file now.
const abandoned = time.Hour

// clean removes the parts that crashes have left. What it cannot remove is in
// nobody's way.
func clean(dir, prefix, part string) {
	now, err := os.Stat(part)
	if err != nil {
		return
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if old, err := e.Info(); err == nil && now.ModTime().Sub(old.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// Remove removes a file that may not be there.
func Remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// SyncFolder has what was made, renamed or removed in dir survive a power cut, where
// the system knows how: Windows and some network file systems have nothing like it.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
