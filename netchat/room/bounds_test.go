package room_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/room"
)

// TestLongTextsHarmNoShortOne stages more than the Log takes at once.
func TestLongTextsHarmNoShortOne(t *testing.T) {
	memory, err := history.NewMemory(history.MemoryOptions{MaxBytes: 5 << 20})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.log.Log = memory
	flooder, other := b.join("flooder", "", true), b.join("other", "", true)
	b.Settle()
	for range 14 {
		b.say(flooder, strings.Repeat("\x01", netchat.MaxText)) // six bytes each when stored
	}
	b.say(other, "short")
	b.Settle()
	if len(flooder.refusals)+len(other.refusals) != 0 || len(other.texts) != 15 {
		t.Errorf("refused %d and %d, delivered %d", len(flooder.refusals), len(other.refusals), len(other.texts))
	}
}

func TestPrivateToOneselfIsDeliveredOnce(t *testing.T) {
	b := newBench(t)
	a, c := b.join("a", "", true), b.join("c", "", true)
	b.say(a, "me", a.id)
	b.say(a, "us", a.id, c.id, c.id)
	b.Settle()
	if fmt.Sprint(a.texts, c.texts) != "[me us] [us]" {
		t.Errorf("a %v, c %v", a.texts, c.texts)
	}
}

// pageTexts returns what the welcome of r showed.
func pageTexts(r *recorder) string {
	var all []string
	for _, m := range r.welcomed.Page.Page.Messages {
		all = append(all, m.Text)
	}
	return strings.Join(all, " ")
}

// TestSnapshotsAreShared among those for whom nothing private was said, and
// with nobody else.
func TestSnapshotsAreShared(t *testing.T) {
	b := newBench(t)
	a, k := b.join("a", "", true), b.join("k", keyed(1), true)
	b.say(a, "one")
	b.say(a, "secret", k.id)
	b.Settle()
	x, y := b.join("x", "", true), b.join("y", keyed(2), true)
	b.Settle()
	if pageTexts(x) != "one" || x.welcomed.Page != y.welcomed.Page {
		t.Errorf("x got %q, y the same: %v", pageTexts(x), x.welcomed.Page == y.welcomed.Page)
	}
	b.Leave(k.id, k)
	k = b.join("k", keyed(1), true)
	b.Settle()
	if pageTexts(k) != "one secret" {
		t.Errorf("k got %q", pageTexts(k))
	}
	b.say(a, "two")
	z := b.join("z", "", true)
	b.Settle()
	if pageTexts(z) != "one two" {
		t.Errorf("z got %q", pageTexts(z))
	}
	host := &recorder{}
	if _, err := b.Join(room.Entrant{Name: "h", HasName: true, Rich: true, Host: true, Sink: host}); err != nil {
		t.Fatal(err)
	}
	b.Settle()
	if host.welcomed.Page == z.welcomed.Page {
		t.Error("a host may see more than others")
	}
}

// TestClear forgets everybody, so that they can all come back.
func TestClear(t *testing.T) {
	b := newBench(t)
	k, other := b.join("k", keyed(1), true), b.join("other", keyed(2), true)
	b.Settle()
	b.say(k, "said")
	b.Settle()
	b.Lost(other.id, other)
	b.say(k, "never stored")
	version := b.Roster().Version
	b.Clear()
	if len(b.Members()) != 0 || b.Roster().Version <= version || !b.Expire().IsZero() {
		t.Errorf("%+v are left, the version was %d", b.Roster(), version)
	}
	b.say(k, "through an old connection")
	k = b.join("k", keyed(1), true)
	b.Settle()
	if pageTexts(k) != "said" {
		t.Errorf("k got %q", pageTexts(k))
	}
}

// TestExpireKnowsWhoIsAway follows a member through the ways to be away and to
// be no longer.
func TestExpireKnowsWhoIsAway(t *testing.T) {
	b := newBench(t)
	k := b.join("k", keyed(1), true)
	if !b.Expire().IsZero() {
		t.Error("nobody is away")
	}
	b.Lost(k.id, k)
	due := b.Expire()
	if due != b.now.Add(netchat.ReconnectGrace) {
		t.Errorf("due %v", due)
	}
	b.join("k", keyed(1), true)
	if !b.Expire().IsZero() {
		t.Error("it is back")
	}
	k = b.join("k", keyed(1), true) // takes over
	b.Lost(k.id, k)
	b.now = b.now.Add(-netchat.ReconnectGrace) // the clock goes backwards
	if back := b.Expire(); back != due || len(b.Members()) != 1 {
		t.Errorf("the clock moved its seat: due %v", back)
	}
	b.now = due
	if !b.Expire().IsZero() || len(b.Members()) != 0 {
		t.Errorf("%v are left", b.Members())
	}
	k = b.join("k", keyed(1), true)
	b.Lost(k.id, k)
	if b.Expire().IsZero() {
		t.Error("it is away again")
	}
}
