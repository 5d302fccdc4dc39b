package transcript

import (
	"bufio"
	"fmt"
	"strings"
	"time"
)

// indent stands before every line of a message but its first, so that none of
// them passes for another message.
const indent = "    "

// A textFace writes lines of text.
type textFace struct {
	out   *bufio.Writer
	empty string
}

func (f *textFace) begin(o Options) {
	f.empty = o.Texts.Empty
	f.line(oneLine(o.Room))
	f.line(o.Texts.Saved)
}

func (f *textFace) day(date time.Time) {
	f.line("")
	f.line("--- " + date.Format(time.DateOnly) + " ---")
}

func (f *textFace) entry(e entry) {
	mark := ""
	if e.mark != "" {
		mark = " (" + oneLine(e.mark) + ")"
	}
	text := strings.ReplaceAll(block(e.text), "\n", "\n"+indent)
	f.line(e.at.Format(time.TimeOnly) + " " + e.from + mark + ": " + text)
}

func (f *textFace) end(empty bool) {
	if empty {
		f.line("")
		f.line(f.empty)
	}
}

func (f *textFace) line(s string) { _, _ = f.out.WriteString(s + "\n") }

// block returns text with every break of a line as "\n" and every tab as it is;
// what a terminal would obey, or what would reorder or hide other text, is
// replaced by something visible.
func block(text string) string { return visible(text, true) }

// oneLine is block for what stands on one line.
func oneLine(text string) string { return visible(text, false) }

func visible(text string, breaks bool) string {
	if breaks {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		switch {
		case breaks && r == '\t':
			b.WriteRune(r)
		case breaks && endsLine(r):
			b.WriteByte('\n')
		case r < 0x20:
			b.WriteRune('\u2400' + r) // the control pictures
		case r == 0x7F:
			b.WriteRune('\u2421')
		case harmful(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r) // an invalid byte is U+FFFD
		}
	}
	return b.String()
}

// endsLine reports whether some program begins a new line at r.
func endsLine(r rune) bool {
	return r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// harmful reports whether a terminal may obey r, or r may reorder or hide what
// stands around it. Joiners and variation selectors do not: emoji and several
// scripts need them.
func harmful(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9F: // the eight-bit forms of control sequences
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x206F: // directions
		return true
	case r == 0x2028, r == 0x2029, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB: // separators, marks without width
		return true
	}
	return false
}
