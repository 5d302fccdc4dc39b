package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

func openCopy(t *testing.T, path string) *history.Copy {
	t.Helper()
	c, err := history.OpenCopy(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func said(epoch netchat.Epoch, seq uint64) netchat.Message {
	return netchat.Message{
		Epoch: epoch, Seq: seq, Rev: seq, Time: time.UnixMilli(int64(seq)).UTC(), ID: netchat.EventID(fmt.Sprintf("%032x", seq)),
		Kind: netchat.KindMessage, Author: "a", Name: "Ada", Audience: netchat.ToMembers("b", "c"), Text: fmt.Sprintf("line %d", seq), Mark: "m",
	}
}

func must(t interface {
	Helper()
	Fatal(args ...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCopyKeeps what it was told, over a restart.
func TestCopyKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies", "x.db")
	c := openCopy(t, path)
	if kept, err := c.Load(); err != nil || kept.Room.ID != "" || kept.Position != (netchat.Position{}) || kept.Waiting != nil {
		t.Errorf("a new one has %+v, %v", kept, err)
	}
	room := netchat.RoomInfo{ID: "r", Name: "教室", Host: "Ada", AppOnly: true}
	at := netchat.Position{Epoch: "e", Seq: 9, Mark: "x"}
	posts := []netchat.Post{{ID: "1", Text: "one"}, {ID: "2", Text: "two", To: []netchat.MemberID{"b"}}, {ID: "3", Text: "three"}}
	must(t, c.Save([]netchat.Keeping{
		{Room: room, Posts: posts[:1]},
		{Messages: []netchat.Message{said("e", 8), said("e", 9)}, Position: at, Anew: true, More: true},
		{Posts: posts},
		{Answered: []netchat.EventID{"1", "never sent"}},
	}))
	must(t, c.Close())
	if _, err := c.Load(); !errors.Is(err, netchat.ErrClosed) {
		t.Error(err)
	}
	c = openCopy(t, path)
	kept, err := c.Load()
	if err != nil || kept.Room != room || kept.Position != at || kept.Since != 8 {
		t.Errorf("%+v, %v", kept, err)
	}
	if len(kept.Waiting) != 2 || kept.Waiting[0].ID != "2" || !slices.Equal(kept.Waiting[0].To, posts[1].To) || kept.Waiting[1].Text != "three" {
		t.Errorf("waiting %+v", kept.Waiting)
	}
	page, err := c.Page(netchat.PageAsk{}, 10)
	if err != nil || !page.More || len(page.Messages) != 2 || fmt.Sprint(page.Messages[0]) != fmt.Sprint(said("e", 8)) {
		t.Errorf("%+v, %v", page, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// diskRuns is how many of rapid's runs write to the disk, which takes its time under
// the race detector.
const diskRuns = 25

// TestCopyPages: whatever is kept in whatever order, a Page never leaves out a
// Message between two of its own, and says whether there are older ones.
func TestCopyPages(t *testing.T) {
	dir := t.TempDir()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		if run++; run > diskRuns {
			return
		}
		c, err := history.OpenCopy(filepath.Join(dir, fmt.Sprint(run)))
		must(t, err)
		defer c.Close()
		head := rapid.Uint64Range(0, 60).Draw(t, "head")
		since := head + 1
		var all []uint64 // contiguous up to the head
		snapshot := func() {
			n := rapid.Uint64Range(0, min(head, 20)).Draw(t, "snapshot")
			k := netchat.Keeping{Anew: true, Position: netchat.Position{Epoch: "e", Seq: head}, More: head > n}
			all = nil
			for seq := head - n + 1; seq <= head; seq++ {
				k.Messages, all = append(k.Messages, said("e", seq)), append(all, seq)
			}
			since = head - n + 1
			must(t, c.Save([]netchat.Keeping{k}))
		}
		snapshot()
		t.Repeat(map[string]func(*rapid.T){
			"event": func(*rapid.T) {
				head++
				all = append(all, head)
				must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", head)}, Position: netchat.Position{Epoch: "e", Seq: head}}}))
			},
			"gap": func(t *rapid.T) {
				head += rapid.Uint64Range(1, 30).Draw(t, "missed")
				snapshot()
			},
			"older": func(t *rapid.T) {
				if since <= 1 || len(all) == 0 {
					return
				}
				n := rapid.Uint64Range(1, since-1).Draw(t, "n")
				k := netchat.Keeping{Older: true, More: since-n > 1}
				for seq := since - n; seq < since; seq++ {
					k.Messages = append(k.Messages, said("e", seq))
				}
				older := make([]uint64, 0, n)
				for _, m := range k.Messages {
					older = append(older, m.Seq)
				}
				all, since = append(older, all...), since-n
				must(t, c.Save([]netchat.Keeping{k}))
			},
			"": func(t *rapid.T) {
				seq := rapid.Uint64Range(0, head+2).Draw(t, "seq")
				n := rapid.IntRange(1, 30).Draw(t, "page")
				of := []netchat.PageAsk{{Before: seq}, {After: seq}, {Around: seq}}[rapid.IntRange(0, 2).Draw(t, "which")]
				from, to := pageOf(all, of, n)
				page, err := c.Page(of, n)
				must(t, err)
				var got []uint64
				for _, m := range page.Messages {
					got = append(got, m.Seq)
				}
				more, newer := since > 1 || from > 0, to < len(all)
				if !slices.Equal(got, all[from:to]) || page.More != more || page.Newer != newer || page.Of != of {
					t.Fatalf("%+v, %d of %v since %d: %v, more %v, newer %v", of, n, all, since, got, page.More, page.Newer)
				}
			},
		})
	})
}

// TestCopyOfAForkedLog: where the host's data was copied back, the same epoch goes on
// otherwise, and what comes from there now is what is kept.
func TestCopyOfAForkedLog(t *testing.T) {
	fork := func(seq uint64) netchat.Message {
		m := said("e", seq)
		m.ID, m.Name, m.Text, m.Mark = "f"+m.ID[1:], "Bob", fmt.Sprintf("fork %d", seq), "f"
		return m
	}
	at := func(seq uint64) netchat.Position { return netchat.Position{Epoch: "e", Seq: seq, Mark: "f"} }
	three := []netchat.Message{said("e", 1), said("e", 2), said("e", 3)}
	for name, test := range map[string]struct {
		kept  []netchat.Message
		steps []netchat.Keeping
		want  []netchat.Message // of a Page
		found []netchat.Message // all, newest first
	}{
		"behind a snapshot": {
			kept:  three,
			steps: []netchat.Keeping{{Messages: three[:1], Position: at(1), Anew: true}, {Messages: []netchat.Message{fork(2)}, Position: at(2)}},
			want:  []netchat.Message{said("e", 1), fork(2)},
		},
		"in a snapshot": {
			kept:  three,
			steps: []netchat.Keeping{{Messages: []netchat.Message{said("e", 1), fork(3)}, Position: at(3), Anew: true}},
			want:  []netchat.Message{said("e", 1), fork(3)},
		},
		"with a snapshot of nothing": {
			kept:  three,
			steps: []netchat.Keeping{{Position: at(1), Anew: true, More: true}, {Messages: []netchat.Message{fork(3)}, Position: at(3)}},
			want:  []netchat.Message{fork(3)}, found: []netchat.Message{fork(3), said("e", 1)},
		},
		"with older ones": {
			kept: append(three, said("e", 4), said("e", 5)),
			steps: []netchat.Keeping{
				{Messages: []netchat.Message{fork(6)}, Position: at(6), Anew: true, More: true},
				{Messages: []netchat.Message{fork(3), fork(4)}, Older: true, More: true},
			},
			want: []netchat.Message{fork(3), fork(4), fork(6)}, found: []netchat.Message{fork(6), fork(4), fork(3), said("e", 2), said("e", 1)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
			last := test.kept[len(test.kept)-1]
			must(t, c.Save([]netchat.Keeping{{Messages: test.kept, Position: netchat.Position{Epoch: "e", Seq: last.Seq, Mark: last.Mark}, Anew: true}}))
			must(t, c.Save(test.steps))
			page, err := c.Page(netchat.PageAsk{}, 10)
			if err != nil || fmt.Sprint(page.Messages) != fmt.Sprint(test.want) {
				t.Errorf("%v, %v", page.Messages, err)
			}
			if test.found == nil {
				test.found = slices.Clone(test.want)
				slices.Reverse(test.found)
			}
			var found []netchat.Message
			for _, text := range []string{"fork", "line"} {
				some, err := c.Search(text, 10)
				must(t, err)
				found = append(found, some...)
			}
			slices.SortFunc(found, func(a, b netchat.Message) int { return int(b.Seq) - int(a.Seq) })
			if fmt.Sprint(found) != fmt.Sprint(test.found) {
				t.Errorf("found are %v", found)
			}
			if n, old := c.Indexed(t, "fork"), c.Indexed(t, "line"); n+old != len(test.found) {
				t.Errorf("%d and %d are indexed", n, old)
			}
		})
	}
}

// TestCopyBehindAFloor: that the room shows us nothing older does not make a Page go on
// with what is kept from before, over what is missing.
func TestCopyBehindAFloor(t *testing.T) {
	for name, steps := range map[string][]netchat.Keeping{
		"a snapshot": {{Messages: []netchat.Message{said("e", 7), said("e", 8)}, Position: netchat.Position{Epoch: "e", Seq: 8}, Anew: true}},
		"an empty one": {
			{Position: netchat.Position{Epoch: "e", Seq: 6}, Anew: true},
			{Messages: []netchat.Message{said("e", 7), said("e", 8)}, Position: netchat.Position{Epoch: "e", Seq: 8}},
		},
		"older ones": {
			{Messages: []netchat.Message{said("e", 8)}, Position: netchat.Position{Epoch: "e", Seq: 8}, Anew: true, More: true},
			{Messages: []netchat.Message{said("e", 7)}, Older: true, More: true},
			{Older: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
			must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", 1), said("e", 2)}, Position: netchat.Position{Epoch: "e", Seq: 2}, Anew: true}}))
			must(t, c.Save(steps))
			for before, want := range map[uint64]string{0: "[line 7 line 8]", 7: "[]"} {
				page, err := c.Page(netchat.PageAsk{Before: before}, 10)
				if err != nil || page.More || fmt.Sprint(textsOf(page.Messages)) != want {
					t.Errorf("before %d: %q, more %v, %v", before, textsOf(page.Messages), page.More, err)
				}
			}
		})
	}
}

// TestCopyAll has the Messages of earlier epochs, too, and those that came last
// though they are older; but once what a room that was repaired has taken over.
func TestCopyAll(t *testing.T) {
	c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
	var old []netchat.Message
	for seq := range uint64(700) {
		old = append(old, said("z", seq+1))
	}
	fresh := func(seq uint64) netchat.Message {
		m := said("a", seq)
		m.ID = "f" + m.ID[1:]
		return m
	}
	taken := said("a", 3)
	taken.ID = old[699].ID
	must(t, c.Save([]netchat.Keeping{
		{Messages: old, Position: netchat.Position{Epoch: "z", Seq: 700}},
		{Messages: []netchat.Message{fresh(5)}, Position: netchat.Position{Epoch: "a", Seq: 5}, Anew: true, More: true},
		{Messages: []netchat.Message{taken, fresh(4)}, Older: true, More: true},
	}))
	var got []string
	for e, err := range c.All(t.Context()) {
		must(t, err)
		if m, ok := netchat.MessageOf(e); !ok || m.Text != fmt.Sprintf("line %d", e.Seq) || m.Name != "Ada" || !e.Audience.Private() {
			t.Errorf("%+v", m)
		}
		got = append(got, fmt.Sprint(e.Epoch, e.Seq))
	}
	n, err := c.Count()
	if err != nil || n != 702 || len(got) != 702 || got[0] != "z1" || got[698] != "z699" || !slices.Equal(got[699:], []string{"a3", "a4", "a5"}) {
		t.Errorf("%d, %v: %v", n, err, got[max(len(got)-5, 0):])
	}
}

// TestDamagedCopy: whatever happened to the file, it opens, never shows a text that
// was not said, and keeps on.
func TestDamagedCopy(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	c := openCopy(t, whole)
	var all []netchat.Message
	for seq := range uint64(40) {
		all = append(all, said("e", seq+1))
	}
	must(t, c.Save([]netchat.Keeping{{Room: netchat.RoomInfo{ID: "r"}, Messages: all, Position: netchat.Position{Epoch: "e", Seq: 40}}}))
	must(t, c.Close())
	content, err := os.ReadFile(whole)
	must(t, err)
	for _, size := range []int{0, 1, 50, 100, 4096, 5000, len(content) / 2, len(content) - 1} {
		path := filepath.Join(dir, fmt.Sprintf("cut-%d.db", size))
		must(t, os.WriteFile(path, content[:size], 0o600))
		c, err := history.OpenCopy(path)
		if err != nil {
			t.Errorf("%d bytes: %v", size, err)
			continue
		}
		if _, err := c.Load(); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		must(t, c.Save([]netchat.Keeping{{Messages: all[:1]}}))
		must(t, c.Close())
	}
	// With a page in the middle overwritten, what waits is still sent.
	c = openCopy(t, whole)
	must(t, c.Save([]netchat.Keeping{{Posts: []netchat.Post{{ID: "1", Text: "still to be sent"}}}}))
	must(t, c.Close())
	content, err = os.ReadFile(whole)
	must(t, err)
	for at := 0; at+4096 <= len(content); at += 4096 {
		page := content[at : at+4096]
		if i := bytes.Index(page, []byte("line 7")); i >= 0 && at > 0 {
			copy(page, make([]byte, 64))
		}
	}
	must(t, os.WriteFile(whole, content, 0o600))
	for range 2 { // it is said until somebody has gone on from there
		c = openCopy(t, whole)
		if kept, err := c.Load(); err != nil || len(kept.Waiting) != 1 || kept.Position.Epoch != "" || kept.Aside != whole+".bad-1" {
			t.Errorf("%+v, %v", kept, err)
		}
		must(t, c.Close())
	}
	c = openCopy(t, whole)
	must(t, c.Save([]netchat.Keeping{{Room: netchat.RoomInfo{ID: "r"}, Position: netchat.Position{Epoch: "f", Seq: 9}, Anew: true}}))
	if kept, err := c.Load(); err != nil || kept.Aside != "" {
		t.Errorf("%+v, %v", kept, err)
	}
	garbage := filepath.Join(dir, "garbage.db")
	for range 3 {
		must(t, os.WriteFile(garbage, []byte("this is no database, and longer than the header of one would be, by far, so that it is looked at."), 0o600))
		must(t, openCopy(t, garbage).Close())
	}
	if bad, err := filepath.Glob(garbage + ".bad-*"); err != nil || len(bad) != 3 {
		t.Errorf("%v, %v", bad, err)
	}
}

// TestCopyBegunAnewCutShort: wherever the program ends while a damaged Copy is replaced,
// what waits to be sent is there at the next start.
func TestCopyBegunAnewCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies", "x.db")
	fresh := path + ".new"
	c := openCopy(t, path)
	must(t, c.Save([]netchat.Keeping{{Posts: []netchat.Post{{ID: "1", Text: "waits"}}}}))
	must(t, c.Close())
	content, err := os.ReadFile(path)
	must(t, err)
	content[21]++ // in the header
	damaged := bytes.Clone(content)
	must(t, os.WriteFile(path, damaged, 0o600))
	check := func() {
		t.Helper()
		c := openCopy(t, path)
		kept, err := c.Load()
		must(t, errors.Join(err, c.Close()))
		if len(kept.Waiting) != 1 || kept.Waiting[0].Text != "waits" || kept.Aside != path+".bad-1" {
			t.Errorf("%+v", kept)
		}
		if aside, err := os.ReadFile(path + ".bad-1"); err != nil || !bytes.Equal(aside, damaged) {
			t.Errorf("%d bytes are aside, %v", len(aside), err)
		}
	}
	// Another cannot be made, as on a full disk.
	must(t, os.MkdirAll(filepath.Join(fresh, "x"), 0o700))
	if _, err := history.OpenCopy(path); err == nil {
		t.Error("it opens")
	}
	must(t, os.RemoveAll(fresh))
	if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, damaged) {
		t.Errorf("%d bytes are left, %v", len(left), err)
	}
	// A part of it was made.
	must(t, os.WriteFile(fresh, content[:4096], 0o600))
	must(t, os.WriteFile(fresh+"-wal", content[:100], 0o600))
	check()
	// All of it was, and the damaged one is aside already, but for what lay beside it.
	must(t, os.Rename(path, fresh))
	must(t, os.WriteFile(path+"-wal", walOf(t), 0o600))
	must(t, os.WriteFile(path+"-shm", []byte("stale"), 0o600))
	check()
	// A part of it was, and there is nothing else.
	must(t, os.Rename(path, fresh))
	must(t, os.WriteFile(fresh+"-wal", walOf(t), 0o600))
	c = openCopy(t, path)
	if kept, err := c.Load(); err != nil || kept.Waiting != nil || kept.Aside != "" {
		t.Errorf("%+v, %v", kept, err)
	}
	if left, err := filepath.Glob(fresh + "*"); err != nil || left != nil {
		t.Errorf("%v, %v", left, err)
	}
}

// walOf returns what lies beside a Copy in use that other Posts wait in.
func walOf(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "y.db")
	c := openCopy(t, path)
	must(t, c.Save([]netchat.Keeping{{Posts: []netchat.Post{{ID: "2", Text: "another"}, {ID: "3", Text: "and another"}}}}))
	content, err := os.ReadFile(path + "-wal")
	must(t, err)
	must(t, c.Close())
	return content
}

// pageOf returns which of all are a page of n.
func pageOf(all []uint64, of netchat.PageAsk, n int) (from, to int) {
	upTo := func(seq uint64) int {
		i, found := slices.BinarySearch(all, seq)
		if found {
			i++
		}
		return i
	}
	switch {
	case of.Around != 0:
		i := upTo(of.Around)
		from = max(i-(n-n/2), 0)
		return from, min(from+n, len(all))
	case of.After != 0:
		i := upTo(of.After)
		return i, min(i+n, len(all))
	case of.Before != 0:
		i, _ := slices.BinarySearch(all, of.Before)
		return max(i-n, 0), i
	}
	return max(len(all)-n, 0), len(all)
}

// TestFullCopy lets go of the oldest, whatever came when: between two Messages of a
// Page none is missing.
func TestFullCopy(t *testing.T) {
	c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
	const n = 500
	c.Limit(n)
	var all []netchat.Message
	for seq := uint64(1001); seq <= n+1000; seq++ {
		all = append(all, said("e", seq))
	}
	must(t, c.Save([]netchat.Keeping{{Messages: all, Position: netchat.Position{Epoch: "e", Seq: n + 1000}, Anew: true, More: true}}))
	must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", 999), said("e", 1000)}, Older: true, More: true}}))
	must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", n+1001)}, Position: netchat.Position{Epoch: "e", Seq: n + 1001}}}))
	count, err := c.Count()
	if err != nil || count != n {
		t.Errorf("%d are kept, %v", count, err)
	}
	page, err := c.Page(netchat.PageAsk{Before: 1100}, 200)
	if err != nil || len(page.Messages) != 98 || page.Messages[0].Seq != 1002 || !page.More {
		t.Errorf("%d from %d on, more %v, %v", len(page.Messages), page.Messages[0].Seq, page.More, err)
	}
}

// TestFullCopyOfAnotherEpoch lets go of what was said before the room's Log was begun
// anew, rather than of what has just come.
func TestFullCopyOfAnotherEpoch(t *testing.T) {
	for _, epochs := range [][2]netchat.Epoch{{"1", "2"}, {"2", "1"}} {
		c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
		c.Limit(10)
		var old []netchat.Message
		for seq := range uint64(10) {
			old = append(old, said(epochs[0], seq+1))
		}
		must(t, c.Save([]netchat.Keeping{{Messages: old, Position: netchat.Position{Epoch: epochs[0], Seq: 10}, Anew: true}}))
		must(t, c.Save([]netchat.Keeping{{
			Messages: []netchat.Message{said(epochs[1], 1), said(epochs[1], 2)}, Position: netchat.Position{Epoch: epochs[1], Seq: 2}, Anew: true,
		}}))
		page, err := c.Page(netchat.PageAsk{}, 10)
		if err != nil || len(page.Messages) != 2 || page.More {
			t.Errorf("%v: %+v, %v", epochs, page, err)
		}
		if n, err := c.Count(); err != nil || n != 10 {
			t.Errorf("%v: %d are kept, %v", epochs, n, err)
		}
	}
}

// TestCopiesAreClosed: a folder that was open to others is closed.
func TestCopiesAreClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copies")
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.Chmod(dir, 0o755)) // whatever the umask
	c := openCopy(t, filepath.Join(dir, "x.db"))
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if kept, err := c.Load(); err != nil || kept.Exposed != nil {
		t.Errorf("%+v, %v", kept, err)
	}
}
