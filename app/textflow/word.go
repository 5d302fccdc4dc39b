package textflow

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Word returns which bytes of text the word has that the character at offset
// is in, as UAX #29 says; where a script puts no blanks between words, all
// that is written in it there. It takes time linear in the paragraph.
func Word(text string, offset int) (start, end int) {
	offset = min(max(offset, 0), len(text))
	from := strings.LastIndexByte(text[:offset], '\n') + 1
	rest, state := text[from:], -1
	if to := strings.IndexByte(text[offset:], '\n'); to >= 0 {
		rest = text[from : offset+to]
	}
	start, end = from, from
	var last *unicode.RangeTable
	for rest != "" {
		var word string
		word, rest, state = uniseg.FirstWordInString(rest, state)
		script := unspaced(word)
		if script == nil || script != last {
			if end > offset {
				break
			}
			start = end
		}
		end += len(word)
		last = script
	}
	return start, end
}

// unspaced returns the script of a word if it is one that has no blanks
// between words and that UAX #29 takes apart into characters, else nil.
func unspaced(word string) *unicode.RangeTable {
	r, _ := utf8.DecodeRuneInString(word)
	if r < 0xe00 {
		return nil
	}
	for _, script := range []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar} {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil
}
