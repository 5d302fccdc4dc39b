package app

import (
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// saved returns the settings that are kept.
func (b *bench) saved() model.Settings {
	b.t.Helper()
	set, err := model.NewSettingsStore(b.dir).Load()
	if err != nil {
		b.t.Fatal(err)
	}
	return set
}

// types presses keys where the focus is.
func (b *bench) types(names ...fyne.KeyName) {
	b.t.Helper()
	for _, name := range names {
		if name == fyne.KeyTab {
			b.app.win.Canvas().FocusNext()
			continue
		}
		b.focused().TypedKey(key(name))
	}
}

func (b *bench) focused() fyne.Focusable {
	b.t.Helper()
	f := b.app.win.Canvas().Focused()
	if f == nil {
		b.t.Fatalf("nothing has the focus; on the window: %q", b.seen())
	}
	return f
}

// TestSettingsHaveFewLooks: each ThemeOverride costs as much as all fonts, each
// time that the settings are opened.
func TestSettingsHaveFewLooks(t *testing.T) {
	b := newBench(t, "张飞", "en")
	showSettings(b.app)
	var looks int
	walk(b.app.modal.lid, func(o fyne.CanvasObject) {
		if _, ok := o.(*container.ThemeOverride); ok {
			looks++
		}
	})
	if looks == 0 || looks > 2 {
		t.Errorf("%d looks beside the window's: that of the name and that of what is chosen are enough", looks)
	}
}

func TestSettingsByKeys(t *testing.T) {
	b := newBench(t, "张飞", "")
	showSettings(b.app)
	b.wantSeen("Settings", "Your name", "Text size", "Notifications", "Homeroom "+netchat.Version)
	test.Type(b.focused(), "翼德")
	b.types(fyne.KeyTab, fyne.KeyRight, fyne.KeyRight, fyne.KeyTab, fyne.KeyRight, fyne.KeyTab, fyne.KeyRight,
		fyne.KeyTab, fyne.KeyRight, fyne.KeyReturn)
	want := model.Settings{
		Name: "张飞翼德", Lang: LangChinese, Theme: model.ThemeLight, TextSize: model.TextLarge, Quiet: true,
	}
	if got := b.saved(); got != want || b.app.settings != want {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	b.wantSeen("你是 张飞翼德")
	if b.sees("设置") || b.app.modal != nil {
		t.Error("the dialog stayed")
	}
	if b.app.kit.ground != lightPalette().ground || b.app.kit.body.size != 1.25*15 {
		t.Errorf("ground %v, letters of %v", b.app.kit.ground, b.app.kit.body.size)
	}
}

func TestSettingsCancelled(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	cancel := func(how string, f func()) {
		showSettings(b.app)
		test.Type(b.focused(), "x")
		f()
		if b.app.modal != nil || b.sees("Settings") || b.app.settings.Name != "张飞" || len(b.chat.names) != 0 {
			t.Errorf("%s: %+v, asked for %q", how, b.app.settings, b.chat.names)
		}
		if b.focused() != fyne.Focusable(r.write.field) {
			t.Errorf("%s: the focus is on %T", how, b.focused())
		}
	}
	escape := func() { b.types(fyne.KeyEscape) }
	cancel("Escape in the name", escape)
	cancel("Escape in a choice", func() { b.types(fyne.KeyTab, fyne.KeyTab); escape() })
	cancel("Escape on Cancel", func() { b.types(fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyTab); escape() })
	cancel("Escape without a focus", func() {
		c := b.app.win.Canvas()
		c.Unfocus()
		c.OnTypedKey()(key(fyne.KeyEscape))
	})
	cancel("Cancel", func() { b.press("Cancel") })
	cancel("Enter on Cancel", func() {
		b.types(fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyReturn)
	})
}

func TestRename(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	r.write.field.SetText("draft")
	rename := func(name string) {
		showSettings(b.app)
		b.focused().(*nameEntry).SetText(name)
		b.types(fyne.KeyReturn)
	}
	rename(" \u202e ")
	if len(b.chat.names) != 0 || b.app.settings.Name != "张飞" {
		t.Fatalf("blanks became a name: %q, %+v", b.chat.names, b.app.settings)
	}
	rename("翼德")
	if !slices.Equal(b.chat.names, []string{"翼德"}) || b.saved().Name != "翼德" {
		t.Fatalf("asked for %q, kept %+v", b.chat.names, b.saved())
	}
	if r.write.notice.Visible() || r.write.field.Text != "draft" {
		t.Errorf("on the window: %q, typed: %q", b.seen(), r.write.field.Text)
	}
	renamed := self
	renamed.Name = "翼德"
	b.push(r, &netchat.RosterDelta{Version: 2, Changed: []netchat.Member{renamed}})
	if b.sees("张飞") || b.person(self.ID).person.Name != "翼德" || r.room.Self().Name != "翼德" {
		t.Errorf("on the window: %q", b.seen())
	}
	rename("张翼德")
	showSettings(b.app)
	b.types(fyne.KeyReturn)
	if len(b.chat.names) != 2 {
		t.Errorf("the same name was asked for again: %q", b.chat.names)
	}
}

func TestRenameRefused(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	for name, c := range map[string]struct {
		err  error
		told string
	}{
		"翼德":  {errors.Join(errTest, netchat.ErrUnsupported), "This room keeps the name you joined with. From the next room on you are 翼德."},
		"张翼德": {netchat.ErrBadHello, "does not accept this name"},
	} {
		b.chat.unnamed = c.err
		showSettings(b.app)
		b.focused().(*nameEntry).SetText(name)
		b.types(fyne.KeyReturn)
		b.wantSeen(c.told)
		if b.saved().Name != name || r.room.Self().Name != "张飞" {
			t.Errorf("kept %+v, in the room %q", b.saved(), r.room.Self().Name)
		}
	}
	b.push(r, &netchat.RenameRefused{Name: "翼德", Reason: netchat.RefusedInvalid})
	b.wantSeen("This room keeps the name you joined with. From the next room on you are 翼德.")
}

// TestNameForThisTime has the command line name the user for this start alone.
func TestNameForThisTime(t *testing.T) {
	b := newBench(t, "张飞", "en")
	if err := b.app.opts.Settings.Save(model.Settings{Name: "刘备"}); err != nil {
		t.Fatal(err)
	}
	set := b.app.settings
	set.Theme = model.ThemeDark
	b.app.change(set)
	if got := b.saved(); got.Name != "刘备" || got.Theme != model.ThemeDark {
		t.Errorf("kept %+v", got)
	}
	set.Name = "翼德"
	b.app.change(set)
	if got := b.saved(); got.Name != "翼德" {
		t.Errorf("chosen, but kept %+v", got)
	}
}

func TestWindowSizeIsKept(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.app.win.Resize(fyne.NewSize(812, 613))
	if err := b.app.opts.Settings.Save(model.Settings{Name: "刘备", Lang: LangChinese}); err != nil {
		t.Fatal(err)
	}
	b.app.askClose()
	if got := b.saved(); got != (model.Settings{Name: "刘备", Lang: LangChinese, Width: 812, Height: 613}) {
		t.Errorf("kept %+v", got)
	}
	for _, c := range []struct{ w, h, wantW, wantH float32 }{
		{812, 613, 812, 613},
		{leastWidth, leastHeight, leastWidth, leastHeight},
		{0, 0, defaultWidth, defaultHeight},
		{-800, 600, defaultWidth, defaultHeight},
		{800, 20, defaultWidth, defaultHeight},
		{1e30, 600, defaultWidth, defaultHeight},
	} {
		b.app.settings.Width, b.app.settings.Height = c.w, c.h
		if got := b.app.size(); got != fyne.NewSize(c.wantW, c.wantH) {
			t.Errorf("%v x %v: begins with %v", c.w, c.h, got)
		}
	}
}

// TestModalEndsWithItsScreen has the room end while a dialog lies over it.
func TestModalEndsWithItsScreen(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.enter()
	var answers []bool
	answer := func(yes bool) { answers = append(answers, yes) }
	ask(b.app, "First", "?", "Yes", "No", answer)
	ask(b.app, "Second", "?", "Yes", "No", answer)
	if b.sees("First") || !b.sees("Second") || !slices.Equal(answers, []bool{false}) {
		t.Errorf("two at once: %q, answers %v", b.seen(), answers)
	}
	b.chat.events <- &netchat.StateChange{State: netchat.StateClosed, Err: &netchat.CloseError{Code: netchat.CloseRoomClosed}}
	b.chat.Close()
	b.until("the lobby", func() bool { return b.sees("No room found yet") })
	if b.sees("Second") || len(answers) != 2 || answers[1] || len(b.app.win.Canvas().Overlays().List()) != 0 {
		t.Errorf("on the window: %q, answers %v", b.seen(), answers)
	}
}

// TestRingsInDialogs: nothing of what is around the focus is cut off by the
// page it is on.
func TestRingsInDialogs(t *testing.T) {
	b := newBench(t, "张飞", "en")
	abs := b.app.fyne.Driver().AbsolutePositionForObject
	for _, size := range []fyne.Size{fyne.NewSize(1000, 700), fyne.NewSize(480, 360)} {
		b.app.win.Resize(size)
		showSettings(b.app)
		b.types(fyne.KeyTab)
		c, ok := b.focused().(*choice[string])
		if !ok {
			t.Fatalf("%T has the keyboard", b.focused())
		}
		page, outer := b.app.modal.page.scroll, c.ring.dark
		from, to := abs(page), abs(page).Add(page.Size())
		at := abs(c).Add(outer.Position())
		if end := at.Add(outer.Size()); at.X < from.X || at.Y < from.Y || end.X > to.X || end.Y > to.Y {
			t.Errorf("%v: a ring from %v to %v on a page from %v to %v", size, at, end, from, to)
		}
		b.types(fyne.KeyEscape)
	}
}
