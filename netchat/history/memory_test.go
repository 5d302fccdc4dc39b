package history_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"weak"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/history/historytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	author netchat.MemberID = "a11ce000000000000000000000000000"
	reader netchat.MemberID = "b0b00000000000000000000000000000"
)

var everything = history.Viewer{Member: author}

func open(t testing.TB, opts history.MemoryOptions) *history.Memory {
	t.Helper()
	log, err := history.NewMemory(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

// batch makes n public Events, numbered from first.
func batch(t testing.TB, first, n int, text string) []netchat.Event {
	t.Helper()
	events := make([]netchat.Event, n)
	for i := range events {
		body, err := json.Marshal(netchat.MessageBody{Name: "Alice", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		events[i] = netchat.Event{
			Time: time.UnixMilli(int64(first + i)).UTC(), ID: netchat.EventID(fmt.Sprintf("%032x", first+i)),
			Kind: netchat.KindMessage, Author: author, Audience: netchat.ToAll(),
			Body: body, Salt: make([]byte, netchat.SaltSize),
		}
	}
	return events
}

func add(t testing.TB, log history.Log, events []netchat.Event) []history.Stored {
	t.Helper()
	stored, err := log.Append(events)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestMemoryConforms(t *testing.T) {
	historytest.Conformance(t, func(t *testing.T) history.Log { return open(t, history.MemoryOptions{}) })
}

func TestEvictsByCount(t *testing.T) {
	log := open(t, history.MemoryOptions{MaxEvents: 10})
	var positions []netchat.Position
	for i := range 100 {
		e := add(t, log, batch(t, i, 1, "x"))[0].Event
		positions = append(positions, e.Position())
	}
	checkKept(t, log, positions, 10)
}

func TestEvictsByBytes(t *testing.T) {
	const perEvent = 8 << 10 // with its overhead
	log := open(t, history.MemoryOptions{MaxBytes: 10 * perEvent})
	var positions []netchat.Position
	for i := range 100 {
		e := add(t, log, batch(t, i, 1, strings.Repeat("x", perEvent-1024)))[0].Event
		positions = append(positions, e.Position())
	}
	checkKept(t, log, positions, 10)
}

// checkKept checks that the last n of positions, and no others, are followed
// exactly.
func checkKept(t *testing.T, log *history.Memory, positions []netchat.Position, n int) {
	t.Helper()
	if got := log.Head(); got != positions[len(positions)-1] {
		t.Fatalf("head %v", got)
	}
	if _, err := log.Tail(netchat.Position{}, everything, math.MaxInt); !errors.Is(err, history.ErrNotContinuous) {
		t.Errorf("from before everything: %v", err)
	}
	for i, at := range positions {
		missed := len(positions) - i - 1
		tail, err := log.Tail(at, everything, math.MaxInt)
		switch {
		case missed > n && !errors.Is(err, history.ErrNotContinuous):
			t.Errorf("from %d: %v, want ErrNotContinuous", at.Seq, err)
		case missed <= n && (err != nil || len(tail.Events) != missed):
			t.Errorf("from %d: %d events, want %d; %v", at.Seq, len(tail.Events), missed, err)
		}
	}
	page, err := log.Page(history.PageQuery{Limit: math.MaxInt})
	if err != nil || len(page.Messages) != n || page.More {
		t.Errorf("page of %d, more %t, %v", len(page.Messages), page.More, err)
	}
	if _, err := log.Page(history.PageQuery{Around: 1, Limit: math.MaxInt}); err != nil {
		t.Errorf("page around what is gone: %v", err)
	}
}

// TestLetsGoOfEvicted counts the Events that are in memory, kept or not.
func TestLetsGoOfEvicted(t *testing.T) {
	const kept, slack = 64, 64/8 + 2
	text := strings.Repeat("x", 8<<10)
	perEvent := len(batch(t, 0, 1, text)[0].Body) + 1024
	log := open(t, history.MemoryOptions{MaxBytes: kept * perEvent})
	var made []weak.Pointer[netchat.Event]
	for i := range 6 * kept {
		made = append(made, weak.Make(add(t, log, batch(t, i, 1, text))[0].Event))
		if i%kept != 0 && i%7 != 0 {
			continue
		}
		runtime.GC()
		alive := 0
		for _, e := range made {
			if e.Value() != nil {
				alive++
			}
		}
		page, err := log.Page(history.PageQuery{Limit: math.MaxInt})
		if n := len(page.Messages); err != nil || alive > n+slack {
			t.Fatalf("after %d events %d are in memory, %d are kept; %v", i+1, alive, n, err)
		}
	}
}

func TestChainOutlivesEviction(t *testing.T) {
	log := open(t, history.MemoryOptions{MaxEvents: 3})
	var all []*netchat.Event
	for i := range 20 {
		for _, s := range add(t, log, batch(t, 2*i, 2, "x")) {
			all = append(all, s.Event)
		}
	}
	if good, err := history.Verify(nil, all); err != nil || good != len(all) {
		t.Errorf("%d good, %v", good, err)
	}
}

func TestKnowsDuplicatesLongerThanEvents(t *testing.T) {
	log := open(t, history.MemoryOptions{MaxEvents: 10})
	for i := range 40 {
		add(t, log, batch(t, i, 1, "x"))
	}
	old := add(t, log, batch(t, 0, 1, "x"))[0]
	if !old.Duplicate || old.Event.Seq != 1 || old.Event.Author != author || old.Event.ID != batch(t, 0, 1, "")[0].ID {
		t.Errorf("the first again: %+v", old)
	}
	if seq, err := log.SeqOf(netchat.Ref{Author: author, ID: old.Event.ID}); err != nil || seq != 1 {
		t.Errorf("the first has seq %d, %v", seq, err)
	}
	if kept := add(t, log, batch(t, 39, 1, "x"))[0]; !kept.Duplicate || len(kept.Event.Body) == 0 {
		t.Errorf("the last again: %+v", kept)
	}
	add(t, log, batch(t, 40, 1, "x"))
	if forgotten := add(t, log, batch(t, 0, 1, "x"))[0]; forgotten.Duplicate || forgotten.Event.Seq != 42 {
		t.Errorf("the first, forgotten by now: %+v", forgotten)
	}
}

func TestRefusesWhatDoesNotFit(t *testing.T) {
	tooMany := open(t, history.MemoryOptions{MaxEvents: 3})
	add(t, tooMany, batch(t, 0, 2, "x"))
	historytest.Refused(t, tooMany, batch(t, 10, 4, "x"), history.ErrFull)

	tooLong := open(t, history.MemoryOptions{MaxBytes: 8 << 10})
	add(t, tooLong, batch(t, 0, 2, "x"))
	historytest.Refused(t, tooLong, append(batch(t, 10, 2, "x"), batch(t, 20, 1, strings.Repeat("x", 8<<10))...), history.ErrFull)
}

func TestNewMemoryFails(t *testing.T) {
	broken := errors.New("broken")
	if _, err := history.NewMemory(history.MemoryOptions{Random: iotest.ErrReader(broken)}); !errors.Is(err, broken) {
		t.Errorf("without randomness: %v", err)
	}
	for _, opts := range []history.MemoryOptions{{MaxEvents: -1}, {MaxBytes: -1}} {
		if _, err := history.NewMemory(opts); err == nil {
			t.Errorf("%+v is accepted", opts)
		}
	}
}

func TestEpochsDiffer(t *testing.T) {
	a, b := open(t, history.MemoryOptions{}), open(t, history.MemoryOptions{})
	if a.Head().Epoch == b.Head().Epoch {
		t.Errorf("two logs of epoch %s", a.Head().Epoch)
	}
}

func TestVerifyFindsAlterations(t *testing.T) {
	const altered = 3 // index
	alterations := map[string]func(e *netchat.Event){
		"body": func(e *netchat.Event) { e.Body = []byte(`{"name":"Alice","text":"y"}`) },
		"salt": func(e *netchat.Event) { e.Salt = make([]byte, 1) },
		"border": func(e *netchat.Event) { // salt and body together are as they were, and so is the digest
			e.Body = append(e.Salt[netchat.SaltSize-1:len(e.Salt):len(e.Salt)], e.Body...)
			e.Salt = e.Salt[:netchat.SaltSize-1]
		},
		"no salt":  func(e *netchat.Event) { e.Salt = nil },
		"digest":   func(e *netchat.Event) { e.Body, e.Salt, e.Digest = nil, nil, make([]byte, 32) },
		"author":   func(e *netchat.Event) { e.Author = reader },
		"audience": func(e *netchat.Event) { e.Audience = netchat.ToMembers(reader) },
		"time":     func(e *netchat.Event) { e.Time = e.Time.Add(time.Millisecond) },
		"seq":      func(e *netchat.Event) { e.Seq++ },
		"chain":    func(e *netchat.Event) { e.Chain = make([]byte, 32) },
	}
	for name, alter := range alterations {
		t.Run(name, func(t *testing.T) {
			events := stored(t, 6)
			alter(events[altered])
			if good, err := history.Verify(nil, events); !errors.Is(err, history.ErrAltered) || good != altered {
				t.Errorf("%d good, %v", good, err)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	events := stored(t, 6)
	events[2].Body, events[2].Salt = nil, nil // erased, which is no alteration
	for i := range events {
		var previous []byte
		if i > 0 {
			previous = events[i-1].Chain
		}
		if good, err := history.Verify(previous, events[i:]); err != nil || good != len(events)-i {
			t.Errorf("from %d: %d good, %v", i, good, err)
		}
	}
	for gap := range len(events) - 1 {
		rest := append(events[:gap:gap], events[gap+1:]...)
		if good, err := history.Verify(nil, rest); !errors.Is(err, history.ErrAltered) || good != gap {
			t.Errorf("%d is missing: %d good, %v", gap, good, err)
		}
		var previous []byte
		if gap > 0 {
			previous = events[gap-1].Chain
		}
		chained := *events[gap+1] // so that the chain alone says nothing
		chained.Chain = chained.ChainAfter(previous)
		rest[gap] = &chained
		if good, err := history.Verify(nil, rest); !errors.Is(err, history.ErrAltered) || good != gap {
			t.Errorf("%d is missing and chained over: %d good, %v", gap, good, err)
		}
	}
}

// stored returns copies of n Events of a Log.
func stored(t *testing.T, n int) []*netchat.Event {
	t.Helper()
	var events []*netchat.Event
	for _, s := range add(t, open(t, history.MemoryOptions{}), batch(t, 0, n, "x")) {
		e := *s.Event
		events = append(events, &e)
	}
	return events
}
