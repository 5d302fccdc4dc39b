package history_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// Bytes of the header that say what the file is: a later version of ours, or another
// program's.
const (
	versionAt = 60
	fractions = 64
	programAt = 68
	reserved  = 72
)

// TestDamagedHeader: whatever is wrong in the header of a file, of which SQLite then
// reads nothing, all that was said is there; also where the magic bytes, or all of it,
// are gone.
func TestDamagedHeader(t *testing.T) {
	const lines = 40
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	log := create(t, whole)
	lesson(t, log, lines)
	epoch := log.Head().Epoch
	must(t, log.Close())
	content, err := os.ReadFile(whole)
	must(t, err)
	open := func(name string, broken []byte) {
		path := filepath.Join(dir, name, "log.db")
		must(t, errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, broken, 0o600)))
		log, err := history.OpenSQLite(path, history.SQLiteOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		defer log.Close()
		r, repaired := log.Repaired()
		if log.Head().Seq != lines || r.Lost != 0 || repaired && log.Head().Epoch.Generation() != epoch.Generation()+1 {
			t.Errorf("%s: %+v, at %+v", name, r, log.Head())
		}
		if bad, err := os.ReadFile(r.Bad); repaired && (err != nil || !bytes.Equal(bad, broken)) {
			t.Errorf("%s: the damaged file is not as it was: %v", name, err)
		}
		if left, _ := filepath.Glob(path + ".mended*"); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
	for at := range 100 {
		if at >= versionAt && at < fractions || at >= programAt && at < reserved {
			continue // TestNotOursStays
		}
		for _, flip := range []byte{0x01, 0xff} {
			broken := bytes.Clone(content)
			broken[at] ^= flip
			open(fmt.Sprintf("byte-%d-%x", at, flip), broken)
		}
	}
	for _, n := range []int{16, 100} {
		broken := bytes.Clone(content)
		clear(broken[:n])
		open(fmt.Sprintf("first-%d", n), broken)
	}
	for i, word := range []string{"verified_chain", "INTEGER PRIMARY KEY", "CREATE TABLE event", "epoch"} {
		broken := bytes.Clone(content)
		at := bytes.Index(broken[:4096], []byte(word))
		if at < 0 {
			t.Fatal(word)
		}
		broken[at+1] ^= 0x20
		broken[at+2] ^= 0x80
		open(fmt.Sprintf("schema-%d", i), broken)
	}
	broken := bytes.Clone(content)
	clear(broken[:4096])
	open("first-page", broken)
}

// TestNotOursStays: a file that says to be of another program, or of another version,
// is left as it is.
func TestNotOursStays(t *testing.T) {
	dir := t.TempDir()
	log := create(t, filepath.Join(dir, "whole.db"))
	lesson(t, log, 3)
	must(t, log.Close())
	content, err := os.ReadFile(filepath.Join(dir, "whole.db"))
	must(t, err)
	for _, at := range []int{versionAt, versionAt + 2, programAt, programAt + 3} {
		path := filepath.Join(dir, fmt.Sprint(at))
		broken := bytes.Clone(content)
		broken[at] ^= 0xff // the first one makes a version below zero
		must(t, os.WriteFile(path, broken, 0o600))
		if _, err := history.OpenSQLite(path, history.SQLiteOptions{}); !errors.Is(err, history.ErrNotOurs) {
			t.Errorf("byte %d: %v", at, err)
		}
		if bad, _ := filepath.Glob(path + ".bad*"); len(bad) > 0 {
			t.Errorf("byte %d: %v", at, bad)
		}
	}
}

// TestCopyWithDamagedHeader still sends what waits.
func TestCopyWithDamagedHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies", "x.db")
	c := openCopy(t, path)
	must(t, c.Save([]netchat.Keeping{{Posts: []netchat.Post{{ID: "1", Text: "still to be sent"}}}}))
	must(t, c.Close())
	content, err := os.ReadFile(path)
	must(t, err)
	clear(content[:16])
	must(t, os.WriteFile(path, content, 0o600))
	c = openCopy(t, path)
	if kept, err := c.Load(); err != nil || len(kept.Waiting) != 1 || kept.Aside != path+".bad-1" {
		t.Errorf("%+v, %v", kept, err)
	}
}

// TestBegunOnly: a file that was being made when the power went is made anew; of another
// program's, nothing is changed.
func TestBegunOnly(t *testing.T) {
	for name, c := range map[string]struct {
		made string
		want error
	}{
		"ours":      {`PRAGMA journal_mode = WAL`, nil},
		"another's": {`PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)`, history.ErrNotOurs},
	} {
		path := filepath.Join(t.TempDir(), "log.db")
		db, err := sql.Open("sqlite", path)
		must(t, err)
		_, err = db.Exec(c.made)
		must(t, errors.Join(err, db.Close()))
		before, err := os.ReadFile(path)
		must(t, err)
		if len(before) == 0 {
			t.Fatal("nothing was made")
		}
		kept := filepath.Join(t.TempDir(), "copy.db")
		must(t, os.WriteFile(kept, before, 0o600))

		log, err := history.OpenSQLite(path, history.SQLiteOptions{})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		own, copyErr := history.OpenCopy(kept)
		if !errors.Is(copyErr, c.want) {
			t.Errorf("%s, copy: %v", name, copyErr)
		}
		if c.want == nil && err == nil && copyErr == nil {
			lesson(t, log, 3)
			if _, repaired := log.Repaired(); repaired {
				t.Errorf("%s: repaired", name)
			}
			must(t, errors.Join(log.Close(), own.Close()))
			continue
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s: changed, %v", name, err)
		}
	}
}
