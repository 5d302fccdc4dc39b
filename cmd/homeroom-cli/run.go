package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // one sentence on stderr says what
	exitUsage   = 2
)

// program is how the program calls itself.
const program = "homeroom-cli"

// streams is what a command has of the world around it.
type streams struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string
	exit   func(code int) // ends the process; nil: it cannot be
}

// An env is what a command runs with.
type env struct {
	streams
	say texts
}

// A command is one row of the table of commands.
type command struct {
	name string
	help sentence
	run  func(ctx context.Context, e env, args []string) error

	patient bool // it ends when it is done, however long that takes: it says goodbye to everybody
}

// lastWait is how long after a signal the process ends in any case, even if a disk
// takes nothing. Nothing is lost by it that a kill would not lose.
const lastWait = 1800 * time.Millisecond

// hurry has the process end lastWait after ctx has, unless stop is called before.
func (e env) hurry(ctx context.Context) (stop func() bool) {
	if e.streams.exit == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() {
		time.AfterFunc(lastWait, func() { e.streams.exit(exitFailure) })
	})
}

func commands() []command {
	return []command{
		{"host", helpHost, runHost, true},
		{"join", helpJoin, runJoin, false},
		{"find", helpFind, runFind, false},
		{"log", helpLog, runLog, false},
		{"export", helpExport, runExport, false},
		{"verify", helpVerify, runVerify, false},
		{"backup", helpBackup, runBackup, false},
		{"known", helpKnown, runKnown, false},
		{"forget", helpForget, runForget, false},
	}
}

// run is the program: it does what args say until it is done or ctx ends, and
// returns the exit code. If it returns before s.in has ended, a goroutine of
// its own may still be in s.in.Read, and if nobody reads s.out or s.err one in their
// Write; they end with those calls.
func run(ctx context.Context, args []string, s streams) int {
	s.out, s.err = newOutlet(ctx, s.out), newOutlet(ctx, s.err)
	args, language, err := takeLanguage(args)
	s.out = wholefile.Output{To: s.out}
	e := env{streams: s, say: textsFor(language, s.getenv)}
	if err == nil {
		err = dispatch(ctx, e, args)
	}
	return e.exit(err)
}

func dispatch(ctx context.Context, e env, args []string) error {
	if len(args) == 0 {
		return usageError{e.say.of(usageNoCommand)}
	}
	switch args[0] {
	case "--help", "-help", "-h", "help":
		return e.printHelp(helpProgram)
	case "--version", "-version", "version":
		_, err := fmt.Fprintln(e.out, program, netchat.Version)
		return err
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		if wantsHelp(args[1:]) {
			return e.printHelp(c.help)
		}
		if !c.patient {
			defer e.hurry(ctx)()
		}
		return c.run(ctx, e, args[1:])
	}
	return usageError{e.say.of(usageUnknownCommand, clip(args[0]))}
}

func (e env) printHelp(help sentence) error {
	_, err := io.WriteString(e.out, e.say.of(help)+"\n")
	return err
}

// A usageError is a call that cannot be meant: exit code 2.
type usageError struct{ sentence string }

func (u usageError) Error() string { return u.sentence }

// A failure is what went wrong in one sentence for the user: exit code 1.
type failure struct {
	sentence string
	cause    error // may be nil
}

func (f failure) Error() string { return f.sentence }
func (f failure) Unwrap() error { return f.cause }

// exit tells err and returns the exit code for it.
func (e env) exit(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(e.err, "%s: %s\n%s\n", program, oneLine(usage.sentence), e.say.of(usageHint))
		return exitUsage
	}
	_, _ = fmt.Fprintf(e.err, "%s: %s\n", program, oneLine(e.say.explain(err)))
	return exitFailure
}

// note tells something on stderr that is no failure.
func (e env) note(s sentence, args ...any) {
	_, _ = fmt.Fprintf(e.err, "%s: %s\n", program, oneLine(e.say.of(s, args...)))
}

// takeLanguage takes --lang out of args, wherever it stands before "--".
func takeLanguage(args []string) (rest []string, language string, err error) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(rest, args[i:]...), language, nil
		}
		value, isLang := strings.CutPrefix(args[i], "--lang")
		switch {
		case !isLang:
			rest = append(rest, args[i])
			continue
		case strings.HasPrefix(value, "="):
			value = value[1:]
		case value == "" && i+1 < len(args):
			i++
			value = args[i]
		case value != "":
			rest = append(rest, args[i])
			continue
		}
		if language = value; !knownLanguage(language) {
			return rest, "", usageError{catalogs[english].of(usageLanguage, clip(value))}
		}
	}
	return rest, language, nil
}
