// Package termsafe makes text from strangers harmless in a terminal: what a
// terminal would obey, or what would reorder or hide other text, is replaced
// by something visible. It is for showing only; nothing is changed on its way
// to or from the room.
package termsafe

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tab is what stands for a tab inside a message: its true width depends on
// where it stands, which would let it move over other text.
const tab = "    "

// Line returns text as one line: every control character, line breaks
// included, is replaced by something visible. It is for names.
func Line(text string) string { return clean(text, false) }

// Block returns text with its line breaks kept as "\n" (CR LF and U+2028 and
// U+2029 count as one too) and tabs as blanks. Everything else is treated as
// in Line.
func Block(text string) string {
	return clean(strings.ReplaceAll(text, "\r\n", "\n"), true)
}

// Indent returns text with indent after each of its line breaks, so that a
// later line cannot pass for the start of another message.
func Indent(text, indent string) string {
	return strings.ReplaceAll(text, "\n", "\n"+indent)
}

func clean(text string, breaks bool) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/4)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case breaks && (r == '\n' || r == '\u2028' || r == '\u2029'):
			b.WriteByte('\n')
		case breaks && r == '\t':
			b.WriteString(tab)
		default:
			b.WriteString(Visible(r))
		}
	}
	return b.String()
}

// plain reports whether text is printable ASCII only, the usual case.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] >= 0x7F {
			return false
		}
	}
	return true
}

// Visible returns r as it may be written to a terminal: itself unless it is a
// control character, a control of text direction, a separator of lines or
// invalid.
func Visible(r rune) string {
	switch {
	case r < 0x20:
		return string('\u2400' + r) // the control pictures
	case r == 0x7F:
		return "\u2421"
	case harmful(r):
		return fmt.Sprintf("<U+%04X>", r)
	}
	return string(r) // an invalid byte decodes to, and is written as, U+FFFD
}

// harmful reports whether a terminal may obey r, or r may reorder or hide what
// stands around it. Zero-width joiners and variation selectors are no such
// thing: emoji and several scripts need them.
func harmful(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9F: // C1: the eight-bit forms of ESC sequences
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F: // direction marks
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x206F: // embeddings, overrides, isolates, deprecated ones
		return true
	case r == 0x2028, r == 0x2029, r == 0xFEFF: // separators, the byte order mark
		return true
	case r >= 0xFFF9 && r <= 0xFFFB: // interlinear annotations
		return true
	}
	return false
}
