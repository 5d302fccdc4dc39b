package history_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// newestCopy is the file of the present version of a Copy in testdata.
const newestCopy = "copy-v2.db"

// keepAll fills a Copy with what each file in testdata has.
func keepAll(t *testing.T, c *history.Copy) {
	t.Helper()
	homework := said("1-0123456789abcdef", 21)
	homework.Text = "明天交作业, at the ÉCOLE"
	var first, second []netchat.Message
	for seq := range uint64(20) {
		first, second = append(first, said("1-0123456789abcdef", seq+1)), append(second, said("2-0123456789abcdef", seq+101))
	}
	must(t, c.Save([]netchat.Keeping{
		{
			Room:     netchat.RoomInfo{ID: "r", Name: "Physics", Host: "Ms Li"},
			Messages: append(first, homework), Position: netchat.Position{Epoch: "1-0123456789abcdef", Seq: 21, Mark: "m"},
		},
		{Messages: second, Position: netchat.Position{Epoch: "2-0123456789abcdef", Seq: 120, Mark: "m"}, Anew: true, More: true},
		{Posts: []netchat.Post{{ID: "1", Text: "still to be sent", To: []netchat.MemberID{"b"}}}},
	}))
}

// TestOldCopiesOpen: a Copy of each version is in testdata, and opens for ever with
// what is in it, and what was said in it is found. One of a later version stays as it
// is.
func TestOldCopiesOpen(t *testing.T) {
	if *freeze {
		path := filepath.Join(t.TempDir(), "x.db")
		c := openCopy(t, path)
		keepAll(t, c)
		must(t, c.Close())
		content, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(filepath.Join("testdata", newestCopy), content, 0o600))
	}
	for _, name := range []string{"copy-v1.db", newestCopy} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		must(t, err)
		path := filepath.Join(t.TempDir(), "copies", "x.db")
		must(t, errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)))
		for range 2 {
			c := openCopy(t, path)
			checkAll(t, name, c)
			must(t, c.Close())
		}
		db, err := sql.Open("sqlite", path)
		must(t, err)
		if _, err := db.Exec(`PRAGMA user_version = 99`); err != nil {
			t.Fatal(err)
		}
		must(t, db.Close())
		if _, err := history.OpenCopy(path); !errors.Is(err, history.ErrNotOurs) {
			t.Errorf("%s: %v", name, err)
		}
		if bad, _ := filepath.Glob(path + ".bad*"); len(bad) > 0 {
			t.Errorf("%v", bad)
		}
	}
}

// checkAll checks that a Copy has what keepAll gave it.
func checkAll(t *testing.T, name string, c *history.Copy) {
	t.Helper()
	kept, err := c.Load()
	if err != nil || kept.Room.Name != "Physics" || kept.Position.Seq != 120 || kept.Since != 101 || len(kept.Waiting) != 1 || kept.Aside != "" {
		t.Errorf("%s: %+v, %v", name, kept, err)
	}
	if n, err := c.Count(); err != nil || n != 41 {
		t.Errorf("%s: %d messages, %v", name, n, err)
	}
	page, err := c.Page(netchat.PageAsk{}, 5)
	if err != nil || len(page.Messages) != 5 || page.Messages[4].Text != "line 120" {
		t.Errorf("%s: %+v, %v", name, page, err)
	}
	for text, want := range map[string][]string{
		"作业": {"明天交作业, at the ÉCOLE"}, "école": {"明天交作业, at the ÉCOLE"}, "LINE 7": {"line 7"}, "line 107": {"line 107"}, "nothing": nil,
	} {
		if found, err := c.Search(text, 5); err != nil || !slices.Equal(textsOf(found), want) {
			t.Errorf("%s: %s: %q, %v", name, text, textsOf(found), err)
		}
	}
}
