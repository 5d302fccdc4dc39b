// Package textflow breaks text into lines as UAX #14 says and puts each line in
// the order in which it is seen as UAX #9 says, in time linear in its length: a
// word is measured once and its width remembered, where Fyne's own wrapping
// shapes the rest of the paragraph again for every line. It knows no Fyne; it
// is for one goroutine.
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
	RTL        bool // its paragraph begins at the right: it belongs there
}

// A Run is a part of a Line that is drawn in one go: one font, one direction.
// One of Emoji is one character as one sees it. One of Letters from right to
// left is one word of one script, or blanks, or one sign: what draws it need
// not order anything within it but letters, nor mirror more than a sign.
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
	for i, r := range l.Runs {
		if i < len(l.Runs)-1 && x >= r.X+r.Width {
			continue // a boundary of two directions is two places in the text
		}
		b.edges(r, func(offset int, at float32) {
			if d := max(at-x, x-at); d < least {
				best, least = offset, d
			}
		})
		break
	}
	return best
}

// Spans returns where the bytes from..to of the text are on l, from left to
// right; none if they are on other lines. They are several where the text goes
// in both directions.
func (b *Breaker) Spans(l Line, from, to int) []Span {
	var spans []Span
	for _, r := range l.Runs {
		if from >= r.End || to <= r.Start || from >= to {
			continue
		}
		var near, far float32 // where the part begins and ends, as it is read
		ended := false
		b.edges(r, func(offset int, at float32) {
			if offset <= from || offset == r.Start {
				near = at
			}
			if !ended {
				far, ended = at, offset >= to
			}
		})
		left, right := min(near, far), max(near, far)
		if n := len(spans) - 1; n >= 0 && left-spans[n].X-spans[n].Width < hair {
			spans[n].Width = right - spans[n].X
			continue
		}
		spans = append(spans, Span{X: left, Width: right - left})
	}
	return spans
}

// hair is a gap that is none.
const hair = 0.01

// edges calls f for each boundary between characters of r, as they are read,
// with where it is. The first is at r.Start, the last at r.End.
func (b *Breaker) edges(r Run, f func(offset int, at float32)) {
	place := func(offset int, width float32) {
		if r.RTL {
			width = r.Width - width
		}
		f(offset, r.X+width)
	}
	var sum float32
	var offsets []int
	var widths []float32
	word, before := 0, float32(0) // where a word begins whose letters stand closer than alone
	eachCluster(r.Text, func(at int, cluster string) {
		w, end := b.width(cluster, r.Kind), at+len(cluster)
		switch {
		case !r.RTL && (len(cluster) > 1 || cluster == " " || r.Kind != Letters):
			word, before = end, sum+w
		case end-word <= maxCachedWord:
			w = max(before+b.width(r.Text[word:end], r.Kind)-sum, 0)
		}
		sum += w
		offsets, widths = append(offsets, r.Start+at+len(cluster)), append(widths, sum)
	})
	place(r.Start, 0)
	for i, offset := range offsets {
		if sum > 0 {
			place(offset, widths[i]/sum*r.Width)
		} else {
			place(offset, 0)
		}
	}
}

// eachCluster calls f for each character as one sees it, with where it begins.
func eachCluster(text string, f func(at int, cluster string)) {
	state, at := -1, 0
	for rest := text; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		f(at, cluster)
		at += len(cluster)
	}
}

// eachSegment calls f for each part of text behind which a line may end. It
// does not trust uniseg in two things: that would end a line within 👩🏽‍💻, and
// says that one must end behind 👍🏿.
func eachSegment(text string, f func(segment string)) {
	lines, clusters := -1, -1
	rest, ahead := text, text
	from, to, whole := 0, 0, 0
	for rest != "" {
		var part string
		part, rest, _, lines = uniseg.FirstLineSegmentInString(rest, lines)
		to += len(part)
		for whole < to {
			part, ahead, _, clusters = uniseg.FirstGraphemeClusterInString(ahead, clusters)
			whole += len(part)
		}
		if whole == to {
			f(text[from:to])
			from = to
		}
	}
}

// Break returns text in lines no wider than width, except that one character
// is always placed. Blanks at the end of a line hang over and are cut off. It
// returns at least one Line. text should have gone through Clean.
func (b *Breaker) Break(text string, width float32) []Line {
	f := newFlow(b, text, width)
	eachSegment(text, func(segment string) {
		f.put(segment)
		if uniseg.HasTrailingLineBreakInString(segment) {
			f.end()
			f.paragraph()
		}
	})
	f.end()
	if n := len(f.lines); n > 1 && f.lines[n-1].Start == f.lines[n-1].End {
		f.lines = f.lines[:n-1]
	}
	return f.lines
}

// OneLine returns text on one line, line breaks as blanks. Where it is wider
// than width, it is cut at a character and ends with an ellipsis; 0 is no
// width. The Line's bytes are those of the text as it is then.
func (b *Breaker) OneLine(text string, width float32) Line {
	text = strings.ReplaceAll(text, "\n", " ")
	if width > 0 {
		text = b.Truncate(text, width)
	}
	return b.whole(text)
}

// whole returns text on one line, however wide it is.
func (b *Breaker) whole(text string) Line {
	f := newFlow(b, text, math.MaxFloat32)
	eachSegment(text, f.put)
	f.end()
	return f.lines[0]
}

// Width returns the width of a short text on one line.
func (b *Breaker) Width(text string) float32 {
	if rich(text) {
		l := b.whole(text)
		return l.Width + b.Width(text[l.End:]) // blanks
	}
	return b.sum(text, Letters)
}

// rich reports whether a text may have more than one kind or direction.
func rich(text string) bool { return mayHaveEmoji(text) || hasRTL(text) }

// sum returns the width of a text of one kind and direction.
func (b *Breaker) sum(text string, kind Kind) float32 {
	if len(text) <= maxCachedWord {
		return b.width(text, kind)
	}
	var sum float32
	eachCluster(text, func(_ int, cluster string) { sum += b.width(cluster, kind) })
	return sum
}

// Truncate returns text, cut at a character and with an ellipsis if it is
// wider than width.
func (b *Breaker) Truncate(text string, width float32) string {
	mixed := rich(text)
	if (mixed || len(text) <= maxCachedWord) && b.Width(text) <= width {
		return text
	}
	const ellipsis = "…"
	room := width - b.width(ellipsis, Letters)
	rest, state, end := text, -1, 0
	var sum float32
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		kind := Letters
		if mixed {
			kind = kindOf(cluster)
		}
		w := b.width(cluster, kind)
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

// Isolate returns text for use within a sentence that goes from left to right:
// one that goes from right to left does not carry along what is next to it.
func Isolate(text string) string {
	const mark = "\u200E" // a letter from left to right that is not seen
	if !hasRTL(text) {
		return text
	}
	return mark + text + mark
}

// isDirection reports the explicit embeddings, overrides and isolates; the
// plain marks stay, as languages need them.
func isDirection(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}
