package model

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
)

// A host is a room's Log and what is on its way from there to one member.
type host struct {
	epoch  int
	log    []netchat.Message
	queue  []netchat.Update // what comes, in order
	asks   []netchat.PageAsk
	told   uint64 // the Seq of the last Event or Snapshot that has come
	client *Room

	refused bool // a question has been
}

func (h *host) message(seq uint64) netchat.Message {
	m := message(seq, fmt.Sprintf("%d-%d", h.epoch, seq), liu, fmt.Sprint(seq))
	m.Epoch = netchat.Epoch(fmt.Sprint(h.epoch))
	return m
}

// say adds a message; the Seqs between are others' private ones.
func (h *host) say(t *rapid.T) {
	seq := uint64(rapid.IntRange(1, 3).Draw(t, "seqs"))
	if n := len(h.log); n > 0 {
		seq += h.log[n-1].Seq
	}
	h.log = append(h.log, h.message(seq))
	e := event(seq, string(h.log[len(h.log)-1].ID), liu, fmt.Sprint(seq))
	e.Epoch = h.log[0].Epoch
	h.queue = append(h.queue, e)
}

// page answers of as a Log does, with n messages.
func (h *host) page(of netchat.PageAsk, n int) *netchat.Page {
	upTo := func(seq uint64) int {
		return len(h.log) - len(slices.DeleteFunc(slices.Clone(h.log), func(m netchat.Message) bool { return m.Seq <= seq }))
	}
	from, to := max(len(h.log)-n, 0), len(h.log)
	switch {
	case of.Around != 0:
		i := upTo(of.Around)
		from = max(i-(n-n/2), 0)
		to = min(from+n, to)
	case of.After != 0:
		from = upTo(of.After)
		to = min(from+n, to)
	case of.Before != 0:
		to = upTo(of.Before - 1)
		from = max(to-n, 0)
	}
	return &netchat.Page{Of: of, Messages: slices.Clone(h.log[from:to]), More: from > 0, Newer: to < len(h.log)}
}

func (h *host) snapshot(t *rapid.T) {
	p := h.page(netchat.PageAsk{}, rapid.SampledFrom([]int{1, 5, 12, 60}).Draw(t, "snapshot"))
	p.Snapshot = true
	h.queue, h.asks = []netchat.Update{welcomed(me, liu), p}, nil
}

// check fails unless what is shown is a part of the Log without a gap, and the end
// of it unless it says otherwise.
func (h *host) check(t *rapid.T) {
	line := h.client.Timeline()
	var got, all []uint64
	for i := range line.Len() {
		l := line.Line(i)
		if l.State != LineStored || l.Message.Epoch != h.log[0].Epoch {
			t.Fatalf("line %d is %+v", i, l)
		}
		if at, ok := line.At(l.Message.Seq); !ok || at != i {
			t.Fatalf("line %d is found at %d", i, at)
		}
		got = append(got, l.Message.Seq)
	}
	for _, m := range h.log {
		all = append(all, m.Seq)
	}
	if len(got) == 0 {
		t.Fatal("nothing is shown")
	}
	from, ok := slices.BinarySearch(all, got[0])
	if !ok || from+len(got) > len(all) || !slices.Equal(got, all[from:from+len(got)]) {
		t.Fatalf("shown are %v of %v", got, all)
	}
	last := got[len(got)-1]
	if !line.Detached() && last != h.told {
		t.Fatalf("the end is %d, but %d has come", last, h.told)
	}
	if line.Detached() && last >= line.live.first() {
		t.Fatalf("the part ends with %d, the end begins with %d", last, line.live.first())
	}
	if len(line.live.lines) > line.limit || line.Len() > line.limit {
		t.Fatalf("%d and %d lines are kept", len(line.live.lines), line.Len())
	}
	if idle := len(h.asks)+len(h.queue) == 0; idle && (line.Asking() || line.Seeking() || line.Detached() && line.window.after != 0) {
		t.Fatal("an answer is waited for that won't come")
	}
	if !h.refused && !line.Asking() && line.limit > len(h.log) && line.More() != (from > 0) {
		t.Fatalf("more is %v, from %d on", line.More(), from)
	}
	kept := len(line.live.lines)
	if line.Detached() {
		kept += line.Len()
	}
	if len(line.seen) != kept {
		t.Fatalf("%d are remembered for %d lines", len(line.seen), kept)
	}
}

// TestNoGap: whatever pages, events and jumps come in whatever order, what is shown
// has no gap and nothing twice, and one can read on from there to the newest.
func TestNoGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &host{}
		limit := rapid.SampledFrom([]int{30, 1000}).Draw(t, "limit")
		h.client = NewRoom(Options{NewID: func() (netchat.EventID, error) { return "own", nil }, MaxLines: limit})
		talk := func(what string) {
			for range rapid.SampledFrom([]int{3, 40, 80}).Draw(t, what) {
				h.say(t)
			}
		}
		talk("said before")
		h.queue = nil
		h.snapshot(t)
		line := h.client.Timeline()
		come := func() {
			for _, u := range h.queue {
				switch u := u.(type) {
				case *netchat.Event:
					h.told = u.Seq
				case *netchat.Page:
					if u.Snapshot {
						h.told = u.Messages[len(u.Messages)-1].Seq
					}
				}
				h.client.Apply([]netchat.Update{u})
				if _, ok := u.(*netchat.Welcome); !ok { // what follows replaces what is shown
					h.check(t)
				}
			}
			h.queue = nil
		}
		come()
		answer := func(n int) {
			if len(h.asks) > 0 {
				h.queue = append(h.queue, h.page(h.asks[0], n))
				h.asks = h.asks[1:]
			}
		}
		newer := func() {
			if seq, ok := line.AskNewer(); ok {
				h.asks = append(h.asks, netchat.PageAsk{After: seq})
			}
		}
		seek := func(seq uint64) {
			if !line.Seek(seq) {
				h.asks = append(h.asks, netchat.PageAsk{Around: seq})
			} else if _, ok := line.At(seq); !ok {
				t.Fatalf("%d is not shown", seq)
			}
		}
		// Much has to come together until something is at a boundary: mostly a
		// question is answered at once.
		soon := func() {
			if rapid.IntRange(0, 3).Draw(t, "later") > 0 {
				for len(h.asks) > 0 {
					answer(rapid.IntRange(1, 15).Draw(t, "n"))
				}
				come()
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"say":   func(t *rapid.T) { h.say(t) },
			"come":  func(*rapid.T) { come() },
			"newer": func(*rapid.T) { newer(); soon() },
			"older": func(*rapid.T) {
				if seq, ok := line.AskOlder(); ok {
					h.asks = append(h.asks, netchat.PageAsk{Before: seq})
				}
				soon()
			},
			"answer": func(t *rapid.T) { answer(rapid.IntRange(1, 15).Draw(t, "n")) },
			"seek": func(t *rapid.T) {
				seq := 1 + h.log[len(h.log)-1].Seq*uint64(rapid.IntRange(0, 100).Draw(t, "percent"))/100
				surely := len(h.queue) == 0 && line.limit > len(h.log)
				seek(seq)
				soon()
				_, shown := line.At(seq)
				if there := slices.ContainsFunc(h.log, func(m netchat.Message) bool { return m.Seq == seq }); surely && !line.Seeking() && shown != there {
					t.Fatalf("%d is shown: %v", seq, shown)
				}
			},
			"newest": func(*rapid.T) {
				line.Newest()
				if line.Detached() || line.Seeking() {
					t.Fatal("the end is not shown")
				}
			},
			"trouble": func(t *rapid.T) {
				switch rapid.IntRange(0, 5).Draw(t, "what") {
				case 0:
					if len(h.asks) > 0 {
						h.refused = true
						h.queue = append(h.queue, &netchat.Page{Of: h.asks[0], More: true, Newer: true, Err: netchat.ErrUnsupported})
						h.asks = h.asks[1:]
					}
				case 1, 2:
					w := welcomed(me, liu)
					w.Recovered = true
					h.queue = append(h.queue, w)
				case 3: // what is on its way is lost, and what is said meanwhile
					talk("missed")
					h.snapshot(t)
				case 4:
					h.snapshot(t)
				case 5:
					h.epoch++
					h.log, h.refused = nil, false
					talk("said anew")
					h.snapshot(t)
					come()
				}
			},
			"": func(t *rapid.T) { h.check(t) },
		})
		come()
		for len(h.asks) > 0 {
			answer(7)
			come()
		}
		line.Newest() // from a part that goes on
		seek(h.log[0].Seq)
		for len(h.asks) > 0 {
			answer(7)
			come()
		}
		if i, ok := line.At(h.log[0].Seq); !ok || i != 0 || line.Seeking() {
			t.Fatalf("the first message is at %d, %v", i, ok)
		}
		back := welcomed(me, liu)
		back.Recovered = true
		h.queue = append(h.queue, back) // what was refused is asked for again
		come()
		for range len(h.log) + 1 {
			newer()
			answer(7)
			come()
		}
		if line.Detached() {
			t.Fatal("reading on does not lead to the end")
		}
	})
}

// TestPartOfLongAgo has own messages arrive, fail and wait while a part of long ago
// is shown, which has none of them.
func TestPartOfLongAgo(t *testing.T) {
	r := newTestRoom(t, 0)
	line := r.Timeline()
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: []netchat.Message{message(50, "e", liu, "50"), message(51, "f", liu, "51")}})
	known := line.Line(0)
	fails, waits, arrived := compose(t, r, "fails"), compose(t, r, "waits"), compose(t, r, "arrived")
	r.Fail(fails.ID, Failure{Err: netchat.ErrOutboxFull})
	if line.Seek(10) || !line.Seeking() {
		t.Fatal("it is not here")
	}
	around := &netchat.Page{Of: netchat.PageAsk{Around: 10}, More: true, Newer: true, Messages: []netchat.Message{
		message(9, "a", liu, "9"), message(10, "b", liu, "10"), message(11, string(arrived.ID), me, "arrived"),
	}}
	apply(r, &netchat.Page{Of: netchat.PageAsk{Around: 11}, Newer: true, Messages: around.Messages}) // something else was asked
	wantTold(t, r, "50 51 fails! waits? arrived?")
	apply(r, around)
	wantTold(t, r, "9 10 arrived")
	if r.Timeline().Waiting() != 1 || !line.Detached() || line.Seeking() {
		t.Errorf("%d wait, %+v", r.Timeline().Waiting(), line)
	}
	if c := apply(r, event(52, "g", liu, "52"), &netchat.SystemLine{Name: "x", Time: noon}); c.News != 1 {
		t.Errorf("%d news", c.News)
	}
	wantTold(t, r, "9 10 arrived")
	if after, ok := line.AskNewer(); !ok || after != 11 {
		t.Errorf("after %d, %v", after, ok)
	}
	if _, ok := line.AskNewer(); ok {
		t.Error("asked twice")
	}
	apply(r, &netchat.Page{Of: netchat.PageAsk{After: 11}, More: true, Newer: true, Messages: []netchat.Message{
		message(12, string(fails.ID), me, "fails"), message(50, "e", liu, "50"),
	}})
	wantTold(t, r, "9 10 arrived fails 50 51 52 *x waits?")
	if line.Detached() || line.Line(4) != known {
		t.Error("it has not grown up to the end")
	}
	if before, ok := line.AskOlder(); !ok || before != 9 {
		t.Errorf("before %d, %v", before, ok)
	}
	apply(r, event(53, string(waits.ID), me, "waits"))
	wantTold(t, r, "9 10 arrived fails 50 51 52 *x waits")
}

// said returns messages of others with these Seqs.
func said(seqs ...uint64) (all []netchat.Message) {
	for _, seq := range seqs {
		all = append(all, message(seq, fmt.Sprint("of ", seq), liu, fmt.Sprint(seq)))
	}
	return all
}

// TestSeek in what is at hand, beyond it, and in vain.
func TestSeek(t *testing.T) {
	r := newTestRoom(t, 0)
	line := r.Timeline()
	around := func(seq uint64, newer bool, seqs ...uint64) {
		t.Helper()
		if line.Seek(seq) {
			t.Errorf("%d is here", seq)
		}
		apply(r, &netchat.Page{Of: netchat.PageAsk{Around: seq}, More: true, Newer: newer, Messages: said(seqs...)})
	}
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: said(50, 51)})
	if before, ok := line.AskOlder(); !ok || before != 50 {
		t.Errorf("before %d, %v", before, ok)
	}
	around(20, true, 19, 20, 21)
	apply(r, &netchat.Page{Of: netchat.PageAsk{Before: 50}, More: true, Messages: said(18, 19, 20, 21, 48, 49)}) // of the end, which goes no further than that
	wantTold(t, r, "19 20 21")
	if !line.Seek(51) || line.Detached() {
		t.Error("what is at the end is asked for")
	}
	around(20, true, 19, 21) // it was let go of
	around(21, true)
	wantTold(t, r, "48 49 50 51")
	if line.Seeking() {
		t.Error("it goes on")
	}
	around(47, true, 47, 48, 49, 50, 51, 52, 53) // two that have not come yet
	wantTold(t, r, "47 48 49 50 51")
	apply(r, event(52, "of 52", liu, "52"), event(53, "of 53", liu, "53"))
	wantTold(t, r, "47 48 49 50 51 52 53")

	// A connection that breaks brings the answer later, or never.
	line.Seek(20)
	again := welcomed(me, liu)
	again.Recovered = true
	apply(r, again, &netchat.Page{Of: netchat.PageAsk{Around: 20}, Newer: true, Messages: said(20)})
	wantTold(t, r, "20")
	line.AskNewer()
	apply(r, &netchat.Page{Of: netchat.PageAsk{After: 20}, More: true, Newer: true, Err: netchat.ErrAway})
	if _, ok := line.AskNewer(); ok || !line.Detached() {
		t.Error("what was refused is asked for again")
	}
	line.Seek(30)
	apply(r, welcomed(me, liu))
	if line.Seeking() {
		t.Error("an answer is waited for that won't come")
	}

	// A room of which nothing else is shown.
	apply(r, &netchat.Page{Snapshot: true})
	around(5, false, 5, 6)
	wantTold(t, r, "5 6")
	if line.Detached() {
		t.Error("it is the end")
	}
	apply(r, &netchat.Page{Snapshot: true})
	around(5, true, 5, 6)
	line.AskNewer()
	apply(r, &netchat.Page{Of: netchat.PageAsk{After: 6}, More: true, Messages: said(7)})
	wantTold(t, r, "5 6 7")
	if line.Detached() {
		t.Error("it has reached the end")
	}
}

// TestOldestLetGo while those before it are on their way: they are asked for again.
func TestOldestLetGo(t *testing.T) {
	r := newTestRoom(t, 10)
	line := r.Timeline()
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: said(11, 12, 13, 14, 15, 16, 17, 18, 19, 20)})
	if before, ok := line.AskOlder(); !ok || before != 11 {
		t.Errorf("before %d, %v", before, ok)
	}
	apply(r, event(21, "of 21", liu, "21"), &netchat.Page{Of: netchat.PageAsk{Before: 11}, Messages: said(9, 10)})
	wantTold(t, r, "17 18 19 20 21")
	if before, ok := line.AskOlder(); !ok || before != 17 {
		t.Errorf("before %d, %v", before, ok)
	}
}
