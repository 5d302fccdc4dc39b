package room_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/room"
)

// A recorder is a Sink that keeps what it gets, and a client's view of it.
type recorder struct {
	id        netchat.MemberID
	welcomed  *room.Admission
	roster    netchat.Roster
	texts     []string
	authors   []string // of texts, by name
	log       []string // one word for each thing, in order
	acks      []uint64
	refusals  []netchat.RefusalReason
	closed    netchat.CloseCode
	outOfStep bool
}

func (r *recorder) Welcome(a *room.Admission) {
	r.welcomed, r.roster = a, a.Roster.Roster.Clone()
	r.log = append(r.log, "welcome")
}

func (r *recorder) Deliver(f *room.Frame) {
	switch {
	case f.Event != nil:
		m, _ := netchat.MessageOf(f.Event)
		r.texts, r.authors = append(r.texts, m.Text), append(r.authors, m.Name)
		r.log = append(r.log, "event "+m.Text)
		if _, here := r.roster.Find(f.Event.Author); !here {
			r.outOfStep = true
		}
	case f.Delta != nil:
		r.outOfStep = r.outOfStep || !r.roster.Apply(f.Delta)
		r.log = append(r.log, fmt.Sprintf("delta +%d ~%d -%d", len(f.Delta.Joined), len(f.Delta.Changed), len(f.Delta.Left)))
	}
}

func (r *recorder) Ack(_ netchat.EventID, seq uint64) { r.acks = append(r.acks, seq) }
func (r *recorder) Refuse(_ netchat.EventID, reason netchat.RefusalReason) {
	r.refusals = append(r.refusals, reason)
}
func (r *recorder) Close(code netchat.CloseCode, _ string) { r.closed = code }

// A failingLog refuses to store while it fails.
type failingLog struct {
	history.Log
	fails bool
}

func (l *failingLog) Append(batch []netchat.Event) ([]history.Stored, error) {
	if l.fails {
		return nil, errors.New("disk full")
	}
	return l.Log.Append(batch)
}

type bench struct {
	*room.Room
	t   rapid.TB
	log *failingLog
	now time.Time
	ids int

	random io.Reader
}

func newBench(t rapid.TB, edit ...func(*room.Config)) *bench {
	memory, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, log: &failingLog{Log: memory}, now: time.UnixMilli(1_000_000)}
	b.random = rand.Reader
	cfg := room.Config{Log: b.log, Now: b.clock, Random: b.random}
	for _, change := range edit {
		change(&cfg)
	}
	b.Room = room.New(cfg)
	return b
}

func (b *bench) clock() time.Time { return b.now }

func (b *bench) rename(r *recorder, name string) {
	if reason := b.Rename(r.id, r, name); reason != "" {
		b.t.Errorf("rename to %q: %s", name, reason)
	}
}

func (b *bench) join(name string, id netchat.MemberID, rich bool) *recorder {
	r := &recorder{}
	got, err := b.Join(room.Entrant{ID: id, Name: name, HasName: true, Rich: rich, Sink: r})
	if err != nil {
		b.t.Fatalf("join %s: %v", name, err)
	}
	r.id = got
	return r
}

func (b *bench) say(r *recorder, text string, to ...netchat.MemberID) {
	b.ids++
	b.Post(r.id, r, netchat.Post{ID: netchat.EventID(fmt.Sprintf("%032x", b.ids)), Text: text, To: to})
}

func keyed(n int) netchat.MemberID { return netchat.MemberID(fmt.Sprintf("%032x", n+0xabc)) }

func TestOneBatchKeepsTheOrderOfTheCalls(t *testing.T) {
	b := newBench(t)
	witness := b.join("w", "", true)
	b.Settle()
	witness.log = nil
	a := b.join("a", "", true)
	b.say(a, "hello")
	b.Leave(a.id, a)
	c := b.join("c", "", true)
	b.say(c, "too late")
	b.Settle()
	want := "delta +1 ~0 -0, event hello, delta +1 ~0 -1, event too late"
	if got := strings.Join(witness.log, ", "); got != want {
		t.Errorf("the witness got %s, want %s", got, want)
	}
	if got := strings.Join(a.log, ", "); got != "welcome, event hello" {
		t.Errorf("a got %s", got)
	}
	if got := strings.Join(c.log, ", "); got != "welcome, event too late" {
		t.Errorf("c got %s", got)
	}
}

func TestWhatCannotBeStoredIsRefused(t *testing.T) {
	b := newBench(t)
	var told []error
	b.Room = room.New(room.Config{Log: b.log, Now: b.clock, Random: b.random, Stored: func(err error) { told = append(told, err) }})
	a := b.join("a", "", true)
	b.Settle()
	b.log.fails = true
	b.say(a, "one")
	b.say(a, "two")
	b.Settle()
	b.say(a, "two and a half")
	b.Settle()
	a.refusals = a.refusals[:2]
	if len(a.texts) != 0 || !slices.Equal(a.refusals, []netchat.RefusalReason{netchat.RefusedNotStored, netchat.RefusedNotStored}) {
		t.Errorf("delivered %v, refused %v", a.texts, a.refusals)
	}
	b.log.fails = false
	b.say(a, "three")
	b.Settle()
	b.say(a, "four")
	b.Settle()
	if !slices.Equal(a.texts, []string{"three", "four"}) {
		t.Errorf("delivered %v", a.texts)
	}
	if len(told) != 3 || told[0] == nil || told[1] == nil || told[2] != nil {
		t.Errorf("told %v", told)
	}
}

func TestDoubleIsAcked(t *testing.T) {
	b := newBench(t)
	a := b.join("a", "", true)
	p := netchat.Post{ID: netchat.EventID(strings.Repeat("7", 32)), Text: "x"}
	b.Post(a.id, a, p)
	b.Post(a.id, a, p)
	b.Settle()
	b.Post(a.id, a, p)
	b.Settle()
	if len(a.texts) != 1 || !slices.Equal(a.acks, []uint64{1, 1}) {
		t.Errorf("delivered %v, acked %v", a.texts, a.acks)
	}
}

// TestDoubleIsAckedWhoeverLeft: a Post that is in the Log is not refused because
// its recipient is not here any more.
func TestDoubleIsAckedWhoeverLeft(t *testing.T) {
	b := newBench(t)
	a, other := b.join("a", "", true), b.join("other", "", true)
	p := netchat.Post{ID: netchat.EventID(strings.Repeat("7", 32)), Text: "x", To: []netchat.MemberID{other.id}}
	b.Post(a.id, a, p)
	b.Leave(other.id, other)
	b.Post(a.id, a, p)
	b.Settle()
	b.Post(a.id, a, p)
	p.ID = netchat.EventID(strings.Repeat("8", 32))
	b.Post(a.id, a, p)
	b.Settle()
	if len(a.texts) != 1 || len(other.texts) != 1 || !slices.Equal(a.acks, []uint64{1, 1}) {
		t.Errorf("delivered %v and %v, acked %v", a.texts, other.texts, a.acks)
	}
	if !slices.Equal(a.refusals, []netchat.RefusalReason{netchat.RefusedNoRecipient}) {
		t.Errorf("refused %v", a.refusals)
	}
}

func TestPrivateReachesItsEndsAlone(t *testing.T) {
	b := newBench(t)
	a, c, other := b.join("a", "", true), b.join("c", "", false), b.join("other", "", true)
	b.say(a, "psst", c.id)
	b.say(a, "nobody", "gone")
	b.Settle()
	if len(a.texts) != 1 || len(c.texts) != 1 || len(other.texts) != 0 {
		t.Errorf("a %v, c %v, other %v", a.texts, c.texts, other.texts)
	}
	if !slices.Equal(a.refusals, []netchat.RefusalReason{netchat.RefusedNoRecipient}) {
		t.Errorf("refused %v", a.refusals)
	}
}

func TestAddressee(t *testing.T) {
	b := newBench(t)
	a := b.join("one", "", false)
	b.join("two", "", false)
	b.join("two", "", false)
	b.join("", "", false)
	b.join("deadbeef", "", false)
	label := string(a.id.Label())
	for to, want := range map[string]netchat.MemberID{
		label: a.id, "one": a.id, "two": "", "": "", "deadbeef": "", strings.ToUpper(label) + "x": "", "nobody": "",
	} {
		if got, ok := b.Addressee(to); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", to, got, ok)
		}
	}
}

func TestBounds(t *testing.T) {
	b := newBench(t)
	if _, err := b.Join(room.Entrant{Name: strings.Repeat("x", netchat.MaxName+1), HasName: true}); !errors.Is(err, room.ErrName) {
		t.Errorf("a long name: %v", err)
	}
	for range netchat.MaxMembers {
		b.join("x", "", false)
	}
	if _, err := b.Join(room.Entrant{Sink: &recorder{}}); !errors.Is(err, netchat.ErrFull) {
		t.Errorf("one too many: %v", err)
	}
}

// TestRostersAgree has members come, go, be lost, come back and talk at
// random. Whoever follows the deltas knows exactly who is here, never sees an
// Event of somebody who is not, and everybody sees public Events in one order.
func TestRostersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t)
		var here []*recorder
		var all []*recorder
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			pick := func() int { return rapid.IntRange(0, len(here)-1).Draw(t, "who") }
			switch op := rapid.IntRange(0, 11).Draw(t, "op"); {
			case op < 3 || len(here) == 0:
				r := b.join("n", "", true)
				here, all = append(here, r), append(all, r)
			case op < 5:
				r := b.join("k", keyed(rapid.IntRange(0, 4).Draw(t, "key")), true)
				here = slices.DeleteFunc(here, func(o *recorder) bool { return o.id == r.id })
				here, all = append(here, r), append(all, r)
			case op == 5:
				i := pick()
				b.Leave(here[i].id, here[i])
				here = slices.Delete(here, i, i+1)
			case op == 6:
				i := pick()
				b.Lost(here[i].id, here[i])
				here = slices.Delete(here, i, i+1)
			case op == 7:
				b.now = b.now.Add(netchat.ReconnectGrace / 2)
				b.Expire()
			case op == 8:
				b.Settle()
			case op < 11:
				b.rename(here[pick()], fmt.Sprint("name ", step))
			default:
				b.say(here[pick()], fmt.Sprint(step))
			}
		}
		b.Settle()
		want := b.Roster()
		for _, r := range here {
			if r.outOfStep || r.roster.Version != want.Version || !sameMembers(r.roster.Members, want.Members) {
				t.Fatalf("a member knows %+v (out of step: %v), here are %+v", r.roster, r.outOfStep, want)
			}
		}
		tail, err := b.log.Tail(netchat.Position{Epoch: b.log.Head().Epoch}, history.Viewer{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, e := range tail.Events {
			m, _ := netchat.MessageOf(e)
			order = append(order, m.Text)
		}
		for _, r := range all {
			if i := slices.Index(order, slices.Concat(r.texts, []string{""})[0]); len(r.texts) > 0 && !slices.Equal(r.texts, order[i:i+len(r.texts)]) {
				t.Fatalf("a member saw %v of %v", r.texts, order)
			}
		}
	})
}

func sameMembers(a, b []netchat.Member) bool {
	byID := func(x, y netchat.Member) int { return strings.Compare(string(x.ID), string(y.ID)) }
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, byID)
	slices.SortFunc(b, byID)
	return slices.Equal(a, b)
}

// TestOnlyTheHostSeesWhatWasSaidBefore the room was opened this time.
func TestOnlyTheHostSeesWhatWasSaidBefore(t *testing.T) {
	b := newBench(t)
	a := b.join("a", "", true)
	b.say(a, "before")
	b.Settle()
	b.Room = room.New(room.Config{Log: b.log, Now: b.clock, Random: b.random})
	host, guest := &recorder{}, &recorder{}
	for _, e := range []room.Entrant{
		{ID: keyed(1), Name: "host", HasName: true, Rich: true, Host: true, Sink: host},
		{ID: keyed(2), Name: "guest", HasName: true, Rich: true, Sink: guest},
	} {
		if _, err := b.Join(e); err != nil {
			t.Fatal(err)
		}
	}
	b.Settle()
	if got := host.welcomed.Page.Page.Messages; len(got) != 1 || got[0].Text != "before" {
		t.Errorf("the host sees %v", got)
	}
	if got := guest.welcomed.Page.Page.Messages; len(got) != 0 {
		t.Errorf("a guest sees %v", got)
	}
}
