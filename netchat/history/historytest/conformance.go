// Package historytest is what every history.Log must keep, as tests: an
// implementation calls Conformance in a test of its own, and Durable as well if
// it outlives its process.
package historytest

import (
	"errors"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// Conformance checks the Logs that open makes. Each must be new, empty, and of
// an epoch of its own, and have space for 1,000 Events of 100 KiB together.
// The suite closes them.
func Conformance(t *testing.T, open func(t *testing.T) history.Log) {
	tests := []struct {
		name string
		run  func(*fixture)
	}{
		{"empty", testEmpty},
		{"append", testAppend},
		{"duplicates", testDuplicates},
		{"tail from every position", testTail},
		{"tail from what is no position", testNotContinuous},
		{"tail from the start, with a floor", testTailFloor},
		{"private events", testPrivate},
		{"pages", testPages},
		{"page by page", testPageByPage},
		{"page by page on", testPageByPageOn},
		{"long messages", testLongMessages},
		{"nothing to show", testNothingToShow},
		{"search", testSearch},
		{"search takes text literally", testSearchLiterally},
		{"concurrent readers", testConcurrentReaders},
		{"closed", testClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newFixture(t, open)) })
	}
	t.Run("any history", func(t *testing.T) { testAnyHistory(t, open) })
}

// Refused checks that log refuses batch with target, and that nothing of it is
// left: as if Append had not been called.
func Refused(t *testing.T, log history.Log, batch []netchat.Event, target error) {
	t.Helper()
	head := log.Head()
	if _, err := log.Append(batch); !errors.Is(err, target) {
		t.Fatalf("Append: %v, want %v", err, target)
	}
	if got := log.Head(); got != head {
		t.Fatalf("the head is at %v after a refusal, was at %v", got, head)
	}
	tail, err := log.Tail(head, history.Viewer{Host: true}, len(batch))
	if err != nil || len(tail.Events) > 0 || tail.More {
		t.Fatalf("after a refusal the tail is %v, %v", tail, err)
	}
	for i := range batch {
		if seq, err := log.SeqOf(netchat.Ref{Author: batch[i].Author, ID: batch[i].ID}); err != nil || seq > head.Seq {
			t.Fatalf("element %d has seq %d, %v, after a refusal", i, seq, err)
		}
	}
	for i := range batch {
		stored, err := log.Append(batch[i : i+1])
		if errors.Is(err, target) {
			continue // it alone is too much
		}
		if err != nil || stored[0].Duplicate {
			t.Fatalf("element %d alone after a refusal: %v, %v", i, stored, err)
		}
	}
}

func testEmpty(f *fixture) {
	head := f.log.Head()
	if !head.Epoch.Valid() || head.Seq != 0 || head.Mark != "" {
		f.t.Errorf("the head of an empty log is %v", head)
	}
	f.append()
	for _, from := range []netchat.Position{head, {}} {
		f.checkTail(from, history.Viewer{Member: alice}, many)
	}
	f.checkPage(history.PageQuery{Viewer: history.Viewer{Member: alice}, Limit: many})
	f.checkSearch(history.SearchQuery{Viewer: history.Viewer{Member: alice}, Text: "作业", Limit: many})
}

func testAppend(f *fixture) {
	for _, n := range []int{1, 5, 1, 17} {
		var batch []netchat.Event
		for range n {
			batch = append(batch, f.draft(alice, netchat.ToAll(), "hello"))
		}
		batch[0].Ref = netchat.Ref{Author: bob, ID: batch[0].ID}
		batch[0].Audience = netchat.ToMembers(carol, bob)
		f.append(batch...)
	}
	if _, err := history.Verify(nil, f.events); err != nil {
		f.t.Error(err)
	}
	// The writer sees everything that it wrote.
	f.checkTail(netchat.Position{}, history.Viewer{Member: alice}, many)
}

func testDuplicates(f *fixture) {
	first := f.draft(alice, netchat.ToAll(), "first")
	second := f.draft(alice, netchat.ToAll(), "second")
	f.append(first, first, second, first) // within the batch
	f.append(second)                      // alone: nothing to store
	f.append(f.draft(bob, netchat.ToAll(), "new"), first, f.draft(bob, netchat.ToAll(), "new too"))

	changed := first
	changed.Audience, changed.Body = netchat.ToMembers(carol), second.Body
	f.append(changed) // what it says doesn't matter

	other := first
	other.Author = bob
	f.append(other, other) // another author's: not the same
	for _, name := range []netchat.Ref{{Author: alice, ID: first.ID}, {Author: carol, ID: first.ID}, {Author: alice, ID: "unknown"}, {}} {
		f.checkSeqOf(name)
	}
	if len(f.events) != 5 {
		f.t.Errorf("%d events are stored, want 5", len(f.events))
	}
	f.checkTail(netchat.Position{}, history.Viewer{Member: alice}, many)
}

func testClosed(f *fixture) {
	f.append(f.draft(alice, netchat.ToAll(), "hello"))
	head := f.log.Head()
	for range 2 {
		if err := f.log.Close(); err != nil {
			f.t.Fatalf("Close: %v", err)
		}
	}
	viewer := history.Viewer{Member: alice}
	_, appendErr := f.log.Append([]netchat.Event{f.draft(alice, netchat.ToAll(), "late")})
	_, emptyErr := f.log.Append(nil)
	_, seqErr := f.log.SeqOf(netchat.Ref{Author: alice, ID: f.events[0].ID})
	_, firstErr := f.log.FirstBy(alice)
	_, tailErr := f.log.Tail(head, viewer, many)
	_, pageErr := f.log.Page(history.PageQuery{Viewer: viewer, Limit: many})
	_, searchErr := f.log.Search(history.SearchQuery{Viewer: viewer, Text: "hello", Limit: many})
	for i, err := range []error{appendErr, emptyErr, seqErr, firstErr, tailErr, pageErr, searchErr} {
		if !errors.Is(err, netchat.ErrClosed) {
			f.t.Errorf("call %d after Close: %v", i, err)
		}
	}
	if got := f.log.Head(); got != head {
		f.t.Errorf("the head is at %v after Close, was at %v", got, head)
	}
}
