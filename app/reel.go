package app

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/app/model"
)

// A reel says which lines of a history are on a screen of some size, and where.
type reel struct {
	kit    *kit
	source *model.Timeline
	size   fyne.Size

	first  *model.Line // the line at the upper edge,
	at     int         // where it was in source last,
	offset float32     // and how much of it is above the edge
	tail   bool        // the end is shown and stays so
	upper  *bubble     // first, as it was laid out then

	bubbles map[*model.Line]*bubble
	lines   int       // of the bubbles laid out since some were dropped
	shown   []*bubble // from top to bottom
}

func newReel(k *kit, source *model.Timeline) reel {
	return reel{kit: k, source: source, tail: true, bubbles: make(map[*model.Line]*bubble)}
}

// anchor finds the first line again, wherever it is now, and goes on to the
// line that is at the upper edge after scrolling.
func (r *reel) anchor() {
	n := r.source.Len()
	if r.first == nil {
		r.at, r.offset = n-1, 0
	} else if i := r.source.Find(r.first, r.at); i >= 0 {
		r.at = i
		r.settle()
	} else {
		r.at, r.offset = min(r.at, n-1), 0
	}
	for r.offset < 0 && r.at > 0 {
		r.at--
		r.offset += r.bubble(r.at).height
	}
	for r.at < n-1 && r.offset >= r.bubble(r.at).height {
		r.offset -= r.bubble(r.at).height
		r.at++
	}
	if r.at == 0 {
		r.offset = max(r.offset, -topPad)
	}
	r.first = r.source.Line(r.at)
}

// remember notes how the first line is laid out.
func (r *reel) remember() { r.upper = r.bubble(r.at) }

// settle keeps the text of the first line where it is if what stands above it in its
// bubble has come or gone: the day, or the name, with older lines in front of it.
func (r *reel) settle() {
	was := r.upper
	if was == nil || was.line != r.first || was.width != r.size.Width || was.version != r.first.Version {
		return
	}
	if now := r.bubble(r.at); now.joint != was.joint {
		r.offset += now.height - was.height
	}
}

// fromAnchor shows the lines from the anchor down. It reports false if they
// don't fill the screen: then the end is to be shown.
func (r *reel) fromAnchor() bool {
	y, height := -r.offset, r.size.Height
	for i := r.at; i < r.source.Len() && y < height; i++ {
		b := r.bubble(i)
		b.y = y
		r.shown = append(r.shown, b)
		y += b.height
	}
	if y > height-bottomPad {
		return true
	}
	r.shown = nil
	return false
}

// fromEnd shows the newest lines, the last at the lower edge.
func (r *reel) fromEnd() {
	r.tail = true
	y := r.size.Height - bottomPad
	for i := r.source.Len() - 1; i >= 0 && y > 0; i-- {
		b := r.bubble(i)
		y -= b.height
		b.y = y
		r.shown = append(r.shown, b)
		r.at, r.first, r.offset = i, r.source.Line(i), -y
	}
	slices.Reverse(r.shown)
}

// span returns which part of the history is on the screen, by lines.
func (r *reel) span() float32 {
	n := float32(r.source.Len())
	if n == 0 || (r.tail && r.at == 0 && r.offset <= 0) {
		return 1
	}
	return float32(len(r.shown)) / n
}

// fraction returns where in the history the screen is: 0 at the oldest, 1 at
// the end.
func (r *reel) fraction() float32 {
	if r.tail || len(r.shown) == 0 {
		return 1
	}
	n := float32(max(r.source.Len()-len(r.shown), 1))
	return min((float32(r.at)+max(r.offset, 0)/r.shown[0].height)/n, 1)
}

// bubble returns line i laid out for the present width.
func (r *reel) bubble(i int) *bubble {
	l, joint, width := r.source.Line(i), r.source.Joint(i), r.size.Width
	b := r.bubbles[l]
	if b == nil || b.version != l.Version || b.joint != joint || b.width != width {
		b = newBubble(r.kit, l, joint, width)
		r.bubbles[l] = b
		r.lines += len(b.lines)
	}
	b.index = i
	return b
}

// forget drops layouts that are not on the screen once there are many.
func (r *reel) forget() {
	if len(r.bubbles) <= maxBubbles && r.lines <= maxTextLines {
		return
	}
	r.bubbles, r.lines = make(map[*model.Line]*bubble, len(r.shown)), 0
	for _, b := range r.shown {
		r.bubbles[b.line] = b
	}
}

// A touch is what is under a point.
type touch struct {
	bubble *bubble // nil: no line
	what   regionWhat
	region *region // of what is no text
	link   string  // of a regionLink, as it is written
	offset int     // of a regionText or regionLink: the byte of what the line says
}

// touch returns what is under a point.
func (r *reel) touch(at fyne.Position) touch {
	b := r.bubbleAt(at.Y)
	if b == nil || at.Y < b.y || at.Y >= b.y+b.height {
		return touch{}
	}
	at.Y -= b.y
	for i := range b.regions {
		if b.regions[i].contains(at) {
			return touch{bubble: b, what: b.regions[i].what, region: &b.regions[i]}
		}
	}
	offset, ok := b.characterAt(at)
	if !ok {
		return touch{bubble: b}
	}
	if link, ok := b.linkAt(offset); ok {
		return touch{bubble: b, what: regionLink, link: link, offset: offset}
	}
	return touch{bubble: b, what: regionText, offset: offset}
}

// bubbleAt returns the bubble at a height, or else the nearest; nil if there
// is none.
func (r *reel) bubbleAt(y float32) *bubble {
	var found *bubble
	for _, b := range r.shown {
		if found == nil || b.y <= y {
			found = b
		}
	}
	return found
}
