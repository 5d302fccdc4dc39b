package app

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// MouseDown implements desktop.Mouseable. What is dragged from there is settled
// when the button is released, or with the next key.
func (t *textEntry) MouseDown(m *desktop.MouseEvent) {
	t.pointing = true
	t.Entry.MouseDown(m)
	t.pointing = t.SelectedText() == ""
	t.anchor = [2]int{t.CursorRow, t.CursorColumn}
}

// MouseUp implements desktop.Mouseable.
func (t *textEntry) MouseUp(m *desktop.MouseEvent) {
	t.Entry.MouseUp(m)
	t.settle()
}

// settle ends placing the cursor by mouse. Fyne begins a selection that is
// dragged where the mouse was, be it within a character: it then begins where
// the cursor was put.
func (t *textEntry) settle() {
	if !t.pointing {
		return
	}
	t.pointing = false
	selected := utf8.RuneCountInString(t.SelectedText())
	row, column, to := t.CursorRow, t.CursorColumn, t.CursorTextOffset()
	t.CursorRow, t.CursorColumn = t.anchor[0], t.anchor[1]
	from := t.CursorTextOffset()
	if selected > 0 && max(from-to, to-from) != selected {
		t.reselect(to < from)
	}
	t.CursorRow, t.CursorColumn = row, column
	if selected > 0 {
		t.Refresh()
	}
}

// reselect begins the selection anew where the cursor is. It then reaches to
// wherever the cursor is put.
func (t *textEntry) reselect(back bool) {
	row, column := t.CursorRow, t.CursorColumn
	t.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome}) // gives up what is selected
	t.CursorRow, t.CursorColumn = row, column
	shift := &fyne.KeyEvent{Name: desktop.KeyShiftLeft}
	t.Entry.KeyDown(shift)
	edge := fyne.KeyPageDown
	if back {
		edge = fyne.KeyPageUp
	}
	t.Entry.TypedKey(&fyne.KeyEvent{Name: edge})
	if !t.shift {
		t.Entry.KeyUp(shift)
	}
}

// snap moves a cursor that is within a character to one of its ends.
func (t *textEntry) snap() {
	back, ahead, whole := around(t.Text, t.CursorTextOffset())
	if whole {
		return
	}
	if t.CursorColumn >= back && back <= ahead {
		t.CursorColumn -= back
	} else {
		t.CursorColumn += ahead
	}
	t.Refresh()
}
