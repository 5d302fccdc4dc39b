// Package textflow breaks text into lines as UAX #14 says, in time linear in
// its length: a word is measured once and its width remembered, where Fyne's
// own wrapping shapes the rest of the paragraph again for every line. It knows
// no Fyne; it is for one goroutine.
package textflow

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// maxWidths bounds the remembered widths, and maxCachedWord the length in
// bytes of a word whose width is remembered; longer ones are measured piece by
// piece.
const (
	maxWidths     = 20_000
	maxCachedWord = 64
)

// tabText is what a tab is drawn as.
const tabText = "    "

// A Kind says in which font a Run is drawn.
type Kind uint8

// The kinds of a Run.
const (
	Letters Kind = iota
	Emoji        // whole emoji sequences, for the font of colour emoji
)

// A Measure returns the width of a short text without line breaks, drawn as a
// Run of that kind.
type Measure func(text string, kind Kind) float32

// A Breaker breaks text of one font and size.
type Breaker struct {
	measure Measure
	widths  map[piece]float32
}

// A piece is what a width is remembered of.
type piece struct {
	text string
	kind Kind
}

// NewBreaker returns a Breaker that measures with m.
func NewBreaker(m Measure) *Breaker {
	return &Breaker{measure: m, widths: make(map[piece]float32)}
}

// A Line is one line as it is drawn.
type Line struct {
	Runs  []Run // from left to right
	Width float32
	// Which bytes of the text are on the line. The blanks and the line break at
	// its end are not: they are between End and the Start of the next Line.
	Start, End int
}

// A Run is a part of a Line that is drawn in one go: one font, one direction.
type Run struct {
	Text       string // as it is in the text
	Kind       Kind
	RTL        bool
	Start, End int // bytes of the text
	X, Width   float32
}

// Text returns what is on the line, in the order in which it is read.
func (l Line) Text() string {
	runs := slices.SortedFunc(slices.Values(l.Runs), func(a, b Run) int { return a.Start - b.Start })
	var out strings.Builder
	for _, r := range runs {
		out.WriteString(r.Text)
	}
	return out.String()
}

// A Span is a part of a Line from left to right.
type Span struct{ X, Width float32 }

// Offset returns the byte of the text whose character begins, or ends, nearest
// to x on l: always a boundary between characters as one sees them, from
// l.Start to l.End.
func (b *Breaker) Offset(l Line, x float32) int {
	best, least := l.Start, float32(math.MaxFloat32)
	for _, r := range l.Runs {
		b.edges(r, func(offset int, at float32) {
			if d := max(at-x, x-at); d < least {
				best, least = offset, d
			}
		})
	}
	return best
}

// Spans returns where the bytes from..to of the text are on l, from left to
// right; none if they are on other lines.
func (b *Breaker) Spans(l Line, from, to int) []Span {
	var spans []Span
	for _, r := range l.Runs {
		if from >= r.End || to <= r.Start {
			continue
		}
		left, right := r.X, r.X+r.Width
		b.edges(r, func(offset int, at float32) {
			if offset <= from {
				left = at
			}
			if offset >= to {
				right = min(right, at)
			}
		})
		spans = append(spans, Span{X: left, Width: right - left})
	}
	return spans
}

// edges calls f for each boundary between characters of r, with where it is.
func (b *Breaker) edges(r Run, f func(offset int, at float32)) {
	offset, x := r.Start, r.X
	f(offset, x)
	rest, state := r.Text, -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		offset += len(cluster)
		x += b.width(cluster, r.Kind)
		f(offset, x)
	}
}

// Break returns text in lines no wider than width, except that one character
// is always placed. Blanks at the end of a line hang over and are cut off. It
// returns at least one Line. text should have gone through Clean.
func (b *Breaker) Break(text string, width float32) []Line {
	f := flow{b: b, limit: width, text: text}
	state := -1
	for text != "" {
		var segment string
		var must bool
		segment, text, must, state = uniseg.FirstLineSegmentInString(text, state)
		f.put(segment)
		if must && (text != "" || uniseg.HasTrailingLineBreakInString(segment)) {
			f.end()
		}
	}
	f.end()
	if n := len(f.lines); n > 1 && f.lines[n-1].Start == f.lines[n-1].End {
		f.lines = f.lines[:n-1]
	}
	return f.lines
}

// Width returns the width of a short text on one line.
func (b *Breaker) Width(text string) float32 {
	if len(text) > maxCachedWord {
		var sum float32
		state := -1
		for text != "" {
			var cluster string
			cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
			sum += b.width(cluster, Letters)
		}
		return sum
	}
	return b.width(text, Letters)
}

// Truncate returns text, cut at a character and with an ellipsis if it is
// wider than width.
func (b *Breaker) Truncate(text string, width float32) string {
	if len(text) <= maxCachedWord && b.width(text, Letters) <= width {
		return text
	}
	const ellipsis = "…"
	room := width - b.width(ellipsis, Letters)
	rest, state, end := text, -1, 0
	var sum float32
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		w := b.width(cluster, Letters)
		if sum+w > width || (sum+w > room && rest != "") {
			return strings.TrimRight(text[:end], " ") + ellipsis
		}
		sum += w
		end += len(cluster)
	}
	return text
}

func (b *Breaker) width(s string, kind Kind) float32 {
	key := piece{s, kind}
	if w, ok := b.widths[key]; ok {
		return w
	}
	if len(b.widths) >= maxWidths {
		clear(b.widths)
	}
	w := b.measure(s, kind)
	key.text = strings.Clone(s)
	b.widths[key] = w
	return w
}

// A flow is one text on its way into lines.
type flow struct {
	b        *Breaker
	text     string
	limit    float32
	lines    []Line
	start    int     // of the line under way
	at       int     // how far the text is placed
	solidEnd int     // where the line's last word ends
	width    float32 // of the line, blanks at its end included
	solid    float32 // of the line without them
}

// put adds one unbreakable segment, which may end with blanks or a line break.
func (f *flow) put(segment string) {
	end := f.at + len(segment)
	visible := strings.TrimRight(segment, "\r\n\v\f\u0085\u2028\u2029")
	word := strings.TrimRightFunc(visible, unicode.IsSpace)
	if word != "" {
		f.word(word)
	}
	if blanks := visible[len(word):]; blanks != "" {
		f.width += f.b.Width(blanks)
	}
	f.at = end
}

func (f *flow) word(word string) {
	w := f.b.Width(word)
	if f.at > f.start && f.width+w > f.limit {
		f.end()
	}
	if w <= f.limit {
		f.place(word, w)
		return
	}
	f.cut(word)
}

// cut places a word that is wider than a whole line, character by character.
func (f *flow) cut(word string) {
	state := -1
	for word != "" {
		var cluster string
		cluster, word, _, state = uniseg.FirstGraphemeClusterInString(word, state)
		w := f.b.width(cluster, Letters)
		if f.at > f.start && f.width+w > f.limit {
			f.end()
		}
		f.place(cluster, w)
	}
}

func (f *flow) place(text string, width float32) {
	f.at += len(text)
	f.width += width
	f.solid, f.solidEnd = f.width, f.at
}

// end ends the line under way; the next one begins with what is placed next.
func (f *flow) end() {
	l := Line{Width: f.solid, Start: f.start, End: max(f.solidEnd, f.start)}
	if l.End > l.Start {
		l.Runs = []Run{{Text: f.text[l.Start:l.End], Start: l.Start, End: l.End, Width: l.Width}}
	}
	f.lines = append(f.lines, l)
	f.start, f.width, f.solid = f.at, 0, 0
}

// Clean returns text as it may be drawn: line breaks unified, tabs widened,
// other control characters and those that change the direction of foreign
// text gone, and bytes that are no UTF-8 replaced.
func Clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out strings.Builder
	out.Grow(len(text))
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			out.WriteByte('\n')
		case r == '\t':
			out.WriteString(tabText)
		case unicode.IsControl(r) || isDirection(r):
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// isDirection reports the explicit embeddings, overrides and isolates; the
// plain marks stay, as languages need them.
func isDirection(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}
