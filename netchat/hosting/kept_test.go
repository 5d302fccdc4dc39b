package hosting_test

import (
	"bytes"
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
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

// sayTo sends a message and returns it once the room has it.
func sayTo(t *testing.T, c *client.Client, text string) *netchat.Event {
	t.Helper()
	id, err := netchat.RandomEventID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(netchat.Post{ID: id, Text: text}); err != nil {
		t.Fatal(err)
	}
	return await(t, c, func(e *netchat.Event) bool { return e.ID == id })
}

// TestARoomGoesOn where it was closed: who was in it misses nothing, newcomers
// see only what is said from now on.
func TestARoomGoesOn(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	first, err := hosting.Open(t.Context(), hosting.Options{Room: "R", Listen: "127.0.0.1:0", Keyring: keys})
	if err != nil {
		t.Fatal(err)
	}
	addr := first.Addr()
	stays := join(t, client.Config{Target: addr, Name: "stays", Key: newDevice()})
	await(t, stays, func(w *netchat.Welcome) bool { return true })
	sayTo(t, stays, "first lesson")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	// A clean end is final for the members; those of a host that was cut off stay.
	again := open(t, hosting.Options{Room: "R", Listen: addr, Keyring: keys})
	if again.Info().ID != first.Info().ID || again.Before() != 1 {
		t.Errorf("%+v, %d from before", again.Info(), again.Before())
	}
	newcomer := join(t, client.Config{Target: addr, Name: "new", Key: newDevice()})
	if page := await(t, newcomer, func(p *netchat.Page) bool { return p.Snapshot }); len(page.Messages) != 0 || page.More {
		t.Errorf("a newcomer sees %+v", page)
	}
	if e := sayTo(t, newcomer, "second lesson"); e.Seq != 2 {
		t.Errorf("seq %d", e.Seq)
	}
	kept, err := hosting.KeptRooms(dir)
	if err != nil || len(kept) != 1 || kept[0].Name != "R" || kept[0].ID != first.Info().ID || kept[0].Bytes == 0 || kept[0].Last.IsZero() {
		t.Errorf("%+v, %v", kept, err)
	}
}

// TestNoTrace: what is to leave none leaves none, and what is deleted neither.
func TestNoTrace(t *testing.T) {
	const secret = "a word that nobody else says"
	dir := t.TempDir()
	keys := openKeys(t, dir)
	for _, memory := range []bool{true, false} {
		room, err := hosting.Open(t.Context(), hosting.Options{Room: "R", Listen: "127.0.0.1:0", Keyring: keys, Memory: memory})
		if err != nil {
			t.Fatal(err)
		}
		sayTo(t, join(t, client.Config{Target: room.Addr(), Name: "x", Key: newDevice()}), secret)
		if found := holds(t, dir, secret); found == memory {
			t.Errorf("in memory %v, on disk %v", memory, found)
		}
		if err := room.Close(); err != nil {
			t.Fatal(err)
		}
	}
	id, err := keys.Room("R")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing
		if err := hosting.DeleteLog(keys, "R"); err != nil {
			t.Fatal(err)
		}
	}
	if holds(t, dir, secret) {
		t.Error("it is still there")
	}
	if after, err := keys.Room("R"); err != nil || !after.Equal(id) {
		t.Errorf("another room: %v", err)
	}
	if kept, err := hosting.KeptRooms(dir); err != nil || len(kept) != 0 {
		t.Errorf("%+v, %v", kept, err)
	}
	if err := hosting.DeleteLog(keys, "never opened"); err != nil {
		t.Error(err)
	}
}

// holds reports whether some file under dir has the words in it.
func holds(t *testing.T, dir, words string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(words))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
