package wholefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// maxLinks is how many links may lead on to one another.
const maxLinks = 40

// A Place is where something is to be written.
type Place struct {
	File   string // the file itself, behind all links; empty: it is no file
	Exists bool   // there is a file already

	path   string // as it was given
	stream bool   // it is written to, and nothing is replaced
	socket bool
}

// Find looks where a path leads. It makes nothing. Its error is an *OutputError.
func Find(path string) (Place, error) {
	p := Place{path: path}
	info, err := os.Stat(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return p, unwritten(path, err)
	case err == nil && info.IsDir():
		return p, unwritten(path, syscall.EISDIR)
	case err == nil && !info.Mode().IsRegular():
		p.stream, p.socket = true, info.Mode()&fs.ModeSocket != 0
		return p, nil
	}
	file, descriptor, linkErr := follow(path)
	switch {
	case linkErr != nil:
		return p, unwritten(path, linkErr)
	case descriptor: // what another program has opened for us goes on behind what is there
		p.stream = true
		return p, nil
	}
	p.File, p.Exists = file, err == nil
	return p, nil
}

// Target returns the file that a path leads to, behind all links: the path itself if
// that cannot be found out.
func Target(path string) string {
	if file, descriptor, err := follow(path); err == nil && !descriptor {
		return file
	}
	return path
}

// follow returns what the links at path lead to, which need not be there, or that it is
// an open file of some program.
func follow(path string) (file string, descriptor bool, err error) {
	for range maxLinks {
		if isDescriptor(path) {
			return "", true, nil
		}
		to, err := os.Readlink(path)
		if err != nil { // no link, or nothing
			return path, false, nil
		}
		if !filepath.IsAbs(to) { // from the folder in which the link truly is
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", false, err
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return "", false, fmt.Errorf("%s: over %d links", path, maxLinks)
}

// isDescriptor reports whether path is one of the places where the system has the open
// files of a program as links.
func isDescriptor(path string) bool {
	dir := filepath.Dir(path)
	return dir == "/dev/fd" || strings.HasPrefix(dir, "/proc/") && filepath.Base(dir) == "fd"
}

// readerPoll is how often is looked whether somebody reads a pipe.
const readerPoll = 50 * time.Millisecond

// send writes to what is no file.
func (p Place) send(ctx context.Context, fill func(io.Writer) error) error {
	to, err := p.open(ctx)
	if err != nil {
		return unwritten(p.path, err)
	}
	return errors.Join(fill(Output{p.path, to}), unwritten(p.path, to.Close()))
}

func (p Place) open(ctx context.Context) (io.WriteCloser, error) {
	if p.socket {
		var d net.Dialer
		return d.DialContext(ctx, "unix", p.path)
	}
	for {
		// It would wait for a reader of a pipe, and could not be called off.
		file, err := os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return file, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(readerPoll):
		}
	}
}
