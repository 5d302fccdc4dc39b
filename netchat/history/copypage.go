package history

import (
	"database/sql"
	"fmt"
	"math"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// MaxCopyPage bounds the Messages that a Copy returns at a time.
const MaxCopyPage = netchat.MaxPageMessages

// Page returns at most n Messages, and no more than MaxCopyPage, of the room's
// present epoch, out of those behind which none is missing up to the newest. More
// says whether there are older ones, here or in the room; Newer whether there are
// newer ones here.
func (c *Copy) Page(of netchat.PageAsk, n int) (netchat.Page, error) {
	page := netchat.Page{Of: of}
	err := c.change(func(tx *sql.Tx) error {
		p := copyPage{tx: tx}
		if err := tx.QueryRow(`SELECT since, more FROM copy`).Scan(&p.since, &p.more); err != nil {
			return err
		}
		return p.read(&page, min(max(n, 1), MaxCopyPage))
	})
	if err != nil {
		return netchat.Page{}, fmt.Errorf("page of a copy: %w", err)
	}
	return page, nil
}

// A copyPage is one read of a Page.
type copyPage struct {
	tx    *sql.Tx
	since uint64 // from this Seq on none is missing
	more  bool   // the room has older ones than that
}

// read fills a Page with n Messages.
func (p copyPage) read(page *netchat.Page, n int) error {
	upTo, older := page.Of.Before-1, n // 0 wraps to the greatest
	switch {
	case page.Of.Around != 0:
		upTo, older = page.Of.Around, n-n/2
	case page.Of.After != 0:
		upTo, older = page.Of.After, 0
	}
	before, more, err := p.run(`DESC`, 0, upTo, older)
	if err != nil {
		return err
	}
	newer := n - len(before)
	if page.Of.Around == 0 && page.Of.After == 0 {
		newer = 0
	}
	slices.Reverse(before)
	after, next, err := p.run(`ASC`, upTo, math.MaxUint64, newer)
	page.Messages = slices.Concat(before, after)
	page.More, page.Newer = more || p.more, next
	return err
}

// run returns n Messages with after < Seq <= upTo, in that order, and whether there
// are more.
func (p copyPage) run(order string, after, upTo uint64, n int) (found []netchat.Message, more bool, err error) {
	after = max(after, max(p.since, 1)-1) // two bounds would have the index use one
	rows, err := p.tx.Query(`SELECT `+copyColumns+` FROM message WHERE epoch = (SELECT epoch FROM copy) AND seq > ? AND seq <= ?
		ORDER BY seq `+order+` LIMIT ?`, int64(min(after, math.MaxInt64)), int64(min(upTo, math.MaxInt64)), n+1)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, false, err
		}
		if len(found) == n {
			return found, true, nil
		}
		found = append(found, m)
	}
	return found, false, rows.Err()
}
