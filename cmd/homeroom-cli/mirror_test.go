package main

import (
	"fmt"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

func member(label, name string) netchat.Member {
	return netchat.Member{
		ID: netchat.MemberID(label + "000000000000000000000000"), Label: netchat.Label(label),
		Name: name, Rich: true, TLS: true, Presence: netchat.Present,
	}
}

func roomOf(members ...netchat.Member) *mirror {
	m := &mirror{}
	m.apply(&netchat.Welcome{
		Room: netchat.RoomInfo{ID: "11111111111111111111111111111111", Name: "R"}, Self: members[0], Rich: true,
		Roster: netchat.Roster{Version: 1, Members: members},
	})
	return m
}

func TestAddress(t *testing.T) {
	m := roomOf(
		member("aaaaaaaa", "me"), member("bbbbbbbb", "张飞"), member("cccccccc", "张飞 老师"),
		member("dddddddd", "twin"), member("eeeeeeee", "twin"), member("ffffffff", "99999999"), member("12121212", ""),
	)
	for _, c := range []struct{ rest, who, text string }{
		{"bbbbbbbb hello", "bbbbbbbb", "hello"},
		{"bbbbbbbb000000000000000000000000 hello", "bbbbbbbb", "hello"},
		{"张飞 你好", "bbbbbbbb", "你好"},
		{"张飞\u3000你好", "bbbbbbbb", "你好"},
		{"张飞 老师 你好", "cccccccc", "你好"},
		{"张飞 老师您好", "bbbbbbbb", "老师您好"},
		{"张飞你好", "", ""},
		{"张飞", "bbbbbbbb", ""},
		{"me  two blanks", "aaaaaaaa", " two blanks"},
		{"twin hi", "dddddddd,eeeeeeee", "hi"},
		{"BBBBBBBB hi", "", "hi"},
		{"99999999 hi", "", "hi"},
		{"nobody hi", "", "hi"},
		{" hi", "", "hi"},
		{"", "", ""},
	} {
		who, _, text := m.address(c.rest)
		got := ""
		for i, w := range who {
			if i > 0 {
				got += ","
			}
			got += string(w.Label)
		}
		if got != c.who || text != c.text {
			t.Errorf("address(%q) = %q, %q; want %q, %q", c.rest, got, text, c.who, c.text)
		}
	}
}

func TestFreshForgetsTheOldestFirst(t *testing.T) {
	m := roomOf(member("aaaaaaaa", "me"))
	msg := func(i int) netchat.Message {
		return netchat.Message{Author: "a", ID: netchat.EventID(fmt.Sprintf("%032x", i))}
	}
	for i := range maxSeen + 1 {
		if !m.fresh(msg(i)) {
			t.Fatalf("%d is not fresh", i)
		}
	}
	if m.fresh(msg(1)) || m.fresh(msg(maxSeen)) {
		t.Error("a message within the bound was forgotten")
	}
	if !m.fresh(msg(0)) {
		t.Error("the oldest was not forgotten")
	}
	if len(m.seen) != maxSeen || len(m.order) != maxSeen {
		t.Errorf("%d and %d are remembered", len(m.seen), len(m.order))
	}
	if other := msg(1); true {
		other.Author = "b"
		if !m.fresh(other) {
			t.Error("the same id of another author counts as seen")
		}
	}
}

func TestMoversAreBounded(t *testing.T) {
	m := roomOf(member("aaaaaaaa", "me"))
	for i := range 2 * maxMoved {
		joined := member(fmt.Sprintf("%08x", i), "n")
		m.apply(&netchat.RosterDelta{Version: m.roster.Version + 1, Joined: []netchat.Member{joined}})
	}
	if len(m.moved) != maxMoved {
		t.Errorf("%d movers are remembered", len(m.moved))
	}
	left := m.roster.Members[1]
	m.moved = nil
	m.apply(&netchat.RosterDelta{Version: m.roster.Version + 1, Left: []netchat.MemberID{left.ID}})
	if label, ok := m.mover("n"); !ok || label != left.Label {
		t.Errorf("the leaver is %q, %v", label, ok)
	}
	if _, ok := m.mover("n"); ok {
		t.Error("the leaver was told twice")
	}
}
