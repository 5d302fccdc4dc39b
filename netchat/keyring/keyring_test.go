package keyring

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *Keyring {
	t.Helper()
	k, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(t, k) })
	return k
}

func closeNow(t *testing.T, k *Keyring) {
	t.Helper()
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

// keys returns the device key and those of two rooms.
func keys(t *testing.T, k *Keyring) []ed25519.PrivateKey {
	t.Helper()
	device, err := k.Device()
	if err != nil {
		t.Fatal(err)
	}
	all := []ed25519.PrivateKey{device}
	for _, name := range []string{"教室 3.5", ""} {
		key, err := k.Room(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, key)
	}
	return all
}

func checkSame(t *testing.T, got, want []ed25519.PrivateKey) {
	t.Helper()
	for i := range want {
		if !got[i].Equal(want[i]) {
			t.Errorf("key %d changed", i)
		}
	}
}

func checkGood(t *testing.T, keys []ed25519.PrivateKey) {
	t.Helper()
	for i, key := range keys {
		public, ok := key.Public().(ed25519.PublicKey)
		if !ok || !ed25519.Verify(public, []byte("hello"), ed25519.Sign(key, []byte("hello"))) {
			t.Errorf("key %d does not sign", i)
		}
		for j := range i {
			if key.Equal(keys[j]) {
				t.Errorf("keys %d and %d are the same", i, j)
			}
		}
	}
}

func TestKeysStay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	k := open(t, dir)
	made := keys(t, k)
	checkGood(t, made)
	checkSame(t, keys(t, k), made)
	closeNow(t, k)
	checkSame(t, keys(t, open(t, dir)), made)
}

func TestTemporary(t *testing.T) {
	k := Temporary()
	made := keys(t, k)
	checkGood(t, made)
	checkSame(t, keys(t, k), made)
	for i, other := range keys(t, Temporary()) {
		if other.Equal(made[i]) {
			t.Errorf("two temporary keyrings share key %d", i)
		}
	}
	closeNow(t, k)
	if _, err := k.Device(); !errors.Is(err, netchat.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestOneUser(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	if _, err := Open(dir); !errors.Is(err, ErrBusy) {
		t.Fatalf("opened twice: %v", err)
	}
	closeNow(t, k)
	closeNow(t, k)
	second := open(t, dir)
	_, deviceErr := k.Device()
	_, roomErr := k.Room("x")
	if !errors.Is(deviceErr, netchat.ErrClosed) || !errors.Is(roomErr, netchat.ErrClosed) {
		t.Errorf("after Close: %v, %v", deviceErr, roomErr)
	}
	closeNow(t, k) // which must not give away what is another's now
	if _, err := Open(dir); !errors.Is(err, ErrBusy) {
		t.Errorf("opened beside the second: %v", err)
	}
	closeNow(t, second)
}

func TestConcurrentFirstUse(t *testing.T) {
	k := open(t, t.TempDir())
	made := make([]ed25519.PrivateKey, 8)
	var running sync.WaitGroup
	for i := range made {
		running.Go(func() {
			var err error
			if made[i], err = k.Device(); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	for _, key := range made[1:] {
		checkSame(t, []ed25519.PrivateKey{key}, made[:1])
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	keys(t, open(t, dir))
	want := []string{
		".", "device.key", "lock", "rooms",
		"rooms/19e226816960da01", "rooms/19e226816960da01/name", "rooms/19e226816960da01/room.key",
		"rooms/e3b0c44298fc1c14", "rooms/e3b0c44298fc1c14/name", "rooms/e3b0c44298fc1c14/room.key",
	}
	var got []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		got = append(got, path)
		info, err := entry.Info()
		if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the directory holds %q, want %q; %v", got, want, err)
	}
	name, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(want[5])))
	if err != nil || string(name) != "教室 3.5\n" {
		t.Errorf("the name is %q, %v", name, err)
	}
}

// TestForeignDir opens a directory that has other uses.
func TestForeignDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "homework.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	info, err := os.Stat(dir)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
		t.Errorf("its mode is %v now; %v", info.Mode(), err)
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	made := keys(t, k)
	path := filepath.Join(dir, deviceFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := k.Device()
		var damaged *DamagedError
		if !errors.As(err, &damaged) || damaged.Path != path || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s: the file was touched; %v", what, err)
		}
	}
	for i := range good {
		check("cut", good[:i])
		flipped := bytes.Clone(good)
		flipped[i] ^= 1
		check("flipped", flipped)
	}
	check("longer", append(bytes.Clone(good), '\n'))
	check("much longer", append(bytes.Clone(good), make([]byte, 2*maxKeyFile)...))
	check("of another", append(encodeKey(made[1]), good...))

	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	checkSame(t, keys(t, k), made)
}

// TestCrash finds what a crash in the middle of making a key leaves.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	left, old := filepath.Join(dir, "."+deviceFile+"-123.new"), time.Now().Add(-2*time.Hour)
	if err := errors.Join(os.WriteFile(left, []byte("half a"), 0o600), os.Chtimes(left, old, old)); err != nil {
		t.Fatal(err)
	}
	checkGood(t, keys(t, open(t, dir)))
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// TestInTheWay has things of another kind where files and folders should be.
func TestInTheWay(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil {
		t.Error("opened a file")
	}
	if err := os.WriteFile(filepath.Join(dir, roomsDir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, deviceFile), 0o700); err != nil {
		t.Fatal(err)
	}
	k := open(t, dir)
	var damaged *DamagedError
	if key, err := k.Device(); key != nil || err == nil || errors.As(err, &damaged) {
		t.Errorf("a folder as key: %v", err)
	}
	if key, err := k.Room("x"); key != nil || err == nil {
		t.Errorf("a file as folder: %v", err)
	}
	if _, err := k.Room(strings.Repeat("x", netchat.MaxRoomName+1)); !errors.Is(err, netchat.ErrTooLong) {
		t.Errorf("an endless name: %v", err)
	}
}

func TestDefaultDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("LocalAppData", home)
	wants := map[string]string{
		"":         filepath.Join(home, ".local", "share", "homeroom"),
		"relative": filepath.Join(home, ".local", "share", "homeroom"),
		home:       filepath.Join(home, "homeroom"),
	}
	for xdg, want := range wants {
		switch runtime.GOOS {
		case "windows":
			want = filepath.Join(home, "Homeroom")
		case "darwin":
			want = filepath.Join(home, "Library", "Application Support", "Homeroom")
		}
		t.Setenv("XDG_DATA_HOME", xdg)
		if got, err := DefaultDir(); err != nil || got != want {
			t.Errorf("with XDG_DATA_HOME=%q: %q, want %q; %v", xdg, got, want, err)
		}
	}
	for _, name := range []string{"HOME", "LocalAppData", "XDG_DATA_HOME"} {
		t.Setenv(name, "")
	}
	if got, err := DefaultDir(); err == nil || got != "" {
		t.Errorf("without any: %q, %v", got, err)
	}
}

func FuzzDecodeKey(f *testing.F) {
	good := encodeKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, content []byte) {
		key, err := decodeKey(content)
		if (err == nil) != (key != nil) {
			t.Fatalf("key %v, %v", key, err)
		}
		if err == nil && !bytes.Equal(encodeKey(key), content) {
			t.Fatal("accepts what it would not make")
		}
	})
}
