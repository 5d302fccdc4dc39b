package history_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestReadCopy while it is written; what is damaged stays where it is.
func TestReadCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies", "x.db")
	if _, err := history.ReadCopy(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of none: %v", err)
	}
	c := openCopy(t, path)
	count := func(c *history.Copy) (n int) {
		for _, err := range c.All(t.Context()) {
			must(t, err)
			n++
		}
		return n
	}
	read, err := history.ReadCopy(path)
	must(t, err)
	defer read.Close()
	must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", 1), said("e", 2)}, Position: netchat.Position{Epoch: "e", Seq: 2, Mark: "m"}}}))
	if n := count(read); n != 2 {
		t.Errorf("%d are read", n)
	}
	if err := read.Save([]netchat.Keeping{{Posts: []netchat.Post{{ID: "1", Text: "x"}}}}); !errors.Is(err, history.ErrReadOnly) {
		t.Errorf("saved: %v", err)
	}
	must(t, c.Close())
	must(t, read.Close())

	content, err := os.ReadFile(path)
	must(t, err)
	clear(content[:50])
	must(t, os.WriteFile(path, content, 0o600))
	if damaged, err := history.ReadCopy(path); err == nil {
		must(t, damaged.Close())
		t.Error("damage is not told")
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
		t.Errorf("it is changed, %v", err)
	}
}
