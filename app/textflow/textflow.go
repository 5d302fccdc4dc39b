// Package textflow breaks text into lines as UAX #14 says, in time linear in
// its length: a word is measured once and its width remembered, where Fyne's
// own wrapping shapes the rest of the paragraph again for every line. It knows
// no Fyne; it is for one goroutine.
package textflow

import (
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

// A Measure returns the width of a short text without line breaks.
type Measure func(text string) float32

// A Breaker breaks text of one font and size.
type Breaker struct {
	measure Measure
	widths  map[string]float32
}

// NewBreaker returns a Breaker that measures with m.
func NewBreaker(m Measure) *Breaker {
	return &Breaker{measure: m, widths: make(map[string]float32)}
}

// A Line is one line as it is drawn.
type Line struct {
	Text  string
	Width float32
}

// Break returns text in lines no wider than width, except that one character
// is always placed. Blanks at the end of a line hang over and are cut off. It
// returns at least one Line. text should have gone through Clean.
func (b *Breaker) Break(text string, width float32) []Line {
	f := flow{b: b, limit: width}
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
	if n := len(f.lines); n > 1 && f.lines[n-1].Text == "" && f.trailing {
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
			sum += b.width(cluster)
		}
		return sum
	}
	return b.width(text)
}

// Truncate returns text, cut at a character and with an ellipsis if it is
// wider than width.
func (b *Breaker) Truncate(text string, width float32) string {
	if len(text) <= maxCachedWord && b.width(text) <= width {
		return text
	}
	const ellipsis = "…"
	room := width - b.width(ellipsis)
	rest, state, end := text, -1, 0
	var sum float32
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		w := b.width(cluster)
		if sum+w > width || (sum+w > room && rest != "") {
			return strings.TrimRight(text[:end], " ") + ellipsis
		}
		sum += w
		end += len(cluster)
	}
	return text
}

func (b *Breaker) width(s string) float32 {
	if w, ok := b.widths[s]; ok {
		return w
	}
	if len(b.widths) >= maxWidths {
		clear(b.widths)
	}
	w := b.measure(s)
	b.widths[strings.Clone(s)] = w
	return w
}

// A flow is one text on its way into lines.
type flow struct {
	b        *Breaker
	limit    float32
	lines    []Line
	line     strings.Builder
	width    float32 // of line, blanks at its end included
	solid    float32 // of line without them
	trailing bool    // the line before this one ended with a line break
}

// put adds one unbreakable segment, which may end with blanks or a line break.
func (f *flow) put(segment string) {
	segment = strings.TrimRight(segment, "\r\n\v\f\u0085\u2028\u2029")
	word := strings.TrimRightFunc(segment, unicode.IsSpace)
	blanks := segment[len(word):]
	if word != "" {
		f.word(word)
	}
	if blanks != "" {
		f.line.WriteString(blanks)
		f.width += f.b.Width(blanks)
	}
}

func (f *flow) word(word string) {
	w := f.b.Width(word)
	if f.line.Len() > 0 && f.width+w > f.limit {
		f.end()
	}
	if w <= f.limit {
		f.line.WriteString(word)
		f.width += w
		f.solid = f.width
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
		w := f.b.width(cluster)
		if f.line.Len() > 0 && f.width+w > f.limit {
			f.end()
		}
		f.line.WriteString(cluster)
		f.width += w
		f.solid = f.width
	}
}

func (f *flow) end() {
	text := strings.TrimRightFunc(f.line.String(), unicode.IsSpace)
	f.lines = append(f.lines, Line{Text: text, Width: f.solid})
	f.line.Reset()
	f.width, f.solid, f.trailing = 0, 0, true
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
