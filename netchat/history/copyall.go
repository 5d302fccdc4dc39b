package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// All yields every Message that is kept, also of earlier epochs, oldest first, as
// the Event that it is of: without what only the room's Log has, salt, digest and
// chain. After an error, which it yields, it ends.
func (c *Copy) All(ctx context.Context) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		epochs, err := c.epochs()
		for _, epoch := range epochs {
			for after, more := uint64(0), true; more && err == nil; {
				var batch []*netchat.Event
				if err = ctx.Err(); err != nil {
					break
				}
				batch, err = c.step(epoch, after)
				for _, e := range batch {
					if !yield(e, nil) {
						return
					}
					after = e.Seq
				}
				more = len(batch) == wholeStep
			}
		}
		if err != nil {
			yield(nil, fmt.Errorf("read the copy: %w", err))
		}
	}
}

// Count returns how many Messages are kept.
func (c *Copy) Count() (n uint64, err error) {
	err = c.change(func(tx *sql.Tx) error { return tx.QueryRow(`SELECT count(*) FROM message`).Scan(&n) })
	return n, err
}

// epochs returns those of which Messages are kept, in the order of their arrival.
func (c *Copy) epochs() (epochs []netchat.Epoch, err error) {
	err = c.change(func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT epoch FROM message GROUP BY epoch ORDER BY min(n)`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var epoch netchat.Epoch
			if err := rows.Scan(&epoch); err != nil {
				return err
			}
			epochs = append(epochs, epoch)
		}
		return rows.Err()
	})
	return epochs, err
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

// Search returns the newest n Messages of the room's present epoch with text in
// them, whatever its case in ASCII, newest first; at most netchat.MaxHits.
func (c *Copy) Search(text string, n int) (found []netchat.Message, err error) {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
	err = c.change(func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT `+copyColumns+` FROM message WHERE epoch = (SELECT epoch FROM copy) AND text LIKE ? ESCAPE '\'
			ORDER BY seq DESC LIMIT ?`, pattern, min(max(n, 1), netchat.MaxHits))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			m, err := scanMessage(rows)
			if err != nil {
				return err
			}
			found = append(found, m)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("search a copy: %w", err)
	}
	return found, nil
}

// trim lets go of the oldest Messages beyond the limit: those of earlier epochs, then
// those with the smallest Seqs.
func trim(tx *sql.Tx, limit int64) error {
	var span, count int64
	if err := tx.QueryRow(`SELECT max(n) - min(n) FROM message`).Scan(&span); err != nil || span < limit {
		return err
	}
	if err := tx.QueryRow(`SELECT count(*) FROM message`).Scan(&count); err != nil || count <= limit {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM message WHERE n IN (
		SELECT n FROM message ORDER BY epoch = (SELECT epoch FROM copy), seq LIMIT ?)`, count-limit); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE copy SET more = 1,
		since = max(since, coalesce((SELECT min(seq) FROM message WHERE message.epoch = copy.epoch), since))`)
	return err
}
