package hosting

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

const (
	// attendanceFile holds, in a room's folder, who is in the room while it is open.
	// It is there later only if the room did not end well.
	attendanceFile = "present.json"

	// maxAttendance bounds what is read of it, in bytes: some 500 for each of
	// netchat.MaxMembers.
	maxAttendance = 4 << 20

	// attendanceEvery is how often it is written at most, and attendanceTouch how
	// often it is made to look new at least.
	attendanceEvery = time.Second
	attendanceTouch = time.Minute

	// awaited bounds how long ago members were here who are waited for: later they
	// may still come back, but as people who join.
	awaited = 10 * time.Minute
)

// An attendance keeps on disk who is in a room, so that a host that was ended in the
// middle of it knows whom to wait for.
type attendance struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	members []netchat.Member
	changed chan struct{} // capacity 1
	stop    chan struct{}
	stopped chan struct{}
}

// newAttendance starts its goroutine, which ends with close.
func newAttendance(folder string, log *slog.Logger) *attendance {
	a := &attendance{
		path: filepath.Join(folder, attendanceFile), log: log,
		changed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go a.run()
	return a
}

// left returns who was there when the room ended without close, not long ago. What
// cannot be read is nobody.
func (a *attendance) left(now time.Time) (members []netchat.Member) {
	f, err := os.Open(a.path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil || now.Sub(info.ModTime()).Abs() > awaited {
		return nil
	}
	content, err := io.ReadAll(io.LimitReader(f, maxAttendance))
	if err == nil {
		err = json.Unmarshal(content, &members)
	}
	if err != nil {
		a.log.Warn("who was in the room is not known", "err", err)
		return nil
	}
	return members
}

// note has it kept that these are there. It does not block, and the caller may not
// change members any more.
func (a *attendance) note(members []netchat.Member) {
	a.mu.Lock()
	a.members = members
	a.mu.Unlock()
	select {
	case a.changed <- struct{}{}:
	default:
	}
}

func (a *attendance) run() {
	defer close(a.stopped)
	touch := time.NewTicker(attendanceTouch)
	defer touch.Stop()
	for {
		select {
		case <-a.stop:
			return
		case now := <-touch.C:
			_ = os.Chtimes(a.path, now, now) // it need not be there
		case <-a.changed:
			a.write()
			select { // the next ones are written together
			case <-a.stop:
				return
			case <-time.After(attendanceEvery):
			}
		}
	}
}

func (a *attendance) write() {
	a.mu.Lock()
	members := a.members
	a.mu.Unlock()
	content, err := json.Marshal(members)
	if err == nil {
		err = wholefile.Write(a.path, content)
	}
	if err != nil {
		a.log.Warn("who is in the room is not kept", "err", err)
	}
}

// close ends it, once all have been told that the room is closed.
func (a *attendance) close() error {
	close(a.stop)
	<-a.stopped
	return wholefile.Remove(a.path)
}
