package app

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestCaret: one sees where one writes, and nothing of the border that Fyne
// draws around a field.
func TestCaret(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f, pill := r.write.field, r.write.pill
	test.Type(f, "hello")
	driver := fyne.CurrentApp().Driver()
	var carets int
	walk(f, func(o fyne.CanvasObject) {
		drawn, ok := o.(*canvas.Rectangle)
		if !ok {
			return
		}
		if drawn.StrokeWidth > 0 && drawn.CornerRadius > 0 {
			t.Errorf("a border with round corners, which are not cut off: %+v", drawn)
		}
		if drawn.Size().Width != caretWidth {
			return
		}
		carets++
		at, around := driver.AbsolutePositionForObject(drawn), driver.AbsolutePositionForObject(pill)
		if at.X < around.X || at.Y < around.Y || at.Y+drawn.Size().Height > around.Y+pill.Size().Height {
			t.Errorf("the caret is at %v, the field from %v on, %v", at, around, pill.Size())
		}
	})
	if carets != 1 {
		t.Errorf("%d carets", carets)
	}
}

// TestPasteIsWhole: what stands behind a NUL arrives in every field, wherever the text
// comes from, and what no field can carry goes alone.
func TestPasteIsWhole(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	var given string
	whole := true
	b.app.deps.Paste = func(fyne.Window) (string, bool) { return given, whole }
	cut := &fyne.ShortcutPaste{Clipboard: fakeClipboard("before")} // as the library under the window gives it
	r := b.enter()
	for text, want := range map[string]string{
		"before\x00behind": "beforebehind", "\x00\x00x": "x", "a\r\nb\x00\u2028c\x1b[0m": "a\nb\nc[0m",
		"a\xffb\x00c": "a\uFFFDbc", "\ufeffx\x00y": "xy",
	} {
		given = text
		r.write.field.SetText("")
		r.write.field.TypedShortcut(cut)
		if got := r.write.field.Text; got != want || r.room.Draft() != want {
			t.Errorf("%q: %q, the draft %q", text, got, r.room.Draft())
		}
	}
	given = "\x00\x00"
	r.write.field.SetText("chosen")
	r.write.field.TypedShortcut(&fyne.ShortcutSelectAll{})
	r.write.field.TypedShortcut(cut)
	if got := r.write.field.Text; got != "chosen" {
		t.Errorf("pasting nothing leaves %q", got)
	}
	whole = false
	r.write.field.TypedShortcut(cut)
	if got := r.write.field.Text; got != "before" {
		t.Errorf("where it is not to be had: %q", got)
	}
	whole, given = true, "10.0.0.1\x00:80"
	b.app.enterLobby("")
	lobby := b.lobby()
	lobby.addr.TypedShortcut(cut)
	if got := lobby.addr.Text; got != "10.0.0.1:80" {
		t.Errorf("an address: %q", got)
	}
	given = "A\x00da"
	showSettings(b.app)
	name := b.app.win.Canvas().Focused().(*nameEntry)
	name.SetText("")
	name.TypedShortcut(cut)
	if name.Text != "Ada" {
		t.Errorf("a name: %q", name.Text)
	}
}

// A fakeClipboard has one text, as the window's own does.
type fakeClipboard string

func (c fakeClipboard) Content() string { return string(c) }
func (fakeClipboard) SetContent(string) {}
