package termsafe_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ascii", "plain text", "plain text"},
		{"chinese", "张飞：你好，世界", "张飞：你好，世界"},
		{"emoji with joiner", "👩‍👩‍👧 👍🏽", "👩‍👩‍👧 👍🏽"},
		{"escape sequence", "\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"},
		{"line breaks", "a\r\nb\u2028c", "a␍␊b<U+2028>c"},
		{"tab and delete", "a\tb\x7f", "a␉b␡"},
		{"eight-bit control", "\u009b31m", "<U+009B>31m"},
		{"direction override", "abc\u202edef", "abc<U+202E>def"},
		{"isolates", "\u2066x\u2069", "<U+2066>x<U+2069>"},
		{"bad encoding", "a\xffb\xc2", "a\uFFFDb\uFFFD"},
		{"nul", "\x00", "␀"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := termsafe.Line(c.in); got != c.want {
				t.Errorf("Line(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestBlockKeepsLines(t *testing.T) {
	got := termsafe.Indent(termsafe.Block("one\r\ntwo\n\tthree\rfour\u2029five"), "> ")
	if want := "one\n> two\n>     three␍four\n> five"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzHarmless(f *testing.F) {
	f.Add("\x1b[2J")
	f.Add("a\u202eb\r\nc\x9b\xc2\x9b")
	f.Fuzz(func(t *testing.T, in string) {
		check(t, termsafe.Line(in), "")
		check(t, termsafe.Block(in), "\n")
		if again := termsafe.Line(termsafe.Line(in)); again != termsafe.Line(in) {
			t.Errorf("not stable: %q", again)
		}
	})
}

func check(t *testing.T, out, allowed string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("invalid UTF-8: %q", out)
	}
	for _, r := range out {
		if strings.ContainsRune(allowed, r) {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			t.Errorf("%U got through: %q", r, out)
		}
	}
}
