package app

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// A field is the entry of a composer: Enter sends, Shift+Enter breaks the line,
// Escape leaves private mode, Page keys move the messages.
type field struct {
	textEntry
	c    *composer
	rows int
}

func newField(c *composer) *field {
	f := &field{c: c, rows: 1}
	f.MultiLine = true
	f.Wrapping = fyne.TextWrapBreak
	f.Scroll = container.ScrollBoth
	f.OnChanged = c.changed
	f.full = f.isFull
	f.extend(f, f.key)
	f.SetMinRowsVisible(1)
	return f
}

// isFull tells and reports that a character is more than the field takes.
func (f *field) isFull(r rune) bool {
	full := utf8.RuneCountInString(f.with(string(r))) > maxTyped
	if full {
		f.c.say(f.c.kit.say(textFull, words{"Max": grouped(maxTyped)}))
	}
	return full
}

// TypedShortcut implements fyne.Shortcutable: what is pasted is made fit to be
// sent, and offered as several messages if it is too long for one.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if passShortcut(f, s) {
		return
	}
	if _, ok := s.(*fyne.ShortcutCopy); ok && f.SelectedText() == "" && f.c.acts.copy() {
		return
	}
	if paste, ok := s.(*fyne.ShortcutPaste); ok {
		f.settle()
		text := pasted(f, paste.Clipboard)
		whole := f.with(text)
		switch {
		case text == "":
			return
		case utf8.RuneCountInString(whole) > maxTyped:
			f.c.acts.offer(whole)
			return
		}
		s = &fyne.ShortcutPaste{Clipboard: fixedClipboard(text)}
	}
	f.textEntry.TypedShortcut(s)
}

// with returns the text as it would be with insert typed into it.
func (f *field) with(insert string) string {
	chosen := f.SelectedText()
	n := utf8.RuneCountInString(chosen)
	text, at := []rune(f.Text), f.CursorTextOffset()
	from := at - n
	if n > 0 && (from < 0 || string(text[from:at]) != chosen) {
		from = at // the cursor is where the selection begins
	}
	return string(text[:from]) + insert + string(text[from+n:])
}

// inner returns the width of the field's text.
func (f *field) inner() float32 { return f.Size().Width - 4*theme.InnerPadding() }

func (f *field) toEnd() {
	f.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
}

// key does what a key does.
func (f *field) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if f.shift {
			f.TypedRune('\n')
		} else {
			f.c.submit()
		}
	case fyne.KeyEscape:
		if f.c.acts.escape() {
			return
		}
		f.c.acts.leave()
	case fyne.KeyPageUp:
		f.c.acts.page(-1)
	case fyne.KeyPageDown:
		f.c.acts.page(1)
	default:
		if isFunctionKey(e.Name) || e.Name == desktop.KeyMenu {
			passKey(f, e)
			return
		}
		f.edit(e)
	}
}

// Resize implements fyne.CanvasObject.
func (f *field) Resize(s fyne.Size) {
	changed := s.Width != f.Size().Width
	f.Entry.Resize(s)
	if changed {
		f.c.fit()
	}
}
