package textflow

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		runes int
		want  []string
	}{
		"nothing":           {"", 10, nil},
		"fits":              {"0123456789", 10, []string{"0123456789"}},
		"paragraphs":        {"One. Two.\n\nThree.\nFour five six.", 21, []string{"One. Two.\n\n", "Three.\nFour five six."}},
		"lines":             {"first line\nsecond one\nthird", 24, []string{"first line\nsecond one\n", "third"}},
		"sentences":         {"It rains here. We stay in. Later we go.", 30, []string{"It rains here. We stay in. ", "Later we go."}},
		"Chinese sentences": {"今天下雨。我们留在家里看书。", 10, []string{"今天下雨。", "我们留在家里看书。"}},
		"words":             {"one two three four five", 10, []string{"one two ", "three ", "four five"}},
		"no 。 ahead":        {"一二三四五六七八九十。甲", 10, []string{"一二三四五六七八九", "十。甲"}},
		"one long word":     {"aaaaaaaaaaaaaaaaaaaaaaaa", 10, []string{"aaaaaaaaaa", "aaaaaaaaaa", "aaaa"}},
		"too early":         {"a b aaaaaaaaaaaaaaaaa", 10, []string{"a b aaaaaa", "aaaaaaaaaa", "a"}},
		"a family":          {"abcdef👩‍👩‍👧‍👦", 10, []string{"abcdef", "👩‍👩‍👧‍👦"}},
		"flags":             {"🇩🇪🇫🇷🇨🇳", 5, []string{"🇩🇪🇫🇷", "🇨🇳"}},
		"marks":             {"abcde\u0301", 5, []string{"abcd", "e\u0301"}},
		"all marks":         {"e" + strings.Repeat("\u0301", 9), 5, []string{"e" + strings.Repeat("\u0301", 4), strings.Repeat("\u0301", 5)}},
	} {
		if got := Split(c.text, c.runes, 1_000); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := Split("ééé", 100, 5); !slices.Equal(got, []string{"éé", "é"}) {
		t.Errorf("by bytes: %q", got)
	}
}

func TestSendable(t *testing.T) {
	for text, want := range map[string]string{
		"a\r\nb\rc\nd\u2028e\u2029f\u0085g":       "a\nb\nc\nd\ne\nf\ng",
		"\ttab\t":                                 "\ttab\t",
		"nul\x00 bell\a esc\x1b[1m del\x7f\u0090": "nul bell esc[1m del",
		"\uFEFFmark at the start":                 "mark at the start",
		"bad \xff\xfe byte":                       "bad \uFFFD byte",
		"half \xed\xa0\xbd of a pair":             "half \uFFFD of a pair",
		"e\u0301 👩‍👩‍👧‍👦 \u200f مرحبا 你好":         "e\u0301 👩‍👩‍👧‍👦 \u200f مرحبا 你好",
	} {
		if got := Sendable(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"", "one two three\n\nfour", "今天下雨。我们留在家里看书。", "🇩🇪🇫🇷🇨🇳👩‍👩‍👧‍👦", "e\u0301\u0302\r\n\r\n", "क्षि क्षि",
		"\xff\xed\xa0\x80", "\u0600\u0600 1\u200d2", "a\u2028b\x00c",
	} {
		f.Add(seed, uint8(4), uint8(9))
	}
	f.Fuzz(func(t *testing.T, text string, runes, size uint8) {
		most, bytes := max(int(runes), utf8.UTFMax), max(int(size), utf8.UTFMax)
		text = Sendable(text)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\x00") || Sendable(text) != text {
			t.Fatalf("not fit to be sent: %q", text)
		}
		ends := map[int]bool{} // of the characters
		large := map[int]bool{}
		at := 0
		for g := uniseg.NewGraphemes(text); g.Next(); {
			for i := range g.Str() {
				large[at+i] = len(g.Runes()) > most || len(g.Str()) > bytes
			}
			at += len(g.Str())
			ends[at] = true
		}
		at = 0
		parts := Split(text, most, bytes)
		for _, p := range parts {
			if p == "" || utf8.RuneCountInString(p) > most || len(p) > bytes || !utf8.ValidString(p) {
				t.Errorf("%q is a part, at most %d runes and %d bytes", p, most, bytes)
			}
			at += len(p)
			if !ends[at] && !large[at] {
				t.Errorf("%q ends within a character of %q", p, text)
			}
		}
		if got := strings.Join(parts, ""); got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}
