package history

import (
	"database/sql"
	"strings"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// inserts are what each Event needs, prepared once for the connection that writes.
type inserts struct{ find, event, audience, words *sql.Stmt }

// prepareInserts prepares them. They end with db, which has one connection.
func prepareInserts(db *sql.DB) (in inserts, err error) {
	err = prepareAll(db, map[string]**sql.Stmt{
		`SELECT ` + eventColumns + ` FROM event WHERE author = ? AND id = ?`: &in.find,
		`INSERT INTO event (` + eventColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (author, id) DO NOTHING`: &in.event,
		`INSERT INTO audience VALUES (?, ?)`:            &in.audience,
		`INSERT INTO words (rowid, text) VALUES (?, ?)`: &in.words,
	})
	return in, err
}

// prepareAll prepares statements for a file whose schema is ours: if it takes them for
// wrong, it is damaged. They end with db.
func prepareAll(db *sql.DB, statements map[string]**sql.Stmt) (err error) {
	for text, statement := range statements {
		if *statement, err = db.Prepare(text); err != nil {
			return damageOf(err)
		}
	}
	return nil
}

// An appending is one batch on its way into a SQLite.
type appending struct {
	tx    *sql.Tx
	head  netchat.Position
	chain []byte
	inserts
}

// begin has all happen in tx.
func (a *appending) begin(tx *sql.Tx, in inserts) {
	a.tx = tx
	a.inserts = inserts{tx.Stmt(in.find), tx.Stmt(in.event), tx.Stmt(in.audience), tx.Stmt(in.words)}
}

// earlier returns what e is a duplicate of.
func (a *appending) earlier(e *netchat.Event) (Stored, error) {
	earlier, err := scanEvent(a.find.QueryRow(e.Author, e.ID), a.head.Epoch)
	if err == nil {
		earlier.Audience.Members, err = reader{tx: a.tx}.audience(earlier.Seq)
	}
	return Stored{Event: earlier, Duplicate: true}, err
}

// add stores e, or finds what it is a duplicate of.
func (a *appending) add(e netchat.Event) (Stored, error) {
	e.Epoch, e.Seq = a.head.Epoch, a.head.Seq+1
	e.Digest = netchat.DigestOf(e.Salt, e.Body)
	e.Chain = e.ChainAfter(a.chain)
	done, err := a.event.Exec(e.Seq, e.Time.UnixMilli(), e.ID, e.Kind, e.Author, e.Ref.Author, e.Ref.ID,
		e.Audience.Scope, e.Body, e.Salt, e.Digest, e.Chain, e.Sig)
	if err != nil {
		return Stored{}, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		if err != nil {
			return Stored{}, err
		}
		return a.earlier(&e)
	}
	for _, member := range e.Audience.Members {
		if _, err := a.audience.Exec(e.Seq, member); err != nil {
			return Stored{}, err
		}
	}
	if m, ok := netchat.MessageOf(&e); ok {
		if _, err := a.words.Exec(e.Seq, indexed(m.Text)); err != nil {
			return Stored{}, err
		}
	}
	a.chain, a.head = e.Chain, e.Position()
	return Stored{Event: &e}, nil
}

// indexed returns text with a blank around each character of a script that does
// not tell words apart: each of them is a word to the index, and several in a row
// are found as a phrase. (The trigram tokenizer finds nothing of two characters,
// such as 作业.)
func indexed(text string) string {
	var b strings.Builder
	b.Grow(len(text) * 4 / 3)
	for _, r := range text {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
