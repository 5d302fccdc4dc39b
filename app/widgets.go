package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/textflow"
)

// A paragraph is a text that wraps at its width.
type paragraph struct {
	widget.BaseWidget
	font   *font
	color  color.Color
	align  fyne.TextAlign
	text   string
	box    *fyne.Container
	broken float32 // the width at which box is broken

	from, to int // the bytes of text that are marked
	ground   color.Color
}

func newParagraph(f *font, c color.Color, text string) *paragraph {
	p := &paragraph{font: f, color: c, text: text, box: container.NewWithoutLayout(), broken: -1}
	p.ExtendBaseWidget(p)
	return p
}

// set shows another text. The parent must lay out again if its height may
// change.
func (p *paragraph) set(text string) {
	if p.text == text {
		return
	}
	p.text, p.broken = text, -1
	p.flow(p.Size().Width)
}

// mark marks the bytes from..to of the text.
func (p *paragraph) mark(from, to int, ground color.Color) {
	p.from, p.to, p.ground, p.broken = from, to, ground, -1
}

// marked returns the grounds of what is marked on a line that begins at a place.
func (p *paragraph) marked(l textflow.Line, at fyne.Position) (out []fyne.CanvasObject) {
	from, to := max(p.from, l.Start), min(p.to, l.End)
	if from >= to {
		return nil
	}
	for _, s := range p.font.Spans(l, from, to) {
		r := canvas.NewRectangle(p.ground)
		r.Move(at.AddXY(s.X, 0))
		r.Resize(fyne.NewSize(s.Width, p.font.height))
		out = append(out, r)
	}
	return out
}

func (p *paragraph) heightFor(width float32) float32 {
	return float32(len(p.font.Break(p.text, width))) * p.font.height
}

func (p *paragraph) flow(width float32) {
	if width == p.broken {
		return
	}
	p.broken = width
	p.box.Objects = nil
	for i, l := range p.font.Break(p.text, width) {
		var x float32
		switch {
		case p.align == fyne.TextAlignCenter:
			x = (width - l.Width) / 2
		case l.RTL:
			x = width - l.Width
		}
		at := fyne.NewPos(x, float32(i)*p.font.height)
		p.box.Objects = append(append(p.box.Objects, p.marked(l, at)...), p.font.set(l, p.color, at)...)
	}
	canvas.Refresh(p)
}

// Resize implements fyne.CanvasObject.
func (p *paragraph) Resize(s fyne.Size) {
	p.BaseWidget.Resize(s)
	p.flow(s.Width)
}

// MinSize implements fyne.CanvasObject.
func (p *paragraph) MinSize() fyne.Size {
	return fyne.NewSize(1, p.heightFor(max(p.Size().Width, 1)))
}

// CreateRenderer implements fyne.Widget.
func (p *paragraph) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.box) }

// A label is one line that is cut with an ellipsis where it is too wide.
type label struct {
	widget.BaseWidget
	font  *font
	color color.Color
	text  string
	limit float32 // the widest it asks for; 0: no more than least
	box   *fyne.Container
}

func newLabel(f *font, c color.Color, text string, limit float32) *label {
	l := &label{font: f, color: c, text: text, limit: limit, box: container.NewWithoutLayout()}
	l.ExtendBaseWidget(l)
	return l
}

func (l *label) set(text string) {
	if l.text == text {
		return
	}
	l.text = text
	l.fit()
}

func (l *label) fit() {
	var width float32
	if w := l.Size().Width; w > 0 {
		width = w + 1
	}
	line := l.font.OneLine(l.text, width)
	l.box.Objects = l.font.set(line, l.color, fyne.NewPos(0, (l.Size().Height-l.font.height)/2))
	l.box.Refresh()
}

// Resize implements fyne.CanvasObject.
func (l *label) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	l.fit()
}

// MinSize implements fyne.CanvasObject.
func (l *label) MinSize() fyne.Size {
	return fyne.NewSize(min(l.font.Width(l.text)+1, l.limit), l.font.height)
}

// CreateRenderer implements fyne.Widget.
func (l *label) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.box) }

// newAvatar returns a disc with the first character of a name.
func (k *kit) newAvatar(id, name string, size float32) *fyne.Container {
	disc := canvas.NewCircle(avatarColor(id))
	return k.badge(disc, initial(name), size)
}

// newTile is an avatar for a room: a rounded square.
func (k *kit) newTile(id, name string, size float32) *fyne.Container {
	return k.badge(panel(avatarColor(id), cardRadius), initial(name), size)
}

func (k *kit) badge(ground fyne.CanvasObject, letter string, size float32) *fyne.Container {
	written := container.NewCenter(k.bodyBold.line(letter, color.White, 0))
	box := container.New(fixed{fyne.NewSquareSize(size)}, ground, written)
	box.Resize(fyne.NewSquareSize(size))
	return box
}

// roomy gives a field of a form the room that its round ends need.
func (k *kit) roomy(e fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(e, entryLook{k.look})
}

// wide gives a button at least a usual width.
func (k *kit) wide(b fyne.CanvasObject) fyne.CanvasObject {
	return container.New(atLeast{width: k.buttonLeast}, b)
}
