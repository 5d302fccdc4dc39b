package lineedit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
)

// A line is the text being typed, split at the cursor. Every step is by
// grapheme: what people see as one character.
type line struct {
	left, right []byte
}

func (l *line) String() string { return string(l.left) + string(l.right) }
func (l *line) len() int       { return len(l.left) + len(l.right) }
func (l *line) empty() bool    { return l.len() == 0 }

func (l *line) set(text string) { l.left, l.right = []byte(text), nil }

func (l *line) insert(r rune) { l.left = utf8.AppendRune(l.left, r) }

func (l *line) home() { l.left, l.right = nil, []byte(l.String()) }
func (l *line) end()  { l.set(l.String()) }

// moveLeft moves n bytes over the cursor.
func (l *line) moveLeft(n int) {
	cut := len(l.left) - n
	l.right = append([]byte(string(l.left[cut:])), l.right...)
	l.left = l.left[:cut]
}

func (l *line) moveRight(n int) {
	l.left = append(l.left, l.right[:n]...)
	l.right = l.right[n:]
}

// before and after return the length in bytes of the grapheme next to the
// cursor, 0 at the end of the line.
func (l *line) before() int {
	n := 0
	for rest := l.left; len(rest) > 0; {
		var cluster []byte
		cluster, rest, _, _ = uniseg.FirstGraphemeCluster(rest, -1)
		n = len(cluster)
	}
	return n
}

func (l *line) after() int {
	cluster, _, _, _ := uniseg.FirstGraphemeCluster(l.right, -1)
	return len(cluster)
}

// wordBefore and wordAfter return the length in bytes of the word next to the
// cursor together with the blanks between.
func (l *line) wordBefore() int {
	trimmed := strings.TrimRightFunc(string(l.left), unicode.IsSpace)
	return len(l.left) - (strings.LastIndexFunc(trimmed, unicode.IsSpace) + sizeAt(trimmed))
}

// sizeAt returns the length of the last blank in s, so that the word after it
// is left without it; 0 if there is none (LastIndex gave -1, hence 1 here).
func sizeAt(s string) int {
	i := strings.LastIndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return 1
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return size
}

func (l *line) wordAfter() int {
	text := string(l.right)
	blanks := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	if n := strings.IndexFunc(text[blanks:], unicode.IsSpace); n >= 0 {
		return blanks + n
	}
	return len(text)
}

// A cell is one grapheme as it is drawn.
type cell struct {
	text  string
	width int
}

// breakMark stands for a line break in the one row that is drawn.
const breakMark = "⏎"

// cells returns how text is drawn in one row.
func cells(text []byte) []cell {
	out := make([]cell, 0, len(text))
	for len(text) > 0 {
		var cluster []byte
		var width int
		cluster, text, width, _ = uniseg.FirstGraphemeCluster(text, -1)
		switch drawn := termsafe.Line(string(cluster)); {
		case string(cluster) == "\n":
			out = append(out, cell{breakMark, 1})
		case string(cluster) == "\t":
			out = append(out, cell{" ", 1})
		case drawn != string(cluster):
			out = append(out, cell{drawn, uniseg.StringWidth(drawn)})
		default:
			out = append(out, cell{drawn, width})
		}
	}
	return out
}
