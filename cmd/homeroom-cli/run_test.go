package main

import (
	"regexp"
	"strings"
	"testing"
)

func TestHelpExitsZeroOnStdout(t *testing.T) {
	for _, args := range [][]string{
		{"--help"},
		{"-h"},
		{"help"},
		{"host", "--help"},
		{"join", "--help"},
		{"find", "-h"},
		{"join", "somewhere", "--name", "x", "--help"},
		{"--lang", "zh", "host", "--help"},
	} {
		r := invoke(t, "", args...)
		if r.code != exitOK || !strings.Contains(r.out, program) || r.err != "" {
			t.Errorf("%q: code %d, out %.40q, err %q", args, r.code, r.out, r.err)
		}
	}
}

func TestVersion(t *testing.T) {
	if r := invoke(t, "", "--version"); r.code != exitOK || !strings.HasPrefix(r.out, program+" ") {
		t.Errorf("%+v", r)
	}
}

func TestUsageErrors(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"dance"},
		{"--lang", "xx", "find"},
		{"--lang="},
		{"host", "extra"},
		{"host", "--nonsense"},
		{"host", "--room", " "},
		{"host", "--room", strings.Repeat("x", 257)},
		{"host", "--room", "a\xff"},
		{"host", "--listen", "8000"},
		{"host", "--listen", "127.0.0.1:http-alt"},
		{"host", "--rate", "0"},
		{"host", "--rate", "-1"},
		{"host", "--rate", "NaN"},
		{"host", "--rate", "fast"},
		{"host", "--data", t.TempDir(), "--memory"},
		{"join"},
		{"join", "--name", "x"},
		{"join", "127.0.0.1:1"},
		{"join", "127.0.0.1:1", "--name", "  "},
		{"join", "127.0.0.1:1", "--name", strings.Repeat("x", 513)},
		{"join", "127.0.0.1:1", "extra", "--name", "x"},
		{"join", "127.0.0.1:1", "--name"},
		{"find", "--for", "soon"},
		{"find", "--for", "-1s"},
		{"find", "extra"},
	} {
		r := invoke(t, "", args...)
		if r.code != exitUsage || r.out != "" || !strings.HasPrefix(r.err, program+": ") {
			t.Errorf("%q: %+v", args, r)
		}
		if strings.Count(r.err, "\n") != 2 || strings.Contains(r.err, "%!") {
			t.Errorf("%q: not one sentence and a hint: %q", args, r.err)
		}
	}
}

func TestFlagsMayFollowArguments(t *testing.T) {
	for _, args := range [][]string{
		{"--name", "n", "--json", "target"},
		{"target", "--name", "n", "--json"},
		{"--json", "target", "--name=n"},
		{"--name=n", "--json", "--", "target"},
	} {
		f, err := parseJoin(env{say: catalogs[english]}, args)
		if err != nil || f.target != "target" || f.name != "n" || !f.json {
			t.Errorf("%q: %+v, %v", args, f, err)
		}
	}
	f, err := parseJoin(env{say: catalogs[english]}, []string{"--name", "n", "--", "--odd"})
	if err != nil || f.target != "--odd" {
		t.Errorf("after --: %+v, %v", f, err)
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		asked string
		vars  map[string]string
		want  string
	}{
		{"", nil, english},
		{"", map[string]string{"LANG": "zh_CN.UTF-8"}, chinese},
		{"", map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, english},
		{"", map[string]string{"LC_ALL": "zh_TW", "LANG": "en_US"}, chinese},
		{"", map[string]string{"LC_MESSAGES": "zh_CN@x", "LANG": "de_DE"}, chinese},
		{"", map[string]string{"LANG": "de_DE.UTF-8"}, english},
		{"zh-Hans", map[string]string{"LC_ALL": "en_US"}, chinese},
		{"en", map[string]string{"LC_ALL": "zh_CN"}, english},
	} {
		got := textsFor(c.asked, func(name string) string { return c.vars[name] })
		if got[chatBack] != catalogs[c.want][chatBack] {
			t.Errorf("%q %v: not %s", c.asked, c.vars, c.want)
		}
	}
}

// verbs are what a format takes from its arguments.
var verbs = regexp.MustCompile(`%[a-z]`)

func TestCatalogsAreAlike(t *testing.T) {
	keys := catalogKeys(t)
	for tag, texts := range catalogs {
		for _, key := range keys {
			if strings.TrimSpace(texts[key]) == "" {
				t.Errorf("%s lacks %q", tag, key)
			}
		}
		if len(texts) != len(keys) {
			t.Errorf("%s has %d sentences, there are %d keys", tag, len(texts), len(keys))
		}
	}
	for key, en := range catalogs[english] {
		zh := catalogs[chinese][key]
		if got, want := verbs.FindAllString(zh, -1), verbs.FindAllString(en, -1); strings.Join(got, "") != strings.Join(want, "") {
			t.Errorf("%q takes %v in English and %v in Chinese", key, want, got)
		}
		if zh == en && key != usageFlags {
			t.Errorf("%q is not translated", key)
		}
	}
}
