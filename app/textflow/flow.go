package textflow

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// lineBreaks are all characters that end a paragraph.
const lineBreaks = "\r\n\v\f\u0085\u2028\u2029"

// A flow is one text on its way into lines.
type flow struct {
	b     *Breaker
	text  string
	limit float32
	emoji bool // there may be some
	lines []Line
	lineUnderWay
	ordering
}

// A lineUnderWay is what is placed of the next line.
type lineUnderWay struct {
	start    int     // of the line
	at       int     // how far the text is placed
	solidEnd int     // where the line's last word ends
	width    float32 // of the line, blanks at its end included
	solid    float32 // of the line without them
	atoms    []atom  // in the order in which they are read
	solids   int     // how many of them are up to solidEnd
	parts    []atom  // of a word, used again and again
}

// An ordering is what is known of the directions of the paragraph under way.
type ordering struct {
	levels []uint8 // of its bytes; nil: it goes from left to right throughout
	from   int     // where it begins
	base   uint8
}

// An atom is a part of a line that is measured in one go: as much as can be
// drawn in one go, but no more than a word.
type atom struct {
	start, end int
	kind       Kind
	level      uint8
	class      bidi.Class // what it has, if it goes from right to left
	width      float32
}

func (a atom) rtl() bool { return a.level%2 == 1 }

// joins reports whether b, which comes next in the text, can be drawn together
// with a.
func (a atom) joins(b atom) bool {
	if a.kind == Emoji || b.kind == Emoji || a.level != b.level || a.end != b.start {
		return false
	}
	return !a.rtl() || a.class == b.class && b.end-a.start <= maxCachedWord && a.class != bidi.ON
}

func newFlow(b *Breaker, text string, limit float32) *flow {
	f := &flow{b: b, text: text, limit: limit, emoji: mayHaveEmoji(text)}
	f.paragraph()
	return f
}

// paragraph looks into the paragraph that begins.
func (f *flow) paragraph() {
	text := f.text[f.at:]
	if end := strings.IndexAny(text, lineBreaks); end >= 0 {
		text = text[:end]
	}
	f.ordering = ordering{from: f.at}
	if hasRTL(text) {
		f.levels, f.base = levels(text)
	}
}

// put adds one unbreakable segment, which may end with blanks or a line break.
func (f *flow) put(segment string) {
	end := f.at + len(segment)
	visible := strings.TrimRight(segment, lineBreaks)
	word := strings.TrimRightFunc(visible, unicode.IsSpace)
	if word != "" {
		f.word(word)
	}
	if blanks := visible[len(word):]; blanks != "" {
		for _, a := range f.split(blanks) {
			f.add(a)
		}
	}
	f.at = end
}

func (f *flow) word(word string) {
	parts := f.split(word)
	var w float32
	for _, a := range parts {
		w += a.width
	}
	if f.at > f.start && f.width+w > f.limit {
		f.end()
	}
	if w <= f.limit {
		for _, a := range parts {
			f.place(a)
		}
		return
	}
	f.cut(word)
}

// cut places a word that is wider than a whole line, character by character.
func (f *flow) cut(word string) {
	eachCluster(word, func(_ int, cluster string) {
		a := f.one(f.at, cluster)
		a.width = f.b.sum(cluster, a.kind)
		if f.at > f.start && f.width+a.width > f.limit {
			f.end()
		}
		f.place(a)
	})
}

// split returns the atoms of a text that is to be placed next. They are good
// until it is called again.
func (f *flow) split(text string) []atom {
	f.parts = f.parts[:0]
	if !f.emoji && f.levels == nil {
		f.parts = append(f.parts, atom{start: f.at, end: f.at + len(text), width: f.b.sum(text, Letters)})
		return f.parts
	}
	eachCluster(text, func(at int, cluster string) {
		a := f.one(f.at+at, cluster)
		if n := len(f.parts) - 1; n >= 0 && f.parts[n].joins(a) {
			f.parts[n].end = a.end
			return
		}
		f.parts = append(f.parts, a)
	})
	for i := range f.parts {
		a := &f.parts[i]
		a.width = f.b.sum(f.text[a.start:a.end], a.kind)
	}
	return f.parts
}

// one returns a cluster as an atom without width.
func (f *flow) one(at int, cluster string) atom {
	a := atom{start: at, end: at + len(cluster)}
	if f.emoji {
		a.kind = kindOf(cluster)
	}
	if i := at - f.from; i < len(f.levels) {
		a.level = f.levels[i]
	}
	if a.rtl() {
		switch a.class = classAt(cluster); a.class {
		case bidi.R, bidi.AL, bidi.WS:
		default:
			a.class = bidi.ON
		}
	}
	return a
}

// add places an atom that may hang over.
func (f *flow) add(a atom) {
	f.at = a.end
	f.width += a.width
	f.atoms = append(f.atoms, a)
}

func (f *flow) place(a atom) {
	f.add(a)
	f.solid, f.solidEnd, f.solids = f.width, f.at, len(f.atoms)
}

// end ends the line under way; the next one begins with what is placed next.
func (f *flow) end() {
	l := Line{Start: f.start, End: max(f.solidEnd, f.start), RTL: f.base == 1}
	if l.End > l.Start {
		l.Runs = f.runs()
	}
	for i := range l.Runs {
		l.Runs[i].X = l.Width
		l.Width += l.Runs[i].Width
	}
	f.lines = append(f.lines, l)
	f.start, f.width, f.solid = f.at, 0, 0
	f.atoms, f.solids = f.atoms[:0], 0
}

// runs joins the line's atoms, without the blanks at its end, to runs in the
// order in which they are seen.
func (f *flow) runs() []Run {
	whole := f.atoms[:0]
	for _, a := range f.atoms[:f.solids] {
		n := len(whole) - 1
		if n < 0 || !whole[n].joins(a) {
			whole = append(whole, a)
			continue
		}
		whole[n].end = a.end
		whole[n].width += a.width
		if a.rtl() { // joined letters are narrower
			whole[n].width = f.b.sum(f.text[whole[n].start:a.end], Letters)
		}
	}
	if f.levels != nil {
		reorder(whole, func(a atom) uint8 { return a.level })
	}
	runs := make([]Run, len(whole))
	for i, a := range whole {
		runs[i] = Run{
			Text: f.text[a.start:a.end], Kind: a.kind, RTL: a.rtl(),
			Start: a.start, End: a.end, Width: a.width,
		}
	}
	return runs
}
