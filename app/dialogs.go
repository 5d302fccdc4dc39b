package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// Distances in a dialog.
const (
	modalPad    float32 = 20
	modalGap    float32 = 14
	modalMargin float32 = 10 // to the window's edge, at least
	buttonGap   float32 = 10
	barRoom     float32 = 10                    // for the bar that scrolls, beside the column
	ringRoom    float32 = ringGap + 2*ringWidth // for a ring around what is at the page's edge
)

// ask asks a question in the window. The answer comes once.
func ask(a *App, title, text, yes, no string, answer func(bool)) {
	showModal(a, title, newParagraph(a.kit.body, a.kit.text, text), yes, no, answer)
}

// A modalButton is pressed by Enter too, and Escape refuses.
type modalButton struct {
	button
	escape func()
}

func newModalButton(text string, main bool, pressed, escape func()) *modalButton {
	b := &modalButton{escape: escape}
	b.set(b, text, nil, main, pressed)
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *modalButton) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		b.escape()
		return
	}
	b.button.TypedKey(e)
}

// A modal lies over the window until one of two buttons is pressed; Escape is
// the second. What it shows scrolls where the window is too small for it.
type modal struct {
	app    *App
	lid    fyne.CanvasObject
	page   *page
	answer func(bool)
}

// showModal shows content over the window, in place of another modal. The
// answer comes once; it is false too if the screen below is replaced. If yes is
// empty there is nothing to answer but no.
func showModal(a *App, title string, content fyne.CanvasObject, yes, no string, answer func(bool)) *modal {
	a.dismiss()
	k, c := a.kit, a.win.Canvas()
	m := &modal{app: a, answer: answer}
	refuse := newModalButton(no, false, m.refuse, m.refuse)
	accept := newModalButton(yes, true, m.accept, m.refuse)
	buttons := container.New(toTheRight{buttonGap}, k.wide(refuse))
	if yes != "" {
		buttons.Add(k.wide(accept))
	}
	p, scroll := scrolling(container.New(inset{ringRoom, barRoom, ringRoom, ringRoom}, content))
	m.page = p
	parts := container.New(modalParts{p}, newParagraph(k.title, k.text, title), scroll, buttons)
	m.lid = container.New(modalLayout{k}, canvas.NewRectangle(alpha(0, 0x66)),
		container.New(inset{}, k.raised(k.card), container.New(evenly(modalPad), parts)))
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			m.refuse()
		}
	})
	c.SetOnTypedRune(nil)
	a.modal = m
	c.Overlays().Add(m.lid)
	c.Focus(refuse)
	return m
}

func (m *modal) refuse() { m.done(false) }

func (m *modal) accept() { m.done(true) }

func (m *modal) done(value bool) {
	if m.app.modal != m {
		return // answered before
	}
	m.close()
	m.app.screen.shown()
	m.answer(value)
}

func (m *modal) close() {
	m.app.modal = nil
	m.app.win.Canvas().Overlays().Remove(m.lid)
}

// dismiss refuses what lies over the screen, if anything does.
func (a *App) dismiss() {
	if m := a.modal; m != nil {
		m.close()
		m.answer(false)
	}
}

// modalLayout puts the card of a modal in the middle of the window, as wide as
// dialogs are and as high as needed, over the shade.
type modalLayout struct{ kit *kit }

// Layout implements fyne.Layout.
func (l modalLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(size)
	width := min(l.kit.dialogWidth+2*modalPad, size.Width-2*modalMargin)
	height := min(heightFor(o[1], width), size.Height-2*modalMargin)
	o[1].Resize(fyne.NewSize(width, height))
	o[1].Move(fyne.NewPos((size.Width-width)/2, (size.Height-height)/2))
}

// MinSize implements fyne.Layout.
func (modalLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// modalParts stacks the title, the page and the buttons of a modal. Where that
// is too high, the page scrolls. It reaches over its column, since it cuts off
// what is beyond its edges: a bar, or rings.
type modalParts struct{ page *page }

func (p modalParts) heightOf(o []fyne.CanvasObject, width float32) float32 {
	page := heightFor(p.page.content, width+ringRoom+barRoom) - 2*ringRoom
	return heightFor(o[0], width) + page + heightFor(o[2], width) + 2*modalGap
}

// Layout implements fyne.Layout.
func (p modalParts) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top := place(o[0], 0, 0, size.Width) + modalGap
	bottom := size.Height - heightFor(o[2], size.Width)
	place(o[2], 0, bottom, size.Width)
	o[1].Move(fyne.NewPos(-ringRoom, top-ringRoom))
	o[1].Resize(fyne.NewSize(size.Width+ringRoom+barRoom, max(bottom-modalGap-top, 0)+2*ringRoom))
}

// MinSize implements fyne.Layout.
func (modalParts) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// toTheRight puts objects side by side at the right, or on top of each other
// where that is too narrow.
type toTheRight struct{ gap float32 }

func (t toTheRight) stacked(o []fyne.CanvasObject, width float32) bool {
	return row{t.gap, -1}.MinSize(o).Width > width
}

func (t toTheRight) heightOf(o []fyne.CanvasObject, width float32) float32 {
	if t.stacked(o, width) {
		return column(t).heightOf(o, width)
	}
	return row{t.gap, -1}.MinSize(o).Height
}

// Layout implements fyne.Layout.
func (t toTheRight) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if t.stacked(o, size.Width) {
		column(t).Layout(o, size)
		return
	}
	row{t.gap, -1}.Layout(o, size)
	shift := size.Width - row{t.gap, -1}.MinSize(o).Width
	for _, part := range o {
		part.Move(part.Position().AddXY(shift, 0))
	}
}

// MinSize implements fyne.Layout.
func (t toTheRight) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, t.heightOf(o, 0))
}
