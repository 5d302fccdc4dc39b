package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// toOutput is what -o is for the program's output.
const toOutput = "-"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 100

// An outputFile is where -o has a command write.
type outputFile struct {
	file   string
	output bool // it is the program's own
}

// outputFile looks where file leads. A file that is there already is not replaced
// unless force says so, or a person who is asked; nor, ever, is a file of the room
// in folder.
func (a archive) outputFile(ctx context.Context, file string, force bool, p past) (outputFile, error) {
	if file == toOutput || a.isOutput(file) {
		return outputFile{toOutput, true}, nil
	}
	at, err := wholefile.Find(file)
	if err != nil {
		return outputFile{}, err
	}
	if at.File != "" && p.holds(at.File) {
		return outputFile{}, failure{a.say.of(failOwnFile, clip(file)), fs.ErrExist}
	}
	if at.Exists && !force {
		if err := a.mayReplace(ctx, file); err != nil {
			return outputFile{}, err
		}
	}
	return outputFile{file, false}, nil
}

// isOutput reports whether file is where the program's output goes, under another name.
func (a archive) isOutput(file string) bool {
	out := fileOf(a.out)
	if out == nil {
		return false
	}
	is, err := out.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(file)
	return err == nil && os.SameFile(is, there)
}

// mayReplace asks the person at the terminal; where there is none, it fails.
func (a archive) mayReplace(ctx context.Context, file string) error {
	if terminalFile(a.in) == nil || terminalFile(a.err) == nil {
		return failure{a.say.of(failExists, clip(file)), fs.ErrExist}
	}
	_, _ = io.WriteString(a.err, oneLine(a.say.of(askReplace, clip(file)))+" ")
	answers := make(chan string, 1)
	go func() { // it ends with that line: a Read of a terminal cannot be called off
		line, _ := bufio.NewReader(io.LimitReader(a.in, maxAnswer)).ReadString('\n')
		answers <- line
	}()
	select {
	case line := <-answers:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes", "是":
			return nil
		}
		return failure{a.say.of(failKeptFile, clip(file)), fs.ErrExist}
	case <-ctx.Done():
		return failure{a.say.of(failStopped), ctx.Err()}
	}
}

// unwritten says why the output could not be written; empty: err is about something
// else.
func (t texts) unwritten(err error) string {
	var fault *wholefile.OutputError
	if !errors.As(err, &fault) {
		return ""
	}
	if errors.Is(err, errUnread) && !errors.Is(err, syscall.EPIPE) {
		return t.of(failUnread)
	}
	why := t.why(fault.Err)
	if fault.Path == "" {
		return t.of(failOutput, why)
	}
	return t.of(failUnwritten, clip(fault.Path), why)
}

// why says in a few words what a file system fails with.
func (t texts) why(err error) string {
	for _, row := range []struct {
		err error
		why sentence
	}{
		{fs.ErrNotExist, whyNoFolder},
		{syscall.ENOTDIR, whyNoFolder},
		{syscall.EEXIST, whyNoFolder}, // there is something else where it should be
		{fs.ErrPermission, whyForbidden},
		{syscall.EROFS, whyReadOnly},
		{syscall.ENOSPC, whyFull},
		{history.ErrFull, whyFull},
		{syscall.EISDIR, whyFolder},
		{syscall.EPIPE, whyGone},
		{context.Canceled, whyStopped},
	} {
		if errors.Is(err, row.err) {
			return t.of(row.why)
		}
	}
	return err.Error()
}

// backUpToOutput writes the Log to the program's output, which must be no terminal.
func (a archive) backUpToOutput(ctx context.Context, p past) error {
	if terminalFile(a.out) != nil {
		return usageError{a.say.of(usageBackupTerminal)}
	}
	if err := history.BackupTo(ctx, p.SQLite, a.out); err != nil {
		return fmt.Errorf("to the output: %w", err)
	}
	return nil
}
