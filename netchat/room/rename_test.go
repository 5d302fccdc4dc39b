package room_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
)

// names returns what everybody is called by whom r follows.
func (r *recorder) names() string {
	var all []string
	for _, m := range r.roster.Members {
		all = append(all, m.Name)
	}
	return strings.Join(all, " ")
}

// TestRenameKeepsTheOrder: what was said before bears the old name, and the new
// one is told before anything is said under it.
func TestRenameKeepsTheOrder(t *testing.T) {
	b := newBench(t)
	var renamed []netchat.MemberID
	b.Room = room.New(room.Config{
		Log: b.log, Now: b.clock, Random: b.random, Changed: func(c *room.Change) { renamed = append(renamed, c.Renamed...) },
	})
	w, a := b.join("w", "", true), b.join("a", "", true)
	b.Settle()
	w.log = nil
	b.say(a, "one")
	b.rename(a, "b")
	b.say(a, "two")
	b.rename(a, "c")
	b.rename(a, "d")
	b.rename(a, "d") // is called so already
	b.say(a, "three")
	b.Settle()
	if got := strings.Join(w.log, ", "); got != "event one, delta +0 ~1 -0, event two, delta +0 ~1 -0, event three" {
		t.Errorf("the witness got %s", got)
	}
	if got := fmt.Sprint(w.authors); got != "[a b d]" {
		t.Errorf("said by %s", got)
	}
	if w.names() != "w d" || a.names() != "w d" || w.outOfStep {
		t.Errorf("the witness knows %q, a %q", w.names(), a.names())
	}
	if fmt.Sprint(renamed) != fmt.Sprint([]netchat.MemberID{a.id, a.id}) {
		t.Errorf("told as renamed: %v", renamed)
	}
}

func TestRefusedRename(t *testing.T) {
	b := newBench(t)
	k := b.join("k", keyed(1), true)
	for _, name := range []string{"", " \u3000\n", strings.Repeat("x", netchat.MaxName+1)} {
		if got := b.Rename(k.id, k, name); got != netchat.RefusedInvalid {
			t.Errorf("%.10q: %q", name, got)
		}
	}
	young := b.join("k", keyed(1), true) // takes over
	b.Settle()
	if got := b.Rename(k.id, k, "through the old connection"); got != "" {
		t.Errorf("an old connection: %q", got)
	}
	b.Settle()
	if young.names() != "k" {
		t.Errorf("an old connection renamed it: %q", young.names())
	}
	b.Leave(young.id, young)
	if got := b.Rename(young.id, young, "gone"); got != "" {
		t.Errorf("nobody: %q", got)
	}
	w := b.join("w", "", true)
	b.Settle()
	if w.names() != "w" {
		t.Errorf("here are %q", w.names())
	}
}

// TestRenamedAndBack: a newcomer, somebody who is lost and somebody who comes
// back under another name are one member to the others.
func TestRenamedAndBack(t *testing.T) {
	b := newBench(t)
	var renamed int
	b.Room = room.New(room.Config{
		Log: b.log, Now: b.clock, Random: b.random, Changed: func(c *room.Change) { renamed += len(c.Renamed) },
	})
	w := b.join("w", "", true)
	b.Settle()
	k := b.join("k", keyed(1), true)
	b.rename(k, "l") // before anybody was told of k
	b.Settle()
	if w.names() != "w l" || k.names() != "w l" || renamed != 1 {
		t.Errorf("w knows %q, k %q, %d were renamed", w.names(), k.names(), renamed)
	}
	b.rename(k, "m")
	b.Lost(k.id, k)
	k = b.join("n", keyed(1), true)
	b.Settle()
	if w.names() != "w n" || k.names() != "w n" || w.outOfStep || renamed != 2 {
		t.Errorf("w knows %q, k %q, %d were renamed", w.names(), k.names(), renamed)
	}
	b.Lost(k.id, k)
	b.Settle()
	if renamed != 2 {
		t.Error("being lost is no new name")
	}
	if got, ok := b.Addressee("n"); ok {
		t.Errorf("%s is lost, and addressed by name", got)
	}
	k = b.join("n", keyed(1), true)
	b.rename(k, "o")
	for name, want := range map[string]netchat.MemberID{"n": "", "o": k.id} {
		if got, _ := b.Addressee(name); got != want {
			t.Errorf("%q is %q", name, got)
		}
	}
}
