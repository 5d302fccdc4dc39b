package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Sizes of a thumb.
const (
	thumbWidth float32 = 8
	thumbLeast float32 = 36
	thumbEdge  float32 = 3
)

// A thumb shows where in the history the screen is, and moves it when dragged.
type thumb struct {
	widget.BaseWidget
	bar   *canvas.Rectangle
	drag  func(fraction float32)
	track float32 // how far it can go
}

func newThumb(k *kit, drag func(float32)) *thumb {
	t := &thumb{drag: drag, bar: panel(k.muted, thumbWidth/2)}
	t.bar.FillColor = alphaOf(k.muted, 0x90)
	t.ExtendBaseWidget(t)
	t.Hide()
	return t
}

// place puts the thumb at fraction of its way in an area of size; span is how
// much of the whole is on the screen.
func (t *thumb) place(size fyne.Size, fraction, span float32) {
	if span >= 1 {
		t.Hide()
		return
	}
	height := max(span*size.Height, thumbLeast)
	t.track = max(size.Height-height-2*thumbEdge, 1)
	t.Resize(fyne.NewSize(thumbWidth, height))
	t.Move(fyne.NewPos(size.Width-thumbWidth-thumbEdge, thumbEdge+fraction*t.track))
	t.Show()
}

// holds reports whether a point of the timeline is on the thumb.
func (t *thumb) holds(at fyne.Position) bool {
	at = at.Subtract(t.Position())
	return t.Visible() && at.X >= 0 && at.Y >= 0 && at.X < t.Size().Width && at.Y < t.Size().Height
}

// Dragged implements fyne.Draggable.
func (t *thumb) Dragged(e *fyne.DragEvent) {
	t.drag(min(max((t.Position().Y-thumbEdge+e.Dragged.DY)/t.track, 0), 1))
}

// DragEnd implements fyne.Draggable.
func (t *thumb) DragEnd() {}

// CreateRenderer implements fyne.Widget.
func (t *thumb) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.bar) }
