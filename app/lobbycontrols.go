package app

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// A lobbyButton is a button of the lobby, on which the keys of the whole lobby
// work too.
type lobbyButton struct {
	button
	lobby *lobbyScreen
}

func newLobbyButton(s *lobbyScreen, text string, icon fyne.Resource, pressed func()) *lobbyButton {
	b := &lobbyButton{lobby: s}
	b.set(b, text, icon, false, pressed)
	b.ExtendBaseWidget(b)
	return b
}

// main fills the button with the accent.
func (b *lobbyButton) main() *lobbyButton {
	b.Importance = widget.HighImportance
	return b
}

// TypedKey implements fyne.Focusable.
func (b *lobbyButton) TypedKey(e *fyne.KeyEvent) {
	if !b.lobby.typed(e) {
		b.button.TypedKey(e)
	}
}

// A lobbyCheck is a box of the lobby's forms to tick.
type lobbyCheck struct {
	widget.Check
	lobby *lobbyScreen
	ring  *ring
}

// newLobbyCheck returns a box that is ticked if kept is, where what is chosen
// goes too.
func newLobbyCheck(s *lobbyScreen, text string, kept *bool) *lobbyCheck {
	c := &lobbyCheck{lobby: s, ring: newRing()}
	c.Text, c.Checked = text, *kept
	c.OnChanged = func(on bool) { *kept = on }
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements fyne.Focusable.
func (c *lobbyCheck) TypedKey(e *fyne.KeyEvent) {
	if !c.lobby.typed(e) {
		c.Check.TypedKey(e)
	}
}

// FocusGained implements fyne.Focusable.
func (c *lobbyCheck) FocusGained() {
	c.ring.show(true)
	c.Check.FocusGained()
	reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *lobbyCheck) FocusLost() {
	c.ring.show(false)
	c.Check.FocusLost()
}

// CreateRenderer implements fyne.Widget.
func (c *lobbyCheck) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Check.CreateRenderer(), c.ring}
}

// A lobbyField is a field of the lobby's forms. It takes no more characters
// than its limit.
type lobbyField struct {
	lineEntry
	limit int
}

// newLobbyField returns a field with the text that is at kept, where what is
// typed goes too.
func newLobbyField(s *lobbyScreen, hint string, limit int, kept *string) *lobbyField {
	f := &lobbyField{limit: limit}
	f.set(f)
	f.lineEntry.typed = s.typed
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
		text := []rune(pasted(f, paste.Clipboard))
		s = &fyne.ShortcutPaste{Clipboard: fixedClipboard(text[:min(len(text), f.limit)])}
	}
	f.lineEntry.TypedShortcut(s)
}

// fixedClipboard is a clipboard that has one text.
type fixedClipboard string

// Content implements fyne.Clipboard.
func (c fixedClipboard) Content() string { return string(c) }

// SetContent implements fyne.Clipboard.
func (fixedClipboard) SetContent(string) {}

// A wheelPass lies over a field of one line and hands the wheel on to the page
// around it, which the field would keep for itself. Everything else falls
// through it.
type wheelPass struct {
	widget.BaseWidget
	scrolled func(*fyne.ScrollEvent)
}

// withWheel returns a field of that name for a form on a page that scrolls.
func withWheel(s *lobbyScreen, k *kit, f *lobbyField, name string) fyne.CanvasObject {
	w := &wheelPass{scrolled: func(e *fyne.ScrollEvent) { s.page.scroll.Scrolled(e) }}
	w.ExtendBaseWidget(w)
	return container.NewStack(named(k.roomy(f), name), w)
}

// Scrolled implements fyne.Scrollable.
func (w *wheelPass) Scrolled(e *fyne.ScrollEvent) { w.scrolled(e) }

// CreateRenderer implements fyne.Widget.
func (w *wheelPass) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
