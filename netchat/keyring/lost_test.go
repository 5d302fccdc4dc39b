package keyring_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// TestLostRoomKey: beside what was said, no other key is made.
func TestLostRoomKey(t *testing.T) {
	dir := t.TempDir()
	keys, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	if _, err := keys.Room("R"); err != nil {
		t.Fatal(err)
	}
	rooms, err := keyring.Rooms(dir)
	if err != nil || len(rooms) != 1 {
		t.Fatal(rooms, err)
	}
	folder := rooms[0].Path
	key, log := filepath.Join(folder, "room.key"), filepath.Join(folder, "log.db")
	if err := errors.Join(os.Remove(key), os.WriteFile(filepath.Join(folder, ".room.key-1.new"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Room("R"); err != nil { // as after a crash at its making
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(key), os.WriteFile(log, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	var lost *keyring.LostError
	if _, err := keys.Room("R"); !errors.As(err, &lost) || !lost.Room || lost.Path != key {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(key); err == nil {
		t.Error("another key was made")
	}
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Room("R"); err != nil {
		t.Error(err)
	}
}

// TestLostDeviceKey: who has been in rooms does not become somebody else.
func TestLostDeviceKey(t *testing.T) {
	for _, made := range []string{"known.json", "copies"} {
		dir := t.TempDir()
		keys, err := keyring.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer keys.Close()
		if err := os.Mkdir(filepath.Join(dir, made), 0o700); err != nil {
			t.Fatal(err)
		}
		var lost *keyring.LostError
		if _, err := keys.Device(); !errors.As(err, &lost) || lost.Room || lost.Path != filepath.Join(dir, "device.key") {
			t.Errorf("%s: %v", made, err)
		}
		if _, err := keys.Room("R"); err != nil { // it has its own
			t.Error(err)
		}
	}
}

// TestOpenKeyFile: what others may read is closed to them.
func TestOpenKeyFile(t *testing.T) {
	dir := t.TempDir()
	keys, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	first, err := keys.Device()
	path := filepath.Join(dir, "device.key")
	if err = errors.Join(err, os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	again, err := keys.Device()
	if err != nil || !again.Equal(first) {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
