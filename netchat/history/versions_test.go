package history_test

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestOldVersionsOpen: a file of each released version is in testdata, is read for ever,
// and opens with what is in it; one of a later version stays as it is.
func TestOldVersionsOpen(t *testing.T) {
	const newest = 2
	frozen := func(version int) string { return filepath.Join("testdata", fmt.Sprintf("log-v%d.db", version)) }
	if *freeze {
		log := create(t, frozen(newest))
		lesson(t, log, 30)
		must(t, log.Close())
	}
	path := filepath.Join(t.TempDir(), "log.db")
	for version := 1; version <= newest; version++ {
		content, err := os.ReadFile(frozen(version))
		must(t, err)
		must(t, os.WriteFile(path, content, 0o600))
		log, err := history.ReadSQLite(path)
		must(t, err)
		asFrozen(t, log)
		must(t, log.Close())
		log = create(t, path)
		asFrozen(t, log)
		if _, repaired := log.Repaired(); repaired {
			t.Errorf("version %d is repaired", version)
		}
		must(t, log.Close())
	}
	db, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = db.Exec(`PRAGMA user_version = 99`)
	must(t, errors.Join(err, db.Close()))
	if _, err := history.OpenSQLite(path, history.SQLiteOptions{}); !errors.Is(err, history.ErrNotOurs) {
		t.Error(err)
	}
	if bad, _ := filepath.Glob(path + ".bad*"); len(bad) > 0 {
		t.Errorf("%v", bad)
	}
}

// asFrozen checks that log has what each of the frozen files has.
func asFrozen(t *testing.T, log *history.SQLite) {
	t.Helper()
	n := 0
	for e, err := range log.All(t.Context(), 0) {
		must(t, err)
		n++
		if m, ok := netchat.MessageOf(e); !ok || m.Text != fmt.Sprintf("line %d", n) || m.Name != "Ada" || e.Audience.Private() != (n%3 == 0) {
			t.Errorf("%+v", e)
		}
	}
	if n != 30 {
		t.Errorf("%d events", n)
	}
	if found, err := log.Search(history.SearchQuery{Text: "line 7", Limit: 5}); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

var freeze = flag.Bool("freeze", false, "make the files of the present versions in testdata anew; only before its version is released")
