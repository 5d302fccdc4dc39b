package textflow

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// linked returns what is a link in text.
func linked(text string) []string {
	var out []string
	for _, l := range Links(text) {
		out = append(out, text[l.Start:l.End])
	}
	return out
}

func TestLinks(t *testing.T) {
	for text, want := range map[string]string{ // links joined with a blank
		"http://example.com":                              "http://example.com",
		"HTTPS://Example.com/A":                           "HTTPS://Example.com/A",
		"see https://a.b/c?d=e&f=g#h.":                    "https://a.b/c?d=e&f=g#h",
		"(http://a.b/c)":                                  "http://a.b/c",
		"(http://a.b/c_(d))":                              "http://a.b/c_(d)",
		"http://a.b/c_(d)_(e)":                            "http://a.b/c_(d)_(e)",
		"[here](http://a.b/c)":                            "http://a.b/c",
		"<http://a.b>":                                    "http://a.b",
		`"http://a.b/c"`:                                  "http://a.b/c",
		"http://a.b/c, http://d.e/f; really?":             "http://a.b/c http://d.e/f",
		"http://a.b/c?!":                                  "http://a.b/c",
		"http://a.b/c...":                                 "http://a.b/c",
		"http://a.b/(((":                                  "http://a.b/",
		"http://a.b.":                                     "http://a.b",
		"http://a.b:8000/ws":                              "http://a.b:8000/ws",
		"http://a.b:":                                     "http://a.b",
		"http://a.b:70000/":                               "http://a.b",
		"http://192.168.1.20:8000":                        "http://192.168.1.20:8000",
		"http://[::1]:8000/x":                             "http://[::1]:8000/x",
		"http://[::1":                                     "",
		"http://[fe80::1%eth0]/":                          "",
		"http://[gg::1]/":                                 "",
		"http://localhost/":                               "http://localhost/",
		"看http://example.com/a这个":                         "http://example.com/a",
		"看http://example.com这个":                           "http://example.com",
		"网址：https://example.com/a。谢谢":                     "https://example.com/a",
		"（https://example.com/a）":                         "https://example.com/a",
		"「www.example.com/a」、www.example.org":             "www.example.com/a www.example.org",
		"http://example.com에서":                            "http://example.com",
		"http://example.com，http://example.org":           "http://example.com http://example.org",
		"http://пример.рф/путь ok":                        "http://пример.рф/путь",
		"https://de.wikipedia.org/wiki/Köln":              "https://de.wikipedia.org/wiki/Köln",
		"http://a.b/🎉":                                    "http://a.b/",
		"http://a.b/c…":                                   "http://a.b/c",
		"“http://a.b/c”":                                  "http://a.b/c",
		"www.example.com":                                 "www.example.com",
		"WWW.example.com/x":                               "WWW.example.com/x",
		"www.example":                                     "",
		"www..example.com":                                "",
		"www.":                                            "",
		"awww.example.com":                                "",
		"user@www.example.com":                            "",
		"javascript://www.example.com/%0aalert(1)":        "",
		"javascript:alert(1)":                             "",
		"file:///etc/passwd":                              "",
		"ftp://a.b/c":                                     "",
		"data:text/html,x":                                "",
		"vbscript:x smb://a/b \\\\host\\share":            "",
		"xhttp://a.b":                                     "",
		"http:/a.b http:a.b http:// http:///a http://.a/": "",
		"http://a..b":                                     "http://a",
		"http://http://a.b":                               "http://http",
		"http://a.b\\@c.d/":                               "http://a.b",
		"http://bank.com@evil.org/x":                      "http://bank.com@evil.org/x",
		"http://a@b@evil.org":                             "http://a@b@evil.org",
		"mailto:liu@example.com":                          "mailto:liu@example.com",
		"mailto:liu@example.com?attach=/etc/passwd":       "mailto:liu@example.com",
		"mailto:liu":                                      "",
		"mailto:@example.com":                             "",
		"liu@example.com":                                 "",
		"http://a.b/" + strings.Repeat("x", MaxLink):      "",
		"http://" + strings.Repeat("a", 64) + ".com":      "",
		"http://" + strings.Repeat("a.", 200) + "com":     "",
		"http://a.b/\u202ec":                              "http://a.b/",
		"http://a.b/\u200bc":                              "http://a.b/",
		"http://a.b/\xff":                                 "http://a.b/",
		"a\nhttp://a.b/c\nd":                              "http://a.b/c",
	} {
		if got := strings.Join(linked(text), " "); got != want {
			t.Errorf("%.60q: got %q, want %q", text, got, want)
		}
	}
}

func TestTarget(t *testing.T) {
	for link, want := range map[string]string{
		"http://example.com":                 "http://example.com",
		"HTTPS://Example.COM:443/A?b#C":      "https://example.com:443/A?b#C",
		"www.example.com/x":                  "http://www.example.com/x",
		"WWW.Example.com":                    "http://www.example.com",
		"http://bank.com@evil.org/x":         "http://evil.org/x",
		"http://bank.com:80@evil.org":        "http://evil.org",
		"http://a@b@evil.org/":               "http://evil.org/",
		"http://user:pass@[::1]:8000/":       "http://[::1]:8000/",
		"http://аррӏе.com/":                  "http://xn--80ak6aa92e.com/",
		"http://bücher.example/ü":            "http://xn--bcher-kva.example/%C3%BC",
		"http://ПРИМЕР.рф":                   "http://xn--e1afmkfd.xn--p1ai",
		"http://a.b/%7Ex%zz%":                "http://a.b/%7Ex%25zz%25",
		"http://a.b/x?q='1'&r=$(id)":         "http://a.b/x?q='1'&r=$(id)",
		"mailto:Liu@Example.com":             "mailto:Liu@example.com",
		"http://[2001:DB8::1]/":              "http://[2001:db8::1]/",
		"javascript:alert(1)":                "",
		"file:///etc/passwd":                 "",
		"http://a.b c":                       "",
		"":                                   "",
		"http://a.b/c.":                      "",
		"http://\u212aelvin.example":         "http://kelvin.example",
		"http://例子.example":                  "",
		"mailto:liu@example.com?attach=/etc": "",
	} {
		u, ok := Target(link)
		if ok != (want != "") || ok && u.String() != want {
			t.Errorf("%q: got %v, %v, want %q", link, u, ok, want)
		}
	}
}

// TestPunycode has samples of RFC 3492, section 7.1.
func TestPunycode(t *testing.T) {
	for label, want := range map[string]string{
		"他们为什么不说中文":                    "ihqwcrb4cv8a8dqg056pqjye",
		"почемужеонинеговорятпорусски": "b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"3年b組金八先生":                     "3b-ww4c5e180e575a65lsy2b",
		"bücher":                       "bcher-kva",
		"ليهمابتكلموشعربي؟":            "egbpdaj6bu4bxfgehfvwxn",
	} {
		if got := punycode(label); got != want {
			t.Errorf("%s: got %s, want %s", label, got, want)
		}
	}
}

func TestWord(t *testing.T) {
	for _, c := range []struct {
		text, at, want string // the character at the first of at
	}{
		{"the quick fox", "uick", "quick"},
		{"the quick fox", " quick", " "},
		{"don't stop", "n't", "don't"},
		{"foo.bar_baz qux", "_baz", "foo.bar_baz"},
		{"今天天气不错，适合郊游。", "天气", "今天天气不错"},
		{"今天天气不错，适合郊游。", "合", "适合郊游"},
		{"今天 weather 不错", "ther", "weather"},
		{"さくらの花が咲く", "花", "花"},
		{"a\nb c\nd", "c", "c"},
		{"a\nb c\nd", "b", "b"},
		{"สวัสดีครับ ok", "ดี", "สวัสดีครับ"},
		{"안녕하세요 여러분", "하", "안녕하세요"},
		{"one👩‍👩‍👧‍👦two", "two", "two"},
	} {
		start, end := Word(c.text, strings.Index(c.text, c.at))
		if got := c.text[start:end]; got != c.want {
			t.Errorf("%q at %q: got %q, want %q", c.text, c.at, got, c.want)
		}
	}
	if start, end := Word("ab", 2); start != 0 || end != 2 {
		t.Errorf("at the end: %d to %d", start, end)
	}
	if start, end := Word("", 0); start != 0 || end != 0 {
		t.Errorf("of nothing: %d to %d", start, end)
	}
}

// hostile are texts that would make careless code take the square of their
// length.
func hostile(n int) []string {
	var out []string
	for _, s := range []string{
		"http://", "http://a", "http://a@", "www.", "www.a", "www.a.", "mailto:", "mailto:a", "mailto:a@", "http://a.b/http://a.b/",
		"http://a.b/(", "http://a.b/)", "http://[", "http://[::1]", "http://é", "http://a.b/?", "h", "https://x.y ", "@", "http://a,b,",
	} {
		out = append(out, strings.Repeat(s, n/len(s)), "http://"+strings.Repeat(s, n/len(s)), "http://a.b/"+strings.Repeat(s, n/len(s)))
	}
	return out
}

func FuzzLinks(f *testing.F) {
	for _, s := range append(hostile(64), "看http://bank.com:1@evil.org/中(x)", "mailto:a@b.c", "http://аррӏе.com/%z", "http://[::1]:80/[(") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, l := range Links(text) {
			if l.Start < last || l.End <= l.Start || l.End-l.Start > MaxLink {
				t.Fatalf("%+v after %d in %q", l, last, text)
			}
			last = l.End
			link := text[l.Start:l.End]
			u, ok := Target(link)
			if !ok {
				t.Fatalf("%q in %q leads nowhere", link, text)
			}
			if !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) || u.User != nil || !isASCII(u.String()) {
				t.Fatalf("%q leads to %s", link, u)
			}
			if u.Scheme != "mailto" && u.Hostname() == "" {
				t.Fatalf("%q leads to no host: %s", link, u)
			}
			again, err := url.Parse(u.String())
			if err != nil || again.Host != u.Host || again.String() != u.String() {
				t.Fatalf("%q leads to %s, or to %v: %v", link, u, again, err)
			}
			if strings.ContainsFunc(u.String(), func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"<>`\\^{|}", r) }) {
				t.Fatalf("%q leads to %q", link, u)
			}
		}
	})
}

func FuzzWord(f *testing.F) {
	f.Add("今天 it's\nok", 3)
	f.Fuzz(func(t *testing.T, text string, offset int) {
		text = Clean(text)
		start, end := Word(text, offset)
		if start < 0 || end < start || end > len(text) {
			t.Fatalf("%d to %d of %d", start, end, len(text))
		}
		if in := min(max(offset, 0), len(text)); in < start || in > end {
			t.Fatalf("%d to %d is not at %d", start, end, in)
		}
		if strings.Contains(text[start:end], "\n") {
			t.Fatalf("%q has two lines", text[start:end])
		}
	})
}

func BenchmarkLinks(b *testing.B) {
	for name, text := range map[string]string{
		"5000":    strings.Repeat("http://a.b/c ", 5_000),
		"chinese": strings.Repeat("今天天气不错，适合郊游。", 1_820),
		"none":    strings.Repeat("which way h ", 5_461),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Links(text)
			}
		})
	}
}

func BenchmarkWord64KiB(b *testing.B) {
	text := strings.Repeat("今", 21_845)
	for b.Loop() {
		Word(text, len(text)-3)
	}
}
