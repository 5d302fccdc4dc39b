package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/internal/likeness"
	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/transcript"
)

// A past is the room of before that a command is about.
type past struct {
	*history.SQLite
	name   string
	folder string
}

// holds reports whether file is one of the room's own.
func (p past) holds(file string) bool {
	inside, err := os.Stat(filepath.Dir(file))
	if err != nil {
		return false
	}
	folder, err := os.Stat(p.folder)
	return err == nil && os.SameFile(inside, folder)
}

// An archive is what is said about rooms of before.
type archive struct{ env }

// openPast opens the room that the arguments of a command name, for reading.
func (a archive) openPast(fs *flag.FlagSet, args []string) (past, error) {
	data := fs.String("data", "", "")
	rest, err := parse(a.env, fs, args)
	switch {
	case err != nil:
		return past{}, err
	case len(rest) > 1:
		return past{}, usageError{a.say.of(usageArguments, clip(rest[1]))}
	}
	dir, err := dataDir(*data)
	if err != nil {
		return past{}, err
	}
	rooms, err := hosting.Hosted(dir)
	if err != nil {
		return past{}, err
	}
	room, err := a.choose(dir, rooms, slices.Concat(rest, []string{""})[0])
	if err != nil {
		return past{}, err
	}
	log, err := room.ReadLog()
	if err != nil {
		return past{}, a.unreadable(room.Name, err)
	}
	return past{log, room.Name, room.Folder}, nil
}

// choose returns the room that is called so, or has an id that begins so; if no
// name is given, the only one.
func (a archive) choose(dir string, rooms []hosting.HostedRoom, name string) (hosting.HostedRoom, error) {
	found := rooms
	if name != "" {
		found = slices.DeleteFunc(slices.Clone(rooms), func(r hosting.HostedRoom) bool {
			return likeness.Fold(r.Name) != likeness.Fold(name) && (len(name) < minPrefix || !strings.HasPrefix(string(r.ID), strings.ToLower(name)))
		})
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(rooms) == 0:
		return hosting.HostedRoom{}, failure{a.say.of(failNoneHosted, clip(dir)), netchat.ErrNotFound}
	case len(found) == 0:
		return hosting.HostedRoom{}, failure{a.say.of(failNotHosted, clip(name)), netchat.ErrNotFound}
	}
	var names []string
	for _, r := range found[:min(len(found), maxChoices)] {
		names = append(names, clip(r.Name))
	}
	return hosting.HostedRoom{}, failure{a.say.of(failManyHosted, strings.Join(names, ", ")), netchat.ErrNotUnique}
}

// unreadable says why the messages of a room cannot be read.
func (a archive) unreadable(room string, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return failure{a.say.of(failStopped), err}
	case errors.Is(err, errUnread):
		return err
	case errors.Is(err, history.ErrAltered), history.IsDamage(err):
		return failure{a.say.of(failAltered, clip(room), err), err}
	case errors.Is(err, history.ErrNotOurs):
		return err
	}
	return failure{a.say.of(failUnreadable, clip(room), err), err}
}

// runLog prints what was said in a room.
func runLog(ctx context.Context, e env, args []string) error {
	fs := flag.NewFlagSet("log", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "")
	a := archive{e}
	p, err := a.openPast(fs, args)
	if err != nil {
		return err
	}
	format := transcript.Text
	if *asJSON {
		format = transcript.JSONLines
	}
	err = transcript.Write(e.out, p.All(ctx, 0), a.transcriptOf(p, format))
	return a.closePast(p, err)
}

// runExport writes what was said in a room to a file, or to the output.
func runExport(ctx context.Context, e env, args []string) error {
	fs := flag.NewFlagSet("export", flag.ContinueOnError)
	format, file := transcript.Text, ""
	fs.Func("format", "", func(s string) error {
		format = transcript.Format(s)
		if !slices.Contains(transcript.Formats(), format) {
			return errors.New(e.say.of(usageFormat))
		}
		return nil
	})
	fs.StringVar(&file, "o", toOutput, "")
	force := fs.Bool("force", false, "")
	a := archive{e}
	p, err := a.openPast(fs, args)
	if err != nil {
		return err
	}
	to, err := a.outputFile(ctx, file, *force, p)
	switch o := a.transcriptOf(p, format); {
	case err != nil:
	case to.output:
		err = transcript.Write(e.out, p.All(ctx, 0), o)
	default:
		err = transcript.Save(ctx, to.file, p.All(ctx, 0), o)
	}
	return a.closePast(p, err)
}

// runVerify checks that what was said in a room is as it was stored.
func runVerify(ctx context.Context, e env, args []string) error {
	a := archive{e}
	p, err := a.openPast(flag.NewFlagSet("verify", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	var whole uint64
	err = p.Verify(ctx, func(done, _ uint64) { whole = done })
	if err == nil {
		_, err = fmt.Fprintln(e.out, oneLine(e.say.of(verifyWhole, clip(p.name), whole)))
	}
	return a.closePast(p, err)
}

// runBackup copies the Log of a room.
func runBackup(ctx context.Context, e env, args []string) error {
	fs := flag.NewFlagSet("backup", flag.ContinueOnError)
	file := fs.String("o", "", "")
	force := fs.Bool("force", false, "")
	a := archive{e}
	p, err := a.openPast(fs, args)
	if err != nil {
		return err
	}
	if *file == "" {
		return errors.Join(usageError{e.say.of(usageBackup)}, p.Close())
	}
	to, err := a.outputFile(ctx, *file, *force, p)
	switch {
	case err != nil:
	case to.output:
		err = a.backUpToOutput(ctx, p)
	default:
		if err = history.Backup(ctx, p.SQLite, to.file); err == nil {
			_, err = fmt.Fprintln(e.out, oneLine(e.say.of(backedUp, clip(p.name), p.Head().Seq, clip(*file))))
		}
	}
	return a.closePast(p, err)
}

// closePast closes what a command has read and says what went wrong with it.
func (a archive) closePast(p past, err error) error {
	var said failure
	var usage usageError
	var output *wholefile.OutputError
	err = errors.Join(err, p.Close())
	switch {
	case err == nil, errors.As(err, &said), errors.As(err, &usage), errors.As(err, &output):
		return err
	}
	return a.unreadable(p.name, err)
}

// transcriptOf says how to write a room's messages.
func (a archive) transcriptOf(p past, format transcript.Format) transcript.Options {
	return transcript.Options{
		Format: format, Room: p.name, Events: p.Head().Seq,
		Texts: transcript.Texts{
			Lang: a.say.of(transcriptLang), Empty: a.say.of(transcriptEmpty), Erased: a.say.of(transcriptErased),
			Saved:    a.say.of(transcriptSaved, time.Now().Format("2006-01-02 15:04")),
			ForHosts: a.say.of(transcriptHosts),
			PrivateTo: func(names []string) string {
				return a.say.of(transcriptPrivate, strings.Join(names, a.say.of(transcriptComma)))
			},
		},
	}
}
