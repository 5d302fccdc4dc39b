package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

func TestFirstStart(t *testing.T) {
	b := newBench(t, "", "en")
	b.wantSeen("Welcome to Homeroom")
	s := b.app.screen.(*namingScreen)
	test.Type(s.field, "   ")
	s.field.TypedKey(key(fyne.KeyReturn))
	if b.app.screen != s {
		t.Fatal("blanks were taken for a name")
	}
	test.Type(s.field, strings.Repeat("x", 40))
	s.field.TypedKey(key(fyne.KeyReturn))
	want := strings.Repeat("x", 29)
	b.wantSeen("You are xxxxxxxxxx", "No room found yet")
	saved, err := model.NewSettingsStore(b.dir).Load()
	if err != nil || saved.Name != want {
		t.Errorf("saved %+v, %v", saved, err)
	}
}

func TestSendAndStore(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f := r.write.field
	f.TypedKey(key(fyne.KeyReturn))
	test.Type(f, "  ")
	f.TypedKey(key(fyne.KeyReturn))
	if n := len(b.chat.posts()); n != 0 || r.write.notice.Visible() {
		t.Fatalf("%d posts of blanks; on the window: %q", n, b.seen())
	}
	f.SetText("")
	test.Type(f, "hello")
	f.KeyDown(key(desktop.KeyShiftLeft))
	f.TypedKey(key(fyne.KeyReturn))
	f.KeyUp(key(desktop.KeyShiftLeft))
	test.Type(f, "there")
	f.TypedKey(key(fyne.KeyReturn))
	posts := b.chat.posts()
	if len(posts) != 1 || posts[0].Text != "hello\nthere" || len(posts[0].To) != 0 || !posts[0].ID.Valid() {
		t.Fatalf("sent %+v", posts)
	}
	if f.Text != "" {
		t.Errorf("the field still has %q", f.Text)
	}
	b.wantSeen("hello", "there")
	l := r.room.Timeline().Line(0)
	if l.State != model.LineWaiting {
		t.Errorf("state %v before it came back", l.State)
	}
	b.push(r, event(1, posts[0].ID, self, `hello\nthere`), &netchat.Acked{ID: posts[0].ID, Seq: 1})
	if n := r.room.Timeline().Len(); n != 1 || r.room.Timeline().Line(0) != l || l.State != model.LineStored {
		t.Errorf("%d lines, state %v after it came back", n, l.State)
	}
}

func TestPrivateMode(t *testing.T) {
	b := newBench(t, "张飞", "zh-Hans")
	r := b.enter()
	test.Type(r.write.field, "for all")
	test.Tap(b.person(self.ID))
	if r.room.Recipient().Private() {
		t.Error("one's own entry became a target")
	}
	test.Tap(b.person(liu.ID))
	b.wantSeen("发送给 刘备", "输入消息，发给 刘备…")
	if title := b.app.win.Title(); !strings.Contains(title, "与 刘备 私聊") {
		t.Errorf("title %q", title)
	}
	test.Type(r.write.field, "for one")
	test.Tap(b.person(liu.ID))
	if r.room.Recipient().Private() || r.write.field.Text != "for all" {
		t.Errorf("a second click left %+v and %q", r.room.Recipient(), r.write.field.Text)
	}
	test.Tap(b.person(guan.ID))
	test.Tap(b.person(liu.ID))
	if r.write.field.Text != "for one" {
		t.Errorf("the draft became %q", r.write.field.Text)
	}
	r.write.field.TypedKey(key(fyne.KeyReturn))
	posts := b.chat.posts()
	if len(posts) != 1 || len(posts[0].To) != 1 || posts[0].To[0] != liu.ID {
		t.Fatalf("sent %+v", posts)
	}
	b.push(r, event(1, posts[0].ID, self, "for one", liu.ID), event(2, "e2", liu, "answer", self.ID))
	b.wantSeen("发送给 刘备", "来自 刘备")
	r.write.field.TypedKey(key(fyne.KeyEscape))
	if r.room.Recipient().Private() || strings.Contains(b.app.win.Title(), "私聊") {
		t.Error("Escape did not leave private mode")
	}
}

func TestRecipientLeaves(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	test.Tap(b.person(liu.ID))
	test.Type(r.write.field, "secret")
	b.push(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}},
		&netchat.SystemLine{What: netchat.SystemLeft, Name: "刘备", Text: "刘备 已离开", Time: time.Now()})
	b.wantSeen("刘备 has left the room.", "刘备 left · ")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	if n := len(b.chat.posts()); n != 0 {
		t.Fatalf("%d posts to somebody who left", n)
	}
	if r.write.field.Text != "secret" {
		t.Errorf("the draft became %q", r.write.field.Text)
	}
	b.press("Back to everyone")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	if n := len(b.chat.posts()); n != 0 {
		t.Error("the private draft went to everybody")
	}
}

func TestRefusedAndRetried(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	test.Type(r.write.field, "hello")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	id := b.chat.posts()[0].ID
	b.push(r, &netchat.Refused{ID: id, Reason: netchat.RefusedNotStored})
	b.wantSeen("could not store", "Send again", "Discard")
	r.lines.acts.retry(r.room.Timeline().Line(0))
	if posts := b.chat.posts(); len(posts) != 2 || posts[1].ID != id {
		t.Errorf("sent %+v", posts)
	}
	b.chat.mu.Lock()
	b.chat.refuse = netchat.ErrOutboxFull
	b.chat.mu.Unlock()
	test.Type(r.write.field, "more")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	b.wantSeen("Too many messages are waiting")
	last := r.room.Timeline().Line(0)
	if last.State != model.LineFailed {
		t.Errorf("state %v", last.State)
	}
	r.lines.acts.discard(last)
	b.wantSeen("its text is nowhere else")
	b.press("Cancel")
	if n := r.room.Timeline().Len(); n != 2 {
		t.Errorf("%d lines though it was not discarded", n)
	}
	r.lines.acts.discard(last)
	b.app.modal.accept()
	if n := r.room.Timeline().Len(); n != 1 {
		t.Errorf("%d lines after discarding", n)
	}
	r.send(strings.Repeat("y", netchat.MaxText+1))
	b.wantSeen("too long")
}

func TestReconnectingAndGone(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.StateChange{State: netchat.StateReconnecting})
	test.Type(r.write.field, "later")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	b.wantSeen("The connection is lost", "1 message is waiting")
	if !r.people.pale {
		t.Error("the list is not greyed")
	}
	w := welcome()
	w.Recovered = true
	b.push(r, w)
	if b.sees("The connection is lost") {
		t.Error("the banner stayed")
	}
	b.chat.events <- &netchat.StateChange{State: netchat.StateClosed, Err: &netchat.CloseError{Code: netchat.CloseRoomClosed}}
	b.chat.Close()
	b.until("the end", func() bool { return b.sees("The host has closed the room. Nothing more can be sent.") })
	b.wantSeen("later", "Discard") // nothing of this room is kept: it can be copied
}

// TestAnotherRoomAtTheAddress: who tries in vain is told why.
func TestAnotherRoomAtTheAddress(t *testing.T) {
	b := newBench(t, "张飞", "zh-Hans")
	r := b.enter()
	b.push(r, &netchat.StateChange{State: netchat.StateReconnecting, Err: netchat.ErrUnreached})
	b.wantSeen("连接已断开")
	test.Type(r.write.field, "later")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	b.chat.events <- &netchat.StateChange{State: netchat.StateReconnecting, Err: fmt.Errorf("again: %w", netchat.ErrNotFound)}
	b.until("the reason", func() bool { return b.sees(b.app.kit.say(textErrOtherRoom) + "有 1 条消息等待发送。") })
	if b.sees("连接已断开") {
		t.Error("it says that trying again will do")
	}
}

func TestHostLeavingAsks(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.press("Host")
	b.chat.events <- welcome()
	b.until("the own room", func() bool { return b.sees("192.168.1.20:8000") && b.sees("刘备") })
	r := b.app.screen.(*roomScreen)
	b.press("Leave")
	b.wantSeen("3 other people are in the room.")
	b.press("Stay")
	if b.app.screen != r {
		t.Fatal("left all the same")
	}
	b.press("Leave")
	b.app.win.Canvas().Focused().TypedKey(key(fyne.KeyEscape))
	if b.app.screen != r || b.sees("3 other people") {
		t.Fatal("Escape did not refuse")
	}
	b.app.askClose()
	b.press("Close the room")
	b.until("the room's end", func() bool {
		select {
		case <-b.hosted.closed:
			return true
		default:
			return false
		}
	})
}

func TestLanguageSwitch(t *testing.T) {
	b := newBench(t, "张飞", "")
	r := b.enter()
	test.Tap(b.person(liu.ID))
	test.Type(r.write.field, "draft")
	b.wantSeen("Send", "to 刘备")
	set := b.app.settings
	set.Lang, set.Theme = LangChinese, model.ThemeDark
	b.app.change(set)
	b.wantSeen("发送", "发送给 刘备", "draft")
	if b.app.kit.ground != darkPalette().ground {
		t.Error("the theme did not change")
	}
	saved, err := model.NewSettingsStore(b.dir).Load()
	if err != nil || saved.Lang != LangChinese || saved.Theme != model.ThemeDark {
		t.Errorf("saved %+v, %v", saved, err)
	}
}

// TestTypingWhileTheRoomTalks has a goroutine talk while the test uses the
// window: the race detector is the judge.
func TestTypingWhileTheRoomTalks(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	const lines = 300
	go func() {
		for i := range lines {
			b.chat.events <- event(uint64(i+1), netchat.EventID(fmt.Sprintf("%032x", i)), guan, "line")
		}
	}()
	for range 20 {
		test.Type(r.write.field, "x")
		test.Tap(b.person(liu.ID))
		b.queue.drain()
	}
	b.until("the last line", func() bool { return r.room.Timeline().Len() == lines })
	if !r.lines.tail {
		t.Error("not at the end")
	}
}

func TestUnreadInTitle(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.app.setAway(true)
	b.push(r, event(1, "a", liu, "one"), event(2, "b", liu, "two"))
	if title := b.app.win.Title(); !strings.HasPrefix(title, "(2) Class") {
		t.Errorf("title %q", title)
	}
	b.app.setAway(false)
	if title := b.app.win.Title(); strings.HasPrefix(title, "(") {
		t.Errorf("title %q", title)
	}
}

func TestNamesakesAreToldApart(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, event(1, "a", guan, "one"), event(2, "b", guan2, "two"), event(3, "c", liu, "three"))
	b.wantSeen("#33333333", "#44444444")
	if b.sees("#22222222") {
		t.Error("a mark for somebody whose name is theirs alone")
	}
}

func TestNarrowWindow(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.app.win.Resize(fyne.NewSize(480, 360))
	if r.people.root.Visible() {
		t.Error("the people cover a narrow window")
	}
	r.togglePeople()
	test.Tap(b.person(liu.ID))
	if r.people.root.Visible() || r.room.Recipient().ID != liu.ID {
		t.Error("choosing somebody did not lead back to the messages")
	}
	if size := b.app.win.Canvas().Content().MinSize(); size.Width > leastWidth || size.Height > 360 {
		t.Errorf("the window can't be smaller than %v", size)
	}
}

func TestPumpEndsWithItsContext(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.enter()
	b.app.enterLobby("")
	b.until("leaving", func() bool {
		select {
		case _, open := <-b.chat.events:
			return !open
		default:
			return false
		}
	})
	if !errors.Is(b.app.tasks.ctx.Err(), nil) {
		t.Error("leaving a room ended the app")
	}
}
