package historytest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// patience is how long readers may take to see all that was written.
const patience = 30 * time.Second

// batchSize is how many Events the writer of testConcurrentReaders appends at
// once. Its readers must never see a part of a batch.
const batchSize = 3

// testConcurrentReaders has readers follow a Log while it is written.
func testConcurrentReaders(f *fixture) {
	const readers, batches = 4, 60
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	failed := make(chan error, readers)
	var running sync.WaitGroup
	for range readers {
		running.Go(func() {
			failed <- follow(ctx, f.log, batches*batchSize)
		})
	}
	func() {
		defer running.Wait()
		for i := range batches {
			f.append(
				f.draft(alice, netchat.ToAll(), fmt.Sprintf("word %d", i)),
				f.draft(alice, netchat.ToMembers(bob), "a secret"),
				f.draft(alice, netchat.ToAll(), "the last of its batch"),
			)
		}
	}()
	for range readers {
		if err := <-failed; err != nil {
			f.t.Errorf("reader: %v", err)
		}
	}
}

// follow reads log up to the Event with Seq last.
func follow(ctx context.Context, log history.Log, last uint64) error {
	viewer := history.Viewer{Member: bob}
	var at netchat.Position
	for at.Seq < last {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("got to %d: %w", at.Seq, err)
		}
		if head := log.Head(); head.Seq%batchSize != 0 {
			return fmt.Errorf("the head is within a batch: %d", head.Seq)
		}
		tail, err := log.Tail(at, viewer, many)
		if err != nil {
			return err
		}
		for i, e := range tail.Events {
			if want := at.Seq + uint64(i) + 1; e.Seq != want {
				return fmt.Errorf("the tail has event %d, want %d", e.Seq, want)
			}
		}
		if n := len(tail.Events); n%batchSize != 0 || tail.Reached.Seq != at.Seq+uint64(n) {
			return fmt.Errorf("a tail of %d events from %d reached %d", n, at.Seq, tail.Reached.Seq)
		}
		at = tail.Reached
		if err := glance(log, viewer, at.Seq); err != nil {
			return err
		}
		runtime.Gosched() // or the writer waits for its turn on a small machine
	}
	return nil
}

// glance checks that pages and searches are at least as far as seq, and whole.
func glance(log history.Log, viewer history.Viewer, seq uint64) error {
	page, err := log.Page(history.PageQuery{Viewer: viewer, Limit: 1})
	if err != nil {
		return err
	}
	for _, m := range page.Messages {
		if m.Seq < seq || m.Seq%batchSize != 0 {
			return fmt.Errorf("after a tail up to %d the newest message is %d", seq, m.Seq)
		}
	}
	found, err := log.Search(history.SearchQuery{Viewer: viewer, Text: "last", Limit: 1})
	if err != nil {
		return err
	}
	if len(found) < len(page.Messages) || len(found) > 0 && found[0].Seq < seq {
		return fmt.Errorf("after a tail up to %d a search found %v", seq, found)
	}
	return nil
}
