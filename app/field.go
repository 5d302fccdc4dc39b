package app

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/netchat"
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
	f.extend(f, f.key)
	f.SetMinRowsVisible(1)
	return f
}

// wrap has the field wrap a text of so many characters or not, before it gets
// it, and reports whether that is a change.
func (f *field) wrap(characters int) bool {
	mode := fyne.TextWrapBreak
	if characters > maxWrapped {
		mode = fyne.TextWrapOff
	}
	changed := f.Wrapping != mode
	f.Wrapping = mode
	return changed
}

// TypedShortcut implements fyne.Shortcutable: what is pasted must not be over
// the limit of a message.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if passShortcut(f, s) {
		return
	}
	if _, ok := s.(*fyne.ShortcutCopy); ok && f.SelectedText() == "" && f.c.acts.copy() {
		return
	}
	paste, ok := s.(*fyne.ShortcutPaste)
	if !ok {
		f.textEntry.TypedShortcut(s)
		return
	}
	text := paste.Clipboard.Content()
	if len(f.Text)+len(text) > netchat.MaxText {
		f.c.say(f.c.kit.say(textErrTooLong))
		return
	}
	if f.wrap(utf8.RuneCountInString(f.Text) + utf8.RuneCountInString(text)) {
		f.Refresh()
	}
	f.textEntry.TypedShortcut(s)
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
		if isFunctionKey(e.Name) {
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
