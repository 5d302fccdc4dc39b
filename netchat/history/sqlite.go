package history

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// Settings of every connection to the file.
const (
	fileMode    = 0o600
	busyTimeout = 5000 // milliseconds; only another program that opens the file makes us wait
	maxReaders  = 4    // connections that read while one writes
	walPages    = 1000 // of 4 KiB in the write-ahead log before they go into the file
)

// SQLiteOptions say how to open a SQLite.
type SQLiteOptions struct {
	Random io.Reader // of a new epoch; nil: crypto/rand
}

// A SQLite is a Log in one file: an Event is in it for good once Append has
// returned, whatever becomes of the process or the power. One SQLite may have a
// file at a time, which its caller sees to.
type SQLite struct {
	write   *sql.DB // of one connection; nil: it is only read
	inserts inserts // of write
	read    *sql.DB
	head    atomic.Pointer[netchat.Position]

	mu     sync.Mutex // guards all below, and storing into head
	chain  []byte     // of the newest Event
	closed bool

	repair  Repair      // Bad empty: there was none
	altered atomic.Bool // something was read that is not as it was stored
	suspect string      // made when it is only read and altered: the next opening looks at everything
}

// OpenSQLite opens the Log in the file at path, which it makes if there is none. A
// damaged one is kept beside it, and the Log goes on with what is left of it, in a
// new epoch: see Repaired. It fails with ErrNotOurs for a file of something else or
// of a later version, which is left as it is.
func OpenSQLite(path string, opts SQLiteOptions) (*SQLite, error) {
	if opts.Random == nil {
		opts.Random = rand.Reader
	}
	path = wholefile.Target(path) // SQLite lays beside that what belongs to it
	err := finishRepair(path)
	if err == nil {
		err = makeWhole(path, func(at string) error {
			s, err := openSQLite(at, opts.Random, 0)
			if err != nil {
				return err
			}
			return s.Close()
		})
	}
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", path, err)
	}
	s, err := openSQLite(path, opts.Random, 0)
	if err == nil {
		if err = check(s, isSuspect(path)); err != nil {
			err = errors.Join(err, ignoreDamage(abandon(s)))
		}
	}
	if err != nil && (IsDamage(err) || errors.Is(err, ErrAltered)) {
		s, err = repairSQLite(path, opts.Random)
	}
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", path, err)
	}
	if err := wholefile.Remove(path + suspectSuffix); err != nil {
		return nil, fmt.Errorf("open log %s: %w", path, errors.Join(err, s.Close()))
	}
	return s, nil
}

// openSQLite opens a Log as it is. A new one gets an epoch of that generation, 0
// for the first.
func openSQLite(path string, random io.Reader, generation uint32) (*SQLite, error) {
	if err := makeFile(path, applicationID); err != nil {
		return nil, err
	}
	write, err := connect(path, 1, "synchronous(FULL)", fmt.Sprintf("wal_autocheckpoint(%d)", walPages))
	if err != nil {
		return nil, err
	}
	s := &SQLite{write: write}
	if err := s.prepare(random, max(generation, 1)); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if s.inserts, err = prepareInserts(write); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if s.read, err = connect(path, maxReaders, "query_only(1)"); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return s, nil
}

// connect opens the file with up to conns connections.
func connect(path string, conns int, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_txlock": {"immediate"}}
	for _, pragma := range append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout), "journal_mode(WAL)", "foreign_keys(1)", "trusted_schema(0)", "cell_size_check(1)", "fullfsync(1)", "checkpoint_fullfsync(1)"}, pragmas...) {
		query.Add("_pragma", pragma)
	}
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// prepare brings the file to the schema of this version and reads where the Log
// ends.
func (s *SQLite) prepare(random io.Reader, generation uint32) error {
	return s.change(func(tx *sql.Tx) error {
		if err := migrate(tx, random, generation); err != nil {
			return err
		}
		return s.findHead(tx, len(migrations()))
	})
}

// findHead reads where a Log of that version of the schema ends.
func (s *SQLite) findHead(tx *sql.Tx, version int) error {
	var head netchat.Position
	var err error
	if head.Epoch, err = epochOf(tx, version); err != nil {
		return err
	}
	err = tx.QueryRow(`SELECT seq, chain FROM event ORDER BY seq DESC LIMIT 1`).Scan(&head.Seq, &s.chain)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("head: %w", damageOf(err))
	}
	if head.Seq > 0 {
		head.Mark = netchat.MarkOf(s.chain)
	}
	s.head.Store(&head)
	return nil
}

// change runs do in a transaction of the writer.
func (s *SQLite) change(do func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(context.Background(), nil)
	if err != nil {
		return diskFault(err)
	}
	if err := do(tx); err != nil {
		return errors.Join(diskFault(err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(diskFault(err), ended(tx.Rollback()))
	}
	return nil
}

// ended takes it for no error that a transaction has ended.
func ended(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// diskFault says ErrFull where the disk is.
func diskFault(err error) error {
	var fault *sqlite.Error
	if errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_FULL {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// errMalformed is what SQLite's check of a whole file finds.
var errMalformed = errors.New("the file is malformed")

// IsDamage reports whether err says that the file itself is damaged.
func IsDamage(err error) bool {
	if errors.Is(err, errMalformed) {
		return true
	}
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return false
	}
	code := fault.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// damageOf takes it for damage that SQLite finds a table wrong, as it does where the
// index of words is damaged.
func damageOf(err error) error {
	if isNoSchema(err) {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	return err
}

// isNoSchema reports whether a table is missing or is another one.
func isNoSchema(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_ERROR
}

// Append implements Log. It returns when the batch is on the disk.
func (s *SQLite) Append(batch []netchat.Event) ([]Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("append: %w", netchat.ErrClosed)
	}
	if s.write == nil {
		return nil, fmt.Errorf("append: %w", ErrReadOnly)
	}
	stored := make([]Stored, len(batch))
	a := appending{head: s.Head(), chain: s.chain}
	err := s.change(func(tx *sql.Tx) error {
		a.begin(tx, s.inserts)
		for i := range batch {
			var err error
			if stored[i], err = a.add(batch[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("append %d events: %w", len(batch), err)
	}
	s.chain = a.chain
	s.head.Store(&a.head)
	return stored, nil
}

// SeqOf implements Log.
func (s *SQLite) SeqOf(name netchat.Ref) (uint64, error) {
	var seq uint64
	err := s.read.QueryRow(`SELECT seq FROM event WHERE author = ? AND id = ?`, name.Author, name.ID).Scan(&seq)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("seq of an event: %w", s.fault(err))
	}
	return seq, nil
}

// FirstBy implements Log. Its cost grows with how much the author has stored.
func (s *SQLite) FirstBy(author netchat.MemberID) (uint64, error) {
	var seq uint64
	// The + has it look up the author: by Seq it might pass over the whole Log.
	if err := s.read.QueryRow(`SELECT coalesce(min(+seq), 0) FROM event WHERE author = ?`, author).Scan(&seq); err != nil {
		return 0, fmt.Errorf("first event: %w", s.fault(err))
	}
	return seq, nil
}

// fault says netchat.ErrClosed of what fails because of Close.
func (s *SQLite) fault(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return netchat.ErrClosed
	}
	return err
}

// Head implements Log.
func (s *SQLite) Head() netchat.Position { return *s.head.Load() }

// Close implements Log. It puts all into the one file.
func (s *SQLite) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	readErr := s.read.Close()
	if s.write == nil {
		if s.altered.Load() {
			_ = wholefile.Write(s.suspect, nil) // who may not write here still has read it
		}
		return readErr
	}
	markErr := markVerified(s)
	_, checkErr := s.write.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	if err := errors.Join(readErr, markErr, checkErr, s.write.Close()); err != nil {
		return fmt.Errorf("close log: %w", err)
	}
	return nil
}

// abandon closes what is damaged, and changes nothing.
func abandon(s *SQLite) error {
	s.closed = true
	return errors.Join(s.read.Close(), s.write.Close())
}
