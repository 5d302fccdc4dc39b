package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

// What makes a line private and what begins a command, as a keyboard for Chinese
// types it too.
const (
	atSigns = "@＠﹫"
	slashes = "/／"
)

// A slash is a command: what is typed behind a slash, in any case. more is the
// rest of the line.
type slash func(f *textFace, m *mirror, more string) (intent, error)

func slashCommands() map[string]slash {
	leave := func(*textFace, *mirror, string) (intent, error) { return intent{leave: true}, nil }
	return map[string]slash{
		"help": func(f *textFace, _ *mirror, _ string) (intent, error) {
			return intent{}, f.rows(strings.Split(f.say.of(helpChat), "\n"))
		},
		"who":    func(f *textFace, m *mirror, _ string) (intent, error) { return intent{}, f.who(m) },
		"code":   func(f *textFace, m *mirror, _ string) (intent, error) { return intent{}, f.code(m.security) },
		"name":   func(f *textFace, _ *mirror, more string) (intent, error) { return f.name(more) },
		wordExit: leave,
		"quit":   leave,
	}
}

// runSlash carries out what follows a slash. What is no command is not sent to
// anybody: it may be one of another program that writes to one person.
func runSlash(f *textFace, m *mirror, word, more string) (intent, error) {
	run, ok := slashCommands()[strings.ToLower(word)]
	if !ok {
		return intent{failed: true}, f.tell(chatNoCommand, "/"+clip(word))
	}
	return run(f, m, more)
}

// name asks to be called something else.
func (f *textFace) name(name string) (intent, error) {
	switch {
	case name == "":
		return intent{}, f.tell(chatHowName)
	case !goodName(name, netchat.MaxName):
		return intent{failed: true}, f.tell(chatBadName, netchat.MaxName)
	}
	return intent{rename: name}, nil
}

// unseen reports whether r shows nothing by itself: a blank, a control character,
// a byte order mark, zero width, a variation selector or a filler.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' // the Braille pattern without dots
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
