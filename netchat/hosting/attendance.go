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
	// attendanceFile holds, in a room's folder, a lesson while the room is open. It is
	// there later only if the room did not end well.
	attendanceFile = "present.json"

	// maxAttendance bounds what is read of it, in bytes: some 500 for each of
	// netchat.MaxMembers.
	maxAttendance = 4 << 20

	// attendanceEvery is how often it is written at most, and attendanceTouch how
	// often it is made to look new at least.
	attendanceEvery = time.Second
	attendanceTouch = time.Minute

	// awaited bounds how long ago a lesson was interrupted that goes on when the room
	// is opened: later its members may still come back, but as people who join.
	awaited = 10 * time.Minute
)

// A lesson is a room from its opening until it is closed.
type lesson struct {
	Since   netchat.Position `json:"since"`   // where the Log was when the room was opened
	Members []netchat.Member `json:"members"` // who is there
}

// An attendance keeps on disk who is in a room, and since when it is open, so that a
// host that was ended in the middle of it knows whom to wait for, and those who come
// then see all of the lesson.
type attendance struct {
	path   string
	log    *slog.Logger
	before lesson // that was interrupted; Members empty and Since the head: there was none

	mu      sync.Mutex
	members []netchat.Member
	changed chan struct{} // capacity 1
	stop    chan struct{}
	stopped chan struct{}
}

// newAttendance reads what the last one has left, for a room whose Log has that head,
// and starts its goroutine, which ends with close.
func newAttendance(folder string, head netchat.Position, log *slog.Logger) *attendance {
	a := &attendance{
		path: filepath.Join(folder, attendanceFile), log: log,
		changed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	a.before = a.left(time.Now())
	if s := a.before.Since; s.Epoch != head.Epoch || s.Seq > head.Seq {
		a.before.Since = head
	}
	go a.run()
	return a
}

// left returns the lesson that ended without close, not long ago. What cannot be read
// is none.
func (a *attendance) left(now time.Time) (before lesson) {
	f, err := os.Open(a.path)
	if err != nil {
		return lesson{}
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil || now.Sub(info.ModTime()).Abs() > awaited {
		return lesson{}
	}
	content, err := io.ReadAll(io.LimitReader(f, maxAttendance))
	if err == nil {
		err = json.Unmarshal(content, &before)
	}
	if err != nil {
		a.log.Warn("who was in the room is not known", "err", err)
		return lesson{}
	}
	return before
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
	now := lesson{a.before.Since, a.members}
	a.mu.Unlock()
	content, err := json.Marshal(now)
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
