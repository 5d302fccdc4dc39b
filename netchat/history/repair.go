package history

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Repair is what became of a Log that was found damaged when it was opened.
type Repair struct {
	Bad  string // where the damaged file is kept
	Kept uint64 // Events that are as they were stored, and are in the Log
	Lost uint64 // Events that are not, or cannot be read; of how many there were, the file may not tell all
}

const (
	suspectSuffix = ".suspect" // of the mark beside a Log in which damage was met
	salvageBatch  = 500        // Events appended together
)

// Repaired returns what was found damaged when the Log was opened; false: nothing.
// A repaired Log is of a new epoch, so nobody takes it for the one it was.
func (s *SQLite) Repaired() (Repair, bool) { return s.repair, s.repair.Bad != "" }

// isSuspect reports whether somebody who only read the Log at path met damage there.
func isSuspect(path string) bool {
	_, err := os.Lstat(path + suspectSuffix)
	return err == nil
}

// check finds whether the Log is as it was stored: as far as SQLite can tell, and
// every Event, of one that is not suspect those behind the last one known to be. Damage
// before that is found when an Event is read, or by Verify.
func check(s *SQLite, suspect bool) error {
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
	if suspect {
		seq, chain = 0, nil
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
	if err == nil {
		err = closedWell(fresh)
	}
	if err != nil {
		return nil, err
	}
	if repair.Bad, err = putAside(path); err != nil {
		return nil, err
	}
	if err := putInPlace(path, repair.Bad); err != nil {
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
	withoutViews(from)
	old, err := connect(from, 1, "query_only(1)")
	if err != nil {
		return r, err
	}
	r, err = salvage(old, fresh, random)
	return r, errors.Join(err, ignoreDamage(old.Close()))
}

func ignoreDamage(err error) error {
	if err != nil && IsDamage(err) {
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
	from, err := newRemains(old, epochs)
	if err != nil {
		return r, err
	}
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
	r.Lost = max(from.last, from.top) - r.Kept
	return r, nil
}
