package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A fakeKeeper keeps everything, and does what the test says.
type fakeKeeper struct {
	asked   chan ExportRequest
	answer  chan error
	deleted chan netchat.RoomInfo
	fails   error
}

func newFakeKeeper() *fakeKeeper {
	return &fakeKeeper{asked: make(chan ExportRequest, 1), answer: make(chan error), deleted: make(chan netchat.RoomInfo, 1)}
}

func (*fakeKeeper) Keeps(netchat.RoomID) bool { return true }
func (*fakeKeeper) Folder() string            { return "/home/ada" }

func (f *fakeKeeper) Export(ctx context.Context, r ExportRequest, progress func(done, total uint64)) error {
	f.asked <- r
	progress(1, 4)
	select {
	case err := <-f.answer:
		return err
	case <-ctx.Done():
		f.answer <- ctx.Err()
		return ctx.Err()
	}
}

func (f *fakeKeeper) Delete(room netchat.RoomInfo) error {
	if f.fails == nil {
		f.deleted <- room
	}
	return f.fails
}

// exporting opens the form by its key and returns what was asked for.
func exporting(b *bench, k *fakeKeeper) ExportRequest {
	b.t.Helper()
	for _, s := range shortcutsOf(b.app) {
		if s.what == textKeyExport {
			s.do()
		}
	}
	b.app.win.Canvas().Focused().TypedKey(key(fyne.KeyReturn))
	return <-k.asked
}

func TestExport(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome())
	showExport(r)
	if got := r.write.sayBox.text; got != b.app.kit.say(textNothingKept) {
		t.Errorf("nothing is kept: %q", got)
	}
	k := newFakeKeeper()
	b.app.deps.Keeper = k
	want := filepath.Join("/home/ada", "Class "+b.now().In(b.app.kit.zone).Format(time.DateOnly)+".html")
	if got := exporting(b, k); got.Path != want || got.Format != ExportHTML || got.Room.ID != welcome().Room.ID || got.Words.Lang != LangEnglish || got.Words.PrivateTo([]string{"A", "B"}) != "to A, B" {
		t.Errorf("%+v", got)
	}
	k.answer <- nil
	b.until("the file is told", func() bool {
		return slices.ContainsFunc(b.seen(), func(s string) bool { return strings.HasPrefix(s, "Saved: ") })
	})
	b.app.dismiss()

	exporting(b, k)
	k.answer <- errors.New("no space")
	b.until("the fault is told", func() bool { return b.sees("It could not be saved: no space") })
	b.app.dismiss()

	exporting(b, k)
	k.answer <- fmt.Errorf("export: %w", ErrDiskFull)
	b.until("the fault is told", func() bool { return b.sees("It could not be saved: the disk is full.") })
	b.app.dismiss()

	was := exporting(b, k)
	k.answer <- fmt.Errorf("export: %w", ErrExists)
	b.until("it is asked", func() bool { return b.sees("Replace") })
	b.app.modal.accept()
	if again := <-k.asked; !again.Replace || was.Replace || again.Path != was.Path {
		t.Errorf("%+v after %+v", again, was)
	}
	k.answer <- nil
	b.until("the file is told", func() bool {
		return slices.ContainsFunc(b.seen(), func(s string) bool { return strings.HasPrefix(s, "Saved: ") })
	})
	b.app.dismiss()

	exporting(b, k)
	b.app.modal.refuse() // cancel
	if err := <-k.answer; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSuggestedPath(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for room, want := range map[string]string{
		"教室 3.5": "教室 3.5 2026-11-23.txt", "a/b\\c:d?": "a_b_c_d_ 2026-11-23.txt", "../..": "_ 2026-11-23.txt",
	} {
		if got := suggestedPath("/x", room, day, ExportText); got != filepath.Join("/x", want) {
			t.Errorf("%q: %q", room, got)
		}
	}
}

// TestDeleteForGood asks first, and says if it failed.
func TestDeleteForGood(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	k := newFakeKeeper()
	b.app.deps.Keeper = k
	s := b.lobby()
	v := model.Visit{Room: netchat.RoomInfo{ID: roomID(1), Name: "Old"}, Addrs: []string{"10.0.0.1:8000"}, Last: b.now()}
	if err := b.visited.Note(v); err != nil {
		t.Fatal(err)
	}
	k.fails = errors.New("busy")
	s.forgetKept(v, "Old")
	b.app.modal.accept()
	b.until("the fault is told", func() bool { return s.told.fault })
	k.fails = nil
	s.forgetKept(v, "Old")
	b.app.modal.refuse()
	if len(b.visited.All()) != 1 {
		t.Error("it is gone without a yes")
	}
	s.forgetKept(v, "Old")
	b.app.modal.accept()
	if got := <-k.deleted; got.ID != v.Room.ID {
		t.Errorf("%+v", got)
	}
	b.until("it is gone", func() bool { return len(b.visited.All()) == 0 })
}

// TestRepairOnTheWindow: who opens a room whose file was damaged is told.
func TestRepairOnTheWindow(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	tellRepair(b.app, &membership{hosted: &fakeHosted{}})
	if b.app.modal != nil {
		t.Error("a whole one is told of")
	}
	tellRepair(b.app, &membership{hosted: &fakeHosted{kept: 1, lost: 3, bad: "/x/log.db.bad-1"}})
	b.wantSeen("What was said here was damaged")
	b.app.modal.refuse()
	if r.gone {
		t.Error("the room is left")
	}
}
