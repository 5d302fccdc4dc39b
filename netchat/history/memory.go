package history

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/homeroomchat/homeroom/netchat"
)

// The bounds of a Memory unless its options say otherwise.
const (
	DefaultMaxEvents = 100_000
	DefaultMaxBytes  = 64 << 20
)

const (
	// namesPerEvent says for how many times MaxEvents of the last Events a
	// Memory knows a duplicate: longer than it keeps the Events, so that what
	// waited in a sender's outbox meanwhile doesn't appear twice.
	namesPerEvent = 4

	// eventOverhead is about what an Event takes besides its texts and body:
	// the struct itself, salt, digest, chain and its place in the tables.
	eventOverhead = 512

	// slackShare is the share of MaxBytes that evicted Events may still occupy
	// before they are let go of: a larger one means copying more rarely.
	slackShare = 8
)

// MemoryOptions are the bounds of a Memory.
type MemoryOptions struct {
	Random    io.Reader // of the epoch; nil: crypto/rand
	MaxEvents int       // kept; 0: DefaultMaxEvents
	MaxBytes  int       // of kept Events, as they lie in memory, about; 0: DefaultMaxBytes
}

// A Memory is a Log that leaves no trace on disk: it ends with the process. It
// keeps as many of the newest Events as its bounds allow, and knows duplicates
// for a few times as long. Append refuses, with ErrFull, a batch that does not
// fit as a whole.
type Memory struct {
	maxEvents int
	maxBytes  int
	view      atomic.Pointer[view] // what readers see; replaced, never changed

	mu    sync.Mutex // guards all below, and storing into view
	chain []byte     // of the newest Event
	size  int        // bytes of the Events in view
	slack int        // bytes of evicted Events that are not let go of yet
	seqs  map[netchat.Ref]uint64
	names []netchat.Ref // the keys of seqs, of the newest len(names) Events
}

// NewMemory makes an empty Memory of a new epoch. It fails if a bound is
// negative or no random bytes can be had.
func NewMemory(opts MemoryOptions) (*Memory, error) {
	if opts.MaxEvents < 0 || opts.MaxBytes < 0 {
		return nil, errors.New("new memory log: negative bound")
	}
	if opts.Random == nil {
		opts.Random = rand.Reader
	}
	if opts.MaxEvents == 0 {
		opts.MaxEvents = DefaultMaxEvents
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = DefaultMaxBytes
	}
	epoch, err := netchat.NewEpoch(1, opts.Random)
	if err != nil {
		return nil, fmt.Errorf("new memory log: %w", err)
	}
	m := &Memory{maxEvents: opts.MaxEvents, maxBytes: opts.MaxBytes, seqs: make(map[netchat.Ref]uint64)}
	m.view.Store(&view{before: netchat.Position{Epoch: epoch}})
	return m, nil
}

// Append implements Log. Its cost does not depend on how much is stored.
func (m *Memory) Append(batch []netchat.Event) ([]Stored, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.view.Load()
	if old.closed {
		return nil, fmt.Errorf("append: %w", netchat.ErrClosed)
	}
	if !m.fits(batch) {
		return nil, fmt.Errorf("append %d events: %w", len(batch), ErrFull)
	}
	// Readers of the old view share the array but look only at their own part.
	next := &view{before: old.before, events: old.events}
	stored := make([]Stored, len(batch))
	for i := range batch {
		stored[i] = m.add(next, batch[i])
	}
	m.evict(next)
	m.view.Store(next)
	return stored, nil
}

// fits reports whether the whole batch can be kept, duplicates included.
func (m *Memory) fits(batch []netchat.Event) bool {
	total := 0
	for i := range batch {
		total += sizeOf(&batch[i])
	}
	return len(batch) <= m.maxEvents && total <= m.maxBytes
}

// add puts e at the end of v, or finds what it is a duplicate of.
func (m *Memory) add(v *view, e netchat.Event) Stored {
	name := netchat.Ref{Author: e.Author, ID: e.ID}
	if seq, known := m.seqs[name]; known {
		return Stored{Event: v.recall(seq, name), Duplicate: true}
	}
	e.Epoch = v.before.Epoch
	e.Seq = v.before.Seq + uint64(len(v.events)) + 1
	e.Digest = netchat.DigestOf(e.Salt, e.Body)
	e.Chain = e.ChainAfter(m.chain)
	m.chain = e.Chain
	m.size += sizeOf(&e)
	m.seqs[name] = e.Seq
	m.names = append(m.names, name)
	v.events = append(v.events, &e)
	return Stored{Event: &e}
}

// evict brings v and the names within their bounds.
func (m *Memory) evict(v *view) {
	n, freed := 0, 0
	for len(v.events)-n > m.maxEvents || m.size-freed > m.maxBytes {
		freed += sizeOf(v.events[n])
		n++
	}
	if n > 0 {
		v.before = v.events[n-1].Position()
		v.events = v.events[n:]
		m.size -= freed
		m.slack += freed
	}
	if m.slack > m.maxBytes/slackShare {
		v.events = slices.Clone(v.events)
		m.slack = 0
	}
	for len(m.names) > m.maxEvents*namesPerEvent {
		delete(m.seqs, m.names[0])
		m.names = m.names[1:]
	}
}

// sizeOf is about what e takes in memory.
func sizeOf(e *netchat.Event) int {
	n := eventOverhead + len(e.Body) + len(e.Salt) + len(e.Sig) +
		len(e.ID) + len(e.Kind) + len(e.Author) + len(e.Ref.Author) + len(e.Ref.ID)
	for _, member := range e.Audience.Members {
		n += len(member)
	}
	return n
}

// SeqOf implements Log. Its cost does not depend on how much is stored.
func (m *Memory) SeqOf(name netchat.Ref) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.open(); err != nil {
		return 0, fmt.Errorf("seq of an event: %w", err)
	}
	return m.seqs[name], nil
}

// FirstBy implements Log. Its cost grows with what it passes over.
func (m *Memory) FirstBy(author netchat.MemberID) (uint64, error) {
	v, err := m.open()
	if err != nil {
		return 0, fmt.Errorf("first event: %w", err)
	}
	for _, e := range v.events {
		if e.Author == author {
			return e.Seq, nil
		}
	}
	return 0, nil
}

// Tail implements Log. Its cost grows with what it returns and passes over.
func (m *Memory) Tail(after netchat.Position, viewer Viewer, limit int) (Tail, error) {
	v, err := m.open()
	if err != nil {
		return Tail{}, fmt.Errorf("tail: %w", err)
	}
	tail, err := v.tail(after, viewer, limit)
	if err != nil {
		return Tail{}, fmt.Errorf("tail after %d: %w", after.Seq, err)
	}
	return tail, nil
}

// Page implements Log. Its cost grows with what it returns and passes over.
func (m *Memory) Page(q PageQuery) (Page, error) {
	v, err := m.open()
	if err != nil {
		return Page{}, fmt.Errorf("page: %w", err)
	}
	return v.page(q), nil
}

// Search implements Log. It finds Text within words too, and reads every
// Message until it has found Limit of them.
func (m *Memory) Search(q SearchQuery) ([]netchat.Message, error) {
	v, err := m.open()
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return v.search(q), nil
}

// open returns what there is to read.
func (m *Memory) open() (*view, error) {
	v := m.view.Load()
	if v.closed {
		return nil, netchat.ErrClosed
	}
	return v, nil
}

// Head implements Log.
func (m *Memory) Head() netchat.Position { return m.view.Load().head() }

// Close implements Log: it forgets everything. It never fails.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.view.Store(&view{before: m.Head(), closed: true})
	m.seqs, m.names, m.chain = nil, nil, nil
	return nil
}
