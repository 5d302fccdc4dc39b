package history

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// A Repair is what became of a Log that was found damaged when it was opened.
type Repair struct {
	Bad  string // where the damaged file is kept
	Kept uint64 // Events that are as they were stored, and are in the Log
	Lost uint64 // Events that are not, or cannot be read; those behind the last readable one are not counted
}

const (
	newSuffix    = ".new" // of the Log that replaces a damaged one
	salvageBatch = 500    // Events appended together
	maxUnread    = 2_000  // Events in a row that cannot be read, until it is taken that none follows
	smallSteps   = 64     // of these are tried one by one, then
	largeStep    = 16     // every so many: about a page of the file holds them
)

// Repaired returns what was found damaged when the Log was opened; false: nothing.
// A repaired Log is of a new epoch, so nobody takes it for the one it was.
func (s *SQLite) Repaired() (Repair, bool) { return s.repair, s.repair.Bad != "" }

// finishRepair puts a Log into its place that a repair had made when the power went.
func finishRepair(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(path+newSuffix, path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// check finds whether the Log is as it was stored: as far as SQLite can tell, and
// every Event behind the last one known to be. Damage before that is found when an
// Event is read, or by Verify.
func check(s *SQLite) error {
	if err := quickCheck(s.write); err != nil {
		return err
	}
	var seq uint64
	var chain []byte
	if err := s.write.QueryRow(`SELECT verified_seq, verified_chain FROM log`).Scan(&seq, &chain); err != nil {
		return damageOf(err)
	}
	var stored []byte
	err := s.write.QueryRow(`SELECT chain FROM event WHERE seq = ?`, seq).Scan(&stored)
	if seq > 0 && (errors.Is(err, sql.ErrNoRows) || err == nil && !bytes.Equal(stored, chain)) {
		return fmt.Errorf("event %d: %w", seq, ErrAltered)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return damageOf(err)
	}
	return damageOf(s.verify(context.Background(), seq, chain, nil))
}

// quickCheck fails if the file is damaged, as far as SQLite can tell.
func quickCheck(file interface {
	QueryRow(query string, args ...any) *sql.Row
},
) error {
	var report string
	if err := file.QueryRow(`PRAGMA quick_check(1)`).Scan(&report); err != nil {
		return damageOf(err)
	}
	if report != "ok" {
		return fmt.Errorf("%w: %s", errMalformed, report)
	}
	return nil
}

// markVerified remembers that all up to the head is as it was stored, as far as is
// known: if something was found that is not, the next opening looks at everything.
func markVerified(s *SQLite) error {
	if s.altered.Load() {
		_, err := s.write.Exec(`UPDATE log SET verified_seq = 0, verified_chain = NULL`)
		return err
	}
	_, err := s.write.Exec(`UPDATE log SET verified_seq = ?, verified_chain = ?`, s.Head().Seq, s.chain)
	return err
}

// repairSQLite makes a new Log of what is left of the one at path, which it puts
// aside, and opens it.
func repairSQLite(path string, random io.Reader) (*SQLite, error) {
	fresh := path + newSuffix
	repair, err := salvageInto(fresh, path, random, nil)
	if err == nil && repair.Kept == 0 {
		// What says where the tables are may be all that is damaged, and in the fresh
		// Log they are at the same places.
		var schema []byte
		if schema, err = firstPage(fresh); err == nil {
			repair, err = salvageInto(fresh, path, random, schema)
		}
	}
	if err != nil {
		return nil, err
	}
	if repair.Bad, err = putAside(path); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Rename(fresh, path), wholefile.SyncFolder(filepath.Dir(path))); err != nil {
		return nil, err
	}
	s, err := openSQLite(path, random, 0)
	if err != nil {
		return nil, err
	}
	s.repair = repair
	return s, nil
}

// salvageInto makes a Log at fresh of what is left of the one at path, with schema for
// its first page; nil: with its own.
func salvageInto(fresh, path string, random io.Reader, schema []byte) (r Repair, err error) {
	if err := removeFile(fresh); err != nil {
		return r, err
	}
	from, drop, err := mended(path, schema)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	old, err := connect(from, 1, "query_only(1)")
	if err != nil {
		return r, err
	}
	r, err = salvage(old, fresh, random)
	return r, errors.Join(err, ignoreDamage(old.Close()))
}

func ignoreDamage(err error) error {
	if err != nil && isDamage(err) {
		return nil
	}
	return err
}

// salvage makes a Log at path of those Events of old that are as they were stored.
func salvage(old *sql.DB, path string, random io.Reader) (r Repair, err error) {
	epochs, err := epochsLeft(old)
	if err != nil {
		return r, err
	}
	generation := uint32(1)
	for _, epoch := range epochs {
		generation = max(generation, epoch.Generation()+1)
	}
	s, err := openSQLite(path, random, generation)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	from := &remains{db: old, epochs: epochs}
	for {
		batch := from.next()
		if len(batch) == 0 {
			break
		}
		if _, err := s.Append(batch); err != nil {
			return r, err
		}
		r.Kept += uint64(len(batch))
	}
	r.Lost = from.last - r.Kept
	return r, nil
}

// remains is what can be read of a damaged Log.
type remains struct {
	db     *sql.DB
	epochs []netchat.Epoch // it is of one of these
	after  uint64          // the last Seq that was looked at
	last   uint64          // the last Seq that could be read
}

// next returns the next Events that are as they were stored; none: there are no
// more.
func (r *remains) next() (good []netchat.Event) {
	for unread := 0; unread < maxUnread && len(good) < salvageBatch; {
		rows, err := r.read(`event WHERE seq > ? ORDER BY seq LIMIT ?`, r.after, salvageBatch-len(good))
		for _, w := range rows {
			if r.intact(w) {
				good = append(good, *w.Event)
			}
			r.after, r.last = w.Seq, w.Seq
			unread = 0
		}
		switch {
		case err == nil && len(rows) == 0:
			return good
		case err != nil:
			step := uint64(1)
			if unread > smallSteps {
				step = largeStep
			}
			r.after += step
			unread += int(step)
		}
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
