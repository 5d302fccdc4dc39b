package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A second start on the same data directory asks the first to show its window, by
// one line over a socket there, and is answered by the same.
const (
	raiseSocket  = "window.sock"
	raiseLine    = "raise\n"
	raiseTimeout = 2 * time.Second
)

// raise asks whoever has the data directory dir to show its window.
func raise(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), raiseTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, raiseSocket))
	if err != nil {
		return fmt.Errorf("show the window that is open: %w", err)
	}
	defer conn.Close()
	answer := make([]byte, len(raiseLine))
	_ = conn.SetDeadline(time.Now().Add(raiseTimeout))
	if _, err := io.WriteString(conn, raiseLine); err != nil {
		return fmt.Errorf("show the window that is open: %w", err)
	}
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != raiseLine {
		return fmt.Errorf("show the window that is open: %w: %q", err, answer)
	}
	return nil
}

// A raiser hears of later starts until it is closed.
type raiser struct {
	asked    chan struct{} // capacity 1
	listener net.Listener
	done     sync.WaitGroup
}

// newRaiser listens in the data directory dir, which this process has locked. Without
// it, a later start opens a window of its own; that is no reason not to start.
func newRaiser(dir string, log *slog.Logger) *raiser {
	r := &raiser{asked: make(chan struct{}, 1)}
	path := filepath.Join(dir, raiseSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // a crash has left it
		log.Warn("a later start will not find this window", "err", err)
		return r
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		log.Warn("a later start will not find this window", "err", err)
		return r
	}
	r.listener = listener
	r.done.Go(r.serve)
	return r
}

// serve answers one start after the other.
func (r *raiser) serve() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(raiseTimeout))
		if line, err := bufio.NewReader(io.LimitReader(conn, int64(len(raiseLine)))).ReadString('\n'); err == nil && line == raiseLine {
			select {
			case r.asked <- struct{}{}:
			default: // it is being shown
			}
			_, _ = io.WriteString(conn, raiseLine)
		}
		_ = conn.Close()
	}
}

// close returns when nobody listens any more.
func (r *raiser) close() {
	if r.listener != nil {
		_ = r.listener.Close() // it removes the file
	}
	r.done.Wait()
}
