package textflow

import (
	"strings"
	"testing"
	"time"
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

// TestLinear keeps the cost of long texts from growing with their square: 16
// times the text may take 64 times as long at most, where n² would be 256.
func TestLinear(t *testing.T) {
	b := NewBreaker(cells)
	cost := func(n int) time.Duration {
		text := strings.Repeat("今天天气不错。abc ", n)
		best := time.Hour
		for range 3 {
			start := time.Now()
			b.Break(text, 500)
			best = min(best, time.Since(start))
		}
		return best
	}
	cost(1000)
	small, large := cost(1000), cost(16000)
	if large > 64*small {
		t.Errorf("16 times the text took %v instead of %v", large, small)
	}
}

func FuzzBreak(f *testing.F) {
	f.Add("hello 世界\n👩‍👩‍👧‍👦", 50)
	f.Add("a\u0301\u200d b\t", 1)
	f.Fuzz(func(t *testing.T, text string, width int) {
		clean := Clean(text)
		if !utf8.ValidString(clean) {
			t.Fatalf("Clean left bad UTF-8 in %q", clean)
		}
		lines := NewBreaker(cells).Break(clean, float32(width))
		if len(lines) == 0 {
			t.Fatal("no line")
		}
		strip := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got, want := strip(strings.Join(texts(lines), "")), strip(clean); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func BenchmarkBreak20000(b *testing.B) {
	text := strings.Repeat("今天天气不错，适合郊游。", 1700)
	br := NewBreaker(cells)
	for b.Loop() {
		br.Break(text, 500)
	}
}
