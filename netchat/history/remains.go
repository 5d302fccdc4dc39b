package history

import (
	"context"
	"database/sql"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// How a damaged Log is read.
const (
	smallSteps = 64 // Events in a row that cannot be read are tried one by one, then
	largeStep  = 16 // every so many: about a page of the file holds them
	leastEvent = 96 // bytes of the file that an Event takes at least, with its hashes
)

// remains is what can be read of a damaged Log.
type remains struct {
	db     *sql.DB
	epochs []netchat.Epoch // it is of one of these
	after  uint64          // the last Seq that was looked at
	last   uint64          // the last Seq that could be read
	top    uint64          // the last Seq that there was, as far as the file tells; 0: it doesn't
	most   uint64          // the last Seq that fits the file
	unread int             // tries since the last one that read something
}

// newRemains finds the last Seq that there was: where the table ends, or its index of
// words, which has a row for each Message, or where it ended when it was last verified.
// A damaged number may be anything.
func newRemains(db *sql.DB, epochs []netchat.Epoch) (*remains, error) {
	r := &remains{db: db, epochs: epochs}
	if err := db.QueryRow(`PRAGMA page_count`).Scan(&r.most); err != nil {
		return r, ignoreDamage(err)
	}
	r.most *= pageSize / leastEvent
	for _, query := range []string{
		`SELECT seq FROM event ORDER BY seq DESC LIMIT 1`, `SELECT id FROM words_docsize ORDER BY id DESC LIMIT 1`, `SELECT verified_seq FROM log`,
	} {
		var seq uint64
		if err := db.QueryRow(query).Scan(&seq); err == nil && seq <= r.most {
			r.top = max(r.top, seq)
		}
	}
	if r.top > 0 {
		r.most = r.top
	}
	return r, nil
}

// next returns the next Events that are as they were stored; none: there are no
// more.
func (r *remains) next() (good []netchat.Event) {
	for len(good) < salvageBatch {
		rows, err := r.read(`event WHERE seq > ? ORDER BY seq LIMIT ?`, r.after, salvageBatch-len(good))
		switch {
		case len(rows) > 0:
			good = r.take(good, r.skipped())
			good = r.take(good, rows)
			r.unread = 0
		case err == nil || r.after >= r.most:
			return good
		default:
			r.after += r.step()
			r.unread++
		}
	}
	return good
}

// step is how far to go on after something that could not be read: a large page of the
// tree of Events, once damaged, hides thousands.
func (r *remains) step() uint64 {
	if r.unread < smallSteps {
		return 1
	}
	return largeStep
}

// skipped returns what can be read of the Events that the last step went past.
func (r *remains) skipped() (rows []row) {
	if r.unread <= smallSteps {
		return nil
	}
	for seq := r.after - largeStep + 1; seq <= r.after; seq++ {
		one, _ := r.read(`event WHERE seq = ?`, seq)
		rows = append(rows, one...)
	}
	return rows
}

// take adds those that are as they were stored.
func (r *remains) take(good []netchat.Event, rows []row) []netchat.Event {
	for _, w := range rows {
		if r.intact(w) {
			good = append(good, *w.Event)
		}
		r.after, r.last = w.Seq, w.Seq
	}
	return good
}

// intact reports whether w is as it was stored, in whichever epoch, and says in which.
func (r *remains) intact(w row) bool {
	return slices.ContainsFunc(r.epochs, func(epoch netchat.Epoch) bool {
		w.Epoch = epoch
		return w.intact() == nil
	})
}

// read returns the Events of a query up to the first that cannot be read, and why.
func (r *remains) read(from string, args ...any) (events []row, err error) {
	tx, err := r.db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it was only read
	err = reader{tx: tx}.rows(func(w row) (bool, error) {
		events = append(events, w)
		return true, nil
	}, from, args...)
	return slices.Clip(events), err
}
