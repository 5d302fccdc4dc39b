package textflow

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// cells measures as a terminal does: 10 for a narrow character, 20 for a wide.
func cells(s string, _ Kind) float32 { return float32(uniseg.StringWidth(s) * 10) }

func texts(lines []Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Text())
	}
	return out
}

func TestBreak(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width float32
		want  string // lines joined with |
	}{
		"one line":                  {"hello", 100, "hello"},
		"empty":                     {"", 100, ""},
		"words":                     {"the quick brown fox", 100, "the quick|brown fox"},
		"blanks hang over":          {"abcde     fgh", 60, "abcde|fgh"},
		"chinese anywhere":          {"今天天气不错", 60, "今天天|气不错"},
		"no full stop at the start": {"今天天。气", 60, "今天|天。气"},
		"latin then chinese":        {"abc 中文中文", 100, "abc 中文中|文"},
		"long word":                 {"aaaaaaaaaaaa bb", 50, "aaaaa|aaaaa|aa bb"},
		"newlines":                  {"a\n\nb", 100, "a||b"},
		"one at the end":            {"a\n", 100, "a"},
		"two at the end":            {"a\n\n", 100, "a|"},
		"family stays whole":        {"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 20, "👩‍👩‍👧‍👦|👩‍👩‍👧‍👦"},
		"narrower than one":         {"ab", 1, "a|b"},
		"skin is no line break":     {"👍🏿👍🏿 a", 100, "👍🏿👍🏿 a"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(texts(NewBreaker(cells).Break(c.text, c.width)), "|")
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTruncate(t *testing.T) {
	b := NewBreaker(cells)
	for text, want := range map[string]string{
		"short":                  "short",
		"longer than that":       "longer th…",
		"exactly 10":             "exactly 10",
		strings.Repeat("汉", 300): "汉汉汉汉…",
	} {
		if got := b.Truncate(text, 100); got != want {
			t.Errorf("%.20q: got %q, want %q", text, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	got := Clean("a\r\nb\tc\x00\x1b[31m\u202Eevil\u2066\u2028d\xff")
	if want := "a\nb    c[31mevil\nd\uFFFD"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestKinds tells emoji from letters, whole characters as one sees them.
func TestKinds(t *testing.T) {
	for text, want := range map[string]string{
		"a😀b":      "a|E😀|b",
		"🇩🇪🇨🇳":     "E🇩🇪|E🇨🇳",
		"🏴󠁧󠁢󠁥󠁮󠁧󠁿!": "E🏴󠁧󠁢󠁥󠁮󠁧󠁿|!",
		"👩‍👩‍👧‍👦👩🏽‍💻":       "E👩‍👩‍👧‍👦|E👩🏽‍💻",
		"👍🏿 ❤️ ❤ ☎ ☎️":      "E👍🏿| |E❤️| ❤ ☎ |E☎️",
		"1️⃣2⃣ 3 #️ ©":      "E1️⃣|E2⃣| 3 #️ ©",
		"😀\uFE0E ❤\uFE0E":   "😀\uFE0E ❤\uFE0E",
		"☝🏽❤‍🔥🫠":            "E☝🏽|E❤‍🔥|E🫠",
		"क्\u200dष e\u0301": "क्\u200dष e\u0301",
		"今天👍。好":             "今天|E👍|。好",
		"\U0001FAE9":        "\U0001FAE9",
	} {
		var got []string
		for _, r := range NewBreaker(cells).Break(text, 10_000)[0].Runs {
			kind := ""
			if r.Kind == Emoji {
				kind = "E"
			}
			got = append(got, kind+r.Text)
		}
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("%q: got %q, want %q", text, joined, want)
		}
	}
}

// slanted measures so that a width is not the sum of its parts, as letters
// that join are narrower.
func slanted(s string, k Kind) float32 {
	w := cells(s, k)
	if k == Emoji {
		return 3 + w
	}
	return w * (0.5 + 0.5/float32(max(utf8.RuneCountInString(s), 1)))
}

func TestPlaces(t *testing.T) {
	b := NewBreaker(cells)
	l := b.Break("ab אבג 👍c", 1_000)[0] // seen: ab גבא 👍c
	if got := seen(l); got != "ab |<אבג>| |👍|c" {
		t.Fatalf("seen: %q", got)
	}
	for x, want := range map[float32]int{
		-5: 0, 4: 0, 6: 1, 29: 3, 31: 9, 34: 9, 36: 7, 44: 7, 46: 5, 56: 3, 59: 3, 61: 9, 66: 10, 74: 10, 84: 14, 94: 14, 96: 15, 1_000: 15,
	} {
		if got := b.Offset(l, x); got != want {
			t.Errorf("at %v: byte %d, want %d", x, got, want)
		}
	}
	for part, want := range map[[2]int][]Span{
		{0, 15}:  {{0, 100}},
		{0, 2}:   {{0, 20}},
		{1, 5}:   {{10, 20}, {50, 10}},
		{5, 10}:  {{30, 20}, {60, 10}},
		{5, 7}:   {{40, 10}},
		{11, 12}: {{70, 20}},
		{4, 4}:   nil,
		{15, 90}: nil,
		{14, 90}: {{90, 10}},
	} {
		if got := b.Spans(l, part[0], part[1]); !slices.Equal(got, want) {
			t.Errorf("bytes %v: %v, want %v", part, got, want)
		}
	}
}

// TestJoinedLetters measures letters that are narrow where they join: each by
// itself is 10 wide, and one more in a word 4.
func TestJoinedLetters(t *testing.T) {
	b := NewBreaker(func(s string, _ Kind) float32 { return 6 + 4*float32(utf8.RuneCountInString(s)) })
	l := b.Break("אבג", 100)[0]
	for i, want := range []Span{{8, 10}, {4, 4}, {0, 4}} {
		if got := b.Spans(l, 2*i, 2*i+2); !slices.Equal(got, []Span{want}) {
			t.Errorf("letter %d is at %v, want %v", i, got, want)
		}
	}
	lines := b.Break("אבגדה", 20)
	for i, want := range []float32{14, 14, 10} {
		if got := lines[i]; got.Width != want || len(got.Runs) != 1 || got.Runs[0].Width != want {
			t.Errorf("line %d is %+v, want it %v wide", i, got, want)
		}
	}
	for _, r := range b.Break(strings.Repeat("א", 300), 10_000)[0].Runs {
		if len(r.Text) > maxCachedWord {
			t.Errorf("%d bytes are measured in one go", len(r.Text))
		}
	}
}

func TestOneLine(t *testing.T) {
	b := NewBreaker(cells)
	for text, want := range map[string]string{
		"two\nlines":    "two lines",
		"👍👍👍👍👍":         "👍|👍|👍|👍|👍",
		"👍👍👍👍👍👍":        "👍|👍|👍|👍|…",
		"אבגדהוזחטיכ":   "<…>|<אבגדהוזחט>",
		"张飞👩‍👩‍👧‍👦 abc": "张飞|👩‍👩‍👧‍👦| abc",
	} {
		l := b.OneLine(text, 100)
		if got := seen(l); got != want || l.Width > 100 {
			t.Errorf("%q: got %q, %v wide, want %q", text, got, l.Width, want)
		}
	}
	if w := b.Width("a 👍 שלום "); w != 100 {
		t.Errorf("width %v", w)
	}
}

func FuzzBreak(f *testing.F) {
	f.Add("hello 世界\n👩‍👩‍👧‍👦", 50)
	f.Add("a\u0301\u200d b\t", 1)
	f.Add("שלום (עולם) 42! abc\nabc مرحبا 👍🏿👍🏿", 70)
	f.Add("\u0600世\u0600 🇩🇪🇨🇳🇩", 10)
	f.Fuzz(func(t *testing.T, text string, width int) {
		clean := Clean(text)
		if !utf8.ValidString(clean) {
			t.Fatalf("Clean left bad UTF-8 in %q", clean)
		}
		b := NewBreaker(slanted)
		lines := b.Break(clean, float32(width))
		if len(lines) == 0 {
			t.Fatal("no line")
		}
		strip := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got, want := strip(strings.Join(texts(lines), "")), strip(clean); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		bounds := boundaries(clean)
		last := 0
		for _, l := range lines {
			if l.Start < last || !bounds[l.Start] || !bounds[l.End] {
				t.Fatalf("line %d..%d after %d of %q", l.Start, l.End, last, clean)
			}
			last = l.End
			checkRuns(t, clean, l, bounds)
			if l.End-l.Start < 300 { // it takes the square of that
				checkPlaces(t, b, l)
			}
		}
	})
}

// boundaries returns where characters as one sees them begin and end, and where
// they would without the blanks that some have.
func boundaries(text string) map[int]bool {
	bounds := map[int]bool{0: true}
	eachCluster(text, func(at int, cluster string) {
		bounds[at+len(cluster)] = true
		bounds[at+len(strings.TrimRightFunc(cluster, unicode.IsSpace))] = true
	})
	return bounds
}

// checkRuns checks that the runs of a line have all of it once, without gaps.
func checkRuns(t *testing.T, text string, l Line, bounds map[int]bool) {
	t.Helper()
	var x float32
	for _, r := range l.Runs {
		if r.X < x-hair || r.X > x+hair || r.Text != text[r.Start:r.End] || r.Text == "" || !bounds[r.Start] || !bounds[r.End] {
			t.Fatalf("run %+v at %v of %q", r, x, text)
		}
		x += r.Width
	}
	if x < l.Width-hair || x > l.Width+hair {
		t.Fatalf("runs are %v wide, the line %v", x, l.Width)
	}
	at := l.Start
	for _, r := range slices.SortedFunc(slices.Values(l.Runs), func(a, b Run) int { return a.Start - b.Start }) {
		if r.Start != at {
			t.Fatalf("a run begins at %d, not %d, of %q", r.Start, at, text)
		}
		at = r.End
	}
	if at != l.End {
		t.Fatalf("runs end at %d, the line %q at %d", at, text, l.End)
	}
}

// checkPlaces checks that each character is where it says it is.
func checkPlaces(t *testing.T, b *Breaker, l Line) {
	t.Helper()
	var sum float32
	for _, r := range l.Runs {
		eachCluster(r.Text, func(at int, cluster string) {
			from, to := r.Start+at, r.Start+at+len(cluster)
			spans := b.Spans(l, from, to)
			if len(spans) != 1 {
				t.Fatalf("%q: spans %v of %d..%d", l.Text(), spans, from, to)
			}
			s := spans[0]
			sum += s.Width
			if s.Width < 0.1 {
				return // nothing to point at
			}
			near, far := s.X+s.Width/4, s.X+s.Width*3/4
			if r.RTL {
				near, far = far, near
			}
			if a, z := b.Offset(l, near), b.Offset(l, far); !b.level(l, a, from) || !b.level(l, z, to) {
				t.Fatalf("%q: %v is from %d to %d, want %d and %d", l.Text(), s, a, z, from, to)
			}
		})
	}
	if sum < l.Width-1 || sum > l.Width+1 {
		t.Fatalf("%q: characters are %v wide, the line %v", l.Text(), sum, l.Width)
	}
	if all := b.Spans(l, l.Start, l.End); l.Width > 0 && (len(all) != 1 || all[0].Width < l.Width-1 || all[0].Width > l.Width+1) {
		t.Fatalf("%q: %v is all of %v", l.Text(), all, l.Width)
	}
}

// level reports whether two bytes are at one place, as those around characters
// without width are.
func (b *Breaker) level(l Line, one, other int) bool {
	if one > other {
		one, other = other, one
	}
	var width float32
	for _, s := range b.Spans(l, one, other) {
		width += s.Width
	}
	return width < 0.1
}

func BenchmarkBreak20000(b *testing.B) {
	text := strings.Repeat("今天天气不错，适合郊游。", 1700)
	br := NewBreaker(cells)
	for b.Loop() {
		br.Break(text, 500)
	}
}
