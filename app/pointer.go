package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
)

// How clicks are counted, and how fast the timeline scrolls while something is
// dragged over its edge.
const (
	clickPause          = 400 * time.Millisecond // between the clicks of a double one, at most
	clickNear   float32 = 6
	pullLeast   float32 = 120 // a second
	pullMost    float32 = 2_400
	pullGain    float32 = 15   // a second, for each unit beyond the edge
	longestPull float32 = 0.05 // of a second at once
)

// How much is selected at a time, by the number of clicks.
const (
	clicksCharacter = iota + 1
	clicksWord
	clicksMessage
)

// A pointer is what the mouse does with a timeline: it presses, it selects from
// where it went down to where it is dragged, it shows where links lead. The
// keyboard stays with the composer all the while.
type pointer struct {
	t      *timeline
	chosen selection

	pos      fyne.Position // where it is,
	inside   bool          // if over the timeline
	over     touch
	pressed  touch // where the primary button went down last
	selects  bool  // it is down, and went down over the text
	dragging bool

	uncovered time.Time // when the people who lay over it went away
	clicks    int       // in a row, at most clicksMessage
	clickedAt fyne.Position
	clicked   time.Time

	pull     *fyne.Animation // scrolls on; nil: it doesn't
	pulled   float32         // how far pull was when it ticked last
	pullPace float32         // a second; negative is up
}

// A lineMenu is what a menu is asked for.
type lineMenu struct {
	line     *model.Line
	link     string // under the pointer, as it is written
	selected bool   // what is under the pointer is selected
	at       fyne.Position
}

// Scrolled implements fyne.Scrollable.
func (p *pointer) Scrolled(e *fyne.ScrollEvent) {
	p.t.scrollBy(-e.Scrolled.DY)
	if p.dragging {
		p.reach()
	}
}

// MouseDown implements desktop.Mouseable: it begins a selection, or extends it
// with Shift.
func (p *pointer) MouseDown(e *desktop.MouseEvent) {
	down := p.t.touch(e.Position)
	what := down.what
	if e.Button != desktop.MouseButtonPrimary || what == regionRetry || what == regionDiscard || p.t.thumb.holds(e.Position) {
		return
	}
	p.pressed = down
	p.count(e.Position)
	p.pos, p.selects = e.Position, true
	if e.Modifier&fyne.KeyModifierShift != 0 && p.chosen.begun() {
		p.clicks = clicksCharacter
		p.reach()
		return
	}
	if what, ok := p.stretch(e.Position); ok {
		p.chosen.begin(what)
		p.t.mark()
	}
}

// count counts clicks that follow one another on one place.
func (p *pointer) count(at fyne.Position) {
	now := p.t.kit.now()
	if now.Sub(p.clicked) > clickPause || !near(p, at) || p.clicks == clicksMessage {
		p.clicks = 0
	}
	p.clicks++
	p.clicked, p.clickedAt = now, at
}

// stretch returns what a press selects at a point: nothing but a place for a
// first click, a word for a second, all the line says for a third. It reports
// false if nothing is shown.
func (p *pointer) stretch(at fyne.Position) (stretch, bool) {
	b := p.t.bubbleAt(at.Y)
	if b == nil {
		return stretch{}, false
	}
	at.Y -= b.y
	from := b.offsetAt(at)
	to := from
	switch p.clicks {
	case clicksWord:
		if in, ok := b.characterAt(at); ok {
			from = in
		}
		from, to = textflow.Word(b.said, from)
	case clicksMessage:
		from, to = 0, len(b.said)
	}
	s := textSpot{line: b.line, index: b.index, said: b.line.Message.Text, offset: from}
	end := s
	end.offset = to
	return stretch{s, end}, true
}

// reach extends the selection to where the pointer is.
func (p *pointer) reach() {
	if to, ok := p.stretch(p.pos); ok {
		p.chosen.extend(to)
		p.t.mark()
	}
}

// MouseUp implements desktop.Mouseable.
func (p *pointer) MouseUp(e *desktop.MouseEvent) {
	if e.Button == desktop.MouseButtonPrimary {
		p.selects = false
	}
}

// Dragged implements fyne.Draggable.
func (p *pointer) Dragged(e *fyne.DragEvent) {
	if !p.selects {
		return
	}
	p.pos = e.Position
	if !p.dragging {
		p.dragging = true
		p.look()
		p.t.acts.tapped()
	}
	p.reach()
	p.scrollOn()
}

// DragEnd implements fyne.Draggable. A hand that trembles clicks all the same.
func (p *pointer) DragEnd() {
	wasClick := p.dragging && p.chosen.empty() && near(p, p.pos)
	p.release()
	if wasClick && picks(p, p.t.touch(p.pos)) {
		p.t.acts.choose(p.pressed.bubble.line)
		return
	}
	p.t.acts.tapped()
}

// release ends a drag.
func (p *pointer) release() {
	p.selects, p.dragging = false, false
	p.stopPull()
}

// scrollOn has the timeline scroll as long as the pointer is dragged beyond
// one of its edges, the faster the farther away it is.
func (p *pointer) scrollOn() {
	beyond := min(p.pos.Y, 0) + max(p.pos.Y-p.t.Size().Height, 0)
	if beyond == 0 {
		p.stopPull()
		return
	}
	p.pullPace = min(max(beyond*pullGain, -pullMost), pullMost)
	if beyond < 0 {
		p.pullPace = min(p.pullPace, -pullLeast)
	} else {
		p.pullPace = max(p.pullPace, pullLeast)
	}
	if p.pull == nil {
		p.pulled = 0
		p.pull = &fyne.Animation{Duration: time.Second, RepeatCount: fyne.AnimationRepeatForever, Curve: fyne.AnimationLinear, Tick: p.pulls}
		p.pull.Start()
	}
}

func (p *pointer) stopPull() {
	if p.pull != nil {
		p.pull.Stop()
		p.pull = nil
	}
}

// pulls scrolls by what is due since it was called last: done counts a second
// from 0 to 1, over and over.
func (p *pointer) pulls(done float32) {
	if !p.dragging {
		return
	}
	passed := done - p.pulled
	if passed < 0 {
		passed++
	}
	p.pulled = done
	p.t.scrollBy(p.pullPace * min(passed, longestPull))
	p.reach()
}

// Tapped implements fyne.Tappable.
func (p *pointer) Tapped(e *fyne.PointEvent) {
	over := p.t.touch(e.Position)
	switch {
	case over.what == regionRetry:
		p.t.acts.retry(over.bubble.line)
	case over.what == regionDiscard:
		p.t.acts.discard(over.bubble.line)
	case over.what == regionLink && p.clicks <= clicksCharacter && p.chosen.empty() && !p.t.thumb.holds(e.Position):
		p.t.acts.open(over.link)
	case picks(p, over):
		p.t.acts.choose(over.bubble.line)
	default:
		p.t.acts.tapped()
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (p *pointer) TappedSecondary(e *fyne.PointEvent) {
	over := p.t.touch(e.Position)
	p.t.acts.tapped()
	if over.bubble == nil {
		return
	}
	m := lineMenu{line: over.bubble.line, link: over.link, at: e.AbsolutePosition}
	m.selected = (over.what == regionText || over.what == regionLink) && p.chosen.holds(over.bubble.index, over.offset)
	if m.selected || m.line.Kind == model.LineMessage {
		p.t.acts.menu(m)
	}
}

// MouseIn implements desktop.Hoverable.
func (p *pointer) MouseIn(e *desktop.MouseEvent) { p.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (p *pointer) MouseMoved(e *desktop.MouseEvent) {
	p.pos, p.inside = e.Position, true
	p.look()
}

// MouseOut implements desktop.Hoverable.
func (p *pointer) MouseOut() {
	p.inside = false
	p.look()
}

// look sees what is under the pointer now, and shows where it leads if it is a
// link.
func (p *pointer) look() {
	was := p.over
	p.over = touch{}
	if p.inside && !p.dragging && !p.t.thumb.holds(p.pos) {
		p.over = p.t.touch(p.pos)
	}
	if was.region != p.over.region {
		light(was, nil)
		light(p.over, p.over.region)
		p.t.mark()
	}
	p.t.strip.show(p.over.link, p.t.Size(), p.pos)
}

// Cursor implements desktop.Cursorable.
func (p *pointer) Cursor() desktop.Cursor {
	switch {
	case p.dragging || p.over.what == regionText:
		return desktop.TextCursor
	case p.over.what != regionNone:
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// deselect clears the selection and reports whether there was one.
func (p *pointer) deselect() bool {
	was := !p.chosen.empty()
	p.chosen.clear()
	p.t.mark()
	return was
}
