package history

import (
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/homeroomchat/homeroom/netchat"
)

// applicationID marks a file of ours in its header (SQLite's PRAGMA
// application_id): "HmRm".
const applicationID = 0x486d526d

// ErrNotOurs says that a file is a database of something else, or of a later
// version of ours.
var ErrNotOurs = errors.New("not a log that this version can read")

// migrations lead from each version of the schema to the next; the first one
// makes it. They stay as they are for ever.
func migrations() []string {
	return []string{`
CREATE TABLE log (epoch TEXT NOT NULL) STRICT;
CREATE TABLE event (
	seq        INTEGER PRIMARY KEY,
	time       INTEGER NOT NULL, -- Unix milliseconds
	id         TEXT NOT NULL,
	kind       TEXT NOT NULL,
	author     TEXT NOT NULL,
	ref_author TEXT NOT NULL,
	ref_id     TEXT NOT NULL,
	scope      TEXT NOT NULL,
	body       BLOB, -- null once erased
	salt       BLOB,
	digest     BLOB NOT NULL,
	chain      BLOB NOT NULL,
	sig        BLOB,
	UNIQUE (author, id)
) STRICT;
CREATE TABLE audience (
	seq    INTEGER NOT NULL REFERENCES event,
	member TEXT NOT NULL,
	PRIMARY KEY (seq, member)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
	text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0"
);`}
}

// migrate brings the file to the newest schema.
func migrate(tx *sql.Tx, random io.Reader) error {
	var app, version, tables int
	for pragma, value := range map[string]*int{"application_id": &app, "user_version": &version} {
		if err := tx.QueryRow("PRAGMA " + pragma).Scan(value); err != nil {
			return err
		}
	}
	if err := tx.QueryRow(`SELECT count(*) FROM sqlite_master`).Scan(&tables); err != nil {
		return err
	}
	steps := migrations()
	if tables > 0 && app != applicationID || version > len(steps) {
		return fmt.Errorf("%w: application %#x, version %d", ErrNotOurs, app, version)
	}
	for _, step := range steps[version:] {
		if _, err := tx.Exec(step); err != nil {
			return err
		}
	}
	if version == 0 {
		epoch, err := netchat.NewEpoch(1, random)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO log VALUES (?)`, epoch); err != nil {
			return err
		}
	}
	// They take no parameters; both are numbers of ours.
	_, err := tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps)))
	return err
}
