package app

import (
	"slices"
	"unicode/utf8"

	"github.com/go-text/typesetting/segmenter"
	"github.com/rivo/uniseg"
)

// around returns how many runes there are from the place at in text, counted in
// runes, back to where the last character as one sees it begins, and ahead to
// where the next one ends. whole tells that the place is between the two; else
// it is within one.
func around(text string, at int) (back, ahead int, whole bool) {
	runes := []rune(text)
	at = min(max(at, 0), len(runes))
	// No character reaches across the end of a line but \r\n.
	from, to := 0, len(runes)
	for i := at - 2; i >= 0; i-- {
		if runes[i] == '\n' {
			from = i + 1
			break
		}
	}
	if i := slices.Index(runes[at:], '\n'); i >= 0 {
		to = at + i + 1
	}
	begin, end := from, to
	whole = at == from || at == to
	for _, cut := range cuts(runes[from:to]) {
		switch cut += from; {
		case cut < at:
			begin = cut
		case cut == at:
			whole = true
		default:
			return at - begin, cut - at, whole
		}
	}
	return at - begin, end - at, whole
}

// cuts returns where characters end in runes. Neither library is right alone:
// uniseg cuts क्षि, the other one the second of two 👩‍👩‍👧‍👦. So they have to
// agree.
func cuts(runes []rune) []int {
	var s segmenter.Segmenter
	s.Init(runes)
	var ends []int
	for g := s.GraphemeIterator(); g.Next(); {
		ends = append(ends, g.Grapheme().Offset+len(g.Grapheme().Text))
	}
	var agreed []int
	state, at := -1, 0
	for rest := string(runes); rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		at += utf8.RuneCountInString(cluster)
		if _, found := slices.BinarySearch(ends, at); found {
			agreed = append(agreed, at)
		}
	}
	return agreed
}
