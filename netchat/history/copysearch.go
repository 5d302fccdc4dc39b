package history

import (
	"database/sql"
	"fmt"
	"math"

	"github.com/homeroomchat/homeroom/netchat"
)

// Search returns the newest n Messages with text in them, newest first; at most
// netchat.MaxHits. It finds what a SearchQuery of the room's own Log would, in
// earlier epochs too. What is in several, since the room took it over from one into
// the next, comes once.
func (c *Copy) Search(text string, n int) (found []netchat.Message, err error) {
	text, phrase := soughtText(text)
	err = c.change(func(tx *sql.Tx) error {
		if phrase == "" {
			return nil
		}
		epochs, err := epochsOf(tx)
		if err != nil {
			return err
		}
		s := copySearch{
			tx: tx, phrase: phrase, seen: make(map[netchat.Ref]bool),
			picker: picker{limit: min(max(n, 1), netchat.MaxHits), maxBytes: math.MaxInt, text: text},
		}
		for i := len(epochs) - 1; i >= 0 && !s.full; i-- {
			if err := s.in(epochs[i]); err != nil {
				return err
			}
		}
		found = s.picked
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search a copy: %w", err)
	}
	return found, nil
}

// A copySearch is one Search of a Copy.
type copySearch struct {
	picker
	tx     *sql.Tx
	phrase string
	seen   map[netchat.Ref]bool // by author and id
	full   bool
}

// in searches an epoch.
func (s *copySearch) in(epoch netchat.Epoch) error {
	rows, err := s.tx.Query(`SELECT `+copyColumns+` FROM message
		WHERE epoch = ? AND n IN (SELECT rowid FROM words WHERE words MATCH ?) ORDER BY seq DESC`, epoch, s.phrase)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() && !s.full {
		m, err := scanMessage(rows)
		if err != nil {
			return err
		}
		name := netchat.Ref{Author: m.Author, ID: m.ID}
		if s.seen[name] {
			continue
		}
		s.seen[name] = true
		s.full = s.take(m)
	}
	return rows.Err()
}
