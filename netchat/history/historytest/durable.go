package historytest

import (
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// Durable checks Logs that outlive their process: open makes an empty Log in a
// new dir, and opens what is in it when called again after Close.
func Durable(t *testing.T, open func(t *testing.T, dir string) history.Log) {
	dir := t.TempDir()
	f := newFixture(t, func(t *testing.T) history.Log { return open(t, dir) })
	again := f.draft(alice, netchat.ToAll(), "作业")
	f.append(again)
	for range 3 {
		f.talk(1)
		head := f.log.Head()
		f.close()
		f.log = open(t, dir)
		if got := f.log.Head(); got != head {
			t.Fatalf("opened again, the head is at %v, was at %v", got, head)
		}
		f.append(again, f.draft(bob, netchat.ToAll(), "after a restart"))
		for seq := range f.log.Head().Seq + 1 {
			for _, viewer := range viewers() {
				f.checkTail(f.at(seq), viewer, many)
				f.checkPage(history.PageQuery{Viewer: viewer, Before: seq, Limit: 4})
			}
		}
		f.checkSearch(history.SearchQuery{Viewer: history.Viewer{Member: alice}, Text: "作业", Limit: many})
	}
	if _, err := history.Verify(nil, f.events); err != nil {
		t.Error(err)
	}
}
