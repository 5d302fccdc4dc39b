// Package likeness tells which names people can take for each other.
package likeness

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Of returns a string that is the same for names that can be taken for each
// other: those that differ only in blanks, case, width, in characters that cannot
// be seen, or in letters of other scripts that look the same. It is for comparing
// alone.
func Of(name string) string {
	twins := twins()
	seen := strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name))
	folded := norm.NFKC.String(cases.Fold().String(strings.Join(strings.Fields(seen), " ")))
	return strings.Map(func(r rune) rune {
		if twin, ok := twins[r]; ok {
			return twin
		}
		return r
	}, folded)
}

// Fold returns a string that is the same for names that are the same but for case
// and for the way in which their accents are encoded. It is for finding what somebody
// typed; people can take more names than those for each other.
func Fold(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))
}

// invisible reports whether r takes no room on the screen, or looks like a gap
// that is not there. Line feeds and tabs are blanks.
func invisible(r rune) bool {
	if unicode.IsSpace(r) {
		return false
	}
	if unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector) {
		return true
	}
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return false
}

// twins are letters of other scripts, and figures, that look like a small
// Latin letter or like its capital.
func twins() map[rune]rune {
	return map[rune]rune{
		// Cyrillic
		'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'н': 'h', 'і': 'l', 'ј': 'j', 'к': 'k', 'м': 'm',
		'о': 'o', 'р': 'p', 'ѕ': 's', 'т': 't', 'у': 'y', 'х': 'x', 'ԝ': 'w', 'ӏ': 'l', 'ё': 'ë', 'ї': 'ï',
		// Greek
		'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'l', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'σ': 'o', 'τ': 't',
		'υ': 'u', 'χ': 'x', 'ζ': 'z', 'μ': 'm',
		// Latin: capital I, small l and the figures 0 and 1
		'i': 'l', 'ı': 'l', '1': 'l', '|': 'l', '0': 'o',
	}
}
