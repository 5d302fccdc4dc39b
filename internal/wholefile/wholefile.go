// Package wholefile writes files that are there as a whole or not at all, whatever
// happens meanwhile: a full disk, an end of the program, a power cut.
package wholefile

import (
	"context"
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

// An OutputError says that what was to be written at Path could not be. What failed
// before, where it was to come from, is no OutputError.
type OutputError struct {
	Path string // empty: the program's output
	Err  error
}

func (e *OutputError) Error() string { return fmt.Sprintf("write %s: %v", e.Path, e.Err) }

// Unwrap returns why.
func (e *OutputError) Unwrap() error { return e.Err }

// unwritten makes err an OutputError, once.
func unwritten(path string, err error) error {
	var said *OutputError
	if err == nil || errors.As(err, &said) {
		return err
	}
	return &OutputError{path, err}
}

// An Output is a writer whose errors are OutputErrors about Path.
type Output struct {
	Path string
	To   io.Writer
}

// Write implements io.Writer.
func (o Output) Write(p []byte) (int, error) {
	n, err := o.To.Write(p)
	return n, unwritten(o.Path, err)
}

// Write makes the file at path, in place of what is there, with that content. Its
// folder has to be there. Only its owner may read it. After an error, which is an
// *OutputError, there is what was there before. A link stays, and what it leads to is
// replaced; what is no file, such as a device, is written to.
func Write(path string, content []byte) error {
	return Make(context.Background(), path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Make is Write with what fill writes, unless that fails: its own errors are returned
// as they are. It removes what it finds of earlier ones that a crash has ended. Where
// nobody reads a pipe yet it waits, until ctx ends.
func Make(ctx context.Context, path string, fill func(io.Writer) error) error {
	at, err := Find(path)
	if err != nil {
		return err
	}
	return at.make(ctx, fill)
}

func (p Place) make(ctx context.Context, fill func(io.Writer) error) error {
	if p.stream {
		return p.send(ctx, fill)
	}
	return p.replace(func(part *os.File) error { return fill(Output{p.path, part}) })
}

// MakeAt is Make with what fill writes into an empty file of that name.
func MakeAt(ctx context.Context, path string, fill func(part string) error) error {
	at, err := Find(path)
	if err != nil {
		return err
	}
	if !at.stream {
		return at.replace(func(part *os.File) error { return fill(part.Name()) })
	}
	return at.send(ctx, func(w io.Writer) error { return SendAt(w, fill) })
}

// SendAt writes to w what fill writes into an empty file of that name, if all of it.
func SendAt(w io.Writer, fill func(part string) error) error {
	part, err := os.CreateTemp("", "homeroom-*"+suffix)
	if err != nil {
		return unwritten(os.TempDir(), err)
	}
	if err = fill(part.Name()); err == nil {
		_, err = io.Copy(w, part)
	}
	return errors.Join(err, part.Close(), os.Remove(part.Name()))
}

// replace puts a part, once it is filled, in the place of the file.
func (p Place) replace(fill func(part *os.File) error) error {
	dir, prefix := filepath.Dir(p.File), "."+filepath.Base(p.File)+"-"
	part, err := os.CreateTemp(dir, prefix+"*"+suffix)
	if err != nil {
		return unwritten(p.path, err)
	}
	clean(dir, prefix, part.Name())
	if err = fill(part); err == nil {
		err = unwritten(p.path, part.Sync())
	}
	err = errors.Join(err, unwritten(p.path, part.Close()))
	if err == nil {
		err = unwritten(p.path, os.Rename(part.Name(), p.File))
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return unwritten(p.path, SyncFolder(dir))
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
