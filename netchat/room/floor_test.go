package room_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
)

// openedAgain has b's room opened anew.
func openedAgain(b *bench) {
	b.Room = room.New(room.Config{Log: b.log, Now: b.clock, Random: b.random})
}

// resume joins with a position.
func (b *bench) resume(id netchat.MemberID, at netchat.Position) *recorder {
	r := &recorder{id: id}
	if _, err := b.Join(room.Entrant{ID: id, Name: "x", HasName: true, Rich: true, Resume: &at, Sink: r}); err != nil {
		b.t.Fatal(err)
	}
	b.Settle()
	return r
}

// TestWhoSpokeIsNoNewcomer: who has said something in an earlier lesson sees what was
// said since, even without a position; what was said before that, and to others alone,
// it doesn't.
func TestWhoSpokeIsNoNewcomer(t *testing.T) {
	b := newBench(t)
	x, other := b.join("x", "", true), b.join("other", keyed(2), true)
	b.say(x, "before")
	liu := b.join("liu", keyed(1), true)
	b.say(liu, "mine")
	b.say(x, "for liu", liu.id)
	b.say(x, "for another", other.id)
	b.say(x, "after")
	b.Settle()
	openedAgain(b)
	again, silent := b.join("liu", keyed(1), true), b.join("other", keyed(2), true)
	b.Settle()
	if got := shownAtFirst(again); !slices.Equal(got, []string{"mine", "for liu", "after"}) {
		t.Errorf("liu sees %q", got)
	}
	if got := shownAtFirst(silent); len(got) > 0 {
		t.Errorf("who never said anything sees %q", got)
	}
	// A key is needed for that: without one, anybody could have that id.
	openedAgain(b)
	nobody := b.join("liu", "", true)
	b.Settle()
	if got := shownAtFirst(nobody); len(got) > 0 {
		t.Errorf("a newcomer sees %q", got)
	}
}

// TestMissedMuch: who missed more than one answer holds has the newest, back to where it
// was, also when the room has been opened anew meanwhile.
func TestMissedMuch(t *testing.T) {
	b := newBench(t)
	silent, x := b.join("silent", keyed(1), true), b.join("x", "", true)
	b.say(x, "heard")
	b.Settle()
	at := b.log.Head()
	b.Lost(silent.id, silent)
	for i := range netchat.MaxTail + 1 {
		b.say(x, fmt.Sprint(i))
	}
	b.Settle()
	openedAgain(b)
	again := b.resume(silent.id, at)
	got := shownAtFirst(again)
	if again.welcomed.Recovered || len(got) != netchat.SnapshotMessages || got[len(got)-1] != fmt.Sprint(netchat.MaxTail) || !again.welcomed.Page.Page.More {
		t.Errorf("recovered %v, shown are %d", again.welcomed.Recovered, len(got))
	}
	if v, ok := b.Viewer(silent.id); !ok || v.Floor != at.Seq {
		t.Errorf("%+v", v)
	}
	at.Mark = "0123456789abcdef"
	openedAgain(b)
	if got := shownAtFirst(b.resume(silent.id, at)); len(got) > 0 {
		t.Errorf("with a forged position %d are shown", len(got))
	}
}

// TestDoubleOnAFullDisk: what is stored already is no failure, even if nothing can be
// stored any more.
func TestDoubleOnAFullDisk(t *testing.T) {
	b := newBench(t)
	a := b.join("a", keyed(1), true)
	p := netchat.Post{ID: netchat.EventID(keyed(7)), Text: "once"}
	b.Post(a.id, a, p)
	b.Settle()
	b.log.fails = true
	b.Post(a.id, a, p)
	b.say(a, "anew")
	b.Settle()
	if len(a.refusals) != 1 || len(a.acks) != 1 {
		t.Errorf("refused %v, acks %v", a.refusals, a.acks)
	}
}
