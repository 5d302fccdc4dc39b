package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestAllThatVerifiesIsKept, wherever in a damaged file it is, and the rest is counted.
func TestAllThatVerifiesIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		events uint64
		damage func(t *testing.T, content []byte)
	}{
		// It hides thousands, and what is behind them can be read.
		"an inner page": {9_000, func(t *testing.T, content []byte) {
			inner := 0
			for at := pageSize; at < len(content); at += pageSize {
				if content[at] == 0x05 && binary.BigEndian.Uint16(content[at+3:]) > 200 { // of a table, with that many children
					if inner++; inner == 2 {
						clear(content[at : at+pageSize])
					}
				}
			}
			if inner < 3 {
				t.Fatalf("%d inner pages", inner)
			}
		}},
		"a run of pages": {2_000, func(_ *testing.T, content []byte) {
			from := len(content) / pageSize / 2 * pageSize
			clear(content[from : from+60*pageSize])
		}},
		"the end": {1_000, func(_ *testing.T, content []byte) {
			clear(content[len(content)*3/4:])
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.db")
			fillLog(t, path, c.events)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c.damage(t, content)
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			want := readableOf(t, path, c.events)
			s, err := OpenSQLite(path, SQLiteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if r, _ := s.Repaired(); r.Kept != want || r.Kept+r.Lost != c.events {
				t.Errorf("%+v, %d of %d can be read", r, want, c.events)
			}
		})
	}
}

func fillLog(t *testing.T, path string, n uint64) {
	t.Helper()
	s, err := OpenSQLite(path, SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var batch []netchat.Event
	for seq := range n {
		batch = append(batch, netchat.Event{
			Time: time.UnixMilli(int64(seq)).UTC(), ID: netchat.EventID(fmt.Sprintf("%032x", seq)), Kind: netchat.KindMessage,
			Author: netchat.MemberID(fmt.Sprintf("%032x", 1)), Audience: netchat.ToAll(),
			Body: fmt.Appendf(nil, `{"name":"a","text":"%0400d"}`, seq), Salt: make([]byte, netchat.SaltSize),
		})
	}
	if _, err := s.Append(batch); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// readableOf returns how many of a damaged Log's Events can be read and verify, asked
// for one by one.
func readableOf(t *testing.T, path string, n uint64) (good uint64) {
	t.Helper()
	at, drop, err := mended(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := connect(at, 1, "query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	epochs, err := epochsLeft(db)
	if err != nil {
		t.Fatal(err)
	}
	r := &remains{db: db, epochs: epochs}
	for seq := range n {
		if rows, _ := r.read(`event WHERE seq = ?`, seq+1); len(rows) == 1 && r.intact(rows[0]) {
			good++
		}
	}
	if err := errors.Join(ignoreDamage(db.Close()), drop()); err != nil {
		t.Fatal(err)
	}
	return good
}
