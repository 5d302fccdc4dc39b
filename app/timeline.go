package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
)

// Bounds and distances of a timeline.
const (
	maxBubbles          = 300 // laid out and kept, besides those on the screen
	olderWithin         = 20  // lines from the oldest at which older ones are asked for
	pageKept    float32 = 40  // of a page that stays on the screen when paging
	topPad      float32 = 10
	bottomPad   float32 = 16
)

// timelineActions is what a timeline asks of its screen.
type timelineActions struct {
	older   func()         // older messages are wanted
	moved   func(news int) // how many came below, unseen; 0 at the end
	tapped  func()         // somewhere, to no effect
	menu    func(l *model.Line, at fyne.Position)
	retry   func(l *model.Line)
	discard func(l *model.Line)
}

// A timeline draws the messages. It lays out only what is on the screen: its
// place is one line, so many pixels above the upper edge, or the end. Nothing
// in it costs more for a longer history.
type timeline struct {
	widget.BaseWidget
	reel
	acts timelineActions

	news  int
	box   *fyne.Container
	thumb *thumb
	over  bool // the pointer is over something to press
}

func newTimeline(k *kit, source *model.Timeline, acts timelineActions) *timeline {
	t := &timeline{reel: newReel(k, source), acts: acts, box: container.NewWithoutLayout()}
	t.thumb = newThumb(k, t.scrollTo)
	t.ExtendBaseWidget(t)
	return t
}

// update draws the source again, after news messages of others came.
func (t *timeline) update(news int) {
	if !t.tail {
		t.news += news
	}
	t.place()
	t.acts.moved(t.news)
}

// toEnd shows the newest message and stays there.
func (t *timeline) toEnd() {
	t.tail = true
	t.place()
}

// scrollBy moves the text up by dy, or down if it is negative.
func (t *timeline) scrollBy(dy float32) {
	if dy < 0 {
		t.tail = false
	}
	t.offset += dy
	t.place()
}

// page moves by about a screen: up if direction is negative.
func (t *timeline) page(direction float32) {
	t.scrollBy(direction * max(t.Size().Height-pageKept, pageKept))
}

// scrollTo shows the part of the history at fraction, 1 being the end.
func (t *timeline) scrollTo(fraction float32) {
	n := t.source.Len()
	if n == 0 {
		return
	}
	where := fraction * float32(n)
	t.at = min(max(int(where), 0), n-1)
	t.first = t.source.Line(t.at)
	t.offset = (where - float32(t.at)) * t.bubble(t.at).height
	t.tail = fraction >= 1
	t.place()
}

// place puts the lines on the screen that belong there now.
func (t *timeline) place() {
	t.size = t.Size()
	if t.size.IsZero() {
		return
	}
	was := t.shown
	t.shown = nil
	if t.source.Len() > 0 {
		t.anchor()
		if t.tail || !t.fromAnchor() {
			t.fromEnd()
		}
	}
	t.draw(was)
	t.forget()
	if t.tail && t.news > 0 {
		t.news = 0
		t.acts.moved(0)
	}
	if t.at < olderWithin && t.source.More() {
		t.acts.older()
	}
}

// draw shows what place chose. It touches only what changed: a text that stays
// keeps its texture.
func (t *timeline) draw(was []*bubble) {
	size := t.Size()
	t.box.Objects = t.box.Objects[:0]
	for _, b := range t.shown {
		b.draw(size)
		t.box.Objects = append(t.box.Objects, b.box)
	}
	t.thumb.place(size, t.fraction(), t.span())
	if len(was) != len(t.shown) || !sameBubbles(was, t.shown) {
		t.thumb.Refresh() // has the window painted again
	}
}

func sameBubbles(a, b []*bubble) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Scrolled implements fyne.Scrollable.
func (t *timeline) Scrolled(e *fyne.ScrollEvent) { t.scrollBy(-e.Scrolled.DY) }

// Tapped implements fyne.Tappable.
func (t *timeline) Tapped(e *fyne.PointEvent) {
	b, r := t.hit(e.Position)
	switch {
	case r == nil:
		t.acts.tapped()
	case r.what == regionRetry:
		t.acts.retry(b.line)
	case r.what == regionDiscard:
		t.acts.discard(b.line)
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (t *timeline) TappedSecondary(e *fyne.PointEvent) {
	if b, _ := t.hit(e.Position); b != nil && b.line.Kind == model.LineMessage {
		t.acts.menu(b.line, e.AbsolutePosition)
	}
}

// MouseIn implements desktop.Hoverable.
func (t *timeline) MouseIn(e *desktop.MouseEvent) { t.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (t *timeline) MouseMoved(e *desktop.MouseEvent) {
	_, r := t.hit(e.Position)
	t.over = r != nil
}

// MouseOut implements desktop.Hoverable.
func (t *timeline) MouseOut() { t.over = false }

// Cursor implements desktop.Cursorable.
func (t *timeline) Cursor() desktop.Cursor {
	if t.over {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// Resize implements fyne.CanvasObject.
func (t *timeline) Resize(s fyne.Size) {
	t.BaseWidget.Resize(s)
	t.box.Resize(s)
	t.place()
}

// MinSize implements fyne.CanvasObject.
func (t *timeline) MinSize() fyne.Size { return fyne.NewSize(160, 60) }

// CreateRenderer implements fyne.Widget.
func (t *timeline) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout(t.box, t.thumb))
}
