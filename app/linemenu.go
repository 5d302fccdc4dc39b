package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
)

// showLineMenu offers what can be done with a line, with the link and with the
// selection under the pointer.
func showLineMenu(s *roomScreen, m lineMenu) {
	k := s.app.kit
	var items []*fyne.MenuItem
	offer := func(key textKey, do func()) {
		items = append(items, fyne.NewMenuItem(k.say(key), func() { do(); s.focus() }))
	}
	put := func(text string) { s.app.fyne.Clipboard().SetContent(textflow.Sendable(text)) } // it ends at a NUL
	if m.selected {
		offer(textCopy, func() { copySelection(s) })
	}
	if id, ok := m.line.Partner(); ok && id != s.room.Self().ID {
		offer(textWritePrivately, func() { writeTo(s, id) })
	}
	if m.line.Kind == model.LineMessage {
		offer(textCopyMessage, func() { put(m.line.Message.Text) })
	}
	if target, ok := textflow.Target(m.link); ok {
		offer(textCopyLink, func() { put(target.String()) })
	}
	if m.line.State == model.LineFailed {
		offer(textRetry, func() { s.retry(m.line) })
		items = append(items, fyne.NewMenuItem(k.say(textDiscard), func() { s.discard(m.line) })) // which asks
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), s.app.win.Canvas(), m.at)
}

// pick selects the message before or after the one that is selected, the newest
// at first, and shows it: then its menu can be asked for by a key.
func pick(s *roomScreen, by int) {
	t, l := s.room.Timeline(), s.lines
	i := t.Len()
	if !l.chosen.empty() {
		i = l.chosen.all.from.index
	}
	for i += by; i >= 0 && i < t.Len(); i += by {
		if line := t.Line(i); line.Kind == model.LineMessage && textflow.Clean(line.Message.Text) != "" {
			l.pick(i)
			return
		}
	}
}

// menuByKey shows the menu of the message that is selected, or of the newest one.
func menuByKey(s *roomScreen) {
	l := s.lines
	if l.chosen.empty() {
		pick(s, -1)
	}
	i := l.chosen.all.from.index
	for _, b := range l.shown {
		if b.index == i && !l.chosen.empty() {
			at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l)
			at = at.AddXY(b.textAt.X, min(max(b.y+b.textAt.Y+b.font.height, 0), l.Size().Height))
			showLineMenu(s, lineMenu{line: b.line, selected: true, at: at})
			return
		}
	}
}

// copySelection copies what is selected in the timeline and reports whether
// anything is.
func copySelection(s *roomScreen) bool {
	k := s.app.kit
	text, whole := s.lines.chosen.copied(k)
	if text == "" && whole {
		return false
	}
	s.app.fyne.Clipboard().SetContent(text)
	if !whole {
		s.write.say(k.say(textCopiedPart))
	}
	return true
}
