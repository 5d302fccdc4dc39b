package history_test

import (
	"fmt"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// BenchmarkAppend appends to a Log that is full, so each batch evicts another.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			log := open(b, history.MemoryOptions{})
			next := history.DefaultMaxEvents
			add(b, log, batch(b, 0, next, "hello"))
			events := batch(b, 0, size, "hello")
			b.ReportAllocs()
			for b.Loop() {
				for i := range events {
					events[i].ID = netchat.EventID(fmt.Sprintf("%032x", next))
					next++
				}
				add(b, log, events)
			}
		})
	}
}

// BenchmarkTail reads 200 Events near the end of a full Log, and looks in vain
// for any that concern somebody among as many private ones.
func BenchmarkTail(b *testing.B) {
	log := open(b, history.MemoryOptions{})
	events := batch(b, 0, history.DefaultMaxEvents, "hello")
	for i := range events[:history.DefaultMaxEvents/2] {
		events[i].Audience = netchat.ToMembers(author)
	}
	stored := add(b, log, events)
	tail := func(b *testing.B, after netchat.Position, limit, want int) {
		b.ReportAllocs()
		for b.Loop() {
			got, err := log.Tail(after, history.Viewer{Member: reader}, limit)
			if err != nil || len(got.Events) != want {
				b.Fatalf("%d events, %v", len(got.Events), err)
			}
		}
	}
	b.Run("events=200", func(b *testing.B) {
		tail(b, stored[len(stored)-201].Event.Position(), netchat.MaxTail, 200)
	})
	b.Run("skipped=50000", func(b *testing.B) {
		tail(b, netchat.Position{}, 1, 1)
	})
}

// BenchmarkPage reads what a newcomer gets.
func BenchmarkPage(b *testing.B) {
	log := open(b, history.MemoryOptions{})
	add(b, log, batch(b, 0, history.DefaultMaxEvents, "hello"))
	b.ReportAllocs()
	for b.Loop() {
		page, err := log.Page(history.PageQuery{Limit: netchat.SnapshotMessages, MaxBytes: netchat.SnapshotBytes})
		if err != nil || len(page.Messages) != netchat.SnapshotMessages {
			b.Fatalf("%d messages, %v", len(page.Messages), err)
		}
	}
}

// BenchmarkSearch looks for what is nowhere in a full Log.
func BenchmarkSearch(b *testing.B) {
	log := open(b, history.MemoryOptions{})
	add(b, log, batch(b, 0, history.DefaultMaxEvents, "今天的作业在黑板上"))
	b.ReportAllocs()
	for b.Loop() {
		if found, err := log.Search(history.SearchQuery{Text: "考试", Limit: 1}); err != nil || len(found) > 0 {
			b.Fatalf("%v, %v", found, err)
		}
	}
}
