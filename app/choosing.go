package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// underline is how thick the line under a name is.
const underline float32 = 1.5

// chooseBy is choose for a press on a line of the timeline. Back to everybody is
// said: there is no list beside it that shows it.
func chooseBy(s *roomScreen, l *model.Line) {
	id, ok := l.Partner()
	if !ok {
		s.focus()
		return
	}
	was := s.room.Recipient()
	s.choose(id)
	if was.Private() && !s.room.Recipient().Private() {
		s.write.say(s.app.kit.say(textAllAgain))
	}
}

// writeTo has the next messages go to somebody, whoever they went to before.
func writeTo(s *roomScreen, id netchat.MemberID) {
	if s.room.Recipient().ID == id {
		s.focus()
		return
	}
	s.choose(id)
}

// person reports whether a press there chooses somebody.
func (w regionWhat) person() bool { return w == regionPerson || w == regionFace }

// person makes a part of the bubble one that chooses whom the line is from or to,
// if that is anybody.
func (b *bubble) person(what regionWhat, x, y float32, size fyne.Size) {
	if _, ok := b.line.Partner(); ok && !size.IsZero() {
		b.regions = append(b.regions, region{what, fyne.NewPos(x, y), size})
	}
}

// light is what shows that the pointer is over a part that chooses somebody: a
// ring around a face, a line under a name.
func (r *region) light(l *look) fyne.CanvasObject {
	if r.what == regionFace {
		ring := canvas.NewCircle(color.Transparent)
		ring.StrokeColor, ring.StrokeWidth = l.mark, ringWidth
		ring.Move(r.pos.AddXY(-ringWidth, -ringWidth))
		ring.Resize(r.size.AddWidthHeight(2*ringWidth, 2*ringWidth))
		return ring
	}
	line := canvas.NewRectangle(l.link)
	line.Move(r.pos.AddXY(0, r.size.Height-underline))
	line.Resize(fyne.NewSize(r.size.Width, underline))
	return line
}

// near reports whether a point is as good as where the last press was.
func near(p *pointer, at fyne.Position) bool {
	d := at.Subtract(p.clickedAt)
	return d.X*d.X+d.Y*d.Y <= clickNear*clickNear
}

// picks reports whether a press that ends over a person chooses them: the one it
// began over, wherever lines have moved meanwhile, and once for a double click.
func picks(p *pointer, over touch) bool {
	return over.what.person() && p.clicks <= clicksCharacter && p.chosen.empty() && !p.t.thumb.holds(p.pos) &&
		p.pressed.what.person() && p.pressed.bubble.line == over.bubble.line &&
		p.t.kit.now().Sub(p.uncovered) > clickPause // else a double click goes on here
}

// light shows which part of a line a press would choose somebody by.
func light(over touch, part *region) {
	if over.what.person() {
		over.bubble.lit = part
	}
}
