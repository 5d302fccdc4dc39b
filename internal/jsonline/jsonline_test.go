package jsonline_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/homeroomchat/homeroom/internal/jsonline"
)

func line(t *testing.T, v any) string {
	t.Helper()
	var out strings.Builder
	if err := jsonline.Write(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWrite(t *testing.T) {
	for in, want := range map[string]string{
		"大家好 <b> & \"":                    `大家好 <b> & \"`,
		"\x1b[2J\x00\n":                   `\u001b[2J\u0000\n`,
		"\x7f\u0080\u009b31m\u009f\u00a0": `\u007f\u0080\u009b31m\u009f` + "\u00a0",
		"\u2028\u2029":                    `\u2028\u2029`,
		"\u061c\u200e\u200f\u202a\u202e\u2066\u2069\ufeff":             `\u061c\u200e\u200f\u202a\u202e\u2066\u2069\ufeff`,
		"\u00ad\u034f\u115f\u180e\u200b\u2060\u206f\u3164\uffa0\ufffb": `\u00ad\u034f\u115f\u180e\u200b\u2060\u206f\u3164\uffa0\ufffb`,
		"\U000e0041\U0001d173":    `\udb40\udc41\ud834\udd73`,
		"👩\u200d👩 ❤\ufe0f \u0600": "👩\u200d👩 ❤\ufe0f \u0600",
		"a\xffb":                  `a\ufffdb`,
	} {
		if got := line(t, in); got != `"`+want+`"`+"\n" {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// FuzzSameValue: it is the value that it was, and nothing of it acts on a terminal.
func FuzzSameValue(f *testing.F) {
	f.Add("\u009b\U000e0041\u202e\\u202e")
	f.Fuzz(func(t *testing.T, in string) {
		out := line(t, map[string]string{in: in})
		var got map[string]string
		valid := strings.ToValidUTF8(in, "\ufffd")
		if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) != 1 || strings.Count(out, "\n") != 1 {
			t.Fatalf("%q: %q, %v", in, out, err)
		}
		for key, value := range got {
			if key != value || valid == in && value != in {
				t.Errorf("%q became %q", in, value)
			}
		}
		for _, r := range strings.TrimSuffix(out, "\n") {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("%U got through: %q", r, out)
			}
		}
	})
}
