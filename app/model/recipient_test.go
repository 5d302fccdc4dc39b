package model

import (
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

func secured(host bool, members ...netchat.Member) *netchat.Welcome {
	for i := range members {
		members[i].TLS = true
	}
	members[0].Host = host
	return welcomed(members...)
}

// TestReaders: what is said of who can read a private message depends on the
// connections of the two, and on whether one of them is the host.
func TestReaders(t *testing.T) {
	bare := func(m netchat.Member) netchat.Member { m.TLS = false; return m }
	host := func(m netchat.Member) netchat.Member { m.Host, m.TLS = true, true; return m }
	for name, c := range map[string]struct {
		w    *netchat.Welcome
		to   netchat.Member
		want Readers
	}{
		"the host passes it on":           {secured(false, me, liu, guan), liu, ReadersHost},
		"to the host":                     {secured(false, me, host(liu), guan), liu, ReadersNone},
		"from the host":                   {secured(true, me, liu, guan), liu, ReadersNone},
		"to one without the app":          {secured(false, me, liu), bare(guan), ReadersNetwork},
		"the host to one without the app": {secured(true, me, liu), bare(guan), ReadersNetwork},
		"nothing is encrypted":            {welcomed(me, liu, guan), liu, ReadersRoom},
		"nothing is, says a plain host":   {welcomed(bare(me), host(liu)), liu, ReadersRoom},
	} {
		r := newTestRoom(t, 0)
		if _, here := (&netchat.Roster{Members: c.w.Roster.Members}).Find(c.to.ID); !here {
			c.w.Roster.Members = append(c.w.Roster.Members, c.to)
		}
		apply(r, c.w)
		r.Choose(c.to.ID)
		if got := r.Recipient().Readers; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestChoosingWhoHasLeft: never does it lead back to everybody.
func TestChoosingWhoHasLeft(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{guan.ID}})
	for _, id := range []netchat.MemberID{guan.ID, "77777777777777777777777777777777"} {
		if !r.Choose(id) || r.Recipient().ID != id || !r.Recipient().Gone {
			t.Errorf("%s: %+v", id, r.Recipient())
		}
		if _, err := r.Compose("secret"); err == nil {
			t.Error("it was sent")
		}
	}
	r.Choose(guan.ID)
	if r.Choose("") || !r.Recipient().Private() {
		t.Error("nobody is somebody")
	}
	if r.Recipient().Name != "关羽" {
		t.Errorf("%q", r.Recipient().Name)
	}
	apply(r, &netchat.RosterDelta{Version: 3, Joined: []netchat.Member{guan2}}) // the same name, another id
	if to := r.Recipient(); to.ID != guan.ID || !to.Gone || to.Name != "关羽 #33333333" {
		t.Errorf("followed to %+v", to)
	}
	apply(r, &netchat.RosterDelta{Version: 4, Joined: []netchat.Member{guan}})
	if to := r.Recipient(); to.Gone {
		t.Errorf("back, and still %+v", to)
	}
	r.Choose(guan.ID)
	if r.Recipient().Private() {
		t.Errorf("a second time: %+v", r.Recipient())
	}
}

func TestPartner(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, event(1, "a", liu, "to all"), event(2, "b", guan, "to me", me.ID), event(3, "c", me, "to all"),
		event(4, "d", me, "to liu", liu.ID), event(5, "e", me, "to me", me.ID), event(6, "f", me, "to two", liu.ID, guan.ID),
		event(7, "g", me, "to both of us", liu.ID, me.ID), &netchat.SystemLine{What: netchat.SystemLeft, Name: "刘备"})
	for i, want := range []netchat.MemberID{liu.ID, guan.ID, "", liu.ID, "", "", liu.ID, ""} {
		if id, ok := r.Timeline().Line(i).Partner(); id != want || ok != (want != "") {
			t.Errorf("line %d: %q, %v", i, id, ok)
		}
	}
}

// TestAsked: who writes privately while messages go to everybody is remembered
// until something is sent or somebody chosen.
func TestAsked(t *testing.T) {
	r := newTestRoom(t, 0)
	asker := func() netchat.MemberID { return r.Recipient().Asker }
	if c := apply(r, event(1, "a", liu, "psst", me.ID)); !c.Recipient || asker() != liu.ID || r.Recipient().AskerName != "刘备" {
		t.Fatalf("%+v, %+v", c, r.Recipient())
	}
	if c := apply(r, event(1, "a", liu, "psst", me.ID), event(2, "b", me, "mine", liu.ID), event(3, "c", guan, "hello")); c.Recipient || asker() != liu.ID {
		t.Errorf("%+v, %+v", c, r.Recipient())
	}
	if p := compose(t, r, "hello all"); len(p.To) != 0 || asker() != "" {
		t.Errorf("%+v, %+v", p, r.Recipient())
	}
	apply(r, event(4, "d", liu, "psst", me.ID), event(5, "e", guan, "psst", me.ID))
	if asker() != guan.ID {
		t.Errorf("the newest is %+v", r.Recipient())
	}
	r.ChooseAll()
	if asker() != "" {
		t.Error("Escape left it")
	}
	r.Choose(liu.ID)
	if c := apply(r, event(6, "f", guan, "psst", me.ID)); c.Recipient || asker() != "" || r.Recipient().ID != liu.ID {
		t.Errorf("%+v, %+v", c, r.Recipient())
	}
	r.Choose(liu.ID)
	if asker() != "" {
		t.Error("an old one came back")
	}
}

// TestRetryStaysPrivate: what was refused because its recipient had left is for
// the same one when it is sent again, whoever is written to now.
func TestRetryStaysPrivate(t *testing.T) {
	r := newTestRoom(t, 0)
	r.Choose(liu.ID)
	p := compose(t, r, "secret")
	apply(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}},
		&netchat.Refused{ID: p.ID, Reason: netchat.RefusedNoRecipient})
	r.ChooseAll()
	apply(r, &netchat.StateChange{State: netchat.StateReconnecting}, welcomed(me, guan))
	again, ok := r.Retry(r.Timeline().Line(0))
	if !ok || len(again.To) != 1 || again.To[0] != liu.ID {
		t.Errorf("%+v, %v", again, ok)
	}
}
