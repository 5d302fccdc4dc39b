package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// wholeStep is how many Events are read at a time by what reads all of them.
const wholeStep = 500

// ReadSQLite opens the Log in the file at path for reading, also while a process
// has it open with OpenSQLite: what that appends is seen, but for Head, which
// stays as it was. When it has met damage, Close sees to it that the next OpenSQLite
// repairs that. It fails with os.ErrNotExist if there is no file, and with ErrNotOurs
// for one that no version up to this one has made.
func ReadSQLite(path string) (*SQLite, error) {
	path = wholefile.Target(path)
	if err := peek(path, applicationID); err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	read, err := connect(path, maxReaders, "query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("read log %s: %w", path, err)
	}
	s := &SQLite{read: read, suspect: path + suspectSuffix}
	if err := s.begin(); err != nil {
		return nil, fmt.Errorf("read log %s: %w", path, errors.Join(err, read.Close()))
	}
	return s, nil
}

// begin finds the head of what is only read.
func (s *SQLite) begin() error {
	tx, err := s.read.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	version, err := versionOf(tx, applicationID, migrations())
	if err == nil && version == 0 {
		err = fmt.Errorf("%w: it is empty", ErrNotOurs)
	}
	if err == nil {
		err = s.findHead(tx, version) // what else is read is the same in all versions
	}
	return errors.Join(err, tx.Rollback())
}

// All yields every Event after that Seq, whoever it is for, oldest first: it is
// for the owner of the Log, not for members. What is appended meanwhile may be
// among them. After an error, which it yields, it ends: ErrAltered for an Event
// that is not as it was stored.
func (s *SQLite) All(ctx context.Context, after uint64) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		after := after // each run starts anew
		for {
			batch, err := s.step(ctx, after)
			for _, w := range batch {
				if err := w.intact(); err != nil {
					s.altered.Store(true)
					yield(nil, err)
					return
				}
				if !yield(w.Event, nil) {
					return
				}
				after = w.Seq
			}
			if err != nil {
				yield(nil, fmt.Errorf("read the log after %d: %w", after, err))
				return
			}
			if len(batch) < wholeStep {
				return
			}
		}
	}
}

// step returns the next Events as they are in the file.
func (s *SQLite) step(ctx context.Context, after uint64) (batch []row, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.reading(func(r reader) error {
		return r.rows(func(w row) (bool, error) {
			batch = append(batch, w)
			return true, nil
		}, `event WHERE seq > ? ORDER BY seq LIMIT ?`, after, wholeStep)
	})
	return batch, err
}

// Verify checks every Event up to the head, as the Log is when it begins: that it is
// as it was stored, follows the one before, and that none is missing. Its error wraps
// ErrAltered if that is not so, and says at which Seq. progress, which may be nil, is
// called now and then with how many of how many are done.
func (s *SQLite) Verify(ctx context.Context, progress func(done, total uint64)) error {
	return s.verify(ctx, 0, nil, progress)
}

// verify is Verify of what is behind an Event with that Chain.
func (s *SQLite) verify(ctx context.Context, done uint64, chain []byte, progress func(done, total uint64)) error {
	total := s.Head().Seq
	told := func() {
		if progress != nil {
			progress(done, max(total, done))
		}
	}
	err := s.reading(func(r reader) error {
		return r.rows(func(w row) (bool, error) {
			if w.Seq != done+1 {
				return false, missing(done + 1)
			}
			if _, err := Verify(chain, []*netchat.Event{w.Event}); err != nil {
				s.altered.Store(true)
				return false, err
			}
			done, chain = w.Seq, w.Chain
			if done%wholeStep == 0 {
				told()
			}
			return true, ctx.Err()
		}, `event WHERE seq > ? ORDER BY seq`, done)
	})
	if err == nil && done < total {
		err = missing(done + 1)
	}
	switch {
	case errors.Is(err, ErrAltered):
		return err
	case err != nil:
		return fmt.Errorf("verify: %w", err)
	}
	told()
	return nil
}

func missing(seq uint64) error {
	return fmt.Errorf("verify event %d: it is missing: %w", seq, ErrAltered)
}
