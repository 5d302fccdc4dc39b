package main

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// The languages of the program, by their BCP 47 tags.
const (
	english = "en"
	chinese = "zh-Hans"
)

// A sentence is the key of something that the program says. What programs read
// (JSON, "listening on") is no sentence: it is the same in every language.
type sentence string

// texts is one language: what each sentence is, as a format for package fmt.
type texts map[sentence]string

// of returns a sentence with its arguments. Arguments that come from other
// people must have been made harmless.
func (t texts) of(s sentence, args ...any) string {
	if len(args) == 0 {
		return t[s]
	}
	return fmt.Sprintf(t[s], args...)
}

// knownLanguage reports whether --lang may be asked for that.
func knownLanguage(tag string) bool { _, ok := match(tag); return ok }

// textsFor returns the texts in the language asked for, or, if none was, in
// that of the environment; English unless that is Chinese.
func textsFor(asked string, getenv func(string) string) texts {
	if tag, ok := match(asked); ok {
		return catalogs[tag]
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := getenv(name)
		if value == "" {
			continue
		}
		if tag, ok := match(value); ok {
			return catalogs[tag]
		}
		break // it is set to something else, and those after it do not count
	}
	return catalogs[english]
}

// match returns which of our languages serves a tag ("zh-Hans") or a locale
// ("zh_CN.UTF-8").
func match(tag string) (string, bool) {
	tag, _, _ = strings.Cut(tag, ".")
	tag, _, _ = strings.Cut(tag, "@")
	parsed, err := language.Parse(strings.ReplaceAll(tag, "_", "-"))
	if err != nil {
		return "", false
	}
	switch base, _ := parsed.Base(); base.String() {
	case "zh":
		return chinese, true
	case "en":
		return english, true
	}
	return "", false
}
