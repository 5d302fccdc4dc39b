package history

import (
	"database/sql"
	"errors"
	"strings"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// An appending is one batch on its way into a SQLite.
type appending struct {
	tx    *sql.Tx
	head  netchat.Position
	chain []byte

	find, event, audience, words *sql.Stmt
}

// begin prepares what each Event needs.
func (a *appending) begin(tx *sql.Tx) error {
	a.tx = tx
	for _, p := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&a.find, `SELECT ` + eventColumns + ` FROM event WHERE author = ? AND id = ?`},
		{&a.event, `INSERT INTO event (` + eventColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&a.audience, `INSERT INTO audience VALUES (?, ?)`},
		{&a.words, `INSERT INTO words (rowid, text) VALUES (?, ?)`},
	} {
		statement, err := tx.Prepare(p.text)
		if err != nil {
			a.end()
			return err
		}
		*p.statement = statement
	}
	return nil
}

func (a *appending) end() {
	for _, statement := range []*sql.Stmt{a.find, a.event, a.audience, a.words} {
		if statement != nil {
			_ = statement.Close()
		}
	}
}

// add stores e, or finds what it is a duplicate of.
func (a *appending) add(e netchat.Event) (Stored, error) {
	switch earlier, err := scanEvent(a.find.QueryRow(e.Author, e.ID), a.head.Epoch); {
	case err == nil:
		earlier.Audience.Members, err = reader{tx: a.tx}.audience(earlier.Seq)
		return Stored{Event: earlier, Duplicate: true}, err
	case !errors.Is(err, sql.ErrNoRows):
		return Stored{}, err
	}
	e.Epoch, e.Seq = a.head.Epoch, a.head.Seq+1
	e.Digest = netchat.DigestOf(e.Salt, e.Body)
	e.Chain = e.ChainAfter(a.chain)
	if _, err := a.event.Exec(e.Seq, e.Time.UnixMilli(), e.ID, e.Kind, e.Author, e.Ref.Author, e.Ref.ID,
		e.Audience.Scope, e.Body, e.Salt, e.Digest, e.Chain, e.Sig); err != nil {
		return Stored{}, err
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
