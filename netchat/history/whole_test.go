package history_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// lesson appends n messages, every third of them private.
func lesson(t *testing.T, log history.Log, n int) {
	t.Helper()
	var batch []netchat.Event
	for range n {
		seq := int(log.Head().Seq) + len(batch) + 1
		e := netchat.Event{
			Time: time.UnixMilli(int64(seq)).UTC(), ID: netchat.EventID(fmt.Sprintf("%032x", seq)), Kind: netchat.KindMessage,
			Author: netchat.MemberID(fmt.Sprintf("%032x", 1)), Audience: netchat.ToAll(),
			Body: fmt.Appendf(nil, `{"name":"Ada","text":"line %d"}`, seq), Salt: make([]byte, netchat.SaltSize),
		}
		if seq%3 == 0 {
			e.Audience = netchat.ToMembers(netchat.MemberID(fmt.Sprintf("%032x", 2)))
		}
		batch = append(batch, e)
	}
	if _, err := log.Append(batch); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, path string) *history.SQLite {
	t.Helper()
	log, err := history.OpenSQLite(path, history.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log
}

// seqs returns what All yields after a Seq.
func seqs(t *testing.T, log *history.SQLite, after uint64) (all []uint64, err error) {
	t.Helper()
	for e, err := range log.All(t.Context(), after) {
		if err != nil {
			return all, err
		}
		all = append(all, e.Seq)
	}
	return all, nil
}

// TestReadWhileItGrows: the owner's tools read everything, private messages too,
// while the room is open.
func TestReadWhileItGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path)
	lesson(t, log, 1203)
	read, err := history.ReadSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	lesson(t, log, 2)
	events := read.All(t.Context(), 0)
	for range 2 { // it can be run through again
		n := 0
		for range events {
			n++
		}
		if n != 1205 {
			t.Errorf("%d events", n)
		}
	}
	all, err := seqs(t, read, 1)
	if err != nil || len(all) != 1204 || all[0] != 2 || all[1203] != 1205 {
		t.Errorf("%d of them, %v", len(all), err)
	}
	var told []uint64
	if err := read.Verify(t.Context(), func(done, total uint64) { told = append(told, done, total) }); err != nil {
		t.Error(err)
	}
	if len(told) != 6 || told[0] != 500 || told[1] != 1203 || told[4] != 1205 || told[5] != 1205 {
		t.Errorf("told %v", told)
	}
	var done uint64
	if err := read.Verify(t.Context(), func(now, _ uint64) {
		if done = now; now == 500 {
			lesson(t, log, 600) // comes too late for it
		}
	}); err != nil || done != 1205 {
		t.Errorf("%d verified, %v", done, err)
	}
	if _, err := read.Append(make([]netchat.Event, 1)); !errors.Is(err, history.ErrReadOnly) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := read.Verify(ended, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestVerifyFinds what SQLite's own check does not.
func TestVerifyFinds(t *testing.T) {
	for name, damage := range map[string]string{
		"another text":     `UPDATE event SET body = CAST('{"name":"Ada","text":"never said"}' AS BLOB) WHERE seq = 700`,
		"another author":   `UPDATE event SET author = 'x' WHERE seq = 700`,
		"one gone":         `DELETE FROM event WHERE seq = 700`,
		"whom it is for":   `DELETE FROM audience WHERE seq = 699`,
		"the first gone":   `DELETE FROM event WHERE seq = 1`,
		"the last altered": `UPDATE event SET time = 5 WHERE seq = 900`,
	} {
		path := filepath.Join(t.TempDir(), "log.db")
		log := create(t, path)
		lesson(t, log, 900)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(damage); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := log.Verify(t.Context(), nil); !errors.Is(err, history.ErrAltered) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "another text" {
			if all, err := seqs(t, log, 0); len(all) != 699 || !errors.Is(err, history.ErrAltered) {
				t.Errorf("%d are shown, %v", len(all), err)
			}
		}
	}
}

func TestReadWhatIsNone(t *testing.T) {
	dir := t.TempDir()
	if _, err := history.ReadSQLite(filepath.Join(dir, "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	other := filepath.Join(dir, "other.db")
	db, err := sql.Open("sqlite", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE theirs (x)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := history.ReadSQLite(other); !errors.Is(err, history.ErrNotOurs) {
		t.Error(err)
	}
	if _, err := history.OpenSQLite(other, history.SQLiteOptions{}); !errors.Is(err, history.ErrNotOurs) {
		t.Error(err)
	}
	if after, err := os.ReadFile(other); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the file of others was changed: %v", err)
	}
}
