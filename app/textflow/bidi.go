package textflow

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// maxOpenBrackets is how many brackets may be open at once: UAX #9 says so.
const maxOpenBrackets = 63

// startOfRTL is the first character that may be written from right to left.
const startOfRTL = '\u0590'

// hasRTL reports whether a text has anything written from right to left.
func hasRTL(text string) bool {
	for i, r := range text {
		if r < startOfRTL || r > '\u08FF' && r < '\u200F' || r > '\u200F' && r < '\uFB1D' || r > '\uFEFC' && r < 0x10800 {
			continue // which is nearly always so
		}
		if c := classAt(text[i:]); c == bidi.R || c == bidi.AL || c == bidi.AN {
			return true
		}
	}
	return false
}

// classAt returns the class of the first character of s. What embeds and
// isolates is as good as absent: Clean takes it out.
func classAt(s string) bidi.Class {
	p, _ := bidi.LookupString(s)
	if c := p.Class(); c < bidi.Control {
		return c
	}
	return bidi.BN
}

// A directed is one paragraph on its way to levels, as UAX #9 has it, where
// nothing is embedded or isolated: one sequence of runs. Its fields run in
// parallel over those characters that are not boundary neutral (rule X9).
type directed struct {
	text  string
	base  uint8
	at    []int        // where in text
	was   []bidi.Class // before anything is resolved
	class []bidi.Class
}

// levels returns the embedding level of each byte of a paragraph, and that of
// the paragraph itself. It takes time linear in its length.
func levels(paragraph string) (of []uint8, base uint8) {
	d := directed{text: paragraph}
	for i := 0; i < len(paragraph); {
		_, size := utf8.DecodeRuneInString(paragraph[i:])
		if c := classAt(paragraph[i:]); c != bidi.BN {
			d.at, d.was = append(d.at, i), append(d.was, c)
		}
		i += size
	}
	d.class = slices.Clone(d.was)
	d.base = baseOf(d.was)
	d.weak()
	d.numbers()
	d.rest()
	d.brackets()
	d.neutral()
	return d.level(), d.base
}

// baseOf is the level of a paragraph: its first strong character says so (P2,
// P3).
func baseOf(classes []bidi.Class) uint8 {
	for _, c := range classes {
		switch c {
		case bidi.L:
			return 0
		case bidi.R, bidi.AL:
			return 1
		}
	}
	return 0
}

// edge is the direction before the beginning and behind the end.
func (d *directed) edge() bidi.Class {
	if d.base == 1 {
		return bidi.R
	}
	return bidi.L
}

// weak resolves marks and letters: W1 to W3.
func (d *directed) weak() {
	before := d.edge()
	for i, c := range d.class {
		if c == bidi.NSM {
			d.class[i] = before
		}
		before = d.class[i]
	}
	strong := d.edge()
	for i, c := range d.class {
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.AL:
			strong, d.class[i] = c, bidi.R
		case bidi.EN:
			if strong == bidi.AL {
				d.class[i] = bidi.AN
			}
		}
	}
}

// numbers resolves what belongs to numbers: W4, W5.
func (d *directed) numbers() {
	for i := 1; i < len(d.class)-1; i++ {
		c, prev, next := d.class[i], d.class[i-1], d.class[i+1]
		if prev == next && (c == bidi.CS && (prev == bidi.EN || prev == bidi.AN) || c == bidi.ES && prev == bidi.EN) {
			d.class[i] = prev
		}
	}
	d.eachOf(func(c bidi.Class) bool { return c == bidi.ET }, func(from, to int) {
		if from > 0 && d.class[from-1] == bidi.EN || to < len(d.class) && d.class[to] == bidi.EN {
			d.fill(from, to, bidi.EN)
		}
	})
}

// rest resolves what belongs to no number, and numbers among letters from left
// to right: W6, W7.
func (d *directed) rest() {
	strong := d.edge()
	for i, c := range d.class {
		switch c {
		case bidi.ES, bidi.ET, bidi.CS:
			d.class[i] = bidi.ON
		case bidi.L, bidi.R:
			strong = c
		case bidi.EN:
			if strong == bidi.L {
				d.class[i] = bidi.L
			}
		}
	}
}

// eachOf calls f for each longest part whose classes all satisfy is.
func (d *directed) eachOf(is func(bidi.Class) bool, f func(from, to int)) {
	for i := 0; i < len(d.class); i++ {
		from := i
		for i < len(d.class) && is(d.class[i]) {
			i++
		}
		if i > from {
			f(from, i)
		}
	}
}

func (d *directed) fill(from, to int, c bidi.Class) {
	for i := from; i < to; i++ {
		d.class[i] = c
	}
}

// strength is how a class counts for what is neutral: numbers are as from
// right to left.
func strength(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return bidi.ON
}

// brackets gives both brackets of a pair the direction of what is in them, or
// around them: N0. Pairs are nested or apart, so what is within one is as it
// was while the pairs that begin before it are resolved.
func (d *directed) brackets() {
	closing := d.pairs()
	if len(closing) == 0 {
		return
	}
	edge := d.edge()
	own, other := make([]int, len(d.class)+1), make([]int, len(d.class)+1) // how many before are strong, in either direction
	for i, c := range d.class {
		own[i+1], other[i+1] = own[i], other[i]
		switch s := strength(c); s {
		case bidi.ON:
		case edge:
			own[i+1]++
		default:
			other[i+1]++
		}
	}
	context := edge
	for i := range d.class {
		if end, ok := closing[i]; ok {
			switch {
			case own[end] > own[i+1]:
				d.bracket(i, end, edge)
			case other[end] > other[i+1]:
				d.bracket(i, end, context)
			}
		}
		if s := strength(d.class[i]); s != bidi.ON {
			context = s
		}
	}
}

// bracket gives a pair its direction, and the marks behind them.
func (d *directed) bracket(open, end int, c bidi.Class) {
	for _, i := range []int{open, end} {
		d.class[i] = c
		for i++; i < len(d.class) && d.was[i] == bidi.NSM; i++ {
			d.class[i] = c
		}
	}
}

// pairs finds the pairs of brackets: where the one that opens stands, and its
// counterpart.
func (d *directed) pairs() map[int]int {
	type open struct {
		at      int
		closing string
	}
	var stack []open
	found := make(map[int]int)
	for i, c := range d.class {
		if c != bidi.ON {
			continue
		}
		p, size := bidi.LookupString(d.text[d.at[i]:])
		if !p.IsBracket() {
			continue
		}
		b := d.text[d.at[i] : d.at[i]+size]
		if p.IsOpeningBracket() {
			if len(stack) == maxOpenBrackets {
				return found
			}
			stack = append(stack, open{i, sameBracket(bidi.ReverseString(b))})
			continue
		}
		for n := len(stack) - 1; n >= 0; n-- {
			if stack[n].closing == sameBracket(b) {
				found[stack[n].at] = i
				stack = stack[:n]
				break
			}
		}
	}
	return found
}

// sameBracket returns the one of two characters that both stand for a bracket.
func sameBracket(b string) string { return strings.Replace(b, "\u232A", "\u3009", 1) }

// neutral resolves what has no direction of its own: N1, N2.
func (d *directed) neutral() {
	d.eachOf(func(c bidi.Class) bool { return strength(c) == bidi.ON }, func(from, to int) {
		before, behind := d.edge(), d.edge()
		if from > 0 {
			before = strength(d.class[from-1])
		}
		if to < len(d.class) {
			behind = strength(d.class[to])
		}
		if before != behind {
			before = d.edge()
		}
		d.fill(from, to, before)
	})
}

// level turns classes to levels: I1, I2.
func (d *directed) level() []uint8 {
	of := make([]uint8, len(d.text))
	next := 0
	level := d.base
	for i := range of {
		if next < len(d.at) && d.at[next] == i {
			level = d.base
			switch c := d.class[next]; {
			case d.base == 0 && c == bidi.R, d.base == 1 && c != bidi.R:
				level++
			case d.base == 0 && c != bidi.L:
				level += 2
			}
			next++
		}
		of[i] = level
	}
	return of
}

// reorder puts runs of those levels, which are in the order in which they are
// read, into the order in which they are seen from left to right: L2.
func reorder[T any](runs []T, level func(T) uint8) {
	highest := uint8(0)
	for _, r := range runs {
		highest = max(highest, level(r))
	}
	for l := highest; l > 0; l-- {
		for i := 0; i < len(runs); i++ {
			from := i
			for i < len(runs) && level(runs[i]) >= l {
				i++
			}
			slices.Reverse(runs[from:i])
		}
	}
}
