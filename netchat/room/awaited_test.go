package room_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
)

func awaited(n int, name string) netchat.Member {
	id := netchat.MemberID(fmt.Sprintf("%08x", n) + string(keyed(n))[8:])
	return netchat.Member{ID: id, Label: id.Label(), Name: name, Keyed: true, Rich: true}
}

// newAwaiting makes a room that some were in when it ended without a word.
func newAwaiting(t *testing.T, members ...netchat.Member) *bench {
	b := newBench(t)
	b.Room = room.New(room.Config{Log: b.log, Now: b.clock, Random: b.random, Awaited: members})
	return b
}

// TestAwaited: who was here when the room ended may be written to, comes back as one
// who was away for a moment, and leaves if it does not.
func TestAwaited(t *testing.T) {
	was := []netchat.Member{awaited(1, "liu"), awaited(2, "guan")}
	b := newAwaiting(t, was...)
	liu, guan := was[0].ID, was[1].ID
	a := b.join("a", keyed(3), true)
	b.say(a, "are you there?", liu)
	b.Settle()
	if len(a.refusals) != 0 || !slices.Equal(a.texts, []string{"are you there?"}) {
		t.Errorf("refused %v, said %v", a.refusals, a.texts)
	}
	if m, ok := a.roster.Find(liu); !ok || m.Presence != netchat.Reconnecting || m.Name != "liu" || len(a.roster.Members) != 3 {
		t.Errorf("the roster: %+v", a.roster)
	}
	a.log = nil
	back := b.join("liu", liu, true)
	b.Settle()
	if !back.welcomed.Returned || len(back.welcomed.Page.Page.Messages) != 1 || back.welcomed.Self.Presence != netchat.Present {
		t.Errorf("%+v", back.welcomed)
	}
	if next := b.Expire(); !next.Equal(b.now.Add(netchat.ReconnectGrace)) {
		t.Errorf("the next one goes at %v", next)
	}
	b.now = b.now.Add(netchat.ReconnectGrace)
	if next := b.Expire(); !next.IsZero() {
		t.Errorf("somebody is waited for until %v", next)
	}
	b.say(a, "and you?", guan)
	b.Settle()
	if got := strings.Join(a.log, ", "); got != "delta +0 ~1 -0, delta +0 ~0 -1" || !slices.Equal(a.refusals, []netchat.RefusalReason{netchat.RefusedNoRecipient}) {
		t.Errorf("a was told %s, %v", got, a.refusals)
	}
}

// TestNobodyToAwait: what is no member that could come back is left out.
func TestNobodyToAwait(t *testing.T) {
	good, keyless, long, bad := awaited(1, "x"), awaited(2, "x"), awaited(3, strings.Repeat("x", netchat.MaxName+1)), awaited(4, "x")
	keyless.Keyed = false
	bad.ID = "x"
	b := newAwaiting(t, keyless, good, good, long, bad, netchat.Member{})
	if got := b.Members(); len(got) != 1 || got[0].ID != good.ID {
		t.Errorf("%+v", got)
	}
	b.now = b.now.Add(time.Hour)
	b.Expire()
	b.Settle()
	if len(b.Members()) != 0 {
		t.Error("they stay")
	}
}

// TestLessonGoesOn: where a room only goes on, who comes sees what was said since it was
// opened first, and what was said to it alone; not what was said before.
func TestLessonGoesOn(t *testing.T) {
	b := newBench(t)
	x := b.join("x", "", true)
	b.say(x, "before")
	b.Settle()
	since := b.log.Head()
	liu := b.join("liu", keyed(1), true)
	b.say(x, "for all")
	b.say(x, "for liu", liu.id)
	b.Settle()
	for _, c := range []struct {
		since netchat.Position
		liu   []string
		other []string
	}{
		{since, []string{"for all", "for liu"}, []string{"for all"}},
		{b.log.Head(), nil, nil},
		{netchat.Position{Epoch: "9-0123456789abcdef"}, nil, nil},
		{netchat.Position{Epoch: since.Epoch, Seq: 99}, nil, nil},
	} {
		b.Room = room.New(room.Config{Log: b.log, Now: b.clock, Random: b.random, Since: &c.since})
		other, again := b.join("other", "", true), b.join("liu", keyed(1), true)
		b.Settle()
		if got := shownAtFirst(again); !slices.Equal(got, c.liu) {
			t.Errorf("since %+v: liu sees %q", c.since, got)
		}
		if got := shownAtFirst(other); !slices.Equal(got, c.other) {
			t.Errorf("since %+v: another sees %q", c.since, got)
		}
	}
}

func shownAtFirst(r *recorder) (texts []string) {
	for _, m := range r.welcomed.Page.Page.Messages {
		texts = append(texts, m.Text)
	}
	return texts
}
