package app

import (
	"testing"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// TestCopyIsAside: that what was kept here was damaged is told, and where it is.
func TestCopyIsAside(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.KeptAside{Path: "/home/x/copies/1.db.bad-1"})
	b.wantSeen("damaged", "/home/x/copies/1.db.bad-1", "the host still has")
}

// TestDiskTakesNoMore: the host learns that nobody can say anything, in any theme,
// until that is over; so does a member that what is said is not kept here.
func TestDiskTakesNoMore(t *testing.T) {
	const nobody, notKept = "what anybody says is refused", "This computer cannot keep what is said here"
	b := newBench(t, "张飞", "en")
	b.hosted.stored = make(chan error, 1)
	b.lobby().host(HostRequest{Room: "Class", Listen: ":8123"})
	b.opened()
	b.chat.events <- welcome()
	r := func() *roomScreen {
		s, _ := b.app.screen.(*roomScreen)
		return s
	}
	b.until("the own room", func() bool { return r() != nil && r().room.Self().ID == self.ID })
	b.hosted.stored <- errTest
	b.until("the banner", func() bool { return b.sees(nobody) })
	b.push(r(), &netchat.NotKept{Err: errTest})
	if b.sees(notKept) {
		t.Error("the lesser trouble is told")
	}
	set := b.app.settings
	set.Theme = model.ThemeDark
	b.app.change(set)
	b.wantSeen(nobody, "Class")
	b.hosted.stored <- nil
	b.until("the lesser trouble", func() bool { return b.sees(notKept) && !b.sees(nobody) })
	b.push(r(), &netchat.NotKept{})
	if b.sees(notKept) {
		t.Error("the banner stays")
	}
}

// TestStrainIsTold: the host learns who holds the seats and what else keeps others
// out, in any theme, until that is over.
func TestStrainIsTold(t *testing.T) {
	const few, none = "2500 of 5000 are taken, most of them from 192.0.2.7 (2450), 192.0.2.9 (20)", "more connections"
	b := newBench(t, "张飞", "en")
	b.hosted.strain = make(chan netchat.Strain, 1)
	b.lobby().host(HostRequest{Room: "Class", Listen: ":8123"})
	b.opened()
	b.chat.events <- welcome()
	b.hosted.strain <- netchat.Strain{Seats: 2500, Of: 5000, Held: []netchat.Held{{Address: "192.0.2.7", Seats: 2450}, {Address: "192.0.2.9", Seats: 20}}}
	b.until("who holds the seats", func() bool { return b.sees(few) && !b.sees(none) })
	b.hosted.strain <- netchat.Strain{Descriptors: true}
	b.until("too few descriptors", func() bool { return b.sees(none) && !b.sees(few) })
	set := b.app.settings
	set.Theme = model.ThemeDark
	b.app.change(set)
	b.wantSeen(none, "Class")
	b.hosted.strain <- netchat.Strain{}
	b.until("the end", func() bool { return !b.sees(none) })
}
