package textflow

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/bidi"
)

// seen returns the runs of a line as they stand from left to right, those from
// right to left in angle brackets.
func seen(l Line) string {
	var out []string
	for _, r := range l.Runs {
		switch {
		case r.RTL:
			out = append(out, "<"+r.Text+">")
		default:
			out = append(out, r.Text)
		}
	}
	return strings.Join(out, "|")
}

func TestDirections(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		rtl        bool
	}{
		"left to right":           {"abc (def) 42", "abc (def) 42", false},
		"a word":                  {"שלום", "<שלום>", true},
		"brackets":                {"שלום (עולם) 42!", "<!>|42|< >|<)>|<עולם>|<(>|< >|<שלום>", true},
		"a number":                {"مرحبا 123 بالعالم", "<بالعالم>|< >|123|< >|<مرحبا>", true},
		"within english":          {"abc שלום עולם def", "abc |<עולם>|< >|<שלום>| def", false},
		"english within":          {"שלום abc def עולם", "<עולם>|< >|abc def|< >|<שלום>", true},
		"number behind":           {"abc שלום 123 def", "abc |123|< >|<שלום>| def", false},
		"blanks at the end":       {"שלום  ", "<שלום>", true},
		"bracket across":          {"abc (שלום) def", "abc (|<שלום>|) def", false},
		"bracket of its context":  {"שלום (abc) עולם", "<עולם>|< >|<)>|abc|<(>|< >|<שלום>", true},
		"arabic digits":           {"٣ - ٤", "٤|< >|<->|< >|٣", false},
		"thousands":               {"ב 1,234.5 א", "<א>|< >|1,234.5|< >|<ב>", true},
		"percent":                 {"ב 5% א", "<א>|< >|5%|< >|<ב>", true},
		"emoji":                   {"שלום 👍🏿👍", "<👍>|<👍🏿>|< >|<שלום>", true},
		"emoji in english":        {"good 👍🏿👍 too", "good |👍🏿|👍| too", false},
		"two scripts":             {"שלוםمرحبا", "<مرحبا>|<שלום>", true},
		"letters meet":            {"abcשלום", "abc|<שלום>", false},
		"mark says the direction": {"\u200eשלום · 12:30", "\u200e|12:30|< >|<·>|< >|<שלום>", false},
		"mark ends a name":        {"\u200eשלום\u200e · 12:30", "\u200e|<שלום>|\u200e · 12:30", false},
		"pointed":                 {"שָׁלוֹם", "<שָׁלוֹם>", true},
	} {
		t.Run(name, func(t *testing.T) {
			lines := NewBreaker(cells).Break(c.text, 10_000)
			if got := seen(lines[0]); got != c.want || len(lines) != 1 || lines[0].RTL != c.rtl {
				t.Errorf("got %q, from the right %v; want %q", got, lines[0].RTL, c.want)
			}
		})
	}
}

// TestDirectionsOfLines breaks before it orders: what is read first is on the
// first line.
func TestDirectionsOfLines(t *testing.T) {
	var got []string
	for _, l := range NewBreaker(cells).Break("אחת שתים abc\ndef ג\n\n1", 80) {
		got = append(got, seen(l))
		if want := len(got) < 3; l.RTL != want {
			t.Errorf("line %d from the right: %v", len(got), l.RTL)
		}
	}
	if want := []string{"<שתים>|< >|<אחת>", "abc", "def |<ג>", "", "1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestManyBrackets opens as many as are looked after, and one more.
func TestManyBrackets(t *testing.T) {
	for n, want := range map[int]uint8{maxOpenBrackets: 0, maxOpenBrackets + 1: 1} {
		text := "a" + strings.Repeat("(", n) + "א" + strings.Repeat(")", n) + "ב"
		if of, _ := levels(text); of[n+3] != want {
			t.Errorf("behind %d brackets the first has level %d, want %d", n, of[n+3], want)
		}
	}
}

func TestIsolate(t *testing.T) {
	for name, want := range map[string]string{
		"Ada":      "Ada joined · 12:30",
		"שלום 7":   "\u200e|7|< >|<שלום>|\u200e joined · 12:30",
		"שלום (ב)": "\u200e|<)>|<ב>|<(>|< >|<שלום>|\u200e joined · 12:30",
	} {
		l := NewBreaker(cells).OneLine(Isolate(name)+" joined · 12:30", 0)
		if got := seen(l); got != want || l.RTL {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// mixtures are letters of every class that counts, but for brackets.
var mixtures = []rune("abאבاب123٤٥ +-/.,:;!#$%\u0301\u0655\u200b\u200d\u200e\u200f\u061c–👍中")

// TestBrackets has the examples of UAX #9 for its rule N0, and some more.
func TestBrackets(t *testing.T) {
	for text, want := range map[string]string{
		// a, b: to the left; א, ב: to the right; the levels of each character.
		"אב(ב[&a]!)b":     "11111121112",
		"a(ב)b(א)":        "00100010",
		"א(b)":            "1121",
		"a(ב!":            "0010",
		"aא(ב)":           "01111",
		"aא(b)":           "01000",
		"א(aב)":           "11211",
		"א(a)b":           "11212",
		"a[ב(א]b)":        "00111000",
		"א(1)a":           "11212",
		"a⟨א⟩ב":           "00101",
		"a\u2329א\u3009ב": "00101",
		"a(א)\u0301ב":     "001001",
		"א a(b)\u0301 ב":  "112222211",
		"(א)":             "111",
		"a)א(ב":           "00111",
		"a(aא)ב":          "000101",
		"א b(c)":          "112222",
	} {
		of, _ := levels(text)
		var got strings.Builder // a digit for each character
		for i := range text {
			got.WriteByte('0' + of[i])
		}
		if got.String() != want {
			t.Errorf("%q has levels %s, want %s", text, got.String(), want)
		}
	}
}

// TestLevels compares with the library's directions of each character, which
// it does not tell the levels of.
func TestLevels(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		text := make([]rune, 1+random.IntN(14))
		for i := range text {
			text[i] = mixtures[random.IntN(len(mixtures))]
		}
		compareLevels(t, string(text))
		if t.Failed() {
			return
		}
	}
}

func compareLevels(t *testing.T, text string) {
	t.Helper()
	var p bidi.Paragraph
	if _, err := p.SetString(text); err != nil {
		t.Fatal(err)
	}
	order, err := p.Order()
	if err != nil {
		t.Fatal(err)
	}
	of, _ := levels(text)
	at := 0
	for i := range order.NumRuns() {
		run := order.Run(i)
		for _, r := range run.String() {
			got, want := of[at]%2 == 1, run.Direction() == bidi.RightToLeft
			if classAt(text[at:]) != bidi.BN && got != want {
				t.Errorf("%+q: %q at %d from right to left: %v, want %v; levels %v", text, r, at, got, want, of)
			}
			at += len(string(r))
		}
	}
}
