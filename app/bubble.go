package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

// Distances in a bubble.
const (
	sideGap     float32 = 20 // between the window's edge and a bubble
	sideTight   float32 = 10 // the same in a narrow window
	tightBelow  float32 = 480
	cardPadX    float32 = 14
	cardPadY    float32 = 9
	avatarGap   float32 = 10
	groupGap    float32 = 3
	bubbleGap   float32 = 12
	systemGap   float32 = 8
	dayHeight   float32 = 34
	headGap     float32 = 18 // between name and time, at least
	partGap     float32 = 2
	barWidth    float32 = 4
	otherSide   float32 = 48 // left free on the side of the others
	signSize    float32 = 13
	pillPadX    float32 = 12
	pillPadY    float32 = 3
	textOverrun         = 1 // lines drawn beyond each edge
)

// A bubble is one line of the timeline laid out at a width: a card, a quiet
// pill, with the day above it if it begins one.
type bubble struct {
	line    *model.Line
	version int
	joint   model.Joint
	width   float32
	height  float32
	y       float32 // where it is on the screen
	index   int     // which line of the timeline it is

	box     *fyne.Container
	fixed   []fyne.CanvasObject
	regions []region
	lit     *region // the one under the pointer, if a press on it chooses somebody
	drawn   *region // what lit was when it was drawn
	writing
}

// A region is a part of a bubble that can be pressed, besides its text.
type region struct {
	what regionWhat
	pos  fyne.Position
	size fyne.Size
}

type regionWhat int

const (
	regionNone regionWhat = iota
	regionText
	regionLink
	regionRetry
	regionDiscard
	regionPerson // whoever the line is from or to
	regionFace   // the same, round
)

func (r *region) contains(p fyne.Position) bool {
	return p.X >= r.pos.X && p.Y >= r.pos.Y && p.X < r.pos.X+r.size.Width && p.Y < r.pos.Y+r.size.Height
}

func newBubble(k *kit, l *model.Line, joint model.Joint, width float32) *bubble {
	b := &bubble{
		line: l, version: l.Version, joint: joint, width: width,
		box: container.NewWithoutLayout(), writing: writing{texts: make(map[int][]fyne.CanvasObject), to: -1},
	}
	var y float32
	if joint.NewDay {
		y = b.day(k)
	}
	if l.Kind == model.LineSystem {
		b.system(k, y+systemGap)
	} else {
		b.message(k, y)
	}
	b.box.Resize(fyne.NewSize(width, b.height))
	return b
}

func (b *bubble) add(o fyne.CanvasObject, x, y float32) {
	o.Move(fyne.NewPos(x, y))
	b.fixed = append(b.fixed, o)
}

func (b *bubble) margin() float32 {
	if b.width < tightBelow {
		return sideTight
	}
	return sideGap
}

// day writes the date above the line and returns its height.
func (b *bubble) day(k *kit) float32 {
	t := k.small.text(k.day(b.line.Time()), k.muted, 0)
	height := k.grown(dayHeight, 16)
	b.add(t, (b.width-t.Size().Width)/2, height-k.small.height-2)
	return height
}

// system lays out a quiet pill.
func (b *bubble) system(k *kit, y float32) {
	limit := b.width - 2*b.margin() - 2*pillPadX
	b.set(k, k.small, k.muted, lineText(k, b.line), limit)
	size := fyne.NewSize(widest(b.lines)+2*pillPadX, b.writing.height()+2*pillPadY)
	x := (b.width - size.Width) / 2
	ground := panel(k.pill, min(size.Height/2, 12))
	ground.Resize(size)
	b.add(ground, x, y)
	b.textAt = fyne.NewPos(x+pillPadX, y+pillPadY)
	b.centred = size.Width - 2*pillPadX
	b.height = y + size.Height
}

// systemLine says a system line in the reader's language.
func (k *kit) systemLine(s *netchat.SystemLine) string {
	name := words{"Name": model.DisplayName(s.Name, "")}
	switch s.What {
	case netchat.SystemJoined:
		return k.say(textJoined, name)
	case netchat.SystemLeft:
		return k.say(textLeft, name)
	}
	return textflow.Clean(s.Text)
}

// message lays out a card: sender and time unless it goes on in a group, the
// text, and to or from whom if it is private.
func (b *bubble) message(k *kit, y float32) {
	l := b.line
	if !b.joint.NewDay {
		y += bubbleGap
		if b.joint.Grouped {
			y += groupGap - bubbleGap
		}
	}
	ink := k.text
	if l.State != model.LineStored {
		ink = k.muted
	}
	limit := b.width - 2*b.margin() - avatarSize - avatarGap - 2*cardPadX - barWidth
	if b.width >= tightBelow {
		limit -= otherSide
	}
	limit = max(min(limit, k.maxCardText), 40)
	b.set(k, k.body, ink, lineText(k, l), limit)
	b.links = textflow.Links(b.said)

	head, private := b.head(k, limit), b.private(k, limit)
	inner := max(widest(b.lines), head.size.Width, private.size.Width)
	size := fyne.NewSize(inner+2*cardPadX, b.writing.height()+2*cardPadY)
	size.Height += head.height() + private.height()
	if l.Private() {
		size.Width += barWidth
	}
	x := b.margin() + avatarSize + avatarGap
	if l.Own {
		x = b.width - b.margin() - size.Width
	} else if !b.joint.Grouped {
		b.add(k.newAvatar(string(l.Message.Author), l.Message.Name, avatarSize), b.margin(), y)
		b.person(regionFace, b.margin(), y, fyne.NewSize(avatarSize, avatarSize))
	}
	b.card(k, x, y, size)
	left, top := x+size.Width-cardPadX-inner, y+cardPadY
	head.put(b, left, top, inner)
	b.person(regionPerson, left, top, head.name)
	b.textAt, b.across = fyne.NewPos(left, top+head.height()), inner
	private.put(b, left, b.textAt.Y+b.writing.height()+partGap, inner)
	b.person(regionPerson, left, b.textAt.Y+b.writing.height()+partGap, private.name)
	b.height = y + size.Height
	if l.State == model.LineFailed {
		b.failure(k)
	}
}

// card draws the ground of a message, with the blue bar if it is private.
func (b *bubble) card(k *kit, x, y float32, size fyne.Size) {
	fill := k.card
	if b.line.Own {
		fill = k.ownCard
	}
	ground := k.raised(fill)
	ground.Resize(size)
	b.add(ground, x, y)
	if !b.line.Private() {
		return
	}
	bar := panel(k.mark, 0)
	bar.TopLeftCornerRadius, bar.BottomLeftCornerRadius = cardRadius, cardRadius
	bar.Resize(fyne.NewSize(2*barWidth, size.Height))
	b.add(bar, x, y)
	cover := panel(fill, 0)
	cover.TopLeftCornerRadius, cover.BottomLeftCornerRadius = barWidth, barWidth
	cover.Resize(fyne.NewSize(2*cardRadius, size.Height))
	b.add(cover, x+barWidth, y)
}

// A part is one row of a card: objects at their x, and one at the right.
type part struct {
	size  fyne.Size
	items []fyne.CanvasObject
	right fyne.CanvasObject
	name  fyne.Size // of what names a person, at the left
}

// height returns what the part adds to its card.
func (p *part) height() float32 {
	if p.size.Height == 0 {
		return 0
	}
	return p.size.Height + partGap
}

func (p *part) put(b *bubble, x, y, width float32) {
	for _, o := range p.items {
		b.add(o, x+o.Position().X, y+o.Position().Y)
	}
	if p.right != nil {
		b.add(p.right, x+width-p.right.Size().Width, y+p.right.Position().Y)
	}
}

// head is the row with the sender and the time.
func (b *bubble) head(k *kit, limit float32) part {
	if b.joint.Grouped {
		return part{}
	}
	clock := k.small.text(k.clock(b.line.Time()), k.muted, 0)
	clock.Move(fyne.NewPos(0, k.head.height-k.small.height-1))
	width := clock.Size().Width + headGap
	var mark *canvas.Text
	if b.line.Mark != "" {
		mark = k.small.text("#"+b.line.Mark, k.muted, 0)
		width += mark.Size().Width + partGap*2
	}
	m := &b.line.Message
	name := k.headBold.line(model.DisplayName(m.Name, m.Author.Label()), k.text, max(limit-width, 40))
	p := part{size: fyne.NewSize(name.Size().Width+width, k.head.height), items: []fyne.CanvasObject{name}, right: clock}
	p.name = fyne.NewSize(name.Size().Width, k.head.height)
	if mark != nil {
		mark.Move(fyne.NewPos(name.Size().Width+partGap*2, k.head.height-k.small.height-1))
		p.items = append(p.items, mark)
		p.name.Width = mark.Position().X + mark.Size().Width
	}
	return p
}

// private is the row that says to or from whom a private message is.
func (b *bubble) private(k *kit, limit float32) part {
	if !b.line.Private() {
		return part{}
	}
	key := textFrom
	if b.line.Own {
		key = textTo
	}
	sign := canvas.NewImageFromResource(theme.NewColoredResource(theme.AccountIcon(), theme.ColorNameHyperlink))
	side := k.square(signSize)
	sign.Resize(side)
	sign.Move(fyne.NewPos(0, (k.small.height-side.Height)/2))
	t := k.small.line(k.say(key, words{"Name": b.line.Peer}), k.link, limit-side.Width-partGap*2)
	t.Move(fyne.NewPos(side.Width+partGap*2, 0))
	size := fyne.NewSize(side.Width+partGap*2+t.Size().Width, k.small.height)
	return part{size: size, items: []fyne.CanvasObject{sign, t}, name: size}
}

// failure says below the card that it was not sent, why, and what can be done.
func (b *bubble) failure(k *kit) {
	limit := b.width - 2*b.margin()
	right := b.width - b.margin()
	y := b.height + 3
	for _, line := range k.small.Break(k.failure(b.line.Failure), limit) {
		t := k.small.text(line.Text(), k.danger, 0)
		b.add(t, right-line.Width, y)
		y += k.small.height
	}
	x := right
	for _, a := range []struct {
		what regionWhat
		key  textKey
	}{{regionDiscard, textDiscard}, {regionRetry, textRetry}} {
		t := k.smallBold.text(k.say(a.key), k.link, 0)
		x -= t.Size().Width
		b.add(t, x, y+2)
		b.regions = append(b.regions, region{a.what, fyne.NewPos(x-6, y-2), fyne.NewSize(t.Size().Width+12, k.small.height+8)})
		x -= 16
	}
	b.height = y + k.small.height + 4
}

// draw puts the bubble where it belongs, with texts for those of its lines that
// can be seen, and marks what is selected: the bytes chosenFrom..chosenTo. It
// reports whether that drew anything else than before.
func (b *bubble) draw(view fyne.Size, chosenFrom, chosenTo int) bool {
	b.box.Move(fyne.NewPos(0, b.y))
	from, to := b.view(-b.y, view.Height-b.y)
	if from == b.from && to == b.to && chosenFrom == b.chosenFrom && chosenTo == b.chosenTo && b.lit == b.drawn {
		return false
	}
	b.drawn = b.lit
	b.from, b.to, b.chosenFrom, b.chosenTo = from, to, chosenFrom, chosenTo
	for i := range b.texts {
		if i < from || i >= to {
			delete(b.texts, i)
		}
	}
	b.box.Objects = append(append([]fyne.CanvasObject(nil), b.fixed...), b.marks()...)
	for i := from; i < to; i++ {
		b.box.Objects = append(b.box.Objects, b.writing.draw(i)...)
	}
	if b.lit != nil {
		b.box.Objects = append(b.box.Objects, b.lit.light(b.look))
	}
	return true
}

func widest(lines []textflow.Line) float32 {
	var w float32
	for _, l := range lines {
		w = max(w, l.Width)
	}
	return w
}
