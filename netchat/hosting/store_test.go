package hosting_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

func openKeys(t *testing.T, dir string) *keyring.Keyring {
	t.Helper()
	keys, err := keyring.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	return keys
}

// post sends a text under an id of one digit, to all or to some, and waits until it
// is stored or known to be stored.
func post(t *testing.T, c *client.Client, digit, text string, to ...netchat.MemberID) uint64 {
	t.Helper()
	id := idOf(digit)
	if err := c.Send(netchat.Post{ID: id, Text: text, To: to}); err != nil {
		t.Fatal(err)
	}
	return await(t, c, func(a *netchat.Acked) bool { return a.ID == id }).Seq
}

func idOf(digit string) netchat.EventID {
	return netchat.EventID("0000000000000000000000000000000" + digit)
}

func textsOf(messages []netchat.Message) (texts []string) {
	for _, m := range messages {
		texts = append(texts, m.Text)
	}
	return texts
}

// TestRoomGoesOn closes a room and opens it again: the host has all that it saw,
// a newcomer nothing, and what was sent before is not said twice.
func TestRoomGoesOn(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	device, err := keys.Device()
	if err != nil {
		t.Fatal(err)
	}
	member, err := keyring.Temporary().Device()
	if err != nil {
		t.Fatal(err)
	}
	first := open(t, hosting.Options{Room: "教室", Keyring: keys})
	if first.Past() != 0 || !first.Kept() {
		t.Errorf("new: %d messages, kept %v", first.Past(), first.Kept())
	}
	host := join(t, client.Config{Dial: first.Dial, Name: "host", Key: device})
	hostID := await(t, host, any[*netchat.Welcome]).Self.ID
	guest := join(t, client.Config{Target: first.Addr(), Name: "guest", Key: member})
	other := join(t, client.Config{Target: first.Addr(), Name: "other"})
	otherID := await(t, other, any[*netchat.Welcome]).Self.ID
	post(t, guest, "1", "to all")
	post(t, guest, "2", "to the host", hostID)
	post(t, guest, "3", "between guests", otherID)
	epoch := await(t, host, func(e *netchat.Event) bool { return e.Seq == 2 }).Epoch
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	again := open(t, hosting.Options{Room: "教室", Keyring: keys})
	if again.Past() != 3 || again.Info().ID != first.Info().ID {
		t.Errorf("again: %d messages, room %s, not %s", again.Past(), again.Info().ID, first.Info().ID)
	}
	host = join(t, client.Config{Dial: again.Dial, Name: "host", Key: device})
	if page := await(t, host, any[*netchat.Page]); !slices.Equal(textsOf(page.Messages), []string{"to all", "to the host"}) {
		t.Errorf("the host sees %q", textsOf(page.Messages))
	}
	if at := await(t, join(t, client.Config{Target: again.Addr(), Name: "new"}), any[*netchat.Page]); len(at.Messages) > 0 || at.More {
		t.Errorf("a newcomer sees %q", textsOf(at.Messages))
	}
	guest = join(t, client.Config{Target: again.Addr(), Name: "guest", Key: member})
	if seq := post(t, guest, "1", "to all"); seq != 1 {
		t.Errorf("sent again, it is number %d", seq)
	}
	if seq := post(t, guest, "4", "goes on"); seq != 4 {
		t.Errorf("the next one is number %d", seq)
	}
	if e := await(t, host, any[*netchat.Event]); e.Epoch != epoch || e.Seq != 4 {
		t.Errorf("%s %d after %s", e.Epoch, e.Seq, epoch)
	}
}

// TestOnlyTheOwnerMayRead what was said.
func TestOnlyTheOwnerMayRead(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	post(t, join(t, client.Config{Target: room.Addr(), Name: "x"}), "1", "hello")
	files, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "log.db*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

// TestMemoryLeavesNothing of what was said on disk.
func TestMemoryLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	for range 2 {
		room := open(t, hosting.Options{Room: "R", Keyring: keys, Memory: true})
		if room.Past() != 0 || room.Kept() {
			t.Errorf("%d messages, kept %v", room.Past(), room.Kept())
		}
		post(t, join(t, client.Config{Target: room.Addr(), Name: "x"}), "1", "secret words")
		if err := room.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if found := filesWith(t, dir, "secret words"); len(found) > 0 {
		t.Errorf("it is in %v", found)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "log*")); len(files) > 0 || err != nil {
		t.Errorf("a log: %v, %v", files, err)
	}
}

// filesWith returns the files under dir that have text in them.
func filesWith(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), text) || strings.Contains(path, text) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestOneRoomIsOpenOnce: two could not write one log.
func TestOneRoomIsOpenOnce(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	if _, err := hosting.Open(t.Context(), hosting.Options{Room: "R", Keyring: keys, Listen: "127.0.0.1:0"}); !errors.Is(err, keyring.ErrHeld) {
		t.Errorf("opened twice: %v", err)
	}
	open(t, hosting.Options{Room: "S", Keyring: keys})
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, hosting.Options{Room: "R", Keyring: keys})
}

// TestLogThatCannotBeOpened is an error, at each try.
func TestLogThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	if _, err := keys.Room("R"); err != nil {
		t.Fatal(err)
	}
	folder, err := keys.Hold("R")
	if err != nil {
		t.Fatal(err)
	}
	folder.Release()
	if err := os.Mkdir(filepath.Join(folder.Path, "log.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time too: the first let go of the folder
		if room, err := hosting.Open(t.Context(), hosting.Options{Room: "R", Keyring: keys, Listen: "127.0.0.1:0"}); err == nil || errors.Is(err, keyring.ErrHeld) {
			t.Errorf("opened %v: %v", room, err)
		}
	}
}

// TestFiftyTimes opens and closes a room with members in it; what is left of it is
// found by TestMain, which looks for goroutines.
func TestFiftyTimes(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	device := newDevice()
	for i := range 50 {
		room, err := hosting.Open(t.Context(), hosting.Options{Room: "R", Keyring: keys, Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		if room.Past() != uint64(i) {
			t.Fatalf("%d messages the %d. time", room.Past(), i)
		}
		c, err := client.Join(t.Context(), client.Config{Target: room.Addr(), Name: "x", Key: device})
		if err != nil {
			t.Fatal(err)
		}
		id := netchat.EventID(fmt.Sprintf("%032x", i))
		if err := c.Send(netchat.Post{ID: id, Text: "again"}); err != nil {
			t.Fatal(err)
		}
		await(t, c, func(a *netchat.Acked) bool { return a.ID == id })
		if err := errors.Join(c.Close(), room.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRepairCutShort: what a repair has saved is used when the power goes before it is
// put into its place.
func TestRepairCutShort(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	c := join(t, client.Config{Target: room.Addr(), Name: "x"})
	post(t, c, "1", "one")
	post(t, c, "2", "two")
	if err := errors.Join(c.Close(), room.Close()); err != nil {
		t.Fatal(err)
	}
	folder, err := keys.Hold("R")
	if err != nil {
		t.Fatal(err)
	}
	folder.Release()
	path := hosting.LogPath(folder.Path)
	if err := os.Rename(path, path+".new"); err != nil {
		t.Fatal(err)
	}
	if again := open(t, hosting.Options{Room: "R", Keyring: keys}); again.Past() != 2 {
		t.Errorf("the room has %d messages of before", again.Past())
	}
}

// TestMemberAfterRepair: the position of a member who comes back after a repair is of no
// use; what it and others said since it first spoke is there for it all the same.
func TestMemberAfterRepair(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	member := newDevice()
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	c := join(t, client.Config{Target: room.Addr(), Name: "guest", Key: member})
	post(t, c, "1", "one")
	post(t, c, "2", "two")
	if err := errors.Join(c.Close(), room.Close()); err != nil {
		t.Fatal(err)
	}
	folder, err := keys.Hold("R")
	if err != nil {
		t.Fatal(err)
	}
	folder.Release()
	path := hosting.LogPath(folder.Path)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[20] ^= 0xff // in the header
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, hosting.Options{Room: "R", Keyring: keys})
	if _, repaired := again.Repaired(); !repaired {
		t.Error("nothing was repaired")
	}
	sees(t, join(t, client.Config{Target: again.Addr(), Name: "guest", Key: member}), "one", "two")
	sees(t, join(t, client.Config{Target: again.Addr(), Name: "new", Key: newDevice()}))
}
