package known

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofrs/flock"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

// Names in the directory, and how the file may be used by others: not at all.
const (
	fileName = "known.json"
	lockName = "known.lock"
	badName  = fileName + ".bad-" // and a number

	fileMode = 0o600
	dirMode  = 0o700
)

const (
	version  = 1       // of the file; grows with what cannot be read by those before
	maxFile  = 4 << 20 // bytes
	maxBad   = 1000    // damaged files put aside
	lockWait = 5 * time.Second
	lockStep = 10 * time.Millisecond
)

// The file. What is not named here is of a later version and is kept.
type (
	fileForm struct {
		Version int            `json:"version"`
		Rooms   []roomForm     `json:"rooms"`
		Rest    jsontext.Value `json:",embed"`
	}
	roomForm struct {
		Key      []byte         `json:"key"` // base64
		Name     string         `json:"name"`
		Host     string         `json:"host"`
		AppOnly  bool           `json:"app_only,omitzero"`
		Addrs    []string       `json:"addresses"`
		Verified bool           `json:"verified,omitzero"`
		First    time.Time      `json:"first"`
		Last     time.Time      `json:"last"`
		Rest     jsontext.Value `json:",embed"`
	}
)

// A stamp tells one state of the file from another.
type stamp struct {
	info fs.FileInfo // nil: there is no file
}

func (s stamp) same(other stamp) bool {
	if s.info == nil || other.info == nil {
		return s.info == nil && other.info == nil
	}
	return os.SameFile(s.info, other.info) && s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

func (r *Rooms) path(name string) string { return filepath.Join(r.dir, name) }

// open is the first reading.
func (r *Rooms) open() error {
	err := r.read()
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	unlock, lockErr := r.lock()
	if lockErr != nil {
		return errors.Join(err, lockErr)
	}
	defer unlock()
	if err = r.read(); errors.Is(err, ErrDamaged) { // another process may have mended it
		return r.putAside(err)
	}
	return err
}

// refresh takes over what another process has written. If that cannot be read,
// what was known before goes on being known.
func (r *Rooms) refresh() {
	if r.dir == "" {
		return
	}
	var now stamp
	info, err := os.Stat(r.path(fileName))
	if err == nil {
		now.info = info
	}
	if (err == nil || errors.Is(err, fs.ErrNotExist)) && !now.same(r.seen) {
		_ = r.read()
	}
}

// read takes over what the file says: nothing if there is none. On an error
// everything is as it was.
func (r *Rooms) read() error {
	if r.dir == "" {
		return nil
	}
	f, err := os.Open(r.path(fileName))
	if errors.Is(err, fs.ErrNotExist) {
		r.list, r.seen = list{}, stamp{}
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%w: over %d bytes", ErrDamaged, maxFile)
	}
	if err == nil {
		err = r.decode(data)
	}
	if err == nil {
		r.seen = stamp{info}
	}
	return err
}

// decode takes over a file's content. On an error everything is as it was.
func (l *list) decode(data []byte) error {
	var outline struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &outline); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	switch {
	case outline.Version > version:
		return fmt.Errorf("%w: version %d", ErrLater, outline.Version)
	case outline.Version < 1:
		return fmt.Errorf("%w: version %d", ErrDamaged, outline.Version)
	}
	var form fileForm
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	read := list{rest: form.Rest}
	have := make(map[string]bool, len(form.Rooms))
	for i, f := range form.Rooms {
		room, ok := f.room().valid()
		if !ok || have[string(room.Key)] {
			return fmt.Errorf("%w: the key of room %d", ErrDamaged, i)
		}
		have[string(room.Key)] = true
		read.rooms = append(read.rooms, room)
	}
	read.trim(MaxRooms)
	*l = read
	return nil
}

func (f roomForm) room() Room {
	room := Room{Key: f.Key, Addrs: f.Addrs, Verified: f.Verified, First: f.First, Last: f.Last, rest: f.Rest}
	room.Info.Name, room.Info.Host, room.Info.AppOnly = f.Name, f.Host, f.AppOnly
	return room
}

func formOf(room Room) roomForm {
	return roomForm{
		Key: room.Key, Name: room.Info.Name, Host: room.Info.Host, AppOnly: room.Info.AppOnly, Addrs: room.Addrs,
		Verified: room.Verified, First: room.First, Last: room.Last, Rest: room.rest,
	}
}

func (l *list) encode() ([]byte, error) {
	form := fileForm{Version: version, Rooms: make([]roomForm, len(l.rooms)), Rest: l.rest}
	for i, room := range l.rooms {
		form.Rooms[i] = formOf(room)
	}
	data, err := json.Marshal(form, jsontext.WithIndent("  "))
	return append(data, '\n'), err
}

// fitting is encode within maxFile. What makes it too large is dropped: first
// what a later version said, then rooms as trim does.
func (l *list) fitting() ([]byte, error) {
	data, err := l.encode()
	if err == nil && len(data) > maxFile {
		l.rest = nil
		for i := range l.rooms {
			l.rooms[i].rest = nil
		}
		data, err = l.encode()
	}
	for err == nil && len(data) > maxFile {
		l.trim(len(l.rooms) * 3 / 4)
		data, err = l.encode()
	}
	return data, err
}

// change does a change to what the file says now, and writes it. What cannot be
// written is changed in memory all the same.
func (r *Rooms) change(doing string, do func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.changeFile(do)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

func (r *Rooms) changeFile(do func() error) error {
	if r.dir == "" {
		return do()
	}
	if err := os.MkdirAll(r.dir, dirMode); err != nil {
		return errors.Join(do(), err)
	}
	unlock, err := r.lock()
	if err != nil {
		return errors.Join(do(), err)
	}
	defer unlock()
	var damage error
	if err := r.read(); errors.Is(err, ErrDamaged) {
		damage = r.putAside(err)
	} else if err != nil {
		return errors.Join(do(), err)
	}
	if err := do(); err != nil {
		return errors.Join(err, damage)
	}
	if _, err := os.Lstat(r.path(fileName)); damage != nil && err == nil {
		return damage // it is still there: it could not be put aside
	}
	return errors.Join(r.write(), damage)
}

// lock keeps other processes from changing the file until unlock is called.
func (r *Rooms) lock() (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	lock := flock.New(r.path(lockName), flock.SetPermissions(fileMode))
	if _, err := lock.TryLockContext(ctx, lockStep); err != nil {
		return nil, fmt.Errorf("wait for another Homeroom: %w", errors.Join(err, lock.Close()))
	}
	return func() { _ = lock.Close() }, nil
}

// putAside renames the damaged file, and says in the error how.
func (r *Rooms) putAside(why error) error {
	for n := 1; n <= maxBad; n++ {
		bad := r.path(badName + strconv.Itoa(n))
		if _, err := os.Lstat(bad); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.Rename(r.path(fileName), bad); err != nil {
			return errors.Join(why, err)
		}
		r.seen = stamp{}
		return fmt.Errorf("%w; it was put aside as %s", why, bad)
	}
	return fmt.Errorf("%w; it cannot be put aside: there are %d such files already", why, maxBad)
}

// write writes the file: after a crash it holds the old or the new rooms, never
// a part.
func (r *Rooms) write() error {
	data, err := r.fitting()
	if err != nil {
		return err
	}
	if err := wholefile.Write(r.path(fileName), data); err != nil {
		return err
	}
	if info, err := os.Stat(r.path(fileName)); err == nil {
		r.seen = stamp{info}
	}
	return nil
}
