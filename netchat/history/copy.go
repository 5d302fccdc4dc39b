package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// copyID marks the file of a Copy in its header: "HmRc".
const copyID = 0x486d5263

// MaxCopied is how many Messages a Copy keeps, the newest.
const MaxCopied = 200_000

// dirMode is that of folders made for a Copy.
const dirMode = 0o700

// A Copy is what one member keeps of a room that others host: the Messages it has
// seen, up to where it has seen all, and the Posts that are not answered yet. It is
// one file, and any goroutine may use it. After Close its methods fail with
// netchat.ErrClosed.
type Copy struct {
	db    *sql.DB // of one connection
	limit int64   // MaxCopied outside of tests

	mu     sync.Mutex
	closed bool
}

// copySchema leads from each version of a Copy's file to the next.
func copySchema() []string {
	return []string{`
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
) STRICT;`}
}

// CopiesDir is the folder of a data directory that has the Copies.
const CopiesDir = "copies"

// CopyPath returns where the Copy of a room is in the data directory dir.
func CopyPath(dir string, room netchat.RoomID) string {
	return filepath.Join(dir, CopiesDir, string(room)+".db")
}

// OpenCopy opens the Copy in the file at path, which it makes if there is none,
// with its folder. A file that is damaged is put aside, as path.bad-N, and a new
// one begun, with the Posts that can still be read: the room itself has the
// Messages. It fails with ErrNotOurs for a file of something else, which is left as
// it is.
func OpenCopy(path string) (*Copy, error) {
	c, err := openCopy(path)
	if err == nil {
		var waiting []netchat.Post
		if waiting, err = c.check(); err != nil {
			_ = c.Close() // it is damaged
			if isDamage(err) {
				c, err = beginAnew(path, waiting)
			}
		}
	} else if isDamage(err) {
		c, err = beginAnew(path, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("open copy %s: %w", path, err)
	}
	return c, nil
}

// check fails if the file is damaged, as far as SQLite can tell, and returns the
// Posts that can be read all the same.
func (c *Copy) check() ([]netchat.Post, error) {
	var report string
	err := c.change(func(tx *sql.Tx) error { return tx.QueryRow(`PRAGMA quick_check(1)`).Scan(&report) })
	if err == nil && report != "ok" {
		err = fmt.Errorf("%w: %s", errMalformed, report)
	}
	if err == nil {
		return nil, nil
	}
	kept, _ := c.Load()
	return kept.Waiting, err
}

// beginAnew puts the file at path aside and makes another, with posts.
func beginAnew(path string, posts []netchat.Post) (*Copy, error) {
	if _, err := putAside(path); err != nil {
		return nil, err
	}
	c, err := openCopy(path)
	if err != nil || len(posts) == 0 {
		return c, err
	}
	if err := c.Save([]netchat.Keeping{{Posts: posts}}); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func openCopy(path string) (*Copy, error) {
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return nil, err
	}
	if err := makeFile(path, copyID); err != nil {
		return nil, err
	}
	db, err := connect(path, 1, "synchronous(FULL)", fmt.Sprintf("wal_autocheckpoint(%d)", walPages))
	if err != nil {
		return nil, err
	}
	c := &Copy{db: db, limit: MaxCopied}
	err = c.change(func(tx *sql.Tx) error {
		version, err := versionOf(tx, copyID, len(copySchema()))
		if err != nil {
			return err
		}
		for _, step := range copySchema()[version:] {
			if _, err := tx.Exec(step); err != nil {
				return err
			}
		}
		_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", copyID, len(copySchema())))
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}

// change runs do in a transaction.
func (c *Copy) change(do func(tx *sql.Tx) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return netchat.ErrClosed
	}
	tx, err := c.db.BeginTx(context.Background(), nil)
	if err != nil {
		return diskFault(err)
	}
	if err := do(tx); err != nil {
		return errors.Join(diskFault(err), ended(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(diskFault(err), ended(tx.Rollback()))
	}
	return nil
}

// Close implements client.Store.
func (c *Copy) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	if err := c.db.Close(); err != nil {
		return fmt.Errorf("close copy: %w", err)
	}
	return nil
}

// Load returns what is kept.
func (c *Copy) Load() (netchat.Kept, error) {
	var k netchat.Kept
	err := c.change(func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT room_id, name, host, app_only, epoch, seq, mark, since FROM copy`).Scan(
			&k.Room.ID, &k.Room.Name, &k.Room.Host, &k.Room.AppOnly, &k.Position.Epoch, &k.Position.Seq, &k.Position.Mark, &k.Since)
		if err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT id, recipients, text FROM post ORDER BY n`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p netchat.Post
			var to string
			if err := rows.Scan(&p.ID, &to, &p.Text); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(to), &p.To); err != nil {
				return err
			}
			k.Waiting = append(k.Waiting, p)
		}
		return rows.Err()
	})
	if err != nil {
		return netchat.Kept{}, fmt.Errorf("load copy: %w", err)
	}
	return k, nil
}

// Save keeps these steps, in order, all or none of them, for good once it has
// returned. It fails with ErrFull if the disk has no space.
func (c *Copy) Save(steps []netchat.Keeping) error {
	err := c.change(func(tx *sql.Tx) error {
		for i := range steps {
			if err := save(tx, &steps[i], c.limit); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save copy: %w", err)
	}
	return nil
}

func save(tx *sql.Tx, k *netchat.Keeping, limit int64) error {
	if k.Room.ID != "" {
		if _, err := tx.Exec(`UPDATE copy SET room_id = ?, name = ?, host = ?, app_only = ?`, k.Room.ID, k.Room.Name, k.Room.Host, k.Room.AppOnly); err != nil {
			return err
		}
	}
	if err := errors.Join(saveMessages(tx, k, limit), savePosts(tx, k)); err != nil {
		return err
	}
	if k.Position.Epoch == "" {
		return nil
	}
	_, err := tx.Exec(`UPDATE copy SET epoch = ?, seq = ?, mark = ?`, k.Position.Epoch, k.Position.Seq, k.Position.Mark)
	return err
}

// saveMessages keeps the Messages of a step, and from where on none is missing.
func saveMessages(tx *sql.Tx, k *netchat.Keeping, limit int64) error {
	for i := range k.Messages {
		if err := saveMessage(tx, &k.Messages[i]); err != nil {
			return err
		}
	}
	if k.Anew || k.Older {
		since := uint64(0) // there are none, so none is missing
		switch {
		case len(k.Messages) > 0 && k.More:
			since = k.Messages[0].Seq
		case k.More:
			since = k.Position.Seq
		}
		if _, err := tx.Exec(`UPDATE copy SET since = ?, more = ?`, since, k.More); err != nil {
			return err
		}
	}
	if len(k.Messages) == 0 {
		return nil
	}
	return trim(tx, limit)
}

// savePosts keeps the Posts of a step, and forgets those that are answered.
func savePosts(tx *sql.Tx, k *netchat.Keeping) error {
	for _, p := range k.Posts {
		to, err := json.Marshal(p.To)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO post (id, recipients, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, p.ID, string(to), p.Text); err != nil {
			return err
		}
	}
	for _, id := range k.Answered {
		if _, err := tx.Exec(`DELETE FROM post WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// saveMessage keeps a Message, in place of one that is older as of its Rev.
func saveMessage(tx *sql.Tx, m *netchat.Message) error {
	members, err := json.Marshal(m.Audience.Members)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO message (epoch, seq, rev, time, id, kind, author, name, ref_author, ref_id, scope, members, text, mark)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (epoch, seq) DO UPDATE SET rev = excluded.rev, text = excluded.text, kind = excluded.kind WHERE excluded.rev > rev`,
		m.Epoch, m.Seq, m.Rev, m.Time.UnixMilli(), m.ID, m.Kind, m.Author, m.Name, m.Ref.Author, m.Ref.ID, m.Audience.Scope,
		string(members), m.Text, m.Mark)
	return err
}

const copyColumns = `epoch, seq, rev, time, id, kind, author, name, ref_author, ref_id, scope, members, text, mark`

// scanMessage reads copyColumns.
func scanMessage(row interface{ Scan(into ...any) error }) (netchat.Message, error) {
	var m netchat.Message
	var milli int64
	var members string
	err := row.Scan(&m.Epoch, &m.Seq, &m.Rev, &milli, &m.ID, &m.Kind, &m.Author, &m.Name, &m.Ref.Author, &m.Ref.ID,
		&m.Audience.Scope, &members, &m.Text, &m.Mark)
	if err != nil {
		return m, err
	}
	m.Time = time.UnixMilli(milli).UTC()
	return m, json.Unmarshal([]byte(members), &m.Audience.Members)
}
