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
