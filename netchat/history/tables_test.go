package history_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// tamperings are what somebody may do to a file besides changing a row, and what of it
// is named.
func tamperings() map[string]string {
	return map[string]string{
		`CREATE TRIGGER t AFTER INSERT ON event BEGIN UPDATE event SET body = 'x' WHERE seq = NEW.seq; END`: `trigger "t"`,
		`CREATE VIEW v AS SELECT * FROM event`: `view "v"`,
		`CREATE TABLE extra (x)`:               `table "extra"`,
		`CREATE INDEX i ON event (time)`:       `index "i"`,
		`DROP TABLE audience`:                  `table "audience" is missing`,
		`ALTER TABLE spare ADD COLUMN x TEXT`:  `table "spare" is another`,
		`DROP TABLE audience; CREATE VIEW audience AS WITH RECURSIVE n (seq, member) AS (SELECT 1, '' UNION ALL SELECT seq, member FROM n) SELECT * FROM n`:        `audience"`,
		`ALTER TABLE event RENAME TO e; CREATE VIEW event AS SELECT seq, time, id, kind, author, ref_author, ref_id, scope, body, salt, digest, chain, sig FROM e`: history.ErrAltered.Error(),
	}
}

func tamper(t *testing.T, path, with string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(with)
	must(t, errors.Join(err, db.Close()))
}

// TestForeignSchema: what is not of us in a file is named by a reader, never runs, and
// what was said is whole once it is opened.
func TestForeignSchema(t *testing.T) {
	for with, named := range tamperings() {
		path := filepath.Join(t.TempDir(), "log.db")
		log := create(t, path)
		lesson(t, log, 5)
		must(t, log.Close())
		tamper(t, path, with)
		if _, err := history.ReadSQLite(path); !errors.Is(err, history.ErrAltered) || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v", with, err)
		}
		log = create(t, path)
		if repair, ok := log.Repaired(); !ok || repair.Kept != 5 && !strings.HasPrefix(with, "ALTER TABLE event") && !strings.HasPrefix(with, "DROP") {
			t.Errorf("%s: %+v", with, repair)
		}
		lesson(t, log, 1)
		must(t, log.Verify(t.Context(), nil))
		must(t, log.Close())
		read, err := history.ReadSQLite(path)
		must(t, err)
		must(t, errors.Join(read.Verify(t.Context(), nil), read.Close()))
	}
}

// TestPlannersNotes are no tampering.
func TestPlannersNotes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path)
	lesson(t, log, 5)
	must(t, log.Close())
	tamper(t, path, `ANALYZE`)
	log = create(t, path)
	if repair, ok := log.Repaired(); ok {
		t.Errorf("%+v", repair)
	}
}

// TestForeignSchemaOfACopy: the copy is begun anew, with what waits.
func TestForeignSchemaOfACopy(t *testing.T) {
	for _, with := range []string{
		`CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM post; END`, `CREATE VIEW v AS SELECT 1`,
		`CREATE TRIGGER t BEFORE UPDATE ON copy BEGIN SELECT raise(ABORT, 'no'); END`,
	} {
		path := filepath.Join(t.TempDir(), "copies", "x.db")
		c := openCopy(t, path)
		post := netchat.Post{ID: "1", Text: "waits"}
		must(t, errors.Join(c.Save([]netchat.Keeping{{Posts: []netchat.Post{post}}}), c.Close()))
		tamper(t, path, with)
		if _, err := history.ReadCopy(path); !errors.Is(err, history.ErrAltered) {
			t.Errorf("%s: %v", with, err)
		}
		kept, err := openCopy(t, path).Load()
		if err != nil || kept.Aside != path+".bad-1" || len(kept.Waiting) != 1 {
			t.Errorf("%s: %+v, %v", with, kept, err)
		}
	}
}
