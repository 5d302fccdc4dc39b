package textflow

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Sendable returns text as it may be sent: line breaks unified, control
// characters but tabs gone, and bytes that are no UTF-8 replaced.
func Sendable(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(lineBreaks, r):
			return '\n'
		case r == '\t':
			return r
		case unicode.IsControl(r) || r == '\uFEFF':
			return -1
		}
		return r
	}, text)
}

// The places to cut a text at, from the worst to the best.
const (
	betweenCharacters = iota
	betweenWords
	betweenSentences
	betweenLines
	betweenParagraphs
	cutKinds
)

// Split cuts text into parts of at most so many runes and so many bytes, both
// at least utf8.UTFMax, and as few as that allows without cutting where it
// hurts: each part ends with a paragraph, or else a line, a sentence or a word,
// as long as it is at least half full that way. The parts together are the
// text. A part ends within a character as one sees it only if that alone is
// over the limit.
func Split(text string, runes, size int) []string {
	var parts []string
	for text != "" {
		n := cut(text, runes, size)
		parts = append(parts, text[:n])
		text = text[n:]
	}
	return parts
}

// cut returns how many bytes of text the next part has.
func cut(text string, runes, size int) int {
	var places [cutKinds]int // the last one of each kind
	var at, counted int
	newline := false
	for rest, state := text, -1; rest != ""; {
		cluster, after, bounds, next := uniseg.StepString(rest, state)
		counted += utf8.RuneCountInString(cluster)
		if counted > runes || at+len(cluster) > size {
			break
		}
		at += len(cluster)
		rest, state = after, next
		places[betweenCharacters] = at
		if bounds&uniseg.MaskLine != uniseg.LineDontBreak {
			places[betweenWords] = at
		}
		if bounds&uniseg.MaskSentence != 0 {
			places[betweenSentences] = at
		}
		if strings.HasSuffix(cluster, "\n") {
			places[betweenLines] = at
			if newline {
				places[betweenParagraphs] = at
			}
		}
		newline = strings.HasSuffix(cluster, "\n")
	}
	switch at {
	case len(text):
		return at
	case 0:
		return within(text, runes, size)
	}
	for kind := betweenParagraphs; ; kind-- {
		if kind == betweenCharacters || 2*places[kind] >= at {
			return places[kind]
		}
	}
}

// within returns how many bytes of text are in the limits.
func within(text string, runes, size int) int {
	for i, r := range text {
		if runes == 0 || i+utf8.RuneLen(r) > size {
			return i
		}
		runes--
	}
	return len(text)
}
