package hosting_test

import (
	"testing"

	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
)

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
		post(t, join(t, client.Config{Target: room.Addr(), Name: "x", Key: newDevice()}), "1", secret)
		if found := len(filesWith(t, dir, secret)) > 0; found == memory {
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
	if kept, err := hosting.KeptRooms(dir); err != nil || len(kept) != 1 || kept[0].Name != "R" || kept[0].Bytes == 0 || kept[0].Last.IsZero() {
		t.Errorf("%+v, %v", kept, err)
	}
	for range 2 { // the second time there is nothing
		if err := hosting.DeleteLog(keys, "R"); err != nil {
			t.Fatal(err)
		}
	}
	if len(filesWith(t, dir, secret)) > 0 {
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
