package app

import (
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/homeroomchat/homeroom/app/textflow"
)

// breakMark is the width of the mark of a selected line that has no text.
const breakMark float32 = 5

// A writing is the text of a bubble, of which only the lines in view are drawn.
type writing struct {
	font     *font
	ink      color.Color
	look     *look
	said     string // what lines are of
	lines    []textflow.Line
	links    []textflow.Link
	textAt   fyne.Position // of the first line
	centred  float32       // width in which lines are centred; 0: they are not
	across   float32       // width at whose end lines from right to left begin
	texts    map[int][]fyne.CanvasObject
	from, to int // the lines that are drawn

	chosenFrom, chosenTo int // the bytes of said that are drawn as selected
}

// set lays the text out, no wider than width.
func (w *writing) set(k *kit, f *font, ink color.Color, said string, width float32) {
	w.look, w.font, w.ink, w.said = k.look, f, ink, said
	w.lines = f.Break(said, width)
}

// height returns that of all lines.
func (w *writing) height() float32 { return float32(len(w.lines)) * w.font.height }

// lineX returns where line i begins.
func (w *writing) lineX(i int) float32 {
	switch {
	case w.centred > 0:
		return w.textAt.X + (w.centred-w.lines[i].Width)/2
	case w.lines[i].RTL:
		return w.textAt.X + w.across - w.lines[i].Width
	}
	return w.textAt.X
}

// lineY returns where line i is.
func (w *writing) lineY(i int) float32 { return w.textAt.Y + float32(i)*w.font.height }

// view chooses the lines to draw between the heights from and to.
func (w *writing) view(from, to float32) (first, end int) {
	first = int((from-w.textAt.Y)/w.font.height) - textOverrun
	end = int((to-w.textAt.Y)/w.font.height) + 1 + textOverrun
	return min(max(first, 0), len(w.lines)), min(max(end, 0), len(w.lines))
}

// offsetAt returns the boundary between characters that is nearest to a point:
// above the text its beginning, below it its end.
func (w *writing) offsetAt(at fyne.Position) int {
	if at.Y < w.textAt.Y {
		return 0
	}
	i := int((at.Y - w.textAt.Y) / w.font.height)
	if i >= len(w.lines) {
		return len(w.said)
	}
	return w.font.Offset(w.lines[i], at.X-w.lineX(i))
}

// characterAt returns a byte of the character under a point, or false if none
// is there.
func (w *writing) characterAt(at fyne.Position) (int, bool) {
	if at.Y < w.textAt.Y || at.Y >= w.textAt.Y+w.height() {
		return 0, false
	}
	i := int((at.Y - w.textAt.Y) / w.font.height)
	l, x := w.lines[min(i, len(w.lines)-1)], at.X-w.lineX(i)
	for _, r := range l.Runs {
		if x < r.X || x >= r.X+r.Width {
			continue
		}
		alone := textflow.Line{Runs: []textflow.Run{r}, Width: l.Width, Start: r.Start, End: r.End}
		offset := w.font.Offset(alone, x)
		for _, s := range w.font.Spans(alone, r.Start, offset) {
			if x >= s.X && x < s.X+s.Width {
				return offset - 1, true // within the character that ends there
			}
		}
		return min(offset, r.End-1), true
	}
	return 0, false
}

// linkAt returns the link that has the byte at offset.
func (w *writing) linkAt(offset int) (string, bool) {
	i := w.firstLink(offset)
	if i == len(w.links) || w.links[i].Start > offset {
		return "", false
	}
	return w.said[w.links[i].Start:w.links[i].End], true
}

// firstLink returns the first link that ends behind offset.
func (w *writing) firstLink(offset int) int {
	return sort.Search(len(w.links), func(i int) bool { return w.links[i].End > offset })
}

// A piece is a part of a run that is drawn in one colour.
type piece struct {
	textflow.Run
	link bool
}

// pieces returns the runs of a line, cut where links begin and end.
func (w *writing) pieces(l textflow.Line) []piece {
	var out []piece
	for _, r := range l.Runs {
		at := r.Start
		for i := w.firstLink(r.Start); i < len(w.links) && w.links[i].Start < r.End; i++ {
			from, to := max(w.links[i].Start, r.Start), min(w.links[i].End, r.End)
			if at < from {
				out = append(out, piece{w.cut(l, r, at, from), false})
			}
			out = append(out, piece{w.cut(l, r, from, to), true})
			at = to
		}
		if at < r.End {
			out = append(out, piece{w.cut(l, r, at, r.End), false})
		}
	}
	return out
}

// cut returns the part of a run that has the bytes from..to.
func (w *writing) cut(l textflow.Line, r textflow.Run, from, to int) textflow.Run {
	if from == r.Start && to == r.End {
		return r
	}
	for _, s := range w.font.Spans(l, from, to) {
		r.X, r.Width = s.X, s.Width
	}
	r.Text, r.Start, r.End = w.said[from:to], from, to
	return r
}

// draw returns the texts of line i.
func (w *writing) draw(i int) []fyne.CanvasObject {
	if w.texts[i] != nil {
		return w.texts[i]
	}
	at := fyne.NewPos(w.lineX(i), w.lineY(i))
	for rest := w.pieces(w.lines[i]); len(rest) > 0; {
		link, n := rest[0].link, 0
		var part textflow.Line
		for n < len(rest) && rest[n].link == link {
			part.Runs = append(part.Runs, rest[n].Run)
			n++
		}
		w.texts[i] = append(w.texts[i], w.drawPart(part, link, at)...)
		rest = rest[n:]
	}
	return w.texts[i]
}

// drawPart returns the texts of a part of a line that begins at a place.
func (w *writing) drawPart(part textflow.Line, link bool, at fyne.Position) []fyne.CanvasObject {
	if !link {
		return w.font.set(part, w.ink, at)
	}
	drawn := w.font.set(part, w.look.link, at)
	for _, o := range drawn {
		if t, ok := o.(*canvas.Text); ok && t.FontSource == nil {
			t.TextStyle.Underline = true
		}
	}
	return drawn
}

// marks returns the grounds of what is selected on the lines that are drawn.
func (w *writing) marks() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for i := w.from; i < w.to; i++ {
		for _, s := range w.chosenOn(i) {
			r := canvas.NewRectangle(w.look.selection)
			r.Move(fyne.NewPos(w.lineX(i)+s.X, w.lineY(i)))
			r.Resize(fyne.NewSize(s.Width, w.font.height))
			out = append(out, r)
		}
	}
	return out
}

// chosenOn returns what of line i is selected, from left to right.
func (w *writing) chosenOn(i int) []textflow.Span {
	l := w.lines[i]
	from, to := max(w.chosenFrom, l.Start), min(w.chosenTo, l.End)
	if l.Start == l.End && w.chosenFrom <= l.Start && w.chosenTo > l.Start {
		return []textflow.Span{{Width: breakMark}}
	}
	if from >= to {
		return nil
	}
	var out []textflow.Span
	for _, s := range w.font.Spans(l, from, to) {
		if n := len(out) - 1; n >= 0 && s.X-out[n].X-out[n].Width < 0.5 {
			out[n].Width = s.X + s.Width - out[n].X
			continue
		}
		out = append(out, s)
	}
	return out
}
