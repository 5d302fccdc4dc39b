package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// copyID marks the file of a Copy in its header: "HmRc".
const copyID = 0x486d5263

// dirMode is that of the folder of Copies.
const dirMode = 0o700

// copySchema leads from each version of a Copy's file to the next. They stay as they
// are for ever.
func copySchema() []migration {
	return []migration{script(`
CREATE TABLE copy (
	room_id TEXT NOT NULL, name TEXT NOT NULL, host TEXT NOT NULL, app_only INTEGER NOT NULL,
	epoch   TEXT NOT NULL, seq INTEGER NOT NULL, mark TEXT NOT NULL,
	since   INTEGER NOT NULL, -- from this seq on no message of the epoch is missing
	more    INTEGER NOT NULL  -- the room has older ones
) STRICT;
INSERT INTO copy VALUES ('', '', '', 0, '', 0, '', 0, 0);
CREATE TABLE message (
	n          INTEGER PRIMARY KEY, -- in order of arrival
	epoch      TEXT NOT NULL,
	seq        INTEGER NOT NULL,
	rev        INTEGER NOT NULL,
	time       INTEGER NOT NULL, -- Unix milliseconds
	id         TEXT NOT NULL,
	kind       TEXT NOT NULL,
	author     TEXT NOT NULL,
	name       TEXT NOT NULL,
	ref_author TEXT NOT NULL,
	ref_id     TEXT NOT NULL,
	scope      TEXT NOT NULL,
	members    TEXT NOT NULL, -- JSON
	text       TEXT NOT NULL,
	mark       TEXT NOT NULL,
	UNIQUE (epoch, seq)
) STRICT;
CREATE TABLE post (
	n          INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	recipients TEXT NOT NULL, -- JSON
	text       TEXT NOT NULL
) STRICT;`), func(tx *sql.Tx) error {
		// aside is where a damaged one was put for which this one was begun, until told.
		if err := script(wordsTable + `ALTER TABLE copy ADD COLUMN aside TEXT NOT NULL DEFAULT '';`)(tx); err != nil {
			return err
		}
		return indexKept(tx)
	}}
}

// indexKept makes the Messages that are kept be found.
func indexKept(tx *sql.Tx) error {
	word, err := tx.Prepare(`INSERT INTO words (rowid, text) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	rows, err := tx.Query(`SELECT n, text FROM message ORDER BY n`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var text string
		if err := rows.Scan(&n, &text); err != nil {
			return err
		}
		if _, err := word.Exec(n, indexed(text)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// OpenCopy opens the Copy in the file at path, which it makes if there is none,
// with its folder. That is for Copies alone, and is closed to other people; where it
// cannot be, the Copy says so when it is loaded, and goes on. A file that is damaged
// is put aside, as path.bad-N, and a new one begun, with the Posts that can still be
// read: the room itself has the Messages. That is said, too, until a Position is
// saved. It fails with ErrNotOurs for a file of something else, which is left as it
// is.
func OpenCopy(path string) (*Copy, error) {
	exposed, err := closeFolder(filepath.Dir(path), os.Chmod)
	if err != nil {
		return nil, fmt.Errorf("open copy %s: %w", path, err)
	}
	path = wholefile.Target(path)
	if err = finishRepair(path); err == nil {
		err = makeWhole(path, func(at string) error {
			c, err := openCopy(at)
			if err != nil {
				return err
			}
			return c.Close()
		})
	}
	if err != nil {
		return nil, fmt.Errorf("open copy %s: %w", path, err)
	}
	c, err := openCopy(path)
	if err == nil {
		if err = c.check(); err != nil {
			err = errors.Join(err, ignoreDamage(c.Close()))
		}
	}
	if err != nil && (IsDamage(err) || errors.Is(err, ErrAltered)) {
		c, err = beginAnew(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open copy %s: %w", path, err)
	}
	c.exposed = exposed
	return c, nil
}

// closeFolder makes a folder, and closes it to other people. exposed is why it is open
// to them all the same.
func closeFolder(dir string, chmod func(string, os.FileMode) error) (exposed, err error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&^dirMode == 0 {
		return nil, err
	}
	return chmod(dir, dirMode), nil
}

// check fails if the file is damaged, as far as SQLite can tell.
func (c *Copy) check() error {
	return c.change(func(tx *sql.Tx) error { return quickCheck(tx) })
}

// beginAnew puts the file at path aside and makes another, with what waits in it. That
// is made first, as a whole: nothing else has what waits once the file is aside.
func beginAnew(path string) (*Copy, error) {
	posts, err := waitingIn(path)
	if err != nil {
		return nil, err
	}
	if err := makeFresh(path, posts); err != nil {
		return nil, errors.Join(err, removeFile(path+newSuffix))
	}
	bad, err := putAside(path)
	if err == nil {
		err = putInPlace(path, bad)
	}
	if err != nil {
		return nil, err
	}
	return openCopy(path)
}

// makeFresh makes the file that replaces the one at path, beside it.
func makeFresh(path string, posts []netchat.Post) error {
	fresh := path + newSuffix
	if err := removeFile(fresh); err != nil {
		return err
	}
	c, err := openCopy(fresh)
	if err != nil {
		return err
	}
	err = c.change(func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE copy SET aside = ?`, badPlace(path))
		return errors.Join(err, c.begin(tx).posts(&netchat.Keeping{Posts: posts}))
	})
	if err := errors.Join(err, c.Close()); err != nil {
		return err
	}
	if err := closedWell(fresh); err != nil {
		return err
	}
	return wholefile.SyncFolder(filepath.Dir(path))
}

// waitingIn returns the Posts that can be read in a damaged file.
func waitingIn(path string) (posts []netchat.Post, err error) {
	from, drop, err := mended(path, nil)
	if err != nil {
		return nil, err
	}
	withoutViews(from)
	db, err := connect(from, 1, "query_only(1)")
	if err != nil {
		return nil, errors.Join(err, drop())
	}
	if tx, err := db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true}); err == nil {
		posts, _ = waiting(tx) // those up to the damage
		_ = tx.Rollback()
	}
	return posts, errors.Join(ignoreDamage(db.Close()), drop())
}

func openCopy(path string) (*Copy, error) {
	if err := makeFile(path, copyID); err != nil {
		return nil, err
	}
	db, err := connect(path, 1, "synchronous(FULL)", fmt.Sprintf("wal_autocheckpoint(%d)", walPages))
	if err != nil {
		return nil, err
	}
	c := &Copy{db: db, limit: MaxCopied}
	err = c.change(func(tx *sql.Tx) error {
		_, err := upgrade(tx, copyID, copySchema())
		return err
	})
	if err == nil {
		c.saves, err = prepareSaves(db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}
