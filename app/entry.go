package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/textflow"
)

// A textEntry is what every field of the window is made of: it leaves the keys
// of an input method to that, and edits by characters as one sees them, where
// Fyne's own edits by code points. What embeds it calls extend.
type textEntry struct {
	widget.Entry
	ime      composition
	self     fyne.Widget          // what embeds it
	act      func(*fyne.KeyEvent) // does what a key does
	full     func(rune) bool      // tells and reports that a character is too much; may be nil
	shift    bool                 // is held
	pointing bool                 // the mouse places the cursor
	anchor   [2]int               // row and column where it was put last
}

// extend makes w, which embeds the entry, the widget that Fyne knows. It does
// what the keys do that are no input method's: by act, which may leave them to
// edit.
func (t *textEntry) extend(w fyne.Widget, act func(*fyne.KeyEvent)) {
	t.ime.now, t.act, t.self = time.Now, act, w
	t.OnCursorChanged = func() {
		if t.pointing {
			t.snap()
		}
	}
	t.ExtendBaseWidget(w)
}

// forgetTyping tells the entry that has the focus, if one does, that the
// window lost the keyboard: an input method then holds nothing.
func forgetTyping(focused fyne.Focusable) {
	if t, ok := focused.(interface{ forget() }); ok {
		t.forget()
	}
}

func (t *textEntry) forget() { t.ime.forget() }

// AcceptsTab implements fyne.Tabbable: Tab leads on to the next control, unless
// an input method has a use for it.
func (t *textEntry) AcceptsTab() bool { return t.ime.active() }

// KeyDown implements desktop.Keyable.
func (t *textEntry) KeyDown(e *fyne.KeyEvent) {
	t.ime.pressed(e.Name)
	if isShift(e.Name) {
		t.shift = true
	}
	t.Entry.KeyDown(e)
}

// KeyUp implements desktop.Keyable.
func (t *textEntry) KeyUp(e *fyne.KeyEvent) {
	t.ime.released()
	if isShift(e.Name) {
		t.shift = false
	}
	t.Entry.KeyUp(e)
}

// FocusLost implements fyne.Focusable: a Shift released elsewhere is released.
// What an input method holds stays, as it does not hear of it if only another
// part of the window has the focus.
func (t *textEntry) FocusLost() {
	t.shift = false
	t.Entry.FocusLost()
}

// TypedRune implements fyne.Focusable.
func (t *textEntry) TypedRune(r rune) {
	t.settle()
	after := t.ime.hears(r)
	if t.full == nil || !t.full(r) {
		t.Entry.TypedRune(r)
	}
	for _, e := range after {
		t.act(e)
	}
}

// TypedKey implements fyne.Focusable.
func (t *textEntry) TypedKey(e *fyne.KeyEvent) {
	if !t.ime.takes(e) {
		t.act(e)
	}
}

// TypedShortcut implements fyne.Shortcutable. Ctrl with a key that edits
// belongs to an input method like that key. Pasting nothing does nothing: Fyne
// would delete what is selected.
func (t *textEntry) TypedShortcut(s fyne.Shortcut) {
	t.settle()
	if paste, ok := s.(*fyne.ShortcutPaste); ok {
		text := pasted(t.self, paste.Clipboard)
		if text == "" {
			return
		}
		s = &fyne.ShortcutPaste{Clipboard: fixedClipboard(text)}
	}
	if own, ok := s.(*desktop.CustomShortcut); ok && t.ime.active() {
		switch own.KeyName {
		case fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyLeft, fyne.KeyRight:
			return
		}
	}
	t.Entry.TypedShortcut(s)
}

// pasted returns the text that is to be pasted into a field, all of it that can be
// had, made fit to be sent.
func pasted(field fyne.CanvasObject, from fyne.Clipboard) string {
	if fixed, ok := from.(fixedClipboard); ok {
		return string(fixed)
	}
	if a := appOf(field); a != nil && a.deps.Paste != nil {
		if text, ok := a.deps.Paste(a.win); ok {
			return textflow.Sendable(text)
		}
	}
	return textflow.Sendable(from.Content())
}

// edit does what a key does in a text.
func (t *textEntry) edit(e *fyne.KeyEvent) {
	t.settle()
	way, runes := t.reach(e.Name)
	selected := t.SelectedText() != ""
	switch e.Name {
	case fyne.KeyBackspace, fyne.KeyDelete:
		if !selected && runes > 1 {
			t.erase(way, runes)
			return
		}
	case fyne.KeyLeft, fyne.KeyRight:
		if (!selected || t.shift) && runes > 1 {
			t.step(way, runes)
			return
		}
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd:
		t.Entry.TypedKey(e)
		t.snap()
		return
	}
	t.Entry.TypedKey(e)
}

// reach returns the way a key leads from the cursor, and how many runes the
// character there has.
func (t *textEntry) reach(k fyne.KeyName) (way fyne.KeyName, runes int) {
	back, ahead, _ := around(t.Text, t.CursorTextOffset())
	if k == fyne.KeyBackspace || k == fyne.KeyLeft {
		return fyne.KeyLeft, back
	}
	return fyne.KeyRight, ahead
}

// step moves the cursor, with the selection if Shift is held, over so many runes
// to the left or to the right. Where they are on one row, Fyne lays out the text
// once.
func (t *textEntry) step(way fyne.KeyName, runes int) {
	target := t.CursorTextOffset() + runes
	if way == fyne.KeyLeft {
		target -= 2 * runes
		if t.CursorColumn >= runes {
			t.CursorColumn -= runes - 1
		}
	} else {
		t.CursorColumn += runes - 1 // past the end of the row, the key leads to the next one
	}
	e := &fyne.KeyEvent{Name: way}
	for t.CursorTextOffset() != target {
		row, column := t.CursorRow, t.CursorColumn
		t.Entry.TypedKey(e)
		if row == t.CursorRow && column == t.CursorColumn {
			return
		}
	}
}

// erase deletes so many runes to the left or to the right as one change, which
// is undone as one.
func (t *textEntry) erase(way fyne.KeyName, runes int) {
	t.Entry.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	t.step(way, runes)
	if !t.shift {
		t.Entry.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	}
	t.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
}
