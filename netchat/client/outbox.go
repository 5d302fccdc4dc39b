package client

import (
	"container/list"
	"fmt"
	"slices"
	"sync"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of what waits to be sent or acked.
const (
	maxPosts     = 10_000
	maxPostBytes = 16 << 20 // of text
)

// An outbox holds the Posts that are neither acked nor refused, in the order
// of sending: those written on this connection, then those that are not. Any
// goroutine adds; all else is the run loop's.
type outbox struct {
	mu     sync.Mutex
	posts  *list.List // of queued
	byID   map[netchat.EventID]*list.Element
	next   *list.Element // the first one not written; nil: none
	bytes  int
	count  uint64 // of Posts ever added
	keep   *keeper
	closed bool
	answer bool          // one that was removed still has to be told
	empty  chan struct{} // closed while there are no posts, and every answer is told
	wake   chan struct{} // capacity 1: something was added
}

// A queued is a Post with its number among all that were ever added.
type queued struct {
	netchat.Post
	number uint64
}

func newOutbox() *outbox {
	o := &outbox{
		posts: list.New(), byID: make(map[netchat.EventID]*list.Element),
		empty: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	close(o.empty)
	return o
}

func (o *outbox) add(p netchat.Post) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return netchat.ErrClosed
	case o.byID[p.ID] != nil:
		return nil
	case o.posts.Len() >= maxPosts || o.bytes+len(p.Text) > maxPostBytes:
		return netchat.ErrOutboxFull
	}
	if o.pending() == 0 {
		o.empty = make(chan struct{})
	}
	o.count++
	at := o.posts.PushBack(queued{Post: p, number: o.count})
	o.byID[p.ID] = at
	o.bytes += len(p.Text)
	o.keep.tell(netchat.Keeping{Posts: []netchat.Post{p}})
	if o.next == nil {
		o.next = at
	}
	o.signal()
	return nil
}

// keepIn has what is added from now on kept.
func (o *outbox) keepIn(k *keeper) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keep = k
}

// signal wakes the run loop.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// peek returns the first Post that is not written yet.
func (o *outbox) peek() (netchat.Post, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next == nil {
		return netchat.Post{}, false
	}
	return o.next.Value.(queued).Post, true
}

// added returns how many Posts were ever added.
func (o *outbox) added() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// owes reports whether one of the first n Posts ever added is not written yet.
func (o *outbox) owes(n uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next != nil && o.next.Value.(queued).number <= n
}

// wrote says that a Post of peek is written. It may have had its answer since.
func (o *outbox) wrote(id netchat.EventID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next != nil && o.next == o.byID[id] {
		o.next = o.next.Next()
	}
}

// rewind makes every Post unwritten, for a new connection.
func (o *outbox) rewind() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = o.posts.Front()
}

// written returns the ids of the Posts that are written, oldest first.
func (o *outbox) written() []netchat.EventID {
	o.mu.Lock()
	defer o.mu.Unlock()
	var ids []netchat.EventID
	for at := o.posts.Front(); at != o.next; at = at.Next() {
		ids = append(ids, at.Value.(queued).ID)
	}
	return ids
}

func (o *outbox) has(id netchat.EventID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.byID[id] != nil
}

// remove forgets a Post that has its answer, which is to be told before the next
// is removed. The same sent again from now on is another one: its sender may
// have heard the answer already.
func (o *outbox) remove(id netchat.EventID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := o.byID[id]
	if at == nil {
		return
	}
	if o.next == at {
		o.next = at.Next()
	}
	delete(o.byID, id)
	o.bytes -= len(o.posts.Remove(at).(queued).Text)
	o.answer = true
}

// told says that the answer to what was removed has been told.
func (o *outbox) told() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.answer {
		return
	}
	o.answer = false
	if o.posts.Len() == 0 {
		close(o.empty)
	}
}

func (o *outbox) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending()
}

func (o *outbox) pending() int {
	if o.answer {
		return o.posts.Len() + 1
	}
	return o.posts.Len()
}

// drained returns a channel that is closed once there are no Posts and every
// answer has been told.
func (o *outbox) drained() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.empty
}

// close makes later adds fail.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
}

// maxAsks bounds the questions for history that have no answer yet.
const maxAsks = 16

// An ask is a question for history, or with a text a search.
type ask struct {
	netchat.PageAsk
	n    int
	text string
	fill bool // for the copy alone: nobody is told the answer
}

// turns reports whether the question is one that not every host knows.
func (q ask) turns() bool { return q.After != 0 || q.Around != 0 }

// refused is the answer where there is none, because of err.
func (q ask) refused(err error) netchat.Update {
	if q.text != "" {
		return &netchat.Hits{Text: q.text, Err: fmt.Errorf("search: %w", err)}
	}
	// Nothing now, but it may be asked again.
	return &netchat.Page{Of: q.PageAsk, More: true, Newer: true, Err: fmt.Errorf("history: %w", err)}
}

// asks holds the questions without an answer: those written on this
// connection, which are answered in order, then those that are not.
type asks struct {
	mu      sync.Mutex
	queue   []ask
	written int
	closed  bool
}

func newAsks() *asks { return new(asks) }

func (a *asks) add(q ask) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return netchat.ErrClosed
	case len(a.queue) >= maxAsks:
		return fmt.Errorf("%w: too many questions for history", netchat.ErrOutboxFull)
	}
	a.queue = append(a.queue, q)
	return nil
}

// addFill adds a question for the copy, of which there is one at most.
func (a *asks) addFill(q ask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed && !slices.ContainsFunc(a.queue, func(q ask) bool { return q.fill }) {
		a.queue = append(a.queue, q)
	}
}

func (a *asks) peek() (ask, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.written == len(a.queue) {
		return ask{}, false
	}
	return a.queue[a.written], true
}

func (a *asks) wrote() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written++
}

// answered forgets the oldest written question, and returns it.
func (a *asks) answered() (ask, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.written == 0 {
		return ask{}, false
	}
	q := a.queue[0]
	a.written--
	a.queue = a.queue[1:]
	return q, true
}

// open returns the questions, oldest first, unless the room is answering one.
func (a *asks) open() []ask {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.written > 0 {
		return nil
	}
	return slices.Clone(a.queue)
}

// drop forgets a question of open.
func (a *asks) drop(q ask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.queue, q); i >= 0 {
		a.queue = slices.Delete(a.queue, i, i+1)
	}
}

// restart prepares for a new connection: the questions are asked again, or
// dropped if what they were about is replaced. A search is asked again in any case.
func (a *asks) restart(again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written = 0
	if !again {
		a.queue = slices.DeleteFunc(a.queue, func(q ask) bool { return q.text == "" })
	}
}

func (a *asks) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
}
