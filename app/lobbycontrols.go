package app

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// A lobbyButton is a button of the lobby: Enter presses it too, and the keys
// of the whole lobby work on it.
type lobbyButton struct {
	widget.Button
	lobby *lobbyScreen
	name  string // for those who cannot see it, if it has no text
}

func newLobbyButton(s *lobbyScreen, text string, icon fyne.Resource, pressed func()) *lobbyButton {
	b := &lobbyButton{lobby: s, name: text}
	b.Text, b.Icon, b.OnTapped = text, icon, pressed
	b.ExtendBaseWidget(b)
	return b
}

// main fills the button with the accent.
func (b *lobbyButton) main() *lobbyButton {
	b.Importance = widget.HighImportance
	return b
}

// FocusGained implements fyne.Focusable.
func (b *lobbyButton) FocusGained() {
	b.Button.FocusGained()
	b.lobby.page.reveal(b)
}

// TypedKey implements fyne.Focusable.
func (b *lobbyButton) TypedKey(e *fyne.KeyEvent) {
	switch {
	case b.lobby.typed(e):
	case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter || e.Name == fyne.KeySpace:
		if !b.Disabled() {
			b.OnTapped()
		}
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (b *lobbyButton) AccessibilityLabel() string { return b.name }

// A lobbyField is a field of the lobby's forms. It takes no more characters
// than its limit.
type lobbyField struct {
	widget.Entry
	lobby *lobbyScreen
	limit int
}

// newLobbyField returns a field with the text that is at kept, where what is
// typed goes too.
func newLobbyField(s *lobbyScreen, hint string, limit int, kept *string) *lobbyField {
	f := &lobbyField{lobby: s, limit: limit}
	f.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	f.ExtendBaseWidget(f)
	f.SetPlaceHolder(hint)
	f.SetText(*kept)
	f.CursorColumn = utf8.RuneCountInString(*kept)
	f.OnChanged = func(text string) {
		if utf8.RuneCountInString(text) > limit {
			f.SetText(string([]rune(text)[:limit]))
			return
		}
		*kept = text
	}
	return f
}

// TypedShortcut implements fyne.Shortcutable. A long text is cut before it is
// pasted: setting it in the field would take long.
func (f *lobbyField) TypedShortcut(s fyne.Shortcut) {
	if paste, ok := s.(*fyne.ShortcutPaste); ok {
		if text := []rune(paste.Clipboard.Content()); len(text) > f.limit {
			s = &fyne.ShortcutPaste{Clipboard: fixedClipboard(text[:f.limit])}
		}
	}
	f.Entry.TypedShortcut(s)
}

// fixedClipboard is a clipboard that has one text.
type fixedClipboard string

// Content implements fyne.Clipboard.
func (c fixedClipboard) Content() string { return string(c) }

// SetContent implements fyne.Clipboard.
func (fixedClipboard) SetContent(string) {}

// FocusGained implements fyne.Focusable.
func (f *lobbyField) FocusGained() {
	f.Entry.FocusGained()
	f.lobby.page.reveal(f)
}

// TypedKey implements fyne.Focusable.
func (f *lobbyField) TypedKey(e *fyne.KeyEvent) {
	if !f.lobby.typed(e) {
		f.Entry.TypedKey(e)
	}
}

// A wheelPass lies over a field of one line and hands the wheel on to the page
// around it, which the field would keep for itself. Everything else falls
// through it.
type wheelPass struct {
	widget.BaseWidget
	scrolled func(*fyne.ScrollEvent)
}

// withWheel returns a field for a form on a page that scrolls.
func withWheel(s *lobbyScreen, k *kit, f *lobbyField) fyne.CanvasObject {
	w := &wheelPass{scrolled: func(e *fyne.ScrollEvent) { s.page.scroll.Scrolled(e) }}
	w.ExtendBaseWidget(w)
	return container.NewStack(k.roomy(f), w)
}

// Scrolled implements fyne.Scrollable.
func (w *wheelPass) Scrolled(e *fyne.ScrollEvent) { w.scrolled(e) }

// CreateRenderer implements fyne.Widget.
func (w *wheelPass) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
