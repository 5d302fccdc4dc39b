package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// MaxCopied is how many Messages a Copy keeps, the newest.
const MaxCopied = 200_000

// A Copy is what one member keeps of a room that others host: the Messages it has
// seen, up to where it has seen all, and the Posts that are not answered yet. It is
// one file, and any goroutine may use it. After Close its methods fail with
// netchat.ErrClosed.
type Copy struct {
	db       *sql.DB // of one connection
	saves    saves   // of db
	limit    int64   // MaxCopied outside of tests
	readOnly bool

	exposed error // why the folder is not closed to others; nil: it is

	mu     sync.Mutex
	closed bool
}

// CopiesDir is the folder of a data directory that has the Copies.
const CopiesDir = "copies"

// CopyPath returns where the Copy of a room is in the data directory dir.
func CopyPath(dir string, room netchat.RoomID) string {
	return filepath.Join(dir, CopiesDir, string(room)+".db")
}

// change runs do in a transaction.
func (c *Copy) change(do func(tx *sql.Tx) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return netchat.ErrClosed
	}
	tx, err := c.db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: c.readOnly})
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
	k := netchat.Kept{Exposed: c.exposed}
	err := c.change(func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT room_id, name, host, app_only, epoch, seq, mark, since, aside FROM copy`).Scan(
			&k.Room.ID, &k.Room.Name, &k.Room.Host, &k.Room.AppOnly, &k.Position.Epoch, &k.Position.Seq, &k.Position.Mark, &k.Since, &k.Aside)
		if err != nil {
			return err
		}
		if k.Since > 0 {
			err = tx.QueryRow(`SELECT coalesce(max(seq), 0) FROM message WHERE epoch = ? AND seq < ?`, k.Position.Epoch, k.Since).Scan(&k.Below)
		}
		if err != nil {
			return err
		}
		k.Waiting, err = waiting(tx)
		return err
	})
	if err != nil {
		return netchat.Kept{}, fmt.Errorf("load copy: %w", err)
	}
	return k, nil
}

// waiting returns the Posts that are kept, up to the first that cannot be read.
func waiting(tx *sql.Tx) (posts []netchat.Post, err error) {
	rows, err := tx.Query(`SELECT id, recipients, text FROM post ORDER BY n`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p netchat.Post
		var to string
		if err := rows.Scan(&p.ID, &to, &p.Text); err != nil {
			return posts, err
		}
		if err := json.Unmarshal([]byte(to), &p.To); err != nil {
			return posts, err
		}
		posts = append(posts, p)
	}
	return posts, rows.Err()
}

// Save keeps these steps, in order, all or none of them, for good once it has
// returned. It fails with ErrFull if the disk has no space.
func (c *Copy) Save(steps []netchat.Keeping) error {
	if c.readOnly {
		return fmt.Errorf("save copy: %w", ErrReadOnly)
	}
	err := c.change(func(tx *sql.Tx) error {
		s, more := c.begin(tx), false
		for i := range steps {
			if err := s.step(&steps[i]); err != nil {
				return err
			}
			more = more || len(steps[i].Messages) > 0
		}
		if !more {
			return nil
		}
		return trim(tx, c.limit)
	})
	if err != nil {
		return fmt.Errorf("save copy: %w", err)
	}
	return nil
}

// saves are what each Message needs, prepared once.
type saves struct{ reached, message, word *sql.Stmt }

// prepareSaves prepares them. They end with db, which has one connection.
func prepareSaves(db *sql.DB) (s saves, err error) {
	err = prepareAll(db, map[string]**sql.Stmt{
		// Who goes on from a position has been told what was put aside.
		`UPDATE copy SET epoch = ?, seq = ?, mark = ?, aside = ''`: &s.reached,
		// With another mark it is another Message: the host's data was copied back, and the
		// room goes on otherwise. What comes from there now is right.
		`INSERT INTO message (` + copyColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (epoch, seq) DO UPDATE SET (` + copyColumns + `) = (
				excluded.epoch, excluded.seq, excluded.rev, excluded.time, excluded.id, excluded.kind, excluded.author, excluded.name,
				excluded.ref_author, excluded.ref_id, excluded.scope, excluded.members, excluded.text, excluded.mark)
			WHERE excluded.rev > rev OR excluded.mark <> mark
			RETURNING n`: &s.message,
		`INSERT OR REPLACE INTO words (rowid, text) VALUES (?, ?)`: &s.word,
	})
	return s, err
}

// A saving is one Save on its way into the file.
type saving struct {
	tx *sql.Tx
	saves
}

// begin has all happen in tx.
func (c *Copy) begin(tx *sql.Tx) saving {
	return saving{tx, saves{tx.Stmt(c.saves.reached), tx.Stmt(c.saves.message), tx.Stmt(c.saves.word)}}
}

func (s saving) step(k *netchat.Keeping) error {
	if k.Room.ID != "" {
		if _, err := s.tx.Exec(`UPDATE copy SET room_id = ?, name = ?, host = ?, app_only = ?`, k.Room.ID, k.Room.Name, k.Room.Host, k.Room.AppOnly); err != nil {
			return err
		}
	}
	if k.Position.Epoch != "" {
		if _, err := s.reached.Exec(k.Position.Epoch, k.Position.Seq, k.Position.Mark); err != nil {
			return err
		}
	}
	return errors.Join(s.messages(k), s.posts(k))
}

// messages keeps the Messages of a step, and from where on none is missing.
func (s saving) messages(k *netchat.Keeping) error {
	if err := s.displace(k); err != nil {
		return err
	}
	for i := range k.Messages {
		if err := s.keep(&k.Messages[i]); err != nil {
			return err
		}
	}
	if k.Anew || k.Older {
		return s.since(k)
	}
	return nil
}

// since keeps from where on no Message is missing. That there are no older ones need
// not be the beginning of the room: we may just not see them, and have some from when
// we did, with others missing in between.
func (s saving) since(k *netchat.Keeping) error {
	since := k.Position.Seq + 1
	switch {
	case k.Met:
		since = k.Since
	case len(k.Messages) > 0:
		since = k.Messages[0].Seq
	case k.Older:
		_, err := s.tx.Exec(`UPDATE copy SET more = ?`, k.More)
		return err
	}
	if since == 1 {
		since = 0 // as in a new Copy
	}
	_, err := s.tx.Exec(`UPDATE copy SET since = ?, more = ?`, since, k.More)
	return err
}

// displace lets go of what is kept where the Messages of a step are from, and is not
// among them: the room has it no more, since its host's data was copied back.
func (s saving) displace(k *netchat.Keeping) error {
	if !k.Anew && (!k.Older || len(k.Messages) == 0) {
		return nil
	}
	epoch, from, seqs := k.Position.Epoch, k.Position.Seq+1, []uint64{}
	for i := range k.Messages {
		seqs = append(seqs, k.Messages[i].Seq)
	}
	if len(seqs) > 0 {
		epoch, from = k.Messages[0].Epoch, seqs[0]
	}
	there, err := json.Marshal(seqs)
	if err != nil {
		return err
	}
	where, args := `epoch = ? AND seq >= ? AND seq NOT IN (SELECT value FROM json_each(?))`, []any{epoch, from, string(there)}
	if k.Older { // up to where what is kept begins
		where, args = where+` AND seq < (SELECT max(since, ?) FROM copy)`, append(args, seqs[len(seqs)-1])
	}
	_, err = letGo(s.tx, where, args...)
	return err
}

// posts keeps the Posts of a step, and forgets those that are answered.
func (s saving) posts(k *netchat.Keeping) error {
	for _, p := range k.Posts {
		to, err := json.Marshal(p.To)
		if err != nil {
			return err
		}
		if _, err := s.tx.Exec(`INSERT INTO post (id, recipients, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, p.ID, string(to), p.Text); err != nil {
			return err
		}
	}
	for _, id := range k.Answered {
		if _, err := s.tx.Exec(`DELETE FROM post WHERE id = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// keep keeps a Message, in place of one that is older as of its Rev.
func (s saving) keep(m *netchat.Message) error {
	members, err := json.Marshal(m.Audience.Members)
	if err != nil {
		return err
	}
	var n int64
	err = s.message.QueryRow(m.Epoch, m.Seq, m.Rev, m.Time.UnixMilli(), m.ID, m.Kind, m.Author, m.Name, m.Ref.Author, m.Ref.ID, m.Audience.Scope,
		string(members), m.Text, m.Mark).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it is there already
	}
	if err != nil {
		return err
	}
	_, err = s.word.Exec(n, indexed(m.Text))
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
