package model

import (
	"fmt"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestWaitingThatIsThere: what waited when the program was killed, and is in the room, is
// shown once.
func TestWaitingThatIsThere(t *testing.T) {
	r := newTestRoom(t, 0)
	m := message(1, "a", me, "mine")
	apply(r, &netchat.Page{Snapshot: true, Messages: []netchat.Message{m, message(2, "b", liu, "theirs")}},
		&netchat.Waiting{Posts: []netchat.Post{{ID: "a", Text: "mine"}}})
	wantTold(t, r, "mine theirs")
	apply(r, &netchat.Acked{ID: "a", Seq: 1})
	wantTold(t, r, "mine theirs")
}

// TestAckedOfLongAgo: an own message that was stored before the oldest one shown comes
// with the older ones.
func TestAckedOfLongAgo(t *testing.T) {
	r := newTestRoom(t, 0)
	p := compose(t, r, "mine")
	apply(r, welcomed(me, liu, guan), &netchat.Page{Snapshot: true, More: true, Messages: []netchat.Message{message(8, "h", liu, "8"), message(9, "i", liu, "9")}},
		&netchat.Acked{ID: p.ID, Seq: 3})
	before, ok := r.Timeline().AskOlder()
	if !ok || before != 8 {
		t.Fatal(before, ok)
	}
	apply(r, &netchat.Page{Of: netchat.PageAsk{Before: 8}, Messages: []netchat.Message{message(2, "b", liu, "2"), message(3, string(p.ID), me, "mine"), message(4, "d", liu, "4")}})
	wantTold(t, r, "2 mine 4 8 9")
}

// TestSeqsOfANewEpoch: when the room was repaired, what is shown has the Seqs of the new
// Log, which are smaller.
func TestSeqsOfANewEpoch(t *testing.T) {
	r := newTestRoom(t, 0)
	of := func(epoch netchat.Epoch, seq, n uint64) netchat.Message {
		m := message(seq, fmt.Sprint(n), liu, fmt.Sprint(n))
		m.Epoch = epoch
		return m
	}
	var old, fresh []netchat.Message
	for n := uint64(11); n <= 14; n++ {
		old = append(old, of("1", n, n))
		fresh = append(fresh, of("2", n-8, n)) // 8 were lost
	}
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: old})
	apply(r, welcomed(me, liu, guan), &netchat.Page{Snapshot: true, More: true, Messages: fresh})
	before, ok := r.Timeline().AskOlder()
	if !ok || before != 3 {
		t.Errorf("asks for what was before %d, %v; the oldest shown is 3 in this epoch", before, ok)
	}
	if i, ok := r.Timeline().At(6); !ok || r.Timeline().Line(i).Message.Text != "14" {
		t.Errorf("6 of the new epoch is not found: %v", ok)
	}
}

// TestOlderOfANewEpoch: of a room of 1000 messages that was repaired 300 are left, and all
// of them can be read.
func TestOlderOfANewEpoch(t *testing.T) {
	r := newTestRoom(t, 0)
	of := func(epoch netchat.Epoch, seq, n uint64) netchat.Message {
		m := message(seq, fmt.Sprint(n), liu, fmt.Sprint(n))
		m.Epoch = epoch
		return m
	}
	var old, log []netchat.Message
	for n := uint64(801); n <= 1000; n++ {
		old = append(old, of("1", n, n))
	}
	for n := uint64(701); n <= 1000; n++ {
		log = append(log, of("2", n-700, n))
	}
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: old})
	apply(r, welcomed(me, liu, guan), &netchat.Page{Snapshot: true, More: true, Messages: log[100:]})
	for i := 0; i < 20; i++ {
		before, ok := r.Timeline().AskOlder()
		if !ok {
			break
		}
		to := min(int(before)-1, len(log))
		from := max(to-200, 0)
		apply(r, &netchat.Page{Of: netchat.PageAsk{Before: before}, Messages: log[from:to], More: from > 0})
	}
	if n := r.Timeline().Len(); n != 300 {
		t.Errorf("%d of 300 are shown; it goes on asking: %v", n, r.Timeline().More())
	}
}

// TestNewerIsAskedAgain: what could not be answered while the host was away isn't the end.
func TestNewerIsAskedAgain(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: said(90, 91)})
	r.Timeline().Seek(10)
	apply(r, &netchat.Page{Of: netchat.PageAsk{Around: 10}, More: true, Newer: true, Messages: said(9, 10, 11)})
	if after, ok := r.Timeline().AskNewer(); !ok || after != 11 {
		t.Fatal(after, ok)
	}
	apply(r, &netchat.Page{Of: netchat.PageAsk{After: 11}, More: true, Newer: true, Err: netchat.ErrAway})
	if _, ok := r.Timeline().AskNewer(); ok {
		t.Error("it is asked for again and again")
	}
	w := welcomed(me, liu, guan)
	w.Recovered = true
	apply(r, w)
	if _, ok := r.Timeline().AskNewer(); !ok {
		t.Error("what is newer is never asked for again")
	}
}

// TestOlderIsAskedAgain: nor is it the beginning.
func TestOlderIsAskedAgain(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: said(90, 91)})
	before, _ := r.Timeline().AskOlder()
	apply(r, &netchat.Page{Of: netchat.PageAsk{Before: before}, More: true, Newer: true, Err: netchat.ErrUnsupported})
	if _, ok := r.Timeline().AskOlder(); ok || !r.Timeline().More() {
		t.Errorf("asked again: %v; there are more: %v", ok, r.Timeline().More())
	}
	w := welcomed(me, liu, guan)
	w.Recovered = true
	apply(r, w)
	if !r.Timeline().More() {
		t.Error("older ones are never asked for again: it looks as if the room began here")
	}
}

// TestFailedThatCame: a message that counted as failed and is in the room all the same
// stands where it is there.
func TestFailedThatCame(t *testing.T) {
	r := newTestRoom(t, 0)
	p := compose(t, r, "mine")
	apply(r, &netchat.Refused{ID: p.ID, Reason: netchat.RefusedNotStored}, event(1, "a", liu, "theirs"), event(2, string(p.ID), me, "mine"), event(3, "c", liu, "more"))
	wantTold(t, r, "theirs mine more")
}

// TestAckedAmongTheShown: an own message that is acknowledged without its Event stands
// where it was said; if nothing older can be asked for, also before all that is shown.
func TestAckedAmongTheShown(t *testing.T) {
	for seq, want := range map[uint64]string{3: "mine 4 8", 6: "4 mine 8", 9: "4 8 mine"} {
		r := newTestRoom(t, 0)
		p := compose(t, r, "mine")
		apply(r, welcomed(me, liu, guan), &netchat.Page{Snapshot: true, Messages: []netchat.Message{message(4, "d", liu, "4"), message(8, "h", liu, "8")}},
			&netchat.Acked{ID: p.ID, Seq: seq})
		wantTold(t, r, want)
	}
}

// TestComesBackAsSomebodyElse: the Event of what a member without a key wrote while it was
// away is of another author, and shown once.
func TestComesBackAsSomebodyElse(t *testing.T) {
	r := newTestRoom(t, 0)
	p := compose(t, r, "mine")
	again := me
	again.ID = "77777777777777777777777777777777"
	apply(r, welcomed(again, liu), event(5, string(p.ID), again, "mine"), &netchat.Acked{ID: p.ID, Seq: 5})
	if n, waiting := r.Timeline().Len(), r.Timeline().Waiting(); n != 1 || waiting != 0 {
		t.Errorf("%d are shown, %d wait", n, waiting)
	}
}

// TestAckedForAnothersPlace: no host can do harm with the Seq of somebody else's message.
func TestAckedForAnothersPlace(t *testing.T) {
	for seq := range uint64(10) {
		r := newTestRoom(t, 0)
		p := compose(t, r, "mine")
		apply(r, welcomed(me, liu), event(5, "a", liu, "5"), event(7, "b", liu, "7"), &netchat.Acked{ID: p.ID, Seq: seq})
		if n := r.Timeline().Len(); n != 3 {
			t.Errorf("%d: %d are shown", seq, n)
		}
	}
}

// TestUnaskedStillSeeks: a question for older messages that could not be put does not end
// the way to a hit.
func TestUnaskedStillSeeks(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, &netchat.Page{Snapshot: true, More: true, Messages: said(90, 91)})
	r.Timeline().Seek(10)
	r.Timeline().AskOlder()
	r.Timeline().Unasked()
	apply(r, &netchat.Page{Of: netchat.PageAsk{Around: 10}, More: true, Newer: true, Messages: said(9, 10, 11)})
	if _, ok := r.Timeline().At(10); !ok {
		t.Error("the hit is not shown")
	}
}
