package hosting_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// talkIn hosts a room, has somebody say the texts there, and closes it.
func talkIn(t *testing.T, keys *keyring.Keyring, room string, texts ...string) netchat.RoomInfo {
	t.Helper()
	r := open(t, hosting.Options{Room: room, Keyring: keys})
	c := join(t, client.Config{Target: r.Addr(), Name: "who"})
	for i, text := range texts {
		post(t, c, string(rune('1'+i)), text)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return r.Info()
}

// TestDeleteLeavesNothing of what was said, wherever the data directory has it, and
// nothing of other rooms is touched.
func TestDeleteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	deleted := talkIn(t, keys, "R", "secretword", "秘密的话")
	other := talkIn(t, keys, "S", "otherword")
	folder, err := keys.Hold("R")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(folder.Path, "log.db.bad-1"), filepath.Join(folder.Path, "log.db.bad-1-wal"), filepath.Join(folder.Path, "log.db-wal"),
		filepath.Join(folder.Path, "backup", "of-before.db"),
		filepath.Join(dir, "copies", string(deleted.ID)+".db"), filepath.Join(dir, "copies", string(deleted.ID)+".db-wal"),
		filepath.Join(dir, "copies", string(other.ID)+".db"),
	} {
		text := "secretword"
		if strings.Contains(path, string(other.ID)) {
			text = "otherword"
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := hosting.Delete(keys, "R", hosting.Deletion{}); !errors.Is(err, keyring.ErrHeld) {
		t.Errorf("an open one: %v", err)
	}
	folder.Release()
	if n := len(filesWith(t, dir, "secretword")); n < 7 { // or the search finds nothing
		t.Fatalf("it was in %d files only", n)
	}
	if err := hosting.Delete(keys, "R", hosting.Deletion{}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"secretword", "秘密的话", string(deleted.ID)} {
		if found := filesWith(t, dir, text); len(found) > 0 {
			t.Errorf("%q is in %v", text, found)
		}
	}
	if found := filesWith(t, dir, "otherword"); len(found) != 2 {
		t.Errorf("the other room is in %v", found)
	}
	if again := talkIn(t, keys, "R", "new"); again.ID != deleted.ID {
		t.Errorf("it is another room: %s, not %s", again.ID, deleted.ID)
	}
	if err := hosting.Delete(keys, "R", hosting.Deletion{WithKey: true}); err != nil {
		t.Fatal(err)
	}
	if again := talkIn(t, keys, "R"); again.ID == deleted.ID {
		t.Error("it is the same room")
	}
}

func TestDeleteWhatIsNot(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	if err := hosting.Delete(keys, "none", hosting.Deletion{}); !errors.Is(err, netchat.ErrNotFound) {
		t.Errorf("a room that never was: %v", err)
	}
	if err := hosting.Delete(keyring.Temporary(), "R", hosting.Deletion{}); err != nil {
		t.Errorf("a temporary one: %v", err)
	}
}

// TestDeleteWithADamagedKey: that the key cannot be read is no reason to keep what
// was said.
func TestDeleteWithADamagedKey(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	talkIn(t, keys, "R", "secretword")
	files, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "room.key"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := hosting.Delete(keys, "R", hosting.Deletion{}); err != nil {
		t.Fatal(err)
	}
	if found := filesWith(t, dir, "secretword"); len(found) > 0 {
		t.Errorf("it is in %v", found)
	}
}

// TestHosted lists what there is, while it is open too, and lets its owner read all
// of it.
func TestHosted(t *testing.T) {
	dir := t.TempDir()
	if rooms, err := hosting.Hosted(filepath.Join(dir, "none")); err != nil || len(rooms) != 0 {
		t.Errorf("%+v, %v", rooms, err)
	}
	keys := openKeys(t, dir)
	info := talkIn(t, keys, "R", "one", "two")
	open(t, hosting.Options{Room: "Memory", Keyring: keys, Memory: true})
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	post(t, join(t, client.Config{Target: room.Addr(), Name: "x"}), "3", "three")
	rooms, err := hosting.Hosted(dir)
	if err != nil || len(rooms) != 1 {
		t.Fatalf("%+v, %v", rooms, err)
	}
	if r := rooms[0]; r.Name != "R" || r.ID != info.ID || r.Messages != 3 || r.Bytes == 0 || r.Last.IsZero() || r.Err != nil {
		t.Errorf("%+v", r)
	}
	log, err := rooms[0].ReadLog()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for e, err := range log.All(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		m, _ := netchat.MessageOf(e)
		texts = append(texts, m.Text)
	}
	if err := errors.Join(log.Verify(t.Context(), nil), log.Close()); err != nil || strings.Join(texts, " ") != "one two three" {
		t.Errorf("%q, %v", texts, err)
	}
	damaged, err := keys.Hold("Damaged")
	if err != nil {
		t.Fatal(err)
	}
	defer damaged.Release()
	if _, err := keys.Room("Damaged"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hosting.LogPath(damaged.Path), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	rooms, err = hosting.Hosted(dir)
	if err != nil || len(rooms) != 2 || (rooms[0].Err == nil) == (rooms[1].Err == nil) {
		t.Errorf("%+v, %v", rooms, err)
	}
}

// TestRepairIsTold: a room whose file was damaged opens, and says so.
func TestRepairIsTold(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	talkIn(t, keys, "R", "one", "two")
	folder, err := keys.Hold("R")
	if err != nil {
		t.Fatal(err)
	}
	folder.Release()
	if err := os.WriteFile(hosting.LogPath(folder.Path), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	if r, ok := room.Repaired(); !ok || r.Bad != hosting.LogPath(folder.Path)+".bad-1" || room.Past() != 0 {
		t.Errorf("%+v, %v", r, ok)
	}
	post(t, join(t, client.Config{Target: room.Addr(), Name: "x"}), "1", "it goes on")
	if r, ok := open(t, hosting.Options{Room: "S", Keyring: keys}).Repaired(); ok {
		t.Errorf("a new one: %+v", r)
	}
}
