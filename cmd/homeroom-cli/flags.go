package main

import (
	"errors"
	"flag"
	"io"
	"strings"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
)

// maxClip is how much of a bad argument an error shows, in bytes.
const maxClip = 80

// parse reads flags and returns the other arguments. Unlike package flag alone
// it takes flags after arguments too; "--" ends the flags. The name of each
// boolean flag comes from fs itself.
func parse(e env, fs *flag.FlagSet, args []string) ([]string, error) {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	var plain []string
	for {
		rest, ended := args, false
		if err := fs.Parse(args); err != nil {
			return nil, usageError{e.say.of(usageFlags, clip(flagError(err)))}
		}
		consumed := len(rest) - fs.NArg()
		ended = consumed > 0 && rest[consumed-1] == "--"
		if ended || fs.NArg() == 0 {
			return append(plain, fs.Args()...), nil
		}
		plain = append(plain, fs.Arg(0))
		args = fs.Args()[1:]
	}
}

// flagError says what package flag says with two dashes, as our help does.
func flagError(err error) string {
	text := err.Error()
	if errors.Is(err, flag.ErrHelp) {
		return text
	}
	text = strings.Replace(text, ": -", ": --", 1)
	return strings.Replace(text, "flag -", "flag --", 1)
}

// wantsHelp reports whether help is asked for among args before "--".
func wantsHelp(args []string) bool {
	for _, a := range args {
		switch a {
		case "--":
			return false
		case "--help", "-help", "-h":
			return true
		}
	}
	return false
}

// clip makes what a user typed fit for an error message.
func clip(s string) string {
	s = termsafe.Line(s)
	if len(s) <= maxClip {
		return s
	}
	return strings.ToValidUTF8(s[:maxClip], "") + "…"
}

// oneLine keeps a sentence on one line, and whatever strangers put into it
// harmless.
func oneLine(s string) string { return termsafe.Line(s) }
