package history

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// applicationID marks a file of ours in its header (SQLite's PRAGMA
// application_id): "HmRm".
const applicationID = 0x486d526d

// ErrNotOurs says that a file is a database of something else, or of a later
// version of ours.
var ErrNotOurs = errors.New("not a log that this version can read")

// madeSuffix ends the name of a database that is being made.
const madeSuffix = ".made"

// makeWhole has one be made elsewhere, unless it is at path, and be there only once it
// is whole: what is empty at path is one that was damaged, and none that is new.
func makeWhole(path string, make func(at string) error) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if beside, err := os.Stat(path + "-wal"); err == nil && beside.Size() > 0 {
		return makeFile(path, 0) // of one that is lost, there is something left
	}
	at := path + madeSuffix
	if err := errors.Join(removeFile(at), removeFile(path)); err != nil {
		return err
	}
	err := make(at)
	if err == nil {
		err = closedWell(at)
	}
	if err == nil {
		err = os.Rename(at, path)
	}
	if err != nil {
		return errors.Join(err, removeFile(at))
	}
	return wholefile.SyncFolder(filepath.Dir(path))
}

// makeFile makes the file at path if there is none, for its owner alone: SQLite
// would make it, and what it lays beside it, for others to read. It is peek for one
// that is there.
func makeFile(path string, ours uint32) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, os.ErrExist) {
		return peek(path, ours)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// peek fails with ErrNotOurs if the file at path is a database of another
// program, or of another kind of ours. To open it would change it already. Of one
// whose newest pages are beside it, it cannot tell. It finds damage in the header,
// some of which SQLite would take for something else.
func peek(path string, ours uint32) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	header := make([]byte, headerSize+tableHeaderSize)
	switch _, err := io.ReadFull(file, header); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: hardly anything is in it", errMalformed)
	case err != nil:
		return err
	case !bytes.HasPrefix(header, []byte(magic)):
		return errMalformed
	}
	beside, statErr := os.Stat(path + "-wal")
	newer := statErr == nil && beside.Size() > 0 // ours may have its id there
	if app := binary.BigEndian.Uint32(header[applicationIDAt:]); app != ours && (app != 0 || !newer && !empty(header)) {
		return fmt.Errorf("%w: application %#x", ErrNotOurs, app)
	}
	if !sound(header) {
		return errMalformed
	}
	return nil
}

// A migration leads from one version of a schema to the next; the first one makes it.
type migration func(tx *sql.Tx) error

// script is a migration that takes no more than SQL.
func script(text string) migration {
	return func(tx *sql.Tx) error {
		_, err := tx.Exec(text)
		return err
	}
}

// wordsTable is the index of texts. Its rowid is a row's number elsewhere, and what it
// gets is indexed. It stays as it is for ever.
const wordsTable = `
CREATE VIRTUAL TABLE words USING fts5 (
	text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0"
);`

// migrations are those of a Log. They stay as they are for ever.
func migrations() []migration {
	return []migration{script(`
CREATE TABLE log (
	epoch          TEXT NOT NULL,
	verified_seq   INTEGER NOT NULL, -- up to this Event all was as it was stored
	verified_chain BLOB
) STRICT;
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
) STRICT, WITHOUT ROWID;` + wordsTable), script(`
CREATE TABLE spare (epoch TEXT NOT NULL) STRICT; -- log's, on another page: no Event verifies without it
INSERT INTO spare SELECT epoch FROM log;`)}
}

// spareVersion is the first version of a Log that has its epoch twice.
const spareVersion = 2

// versionOf returns the version of the schema of a file with that application id,
// 0 for a new one. It fails with ErrNotOurs for what none of the migrations has made,
// and with ErrAltered if there is anything in the schema that they have not.
func versionOf(tx *sql.Tx, ours int, to []migration) (int, error) {
	newest := len(to)
	var app, version, tables int
	for query, value := range map[string]*int{
		"PRAGMA application_id": &app, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_master": &tables,
	} {
		if err := tx.QueryRow(query).Scan(value); err != nil {
			return 0, err
		}
	}
	switch {
	case tables > 0 && app != ours, version > newest, version < 0:
		return 0, fmt.Errorf("%w: application %#x, version %d", ErrNotOurs, app, version)
	case tables > 0 && version == 0:
		return 0, fmt.Errorf("%w: it has no version", errMalformed)
	}
	return version, sameSchema(tx, to[:version])
}

// upgrade brings a file with that application id to the newest schema, and returns
// which version it had; 0: it is a new one.
func upgrade(tx *sql.Tx, ours int, to []migration) (from int, err error) {
	if from, err = versionOf(tx, ours, to); err != nil || from == len(to) {
		return from, err
	}
	for _, step := range to[from:] {
		if err := step(tx); err != nil {
			return 0, err
		}
	}
	// They take no parameters; both are numbers of ours.
	_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", ours, len(to)))
	return from, err
}

// migrate brings a Log to the newest schema. A new one gets an epoch of that
// generation.
func migrate(tx *sql.Tx, random io.Reader, generation uint32) error {
	from, err := upgrade(tx, applicationID, migrations())
	if err != nil || from > 0 {
		return err
	}
	epoch, err := netchat.NewEpoch(generation, random)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(`INSERT INTO log VALUES (?, 0, NULL)`, epoch); err == nil {
		_, err = tx.Exec(`INSERT INTO spare VALUES (?)`, epoch)
	}
	return err
}
