package app

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/homeroomchat/homeroom/app/model"
)

// A chord is a key with what is held while it is pressed. Those of the table
// of shortcuts with nothing held are function keys.
type chord struct {
	key fyne.KeyName
	mod fyne.KeyModifier
}

func ctrl(key fyne.KeyName) chord { return chord{key, fyne.KeyModifierShortcutDefault} }

// String returns what is written on the keys.
func (c chord) String() string {
	apple := fyne.KeyModifierShortcutDefault == fyne.KeyModifierSuper
	var b strings.Builder
	for _, m := range []struct {
		mod         fyne.KeyModifier
		word, apple string
	}{
		{fyne.KeyModifierControl, "Ctrl+", "⌃"},
		{fyne.KeyModifierAlt, "Alt+", "⌥"},
		{fyne.KeyModifierShift, "Shift+", "⇧"},
		{fyne.KeyModifierSuper, "Super+", "⌘"},
	} {
		switch {
		case c.mod&m.mod == 0:
		case apple:
			b.WriteString(m.apple)
		default:
			b.WriteString(m.word)
		}
	}
	return b.String() + keyCap(c.key)
}

// keyCap returns what is written on a key.
func keyCap(key fyne.KeyName) string {
	switch key {
	case fyne.KeyEscape:
		return "Esc"
	case fyne.KeyReturn:
		return "Enter"
	case fyne.KeyPageUp:
		return "Page Up"
	case fyne.KeyPageDown:
		return "Page Down"
	case desktop.KeyMenu:
		return "Menu"
	}
	return string(key)
}

// A shortcut is something to do by the keyboard from anywhere on a screen.
type shortcut struct {
	what textKey
	do   func() // nil: only told of, the screen's controls do it themselves
	by   []chord
}

// shortcutsOf is the one table of what the keyboard does on a screen.
func shortcutsOf(a *App) []shortcut {
	always := []shortcut{
		{textKeySettings, func() { showSettings(a) }, []chord{ctrl(fyne.KeyComma)}},
		{textKeyQuit, a.askClose, []chord{ctrl(fyne.KeyQ)}},
		{textKeyHelp, func() { showShortcuts(a) }, []chord{{key: fyne.KeyF1}, ctrl(fyne.KeySlash)}},
	}
	switch s := a.screen.(type) {
	case *roomScreen:
		return append(roomShortcuts(s), always...)
	case *lobbyScreen:
		return append([]shortcut{{textKeyRefresh, s.rooms.refresh, []chord{{key: fyne.KeyF5}}}}, always...)
	}
	return always[1:]
}

func roomShortcuts(s *roomScreen) []shortcut {
	return []shortcut{
		{textKeySend, nil, []chord{{key: fyne.KeyReturn}}},
		{textKeyNewLine, nil, []chord{{fyne.KeyReturn, fyne.KeyModifierShift}}},
		{textKeyPeople, func() { togglePanes(s) }, []chord{{key: fyne.KeyF6}, ctrl(fyne.KeyK)}},
		{textKeyBackToAll, nil, []chord{{key: fyne.KeyEscape}}},
		{textKeyScroll, nil, []chord{{key: fyne.KeyPageUp}, {key: fyne.KeyPageDown}}},
		{textKeyNewest, func() { toNewest(s); s.focus() }, []chord{ctrl(fyne.KeyEnd)}},
		{textKeyPickOlder, func() { pick(s, -1) }, []chord{ctrl(fyne.KeyUp)}},
		{textKeyPickNewer, func() { pick(s, 1) }, []chord{ctrl(fyne.KeyDown)}},
		{textKeyMenu, func() { menuByKey(s) }, []chord{ctrl(fyne.KeyM), {key: desktop.KeyMenu}}},
		{textKeyRetry, func() { withLastFailed(s, s.retry) }, []chord{ctrl(fyne.KeyR)}},
		{textKeyDiscard, func() { withLastFailed(s, s.discard) }, []chord{
			{fyne.KeyD, fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift},
		}},
		{textKeySearch, func() { showSearch(s) }, []chord{ctrl(fyne.KeyF)}},
		{textKeyExport, func() { showExport(s) }, []chord{ctrl(fyne.KeyS)}},
		{textKeySecurity, s.secure.open, []chord{ctrl(fyne.KeyI)}},
		{textKeyLeave, func() { s.mayClose(func() { s.app.enterLobby("") }) }, []chord{ctrl(fyne.KeyW)}},
	}
}

// togglePanes leads the keyboard from the composer to the people and back.
func togglePanes(s *roomScreen) {
	switch {
	case s.people.focused(s.app.win.Canvas().Focused()):
		s.people.acts.back()
	case s.layout.narrow && !s.layout.open:
		s.togglePeople()
	default:
		s.people.focus(s.app.win.Canvas())
	}
}

// backFromPeople leads back to where one writes, and takes away the people if
// they lie over it.
func backFromPeople(s *roomScreen) {
	if s.layout.narrow && s.layout.open {
		s.togglePeople()
		return
	}
	s.focus()
}

// narrowed is called when the window has become narrow or wide. The people may
// have gone, and the keyboard must not be with what can't be seen.
func narrowed(s *roomScreen, narrow bool) {
	s.head.narrow(narrow)
	if s.people.focused(s.app.win.Canvas().Focused()) {
		s.focus()
	}
}

// withLastFailed does something with the newest message that was not sent.
func withLastFailed(s *roomScreen, do func(*model.Line)) {
	t := s.room.Timeline()
	for i := t.Len() - 1; i >= 0; i-- {
		if l := t.Line(i); l.Kind == model.LineMessage && l.State == model.LineFailed {
			do(l)
			return
		}
	}
}

// showShortcuts lists what the keyboard does on this screen.
func showShortcuts(a *App) {
	k := a.kit
	list := container.New(column{6})
	for _, s := range shortcutsOf(a) {
		names := make([]string, len(s.by))
		for i, c := range s.by {
			names[i] = c.String()
		}
		list.Add(container.New(keyRow{}, newParagraph(k.headBold, k.text, strings.Join(names, " · ")),
			newParagraph(k.head, k.muted, k.say(s.what))))
	}
	showModal(a, k.say(textShortcuts), list, "", k.say(textClose), func(bool) {})
}

// pressed does what a chord stands for on the screen, and reports whether that
// is anything. While something lies over the screen it does nothing.
func pressed(a *App, c chord) bool {
	if a.screen == nil || a.win.Canvas().Overlays().Top() != nil {
		return false
	}
	for _, s := range shortcutsOf(a) {
		for _, by := range s.by {
			if by == c && s.do != nil {
				s.do()
				return true
			}
		}
	}
	return false
}

func isFunctionKey(key fyne.KeyName) bool {
	return len(key) > 1 && key[0] == 'F' && key[1] >= '1' && key[1] <= '9'
}

// listen has the window do what its shortcuts stand for while no control has
// the keyboard, or one that has no use for them, and hands on other keys.
func listen(a *App, rest func(*fyne.KeyEvent)) {
	c := a.win.Canvas()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if !pressed(a, chord{key: e.Name}) && rest != nil && !isFunctionKey(e.Name) {
			rest(e)
		}
	})
	for _, s := range shortcutsOf(a) {
		for _, by := range s.by {
			if by.mod != 0 && s.do != nil {
				c.AddShortcut(&desktop.CustomShortcut{KeyName: by.key, Modifier: by.mod}, func(fyne.Shortcut) { pressed(a, by) })
			}
		}
	}
}

// appOf returns the app on whose window a control is, nil if on none.
func appOf(o fyne.CanvasObject) *App {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return nil
	}
	if root, ok := c.Content().(*fyne.Container); ok {
		if s, ok := root.Layout.(*surface); ok {
			return s.app
		}
	}
	return nil
}

// passKey hands on a key that a control has no use for: to what lies over the
// screen if anything does, else to the screen. Escape leads back to where one
// writes.
func passKey(from fyne.CanvasObject, e *fyne.KeyEvent) {
	a := appOf(from)
	if a == nil {
		return
	}
	c := a.win.Canvas()
	if c.Overlays().Top() != nil {
		if take := c.OnTypedKey(); take != nil {
			take(e)
		}
		return
	}
	if s, ok := a.screen.(*roomScreen); ok && e.Name == fyne.KeyEscape {
		s.people.acts.back()
		return
	}
	pressed(a, chord{key: e.Name})
}

// passRune hands on a character that a control has no use for: where there is
// one field to write in, it goes there.
func passRune(from fyne.CanvasObject, r rune) {
	a := appOf(from)
	if a == nil || a.win.Canvas().Overlays().Top() != nil {
		return
	}
	if take := a.win.Canvas().OnTypedRune(); take != nil {
		take(r)
	}
}

// passShortcut does what a shortcut stands for that a field has got, and
// reports whether that is anything.
func passShortcut(from fyne.CanvasObject, s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok {
		return false
	}
	a := appOf(from)
	return a != nil && pressed(a, chord{custom.KeyName, custom.Modifier})
}

// keyRow puts a text beside the names of keys, which take a third.
type keyRow struct{}

func (keyRow) heightOf(o []fyne.CanvasObject, width float32) float32 {
	return max(heightFor(o[0], width/3), heightFor(o[1], width*2/3))
}

// Layout implements fyne.Layout.
func (keyRow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place(o[0], 0, 0, size.Width/3)
	place(o[1], size.Width/3, 0, size.Width*2/3)
}

// MinSize implements fyne.Layout.
func (keyRow) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(240, 1) }
