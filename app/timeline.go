package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
)

// Bounds and distances of a timeline.
const (
	maxBubbles           = 300     // laid out and kept, besides those on the screen,
	maxTextLines         = 100_000 // with so many lines of text
	olderWithin          = 20      // lines from the oldest at which older ones are asked for, and newer ones from the newest
	pageKept     float32 = 40      // of a page that stays on the screen when paging
	topPad       float32 = 36      // above the oldest line: what is above it, if anything
	bottomPad    float32 = 16
)

// timelineActions is what a timeline asks of its screen.
type timelineActions struct {
	older   func()              // older messages are wanted
	newer   func()              // newer messages are wanted than the part that is shown
	moved   func(news int)      // how many came below, unseen; 0 at the end
	tapped  func()              // somewhere, to no effect
	choose  func(l *model.Line) // who a line is from, or to, was pressed
	menu    func(m lineMenu)
	open    func(link string) // a link as it is written was pressed
	retry   func(l *model.Line)
	discard func(l *model.Line)
}

// A timeline draws the messages. It lays out only what is on the screen: its
// place is one line, so many pixels above the upper edge, or the end. Nothing
// in it costs more for a longer history.
type timeline struct {
	widget.BaseWidget
	reel
	pointer
	acts timelineActions

	news  int
	box   *fyne.Container
	thumb *thumb
	spur  *canvas.Rectangle // nothing to be seen, see repaint
	strip *targetStrip
	above *paragraph // says what is above the oldest line
}

func newTimeline(k *kit, source *model.Timeline, acts timelineActions) *timeline {
	t := &timeline{reel: newReel(k, source), acts: acts, box: container.NewWithoutLayout()}
	t.thumb, t.strip, t.spur = newThumb(k, t.scrollTo), newTargetStrip(k), canvas.NewRectangle(color.Transparent)
	t.above = newParagraph(k.small, k.muted, "")
	t.above.align = fyne.TextAlignCenter
	t.pointer = pointer{t: t, chosen: selection{source: source}}
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
	away := t.source.Newest()
	t.tail = true
	t.place()
	if away {
		t.acts.moved(t.news)
	}
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

// show brings a line into view, a bit below the top, and marks its text.
func (t *timeline) show(i int) {
	t.at, t.first, t.tail = i, t.source.Line(i), false
	t.offset = -t.Size().Height / 3
	t.choose(i)
	t.place()
}

// choose marks the text of a line.
func (t *timeline) choose(i int) {
	l := t.source.Line(i)
	t.chosen.begin(stretch{
		textSpot{line: l, said: l.Message.Text, index: i}, textSpot{line: l, said: l.Message.Text, index: i, offset: len(textflow.Clean(l.Message.Text))},
	})
}

// pick is show for a line that may be in view as a whole: then nothing moves.
func (t *timeline) pick(i int) {
	for _, b := range t.shown {
		if b.index == i && b.y >= 0 && b.y+b.height <= t.Size().Height {
			t.choose(i)
			t.mark()
			return
		}
	}
	t.show(i)
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
		t.tail = t.tail && !t.source.Detached() // the end of a part moves away when that grows
		t.remember()
	}
	t.chosen.settle()
	t.draw(was)
	t.forget()
	t.look()
	if t.tail && t.news > 0 {
		t.news = 0
		t.acts.moved(0)
	}
	t.fetch()
	t.crown()
}

// fetch asks for more where the end of what is there is near.
func (t *timeline) fetch() {
	if t.at < olderWithin && t.source.More() {
		t.acts.older()
	}
	if t.source.Detached() && t.at+len(t.shown) > t.source.Len()-olderWithin {
		t.acts.newer()
	}
}

// crown says above the oldest line that there are older ones to come, or that there
// are none.
func (t *timeline) crown() {
	text, k := "", t.kit
	switch whole := t.span() >= 1; {
	case len(t.shown) == 0 || t.shown[0].index > 0:
	case t.source.Asking():
		text = k.say(textOlderComing)
	case !t.source.More() && !whole:
		text = k.say(textBeginning)
	}
	t.above.set(text)
	if text != "" {
		height := t.above.heightFor(t.size.Width)
		t.above.Resize(fyne.NewSize(t.size.Width, height))
		t.above.Move(fyne.NewPos(0, t.shown[0].y-topPad+max(topPad-height, 0)/2))
	}
}

// draw shows what place chose. It touches only what changed: a text that stays
// keeps its texture.
func (t *timeline) draw(was []*bubble) {
	size := t.Size()
	t.box.Objects = t.box.Objects[:0]
	for _, b := range t.shown {
		t.box.Objects = append(t.box.Objects, b.box)
	}
	t.thumb.place(size, t.fraction(), t.span())
	marked := t.mark()
	if !marked && (len(was) != len(t.shown) || !sameBubbles(was, t.shown)) {
		t.repaint()
	}
}

// mark draws the lines that are in view and what of them is selected, and
// reports whether anything changed but places.
func (t *timeline) mark() bool {
	changed := false
	for _, b := range t.shown {
		from, to := t.chosen.of(b.index)
		changed = b.draw(t.Size(), from, to) || changed
	}
	if changed {
		t.repaint()
	}
	return changed
}

// repaint has the window painted again. What is refreshed for it must be something
// that is always visible, or Fyne does not know in which window it is, and cheap:
// the texts keep their textures.
func (t *timeline) repaint() { t.spur.Refresh() }

func sameBubbles(a, b []*bubble) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
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
	return widget.NewSimpleRenderer(container.NewWithoutLayout(t.above, t.box, t.strip.root, t.thumb, t.spur))
}
