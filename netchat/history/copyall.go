package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/homeroomchat/homeroom/netchat"
)

// All yields every Message that is kept, also of earlier epochs, oldest first, as
// the Event that it is of: without what only the room's Log has, salt, digest and
// chain. What is kept of several epochs comes once, as part of the last one. After an
// error, which it yields, it ends.
func (c *Copy) All(ctx context.Context) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		epochs, again, err := c.epochs()
		for _, epoch := range epochs {
			for after, more := uint64(0), true; more && err == nil; {
				var batch []*netchat.Event
				if err = ctx.Err(); err != nil {
					break
				}
				batch, err = c.step(epoch, after)
				for _, e := range batch {
					if after = e.Seq; !again[epoch][e.Seq] && !yield(e, nil) {
						return
					}
				}
				more = len(batch) == wholeStep
			}
		}
		if err != nil {
			yield(nil, fmt.Errorf("read the copy: %w", err))
		}
	}
}

// Count returns how many Messages All yields.
func (c *Copy) Count() (n uint64, err error) {
	err = c.change(func(tx *sql.Tx) error {
		n, _, err = counts(tx)
		return err
	})
	return n, err
}

// counts returns how many Messages are kept, and how often those are in all.
func counts(tx *sql.Tx) (n, times uint64, err error) {
	err = tx.QueryRow(`SELECT (SELECT count(*) FROM (SELECT DISTINCT author, id FROM message)), count(*) FROM message`).Scan(&n, &times)
	return n, times, err
}

// epochs returns those of which Messages are kept, in the order of their arrival, and
// the Seqs in them of what comes again later.
func (c *Copy) epochs() (epochs []netchat.Epoch, again map[netchat.Epoch]map[uint64]bool, err error) {
	err = c.change(func(tx *sql.Tx) error {
		if epochs, err = epochsOf(tx); err != nil {
			return err
		}
		again, err = againLater(tx, epochs)
		return err
	})
	return epochs, again, err
}

// againLater returns the Seqs of what was said once and is kept again later: a room
// whose Log begins anew takes over what was in it.
func againLater(tx *sql.Tx, epochs []netchat.Epoch) (map[netchat.Epoch]map[uint64]bool, error) {
	if n, times, err := counts(tx); err != nil || n == times {
		return nil, err // as almost always; what follows takes many times as long
	}
	again := make(map[netchat.Epoch]map[uint64]bool, len(epochs))
	for _, epoch := range epochs {
		again[epoch] = make(map[uint64]bool)
	}
	order, err := json.Marshal(epochs)
	if err != nil {
		return nil, err
	}
	// There is no index of author and id: to look up each would read the whole table for it.
	rows, err := tx.Query(`SELECT epoch, seq FROM (
			SELECT epoch, seq, row_number() OVER (PARTITION BY author, message.id ORDER BY place.key DESC, seq DESC) AS nth
			FROM message JOIN json_each(?) AS place ON place.value = epoch
		) WHERE nth > 1`, string(order))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var epoch netchat.Epoch
		var seq uint64
		if err := rows.Scan(&epoch, &seq); err != nil {
			return nil, err
		}
		again[epoch][seq] = true
	}
	return again, rows.Err()
}

// epochsOf returns the epochs of which Messages are kept, in the order of their arrival.
// It looks at one Message of each: what came last of an epoch
// came before all of the next, but not what came first, which may be older history.
func epochsOf(tx *sql.Tx) (epochs []netchat.Epoch, err error) {
	rows, err := tx.Query(`WITH RECURSIVE one (epoch) AS (
			SELECT min(epoch) FROM message
			UNION ALL SELECT (SELECT min(epoch) FROM message WHERE epoch > one.epoch) FROM one WHERE one.epoch IS NOT NULL
		)
		SELECT epoch FROM one WHERE epoch IS NOT NULL
		ORDER BY (SELECT n FROM message WHERE message.epoch = one.epoch ORDER BY seq DESC LIMIT 1)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var epoch netchat.Epoch
		if err := rows.Scan(&epoch); err != nil {
			return nil, err
		}
		epochs = append(epochs, epoch)
	}
	return epochs, rows.Err()
}

// step returns the next Messages of an epoch.
func (c *Copy) step(epoch netchat.Epoch, after uint64) (batch []*netchat.Event, err error) {
	err = c.change(func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT `+copyColumns+` FROM message WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?`, epoch, after, wholeStep)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			m, err := scanMessage(rows)
			if err != nil {
				return err
			}
			e := &netchat.Event{
				Epoch: m.Epoch, Seq: m.Seq, Time: m.Time, ID: m.ID, Kind: netchat.KindMessage,
				Author: m.Author, Ref: m.Ref, Audience: m.Audience,
			}
			if e.Body, err = json.Marshal(netchat.MessageBody{Name: m.Name, Text: m.Text}); err != nil {
				return err
			}
			batch = append(batch, e)
		}
		return rows.Err()
	})
	return batch, err
}

// trim lets go of the oldest Messages beyond the limit: those of earlier epochs, then
// those with the smallest Seqs. At the limit it takes milliseconds, so it comes once
// in a Save.
func trim(tx *sql.Tx, limit int64) error {
	var span, beyond int64
	// Each by itself is found in the index; both in one query would read the whole table.
	if err := tx.QueryRow(`SELECT coalesce((SELECT max(n) FROM message) - (SELECT min(n) FROM message), 0)`).Scan(&span); err != nil || span < limit {
		return err
	}
	if err := tx.QueryRow(`SELECT count(*) - ? FROM message`, limit).Scan(&beyond); err != nil {
		return err
	}
	for _, which := range []string{`epoch < `, `epoch > `, `epoch = `} { // each a part of the index
		if beyond <= 0 {
			return nil
		}
		gone, err := letGo(tx, which+`(SELECT epoch FROM copy) ORDER BY epoch, seq LIMIT ?`, beyond)
		if err != nil {
			return err
		}
		beyond -= gone
	}
	_, err := tx.Exec(`UPDATE copy SET more = 1,
		since = max(since, coalesce((SELECT min(seq) FROM message WHERE message.epoch = copy.epoch), since))`)
	return err
}

// letGo lets go of the Messages of a query, and returns how many those were.
func letGo(tx *sql.Tx, where string, args ...any) (n int64, err error) {
	which := `(SELECT n FROM message WHERE ` + where + `)`
	if _, err := tx.Exec(`DELETE FROM words WHERE rowid IN `+which, args...); err != nil {
		return 0, err
	}
	gone, err := tx.Exec(`DELETE FROM message WHERE n IN `+which, args...)
	if err != nil {
		return 0, err
	}
	return gone.RowsAffected()
}
