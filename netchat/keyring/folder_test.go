package keyring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

func hold(t *testing.T, k *Keyring, name string) *Folder {
	t.Helper()
	f, err := k.Hold(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func makeRoom(t *testing.T, k *Keyring, name string) netchat.RoomID {
	t.Helper()
	key, err := k.Room(name)
	if err != nil {
		t.Fatal(err)
	}
	return netchat.RoomIDFromKey(key[32:])
}

func TestHold(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	id := makeRoom(t, k, "教室")
	first := hold(t, k, "教室")
	if got, err := first.RoomID(); got != id || err != nil || filepath.Dir(first.Path) != filepath.Join(dir, roomsDir) {
		t.Errorf("%s: room %s, not %s: %v", first.Path, got, id, err)
	}
	if _, err := k.Hold("教室"); !errors.Is(err, ErrHeld) {
		t.Errorf("held twice: %v", err)
	}
	other := hold(t, k, "another")
	if _, err := os.Stat(other.Path); !errors.Is(err, fs.ErrNotExist) || other.Path == first.Path {
		t.Errorf("%s: %v", other.Path, err)
	}
	if _, err := other.RoomID(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a room without a key: %v", err)
	}
	first.Release()
	again := hold(t, k, "教室")
	first.Release() // it is not the first one's any more
	if _, err := k.Hold("教室"); !errors.Is(err, ErrHeld) {
		t.Errorf("an old release let go of it: %v", err)
	}
	again.Release()
	closeNow(t, k)
	if _, err := k.Hold("教室"); !errors.Is(err, netchat.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	temporary := Temporary()
	for range 2 {
		f := hold(t, temporary, "x")
		if err := f.Clear("log", true); f.Path != "" || err != nil {
			t.Errorf("temporary: %q, %v", f.Path, err)
		}
	}
}

func TestRooms(t *testing.T) {
	dir := t.TempDir()
	if rooms, err := Rooms(filepath.Join(dir, "none")); len(rooms) > 0 || err != nil {
		t.Errorf("%v, %v", rooms, err)
	}
	k := open(t, dir)
	want := map[string]netchat.RoomID{"教室": makeRoom(t, k, "教室"), "": makeRoom(t, k, ""), "a\nb": makeRoom(t, k, "a\nb"), "damaged": ""}
	makeRoom(t, k, "damaged")
	if err := os.WriteFile(filepath.Join(hold(t, k, "damaged").Path, roomFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, roomsDir, "other"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, roomsDir, "other", nameFile), []byte("教室\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rooms, err := Rooms(dir)
	if err != nil || len(rooms) != len(want) {
		t.Errorf("%v, %v", rooms, err)
	}
	for _, room := range rooms {
		if id, ok := want[room.Name]; !ok || room.ID != id || room.Path != filepath.Join(dir, folderOf(room.Name)) {
			t.Errorf("%+v", room)
		}
	}
}

func TestClear(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	id := makeRoom(t, k, "R")
	f := hold(t, k, "R")
	for _, name := range []string{"log", "log-wal", "log.bad-1"} {
		if err := os.WriteFile(filepath.Join(f.Path, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(f.Path, "backups", "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Clear("log", false); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, f.Path); !slices.Equal(got, []string{roomFile}) {
		t.Errorf("left are %v", got)
	}
	if rooms, err := Rooms(dir); len(rooms) > 0 || err != nil {
		t.Errorf("%v, %v", rooms, err)
	}
	if again := makeRoom(t, k, "R"); again != id {
		t.Errorf("it is another room now: %s, not %s", again, id)
	}
	if rooms, err := Rooms(dir); len(rooms) != 1 || err != nil {
		t.Errorf("used again: %v, %v", rooms, err)
	}
	if err := f.Clear("log", true); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, filepath.Join(dir, roomsDir)); len(got) > 0 {
		t.Errorf("left are %v", got)
	}
	if err := f.Clear("log", true); !errors.Is(err, netchat.ErrNotFound) {
		t.Errorf("cleared twice: %v", err)
	}
	if makeRoom(t, k, "R") == id {
		t.Error("the key is back")
	}
}

// TestClearInterrupted leaves what is to go last, so that one can tell.
func TestClearInterrupted(t *testing.T) {
	k := open(t, t.TempDir())
	makeRoom(t, k, "R")
	f := hold(t, k, "R")
	// A file that is called as the last one's folder cannot be removed as a file.
	if err := os.MkdirAll(filepath.Join(f.Path, "log", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Path, "log-wal"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Clear("log", true); err == nil {
		t.Error("no error")
	}
	if got := filesIn(t, f.Path); !slices.Equal(got, []string{"log", nameFile, roomFile}) {
		t.Errorf("left are %v", got)
	}
}

func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
