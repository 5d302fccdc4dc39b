package hosting_test

import (
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

func TestHosted(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	if rooms, err := hosting.Hosted(keys); len(rooms) > 0 || err != nil {
		t.Errorf("none yet: %v, %v", rooms, err)
	}
	first := talkIn(t, keys, "教室", "one", "two")
	second := talkIn(t, keys, "R", "three")
	if _, err := keys.Room("only a key"); err != nil {
		t.Fatal(err)
	}
	rooms, err := hosting.Hosted(keys)
	if err != nil || len(rooms) != 2 {
		t.Fatalf("%+v, %v", rooms, err)
	}
	for i, want := range []struct {
		info     netchat.RoomInfo
		messages uint64
	}{{second, 1}, {first, 2}} {
		got := rooms[i]
		if got.Name != want.info.Name || got.ID != want.info.ID || got.Messages != want.messages || got.Bytes < 4096 || got.Err != nil || got.Last.IsZero() {
			t.Errorf("%+v", got)
		}
	}
	if !rooms[0].Last.After(rooms[1].Last) {
		t.Errorf("the latest is not the first: %+v", rooms)
	}
	room := open(t, hosting.Options{Room: "R", Keyring: keys}) // they were let go of
	if rooms, err = hosting.Hosted(keys); err != nil || len(rooms) != 2 {
		t.Errorf("%+v, %v", rooms, err)
	}
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	if err := hosting.Delete(keys, "教室", hosting.Deletion{}); err != nil {
		t.Fatal(err)
	}
	if rooms, err := hosting.Hosted(keys); err != nil || len(rooms) != 1 || rooms[0].Name != "R" {
		t.Errorf("after one was deleted: %+v, %v", rooms, err)
	}
	if rooms, err := hosting.Hosted(keyring.Temporary()); len(rooms) > 0 || err != nil {
		t.Errorf("temporary: %v, %v", rooms, err)
	}
}

// TestReadPast has every message, also those between guests.
func TestReadPast(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	one := join(t, client.Config{Target: room.Addr(), Name: "one"})
	two := join(t, client.Config{Target: room.Addr(), Name: "two"})
	three := join(t, client.Config{Target: room.Addr(), Name: "three"})
	twoID := await(t, two, any[*netchat.Welcome]).Self.ID
	threeID := await(t, three, any[*netchat.Welcome]).Self.ID
	post(t, one, "1", "to all")
	post(t, one, "2", "to two", twoID)
	post(t, two, "3", "to three", threeID) // neither of them says anything to all
	if _, err := hosting.ReadPast(keys, "R"); err == nil {
		t.Error("read while it is open")
	}
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	past, err := hosting.ReadPast(keys, "R")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for e, err := range past.All(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		m, _ := netchat.MessageOf(e)
		texts = append(texts, m.Text)
	}
	if !slices.Equal(texts, []string{"to two", "to three"}) {
		t.Errorf("%q", texts)
	}
	done := uint64(0)
	if err := past.Verify(t.Context(), func(n, _ uint64) { done = n }); err != nil || done != 3 {
		t.Errorf("%d verified, %v", done, err)
	}
	if err := past.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, hosting.Options{Room: "R", Keyring: keys})
}

// TestReadPastIsWholeOrAnError: what only those may see of whom nothing is known
// is missed, not left out.
func TestReadPastIsWholeOrAnError(t *testing.T) {
	keys := openKeys(t, t.TempDir())
	room := open(t, hosting.Options{Room: "R", Keyring: keys})
	one := join(t, client.Config{Target: room.Addr(), Name: "one"})
	two := join(t, client.Config{Target: room.Addr(), Name: "two"})
	post(t, one, "1", "between the two", await(t, two, any[*netchat.Welcome]).Self.ID)
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	past, err := hosting.ReadPast(keys, "R")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = past.Close() }()
	failed := false
	for e, err := range past.All(t.Context(), 0) {
		failed = err != nil && e == nil
	}
	if !failed || past.Verify(t.Context(), func(_, _ uint64) {}) == nil {
		t.Error("a message is missing, and nobody says so")
	}
}
