package app

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// follow presses the link with that text.
func (b *bench) follow(text string) {
	b.t.Helper()
	var found *link
	walk(b.app.win.Canvas().Content(), func(o fyne.CanvasObject) {
		if l, ok := o.(*link); ok && l.text == text {
			found = l
		}
	})
	if found == nil {
		b.t.Fatalf("no link %q on the window: %q", text, b.seen())
	}
	test.Tap(found)
}

// opened returns what was asked to be opened.
func (b *bench) opened() HostRequest {
	b.t.Helper()
	var got HostRequest
	b.until("opening", func() bool {
		select {
		case got = <-b.hosts:
			return true
		default:
			return false
		}
	})
	return got
}

func TestRoomsOfBefore(t *testing.T) {
	b := newBench(t, "张飞", "en")
	plain := model.Visit{Addrs: []string{"10.0.0.9:8000"}, Last: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	b.remember(visit(1, "Physics", 0), visit(2, "Music", day), visit(3, "Art", 10*day), plain)
	b.wantNames("– None so far", "– Where you were before", "Physics", "Music", "10.0.0.9:8000", "Art")
	b.finder.asked.note(func(r *findRecord) {
		if len(r.remembered) != 3 || r.remembered[0].Room.ID != roomID(1) || r.remembered[0].Addrs[0] != "10.0.0.1:8000" {
			t.Errorf("the search asks %+v", r.remembered)
		}
	})
	b.wantSeen("Today · asking…", "Yesterday · asking…", "2026-11-13 · asking…", "Try again", "Forget")
	b.pass(askFor)
	b.tick()
	b.wantSeen("Yesterday · does not answer", "2026-11-20")
	b.find(ad(2, "Music", "刘备", 4))
	b.wantNames("Music", "– Where you were before", "Physics", "10.0.0.9:8000", "Art")
	b.wantSeen("刘备 · 4 people · last here yesterday")
	if b.card("Music").item.forget != nil {
		t.Error("a room that is there can be forgotten")
	}
	b.pass(aimTime)
	test.Tap(b.card("Art"))
	if got := b.joined(); got.Room != roomID(3) || !slices.Equal(got.Addrs, []string{"10.0.0.3:8000"}) || got.Target != "" {
		t.Errorf("tried %+v", got)
	}
}

// TestRoomOfBeforeUnderThePointer: it may begin to answer, in its place.
func TestRoomOfBeforeUnderThePointer(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.remember(visit(1, "Physics", 0), visit(2, "Music", day))
	b.pass(time.Minute)
	b.card("Physics").MouseIn(pointAt(1))
	b.card("Physics").MouseOut()
	b.card("Music").MouseIn(pointAt(2))
	b.find(ad(0, "Art", "x", 1), ad(2, "Music", "刘备", 4))
	b.wantNames("– ", "– Where you were before", "Physics", "Music", "– Just found", "Art")
	b.wantSeen("刘备 · 4 people · last here yesterday")
	if b.card("Music").item.act != "Join" {
		t.Error("it answers, and yet it cannot be joined")
	}
	b.card("Music").MouseOut()
	b.pass(settleAfter)
	b.tick()
	b.wantNames("Art", "Music", "– Where you were before", "Physics")
}

func TestForgetARoom(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.remember(visit(1, "Physics", 0), visit(2, "Music", day), visit(3, "Art", 2*day))
	b.pass(time.Minute)
	card := b.card("Music")
	card.forget.MouseIn(pointAt(1))
	card.forget.MouseMoved(pointAt(2))
	test.Tap(card.forget)
	b.wantNames("– None so far", "– Where you were before", "Physics", "Art")
	b.wantSeen("Music is forgotten.", "Undo")
	if _, ok := b.visited.Find(string(roomID(2))); ok || b.lobby().busy != nil {
		t.Error("not forgotten, or joined")
	}
	test.Tap(b.card("Art").forget) // the second click of a double one
	b.wantNames("– None so far", "– Where you were before", "Physics", "Art")
	b.press("Undo")
	b.card("Art").forget.MouseOut()
	b.pass(settleAfter)
	b.tick()
	b.wantNames("– None so far", "– Where you were before", "Physics", "Music", "Art")
	if v, ok := b.visited.Find(string(roomID(2))); !ok || !v.Last.Equal(visit(2, "", day).Last) || b.sees("forgotten") {
		t.Errorf("undone, it is %+v", v)
	}

	c := b.app.win.Canvas()
	c.Focus(b.card("Music"))
	b.card("Music").TypedKey(key(fyne.KeyDelete))
	if f, ok := c.Focused().(*roomCard); !ok || f.item.name != "Art" {
		t.Errorf("the focus went to %v", c.Focused())
	}
	b.card("Art").forget.TypedKey(key(fyne.KeyReturn))
	b.wantNames("– None so far", "– Where you were before", "Physics")
	b.wantSeen("Art is forgotten.")
	b.pass(undoFor + 1)
	b.tick()
	if b.sees("forgotten") {
		t.Error("the notice stays for ever")
	}
	b.card("Physics").TypedKey(key(fyne.KeyDelete))
	b.wantNames()
}

func TestVisitIsNoted(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(1, "Class", "刘备", 3))
	b.pass(time.Minute)
	test.Tap(b.card("Class"))
	b.until("the room", func() bool { _, ok := b.app.screen.(*roomScreen); return ok })
	r := b.app.screen.(*roomScreen)
	if len(b.visited.All()) != 0 {
		t.Error("noted before anything is known of the room")
	}
	w := welcome()
	w.Room = netchat.RoomInfo{ID: roomID(1), Name: "Class", Host: "刘备"}
	b.push(r, w)
	v, _ := b.visited.Find(string(roomID(1)))
	if v.Room != w.Room || !slices.Equal(v.Addrs, []string{"10.0.0.1:8000"}) || v.Mine || !v.Last.Equal(b.now()) {
		t.Errorf("noted %+v", v)
	}
	w.Room.Name = "Other"
	b.push(r, w)
	if v, _ = b.visited.Find(string(roomID(1))); v.Room.Name != "Other" {
		t.Errorf("the new name is not noted: %+v", v)
	}
	b.pass(time.Hour)
	b.app.enterLobby("")
	if v, _ = b.visited.Find(string(roomID(1))); !v.Last.Equal(b.now()) {
		t.Errorf("last there at %v", v.Last)
	}
}

func TestTypedVisitIsNoted(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.lobby().join(JoinRequest{Target: "http://host/"}, "http://host/")
	b.until("the room", func() bool { _, ok := b.app.screen.(*roomScreen); return ok })
	w := welcome()
	w.Room, w.Rich = netchat.RoomInfo{}, false
	b.push(b.app.screen.(*roomScreen), w)
	if all := b.visited.All(); len(all) != 1 || all[0].Key() != "host:8000" {
		t.Errorf("noted %+v", all)
	}
}

func TestOpenAgain(t *testing.T) {
	b := newBench(t, "张飞", "en")
	v := visit(1, "Physics", day)
	v.Mine, v.Listen, v.Named = true, ":8123", true
	b.remember(v)
	b.wantSeen("Yesterday · your room", "Open again")
	if b.lobby().hostName.PlaceHolder != "Physics" {
		t.Errorf("the usual room is %q", b.lobby().hostName.PlaceHolder)
	}
	b.card("Physics").TypedKey(key(fyne.KeyReturn))
	if got := b.opened(); got.Room != "Physics" || got.Listen != ":8123" || got.Name != "张飞" {
		t.Errorf("opened %+v", got)
	}
	b.until("the room", func() bool { _, ok := b.app.screen.(*roomScreen); return ok })
	w := welcome()
	w.Room = netchat.RoomInfo{ID: roomID(1), Name: "Physics", Host: "张飞"}
	b.push(b.app.screen.(*roomScreen), w)
	got, _ := b.visited.Find(string(roomID(1)))
	if !got.Mine || !got.Named || got.Listen != ":8123" || !slices.Equal(got.Addrs, b.hosted.Addrs()) {
		t.Errorf("noted %+v", got)
	}
}

func TestHostTyped(t *testing.T) {
	for _, c := range []struct{ room, port, wantRoom, wantListen string }{
		{"", "", "张飞's room", ""},
		{" Art ", "８１２３", "Art", ":8123"},
	} {
		b := newBench(t, "张飞", "en")
		s := b.lobby()
		s.hostName.SetText(c.room)
		b.follow("More options")
		if b.app.win.Canvas().Focused() != s.hostPort || b.sees("More options") {
			t.Error("the field for the port did not come")
		}
		b.wantSeen("Left empty: 8000, or the next free one.")
		s.hostPort.SetText(c.port)
		if c.room != "" {
			tick(b, "Homeroom app only")
		}
		s.hostPort.TypedKey(key(fyne.KeyReturn))
		if got := b.opened(); got.Room != c.wantRoom || got.Listen != c.wantListen || got.AppOnly != (c.room != "") {
			t.Errorf("opened %+v", got)
		}
		b.chat.events <- welcome()
		b.until("the room", func() bool { return b.sees("刘备") && len(b.visited.All()) > 0 })
		if v := b.visited.All()[0]; v.Named != (c.room != "") || v.Listen != c.wantListen {
			t.Errorf("noted %+v", v)
		}
	}
}

func TestHostAtABadPort(t *testing.T) {
	b := newBench(t, "张飞", "en")
	s := b.lobby()
	s.hostPort.SetText("eighty")
	b.press("Host")
	b.wantSeen("a port is a number from 1 to 65535")
	if s.busy != nil {
		t.Error("opened at a port that is none")
	}
	s.hostPort.SetText("80")
	b.press("Host")
	b.until("the failure", func() bool { return b.sees("Choose one from 1024 on") })
}

func TestRoomThatFails(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.lobby().host(HostRequest{Room: "Class", Listen: ":8123"})
	b.opened()
	b.chat.events <- welcome()
	b.until("the own room", func() bool {
		r, ok := b.app.screen.(*roomScreen)
		return ok && r.room.Self().ID == self.ID
	})
	if b.sees("no longer leads to this room") {
		t.Fatal("told before it happened")
	}
	b.hosted.failed <- errors.New("accept: too many open files")
	b.until("the banner", func() bool { return b.sees("no longer leads to this room") })
	set := b.app.settings
	set.Theme = model.ThemeDark
	b.app.change(set)
	b.wantSeen("no longer leads to this room", "Class")
	b.press("Open again")
	b.wantSeen("3 other people are in the room.")
	next := newFakeChat()
	b.hosted.hold = make(chan struct{})
	release := sync.OnceFunc(func() { close(b.hosted.hold) })
	t.Cleanup(release)
	b.hosted.chat = next
	b.press("Close the room")
	// Both who leaves the room and who opens it again wait for it to close.
	b.until("two that wait", func() bool { b.queue.do(func() {}); return b.hosted.closers.Load() == 2 })
	select {
	case r := <-b.hosts:
		t.Errorf("opened %+v before it was closed", r)
	default:
	}
	release()
	if got := b.opened(); got.Room != "Class" || got.Listen != ":8123" {
		t.Errorf("opened %+v", got)
	}
	next.events <- welcome()
	b.until("the room opened again", func() bool {
		r, ok := b.app.screen.(*roomScreen)
		return ok && r.in.chat == Chat(next) && r.room.Self().ID == self.ID
	})
	if b.sees("no longer leads to this room") {
		t.Error("the banner stayed")
	}
	b.hosted.chat = b.chat
}

func TestDamagedListOfRooms(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.app.opts.Warnings = []error{model.ErrDamagedVisits}
	b.app.begin()
	b.wantSeen("could not be read. It starts anew.")
}
