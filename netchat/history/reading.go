package history

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// eventColumns are the columns that scanEvent reads; checkedColumns have besides
// what shows that a row is as it was stored, the Chain of the one before.
const (
	eventColumns   = `seq, time, id, kind, author, ref_author, ref_id, scope, body, salt, digest, chain, sig`
	checkedColumns = eventColumns + `, (SELECT p.chain FROM event p WHERE p.seq = event.seq - 1)`
)

// visible is what a viewer may see: its parameters are those of sight.
const visible = `(scope = 'all' OR author = ? OR scope = 'hosts' AND ? OR
	scope = 'members' AND EXISTS (SELECT 1 FROM audience a WHERE a.seq = event.seq AND a.member = ?))`

func sight(v Viewer) []any { return []any{v.Member, v.Host, v.Member} }

// scanEvent reads an Event without the members of its audience, and what more the
// row has.
func scanEvent(row interface{ Scan(into ...any) error }, epoch netchat.Epoch, more ...any) (*netchat.Event, error) {
	e := &netchat.Event{Epoch: epoch}
	var milli int64
	err := row.Scan(append([]any{
		&e.Seq, &milli, &e.ID, &e.Kind, &e.Author, &e.Ref.Author, &e.Ref.ID,
		&e.Audience.Scope, &e.Body, &e.Salt, &e.Digest, &e.Chain, &e.Sig,
	}, more...)...)
	e.Time = time.UnixMilli(milli).UTC()
	return e, err
}

// A reader is one read of a SQLite, which sees it as of one moment.
type reader struct {
	tx      *sql.Tx
	epoch   netchat.Epoch
	altered *atomic.Bool // set when something is found not to be as it was stored
}

// reading runs do on the Log as it is now.
func (s *SQLite) reading(do func(r reader) error) error {
	tx, err := s.read.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.fault(err)
	}
	if err := do(reader{tx, s.Head().Epoch, &s.altered}); err != nil {
		_ = tx.Rollback()
		return s.fault(err)
	}
	return ended(tx.Rollback())
}

// A row is an Event as it is in the file.
type row struct {
	*netchat.Event
	previous []byte // the Chain of the one before; empty if there is none
}

// intact checks that the row is as it was stored: SQLite's own checks say nothing of
// a byte that has changed on the disk.
func (w row) intact() error {
	if (w.Seq > 1) != (len(w.previous) > 0) || !bytes.Equal(w.Chain, w.ChainAfter(w.previous)) {
		return fmt.Errorf("event %d: chain: %w", w.Seq, ErrAltered)
	}
	if !erased(w.Event) && (len(w.Salt) != netchat.SaltSize || !bytes.Equal(w.Digest, netchat.DigestOf(w.Salt, w.Body))) {
		return fmt.Errorf("event %d: body: %w", w.Seq, ErrAltered)
	}
	return nil
}

// events hands over the Events of a query that take wants. Those that are not as
// they were stored go to altered.
func (r reader) events(take func(*netchat.Event) (bool, error), altered func(error) error, from string, args ...any) error {
	return r.rows(func(w row) (bool, error) {
		if err := w.intact(); err != nil {
			return true, altered(err)
		}
		return take(w.Event)
	}, from, args...)
}

// skip leaves out what is altered: nothing wrong is shown, and the rest can be read.
func (r reader) skip(error) error {
	r.altered.Store(true)
	return nil
}

// refuse has a read that must be exact fail.
func (r reader) refuse(err error) error {
	r.altered.Store(true)
	return fmt.Errorf("%w: %w", ErrNotContinuous, err)
}

// rows runs a query over the table of Events, alone or joined to others.
func (r reader) rows(take func(row) (bool, error), from string, args ...any) error {
	rows, err := r.tx.Query(`SELECT `+checkedColumns+` FROM `+from, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var w row
		if w.Event, err = scanEvent(rows, r.epoch, &w.previous); err != nil {
			return err
		}
		if w.Audience.Scope == netchat.ScopeMembers {
			if w.Audience.Members, err = r.audience(w.Seq); err != nil {
				return err
			}
		}
		if more, err := take(w); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

func (r reader) audience(seq uint64) ([]netchat.MemberID, error) {
	rows, err := r.tx.Query(`SELECT member FROM audience WHERE seq = ? ORDER BY member`, seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var members []netchat.MemberID
	for rows.Next() {
		var member netchat.MemberID
		if err := rows.Scan(&member); err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	return members, rows.Err()
}

// at returns the position with that Seq, if there is one.
func (r reader) at(seq uint64) (netchat.Position, bool, error) {
	if seq == 0 {
		return netchat.Position{Epoch: r.epoch}, true, nil
	}
	var chain []byte
	err := r.tx.QueryRow(`SELECT chain FROM event WHERE seq = ?`, int64(min(seq, math.MaxInt64))).Scan(&chain)
	if errors.Is(err, sql.ErrNoRows) {
		return netchat.Position{}, false, nil
	}
	return netchat.Position{Epoch: r.epoch, Seq: seq, Mark: netchat.MarkOf(chain)}, err == nil, err
}

// last returns the position of the newest Event.
func (r reader) last() (netchat.Position, error) {
	var seq uint64
	if err := r.tx.QueryRow(`SELECT coalesce(max(seq), 0) FROM event`).Scan(&seq); err != nil {
		return netchat.Position{}, err
	}
	at, _, err := r.at(seq)
	return at, err
}

// Tail implements Log. Its cost grows with what it returns and passes over.
func (s *SQLite) Tail(after netchat.Position, viewer Viewer, limit int) (Tail, error) {
	var tail Tail
	err := s.reading(func(r reader) error {
		var err error
		tail, err = r.tail(after, viewer, limit)
		return err
	})
	if err != nil {
		return Tail{}, fmt.Errorf("tail after %d: %w", after.Seq, err)
	}
	return tail, nil
}

func (r reader) tail(after netchat.Position, viewer Viewer, limit int) (Tail, error) {
	if after == (netchat.Position{}) {
		after.Epoch = r.epoch // before everything, here as in any Log
	}
	at, known, err := r.at(after.Seq)
	if err != nil {
		return Tail{}, err
	}
	if !known || at != after || after.Seq == 0 && viewer.Floor > 0 {
		return Tail{}, ErrNotContinuous
	}
	var t Tail
	if t.Reached, err = r.last(); err != nil {
		return Tail{}, err
	}
	err = r.events(func(e *netchat.Event) (bool, error) {
		if len(t.Events) >= limit {
			t.More = true
			t.Reached, _, err = r.at(e.Seq - 1)
			return false, err
		}
		t.Events = append(t.Events, e)
		return true, nil
	}, r.refuse, `event WHERE seq > ? AND `+visible+` ORDER BY seq`, append([]any{after.Seq}, sight(viewer)...)...)
	return t, err
}

// Page implements Log. Its cost grows with what it returns and passes over.
func (s *SQLite) Page(q PageQuery) (Page, error) {
	if q.MaxBytes == 0 {
		q.MaxBytes = math.MaxInt
	}
	var page Page
	err := s.reading(func(r reader) error {
		var err error
		page, err = r.page(q)
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("page: %w", err)
	}
	return page, nil
}

func (r reader) page(q PageQuery) (Page, error) {
	p := picker{viewer: q.Viewer, limit: q.Limit, maxBytes: q.MaxBytes}
	floor := q.Viewer.Floor
	var older, newer bool
	var err error
	switch {
	case q.Around != 0:
		return r.pageAround(q)
	case q.After != 0:
		if newer, err = r.pick(&p, `ASC`, max(q.After, floor), math.MaxUint64); err == nil {
			older, err = r.has(q.Viewer, floor, q.After)
		}
		return Page{Messages: p.picked, More: older, Newer: newer, Lacks: q.After < floor}, err
	}
	older, err = r.pick(&p, `DESC`, floor, q.Before-1) // 0 wraps to the greatest
	slices.Reverse(p.picked)
	if err == nil && q.Before > 0 {
		newer, err = r.has(q.Viewer, max(q.Before-1, floor), math.MaxUint64)
	}
	return Page{Messages: p.picked, More: older, Newer: newer}, err
}

func (r reader) pageAround(q PageQuery) (Page, error) {
	p := picker{viewer: q.Viewer, limit: q.Limit - q.Limit/2, maxBytes: q.MaxBytes - q.MaxBytes/2}
	older, err := r.pick(&p, `DESC`, q.Viewer.Floor, q.Around)
	if err != nil {
		return Page{}, err
	}
	slices.Reverse(p.picked)
	p.limit, p.maxBytes = q.Limit, q.MaxBytes
	newer, err := r.pick(&p, `ASC`, max(q.Around, q.Viewer.Floor), math.MaxUint64)
	return Page{Messages: p.picked, More: older, Newer: newer}, err
}

// has reports whether there is a Message for viewer with after < Seq <= upTo.
func (r reader) has(viewer Viewer, after, upTo uint64) (bool, error) {
	return r.pick(&picker{viewer: viewer}, `ASC`, after, upTo)
}

// pick has p gather, in that order, what has after < Seq <= upTo.
func (r reader) pick(p *picker, order string, after, upTo uint64) (more bool, err error) {
	args := append([]any{int64(min(after, math.MaxInt64)), int64(min(upTo, math.MaxInt64))}, sight(p.viewer)...)
	err = r.events(func(e *netchat.Event) (bool, error) {
		more = p.pick(slices.Values([]*netchat.Event{e}))
		return !more, nil
	}, r.skip, `event WHERE seq > ? AND seq <= ? AND `+visible+` ORDER BY seq `+order, args...)
	return more, err
}

// Search implements Log. It finds whole words, and any run of characters of a
// script without blanks between words. Its cost grows with what it returns and passes
// over, not with how often the words are said: the index yields the newest first.
func (s *SQLite) Search(q SearchQuery) ([]netchat.Message, error) {
	text, phrase := soughtText(q.Text)
	if phrase == "" {
		if s.isClosed() {
			return nil, fmt.Errorf("search: %w", netchat.ErrClosed)
		}
		return nil, nil
	}
	p := picker{viewer: q.Viewer, limit: q.Limit, maxBytes: math.MaxInt, text: text}
	err := s.reading(func(r reader) error {
		args := append([]any{phrase, int64(min(q.Viewer.Floor, math.MaxInt64))}, sight(q.Viewer)...)
		return r.events(func(e *netchat.Event) (bool, error) {
			return !p.pick(slices.Values([]*netchat.Event{e})), nil
		}, r.skip, `words CROSS JOIN event ON event.seq = words.rowid
			WHERE words MATCH ? AND words.rowid > ? AND `+visible+` ORDER BY words.rowid DESC`, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return p.picked, nil
}

func (s *SQLite) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// soughtText returns what a Message must have for a search, in lower case, and the
// same as a phrase of the index; empty if no word is in it.
func soughtText(of string) (text, phrase string) {
	text = strings.ToLower(strings.TrimSpace(of))
	words := strings.FieldsFunc(indexed(strings.ToValidUTF8(text, " ")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	if len(words) == 0 {
		return text, ""
	}
	return text, `"` + strings.Join(words, " ") + `"`
}
