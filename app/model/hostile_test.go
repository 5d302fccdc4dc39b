package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// hostileEvent is an Event as long as one may be.
func hostileEvent(n int, text string) *netchat.Event {
	return &netchat.Event{
		Epoch: "1-0123456789abcdef", Seq: uint64(n), ID: netchat.EventID(fmt.Sprintf("%032x", n)), Kind: netchat.KindMessage,
		Author: "00000000000000000000000000000007", Audience: netchat.ToAll(), Time: time.UnixMilli(int64(n)),
		Body: fmt.Appendf(nil, `{"name":"x","text":%q}`, text),
	}
}

// TestTheTimelineIsBoundedInBytes has a host say the longest there is without end.
func TestTheTimelineIsBoundedInBytes(t *testing.T) {
	r := NewRoom(Options{Now: time.Now, NewID: func() (netchat.EventID, error) { return "", nil }})
	text := strings.Repeat("x", netchat.MaxText)
	const said = 3 * MaxBytes / netchat.MaxText
	for n := 1; n <= said; n++ {
		r.Apply([]netchat.Update{hostileEvent(n, text)})
		if r.timeline.live.bytes > MaxBytes+netchat.MaxText {
			t.Fatalf("%d bytes are kept", r.timeline.live.bytes)
		}
	}
	tl := r.Timeline()
	if got := bytesOf(tl.live.lines); got > MaxBytes || got < MaxBytes/2 || len(tl.seen) != len(tl.live.lines) || !tl.More() {
		t.Errorf("%d bytes in %d lines, %d known", got, len(tl.live.lines), len(tl.seen))
	}
	if last := tl.Line(tl.Len() - 1); last.Message.Seq != said {
		t.Errorf("the last is %d", last.Message.Seq)
	}
}

// TestLinesThatGrowAreCounted has a host make short messages long.
func TestLinesThatGrowAreCounted(t *testing.T) {
	r := NewRoom(Options{Now: time.Now, NewID: func() (netchat.EventID, error) { return "", nil }})
	const lines = 2 * MaxBytes / netchat.MaxText
	for n := 1; n <= lines; n++ {
		r.Apply([]netchat.Update{hostileEvent(n, "x")})
	}
	text := strings.Repeat("x", netchat.MaxText)
	for n := 1; n <= lines; n++ {
		e := hostileEvent(n, text)
		e.Seq += lines
		r.Apply([]netchat.Update{e})
	}
	if got := bytesOf(r.timeline.live.lines); got > MaxBytes {
		t.Errorf("%d bytes are kept", got)
	}
}

// TestPeopleAreCountedOneByOne compares the counts after small deltas with those that
// counting everybody gives.
func TestPeopleAreCountedOneByOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	member := func() netchat.Member {
		id := netchat.MemberID(fmt.Sprintf("%032x", random.IntN(40)))
		return netchat.Member{ID: id, Label: id.Label(), Name: fmt.Sprint("name ", random.IntN(10))}
	}
	var p People
	p.set(netchat.Roster{Version: 1})
	for version := uint64(2); version < 2000; version++ {
		d := &netchat.RosterDelta{Version: version}
		for range random.IntN(4) {
			d.Joined = append(d.Joined, member())
			d.Changed = append(d.Changed, member())
			d.Left = append(d.Left, member().ID)
		}
		if !p.apply(d) {
			t.Fatal("not applied")
		}
		got := maps.Clone(p.counts)
		p.index()
		if !maps.Equal(got, p.counts) {
			t.Fatalf("after %+v: %v, want %v", d, got, p.counts)
		}
	}
}

// TestAFloodOfDeltasIsCheap is the work of one frame of the window in a full room: it
// does not grow with everybody for each that comes and goes.
func TestAFloodOfDeltasIsCheap(t *testing.T) {
	var p People
	roster := netchat.Roster{Version: 1}
	for i := range netchat.MaxMembers {
		roster.Members = append(roster.Members, netchat.Member{ID: netchat.MemberID(fmt.Sprintf("%032x", i)), Name: fmt.Sprint("n", i)})
	}
	p.set(roster)
	version := uint64(1)
	allocs := testing.AllocsPerRun(100, func() {
		version++
		m := roster.Members[len(roster.Members)/2]
		p.apply(&netchat.RosterDelta{Version: version, Left: []netchat.MemberID{m.ID}, Joined: []netchat.Member{m}})
	})
	if allocs > 100 {
		t.Errorf("%v allocations for one who goes and comes", allocs)
	}
}
