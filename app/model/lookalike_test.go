package model

import (
	"fmt"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestNamesThatLookAlike(t *testing.T) {
	for _, alike := range [][]string{
		{"Anna", "anna", "ANNA", "Ａｎｎａ", "An\u200bna", "Anna\ufe0f", "\u2060Anna", "Аnna", "Αnna", " Anna "},
		{"关羽", "关羽\u200d", "关\u2063羽", "关羽\u3164"},
		{"Zoë", "Zoe\u0308", "ZOË"},
		{"Ian", "lan", "1an", "|an"},
		{"Bob", "B0b", "bоb"},
		{"Straße", "STRASSE"},
		{"ｶﾅ", "カナ"},
	} {
		for _, name := range alike[1:] {
			if a, b := likenessOf(alike[0]), likenessOf(name); a != b {
				t.Errorf("%q and %q can be taken for each other, but are %q and %q", alike[0], name, a, b)
			}
		}
	}
	apart := []string{"Anna", "Hanna", "关羽", "关平", "张飞", "Zoe", "Zoë", "Bob", "Rob", "Иван", "Ирина", "علي", "あ", "ア", "😀", "😁"}
	for i, a := range apart {
		for _, b := range apart[i+1:] {
			if likenessOf(a) == likenessOf(b) {
				t.Errorf("%q and %q were taken for each other", a, b)
			}
		}
	}
}

func TestLookAlikesAreMarked(t *testing.T) {
	r := newTestRoom(t, 0)
	fake := netchat.Member{ID: "55555555555555555555555555555555", Label: "55555555", Name: "刘\u200b备", Presence: netchat.Present}
	if r.Choose(liu.ID); r.Recipient().Name != "刘备" {
		t.Fatalf("to %+v", r.Recipient())
	}
	c := apply(r, &netchat.RosterDelta{Version: 2, Joined: []netchat.Member{fake}})
	if !c.Recipient || r.Recipient().Name != "刘备 #22222222" {
		t.Errorf("to %+v after a look-alike came", r.Recipient())
	}
	for _, p := range r.People().List("") {
		if p.Namesake != (p.ID == liu.ID || p.ID == fake.ID) && p.Name != guan.Name {
			t.Errorf("%+v", p)
		}
	}
	apply(r, event(1, "a", fake, "x"))
	if l := r.Timeline().Line(0); l.Mark != "55555555" {
		t.Errorf("mark %q", l.Mark)
	}
	if r.Choose(fake.ID); r.Recipient().Name != "刘\u200b备 #55555555" {
		t.Errorf("to %q", r.Recipient().Name)
	}
	compose(t, r, "to the one who poses")
	if l := r.Timeline().Line(1); l.Peer != "刘\u200b备 #55555555" {
		t.Errorf("a message to %q", l.Peer)
	}
	apply(r, &netchat.RosterDelta{Version: 3, Left: []netchat.MemberID{liu.ID}})
	if r.Recipient().Name != "刘\u200b备" {
		t.Errorf("to %q, who is alone now", r.Recipient().Name)
	}
}

func TestLikenessesAreBounded(t *testing.T) {
	var p People
	for i := range 4 * maxLikenesses {
		p.set(netchat.Roster{Version: 1, Members: []netchat.Member{{ID: "a", Name: fmt.Sprint("visitor ", i)}}})
	}
	if n := len(p.likes); n > maxLikenesses+2 {
		t.Errorf("%d names kept", n)
	}
}

func BenchmarkRosterOf5000(b *testing.B) {
	var p People
	roster := netchat.Roster{Version: 1}
	for i := range 5_000 {
		roster.Members = append(roster.Members, netchat.Member{ID: netchat.MemberID(fmt.Sprintf("%032x", i)), Name: fmt.Sprint("Visitor 访客 ", i)})
	}
	for b.Loop() {
		p.set(roster)
	}
}
