package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// keeping makes a window that keeps what it has of rooms.
func keeping(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, "张飞", LangEnglish)
	b.app.deps.Keeper = newFakeKeeper()
	return b
}

// safely is the Welcome of a room that has proved its key.
func safely() *netchat.Welcome {
	w := welcome()
	w.Security = netchat.Security{TLS: true, Trust: netchat.TrustKnown}
	return w
}

// enterAs brings the window into the room, or into it again.
func (b *bench) enterAs(w *netchat.Welcome) *roomScreen {
	b.t.Helper()
	b.chat = newFakeChat()
	b.app.screen.(*lobbyScreen).join(JoinRequest{Target: "host"}, "host")
	b.chat.events <- w
	b.until("entering the room", func() bool {
		r, ok := b.app.screen.(*roomScreen)
		return ok && r.room.Self().ID == self.ID && r.in.drafts.room == w.Room.ID
	})
	return b.app.screen.(*roomScreen)
}

// onDisk returns what is kept of the room of these tests.
func (b *bench) onDisk() model.Typed {
	b.t.Helper()
	b.app.drafts.write()
	typed, _, err := model.NewDraftStore(b.dir).Load(welcome().Room.ID)
	if err != nil {
		b.t.Error(err)
	}
	return typed
}

// end ends the room as its host does.
func (b *bench) end() {
	b.chat.events <- &netchat.StateChange{State: netchat.StateClosed, Err: &netchat.CloseError{Code: netchat.CloseRoomClosed}}
	b.chat.Close()
}

// TestDraftsAreBack: what was typed for all and for one is there when one is back, for
// whom it was meant, however the room was left; the lists say that it is there.
func TestDraftsAreBack(t *testing.T) {
	for name, leave := range map[string]func(b *bench, r *roomScreen){
		"Leave":            func(b *bench, _ *roomScreen) { b.press("Leave") },
		"Ctrl+W":           func(b *bench, _ *roomScreen) { b.shortcut(fyne.KeyW) },
		"the host closes":  func(b *bench, _ *roomScreen) { b.end() },
		"another language": func(b *bench, _ *roomScreen) { b.app.redress(); b.press("Leave") },
		"while cut off": func(b *bench, r *roomScreen) {
			b.push(r, &netchat.StateChange{State: netchat.StateReconnecting})
			b.press("Leave")
		},
		"renamed meanwhile": func(b *bench, _ *roomScreen) { b.app.settings.Name = "Zhang"; b.press("Leave") },
	} {
		b := keeping(t)
		r := b.enterAs(safely())
		b.runes("for everybody")
		r.choose(liu.ID)
		b.runes("for 刘备")
		if !b.person(liu.ID).person.Draft || b.person(guan.ID).person.Draft || !b.sees("Draft for everyone") {
			t.Errorf("%s: not marked: %q", name, b.seen())
		}
		leave(b, r)
		b.until(name, func() bool { return b.app.screen != r })
		b.pass(time.Second)
		b.app.screen.(*lobbyScreen).tick(false)
		b.wantSeen("you have a draft here")
		if got := b.onDisk(); len(got.Drafts) != 2 {
			t.Errorf("%s: kept %+v", name, got)
		}
		r = b.enterAs(safely())
		if r.room.Recipient().Private() || r.write.field.Text != "for everybody" || !b.person(liu.ID).person.Draft {
			t.Errorf("%s: for all %q in %q", name, r.write.field.Text, b.seen())
		}
		r.choose(liu.ID)
		if r.write.field.Text != "for 刘备" {
			t.Errorf("%s: for one %q", name, r.write.field.Text)
		}
		r.write.field.SetText("")
		r.toAll()
		r.write.field.SetText("")
		if got := b.onDisk(); !got.Empty() || b.person(liu.ID).person.Draft || b.app.drafts.has(welcome().Room.ID) {
			t.Errorf("%s: of nothing is left %+v", name, got)
		}
		b.app.Close()
	}
}

// TestDraftsOutliveTheWindow: quitting asks nothing and leaves all on the disk.
func TestDraftsOutliveTheWindow(t *testing.T) {
	for name, end := range map[string]func(b *bench){
		"closed":       func(b *bench) { b.app.askClose() },
		"by a signal":  func(b *bench) { b.app.Close() },
		"by the lobby": func(b *bench) { b.press("Leave"); b.app.Close() },
	} {
		b := keeping(t)
		b.enterAs(safely())
		b.runes("not sent")
		end(b)
		if b.app.modal != nil {
			t.Errorf("%s: asks %q", name, b.seen())
		}
		b.until("it ends", func() bool {
			select {
			case <-b.app.tasks.idle():
				return true
			default:
				b.queue.do(func() {})
				return false
			}
		})
		typed, _, err := model.NewDraftStore(b.dir).Load(welcome().Room.ID)
		if err != nil || len(typed.Drafts) != 1 || typed.Drafts[0].Text != "not sent" {
			t.Errorf("%s: %+v, %v", name, typed, err)
		}
	}
}

// TestRoomWithoutTrace: where nothing is kept, leaving asks, with staying as the
// answer that a key gives, and nothing reaches the disk.
func TestRoomWithoutTrace(t *testing.T) {
	for name, w := range map[string]*netchat.Welcome{"not encrypted": welcome(), "no id": {Self: self, Security: netchat.Security{TLS: true}}} {
		b := keeping(t)
		r := b.enterAs(w)
		r.choose(liu.ID)
		b.runes("secret")
		if len(w.Roster.Members) > 0 {
			r.toAll()
		}
		ways := map[string]func(){
			"Leave": func() { b.press("Leave") }, "Ctrl+W": func() { b.shortcut(fyne.KeyW) }, "the window": b.app.askClose, "Ctrl+Q": func() { b.shortcut(fyne.KeyQ) },
		}
		for way, leave := range ways {
			leave()
			b.wantSeen("What you have written and not sent cannot be")
			if stay, ok := b.app.win.Canvas().Focused().(*modalButton); !ok || stay.Text != "Stay" {
				t.Errorf("%s: %s: staying is not the answer to a key", name, way)
			}
			b.keys(fyne.KeyReturn)
			if b.app.screen != r || b.app.closing {
				t.Fatalf("%s: %s left", name, way)
			}
		}
		if files, _ := os.ReadDir(filepath.Join(b.dir, "drafts")); len(files) > 0 || !b.onDisk().Empty() {
			t.Errorf("%s: left a trace: %v", name, files)
		}
		b.press("Leave")
		b.press("Leave anyway")
		if b.app.screen == r {
			t.Errorf("%s: did not leave", name)
		}
		b.app.Close()
	}
}

// TestNothingTypedAsksNothing: blanks are no draft.
func TestNothingTypedAsksNothing(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.runes("  ")
	b.press("Leave")
	if b.app.screen == r {
		t.Error("asked for blanks")
	}
}

// TestClosedRoomStaysReadable: where nothing is kept, what was typed can be copied
// after the host has closed the room, and is not sent.
func TestClosedRoomStaysReadable(t *testing.T) {
	b := keeping(t)
	r := b.enterAs(welcome())
	b.runes("an essay")
	b.end()
	b.until("it is told", func() bool { return b.sees("The host has closed the room. Nothing more can be sent.") })
	if b.app.screen != r || r.write.field.Text != "an essay" || !r.write.send.Disabled() {
		t.Fatalf("on the window: %q", b.seen())
	}
	b.app.redress()
	b.wantSeen("Nothing more can be sent.")
	b.keys(fyne.KeyReturn)
	if n := len(b.chat.posts()); n != 0 || r.write.field.Text != "an essay" || !r.write.send.Disabled() {
		t.Errorf("%d posts, %q in the field", n, r.write.field.Text)
	}
	r.write.field.TypedShortcut(&fyne.ShortcutSelectAll{})
	r.write.field.TypedShortcut(&fyne.ShortcutCopy{Clipboard: b.app.fyne.Clipboard()})
	if got := b.app.fyne.Clipboard().Content(); got != "an essay" {
		t.Errorf("copied %q", got)
	}
	b.press("Leave")
	b.wantSeen("would be lost")
	b.press("Leave anyway")
	if _, ok := b.app.screen.(*lobbyScreen); !ok {
		t.Error("did not leave")
	}
}

// TestKnownIdInClear: whoever says in clear that it is a known room gets none of what
// was typed there.
func TestKnownIdInClear(t *testing.T) {
	b := keeping(t)
	kept := model.Typed{Drafts: []model.Draft{{Text: "for the real room"}}}
	if err := model.NewDraftStore(b.dir).Save(welcome().Room.ID, kept); err != nil {
		t.Fatal(err)
	}
	r := b.enterAs(welcome())
	if r.write.field.Text != "" {
		t.Errorf("the field has %q", r.write.field.Text)
	}
	b.runes("for the other")
	if got := b.onDisk(); len(got.Drafts) != 1 || got.Drafts[0].Text != "for the real room" {
		t.Errorf("kept %+v", got)
	}
}

// TestSentDraft: what is sent is no draft any more, but is kept until it is in the
// room, so that no moment of a crash loses it.
func TestSentDraft(t *testing.T) {
	b := keeping(t)
	r := b.enterAs(safely())
	r.choose(liu.ID)
	b.runes("hello")
	b.keys(fyne.KeyReturn)
	if b.person(liu.ID).person.Draft {
		t.Error("it is marked as a draft")
	}
	post := b.chat.posts()[0]
	if got := b.onDisk(); len(got.Drafts) != 0 || len(got.Unsent) != 1 || got.Unsent[0].ID != post.ID || !slices.Equal(got.Unsent[0].To, post.To) {
		t.Errorf("kept %+v", got)
	}
	b.push(r, &netchat.Acked{ID: post.ID, Seq: 4})
	if got := b.onDisk(); !got.Empty() {
		t.Errorf("it is in the room, and kept: %+v", got)
	}

	b.runes("once more")
	b.keys(fyne.KeyReturn)
	post = b.chat.posts()[1]
	b.push(r, &netchat.Refused{ID: post.ID, Reason: netchat.RefusedNotStored})
	b.press("Leave")
	r = b.enterAs(safely())
	b.wantSeen("once more", "before it was certain that this message was sent", "Send again")
	r.retry(r.room.Timeline().Line(0))
	if posts := b.chat.posts(); len(posts) != 1 || posts[0].ID != post.ID || !slices.Equal(posts[0].To, post.To) {
		t.Errorf("sent again %+v", posts)
	}
	b.push(r, &netchat.Refused{ID: post.ID, Reason: netchat.RefusedNotStored})
	r.discard(r.room.Timeline().Line(0))
	b.app.modal.accept()
	if got := b.onDisk(); !got.Empty() {
		t.Errorf("it is discarded, and kept: %+v", got)
	}
}

// TestDraftOfOneWhoIsGone: it stays in reach, for nobody else.
func TestDraftOfOneWhoIsGone(t *testing.T) {
	b := keeping(t)
	r := b.enterAs(safely())
	r.choose(guan.ID)
	b.runes("only for you")
	b.press("Leave")
	w := safely()
	w.Roster.Members = []netchat.Member{self, liu}
	r = b.enterAs(w)
	row := b.person(guan.ID).person
	if !row.Away || !row.Draft || r.write.field.Text != "" {
		t.Errorf("listed as %+v, the field has %q", row, r.write.field.Text)
	}
	b.wantSeen("not in the room", "关羽")
	test.Tap(b.person(guan.ID))
	if r.write.field.Text != "only for you" || !r.write.send.Disabled() {
		t.Errorf("the field has %q", r.write.field.Text)
	}
	b.keys(fyne.KeyReturn)
	b.press("Back to everyone")
	b.keys(fyne.KeyReturn)
	if n := len(b.chat.posts()); n != 0 || r.write.field.Text != "" {
		t.Errorf("%d posts, for all %q", n, r.write.field.Text)
	}
	test.Tap(b.person(guan.ID))
	b.push(r, &netchat.Roster{Version: 2, Members: []netchat.Member{self, liu, guan}})
	if r.write.field.Text != "only for you" || r.write.send.Disabled() || b.person(guan.ID).person.Away {
		t.Errorf("back, and the field has %q", r.write.field.Text)
	}
}

// TestDraftsOfADamagedFile: it is told, and what is typed from then on is kept.
func TestDraftsOfADamagedFile(t *testing.T) {
	b := keeping(t)
	path := filepath.Join(b.dir, "drafts", string(welcome().Room.ID)+".json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	r := b.enterAs(safely())
	b.wantSeen("the file is damaged")
	if _, err := os.Stat(path + ".bad-1"); err != nil {
		t.Error(err)
	}
	b.app.modal.refuse()
	r.write.field.SetText("new")
	if got := b.onDisk(); len(got.Drafts) != 1 || got.Drafts[0].Text != "new" {
		t.Errorf("kept %+v", got)
	}
}

// TestDraftsOnAFullDisk: where the disk refuses, leaving asks; once it takes them
// again they are there.
func TestDraftsOnAFullDisk(t *testing.T) {
	b := keeping(t)
	r := b.enterAs(safely())
	folder := filepath.Join(b.dir, "drafts")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.runes("x")
	b.app.drafts.write()
	b.press("Leave")
	b.wantSeen("What you have written and not sent cannot be")
	b.press("Stay")
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if got := b.onDisk(); len(got.Drafts) != 1 {
		t.Errorf("kept %+v", got)
	}
	b.press("Leave")
	if b.app.screen == r {
		t.Errorf("asks though all is kept: %q", b.seen())
	}
}

// TestDraftsAreDeletedWithTheRoom deletes what is kept of a room of before.
func TestDraftsAreDeletedWithTheRoom(t *testing.T) {
	b := keeping(t)
	b.enterAs(safely())
	b.runes("secret")
	b.press("Leave")
	s := b.app.screen.(*lobbyScreen)
	v, ok := b.visited.Find(string(welcome().Room.ID))
	if !ok {
		t.Fatal("the room is not remembered")
	}
	s.forgetKept(v, "Class")
	b.app.modal.accept()
	b.until("it is gone", func() bool { return len(b.visited.All()) == 0 })
	if files, err := os.ReadDir(filepath.Join(b.dir, "drafts")); err != nil && !errors.Is(err, os.ErrNotExist) || len(files) > 0 {
		t.Errorf("left %v, %v", files, err)
	}
	if b.app.drafts.has(v.Room.ID) || !b.onDisk().Empty() {
		t.Error("it came back")
	}
}

// TestDraftsAreWrittenInTime: a key is on the disk within a second, however fast one
// types, and nothing is written of what has not changed.
func TestDraftsAreWrittenInTime(t *testing.T) {
	dir, room := t.TempDir(), welcome().Room.ID
	synctest.Test(t, func(t *testing.T) {
		store := model.NewDraftStore(dir)
		k := newDraftKeeper(store, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); k.run(ctx) }()
		var text strings.Builder
		for range 100 {
			text.WriteByte('x')
			k.note(room, model.Typed{Drafts: []model.Draft{{Text: text.String()}}})
			time.Sleep(70 * time.Millisecond)
			synctest.Wait()
			got, _, err := store.Load(room)
			if err != nil || len(got.Drafts) != 1 || len(got.Drafts[0].Text) < text.Len()-int(time.Second/(70*time.Millisecond)) {
				t.Fatalf("after %d keys: %+v, %v", text.Len(), got, err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got, _, _ := store.Load(room); got.Drafts[0].Text != text.String() {
			t.Errorf("a second later %d of %d", len(got.Drafts[0].Text), text.Len())
		}
		k.note(room, model.Typed{Drafts: []model.Draft{{Text: "typed"}}})
		synctest.Wait()
		k.note(room, model.Typed{Drafts: []model.Draft{{Text: "sent"}}})
		k.atOnce()
		synctest.Wait()
		if got, _, _ := store.Load(room); got.Drafts[0].Text != "sent" {
			t.Errorf("what is sent waits: %+v", got)
		}
		k.note(room, model.Typed{Drafts: []model.Draft{{Text: "the last words"}}})
		cancel()
		<-ended
		if got, _, _ := store.Load(room); got.Drafts[0].Text != "the last words" {
			t.Errorf("at the end %+v", got)
		}
	})
}
