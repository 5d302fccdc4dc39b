package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/homeroomchat/homeroom/internal/likeness"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// minPrefix is how many digits of a room's id name it.
const minPrefix = 8

// dataDir returns where things are kept: in the directory given, or the default one.
func dataDir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	return keyring.DefaultDir()
}

// runKnown lists the known rooms, the latest first.
func runKnown(_ context.Context, e env, args []string) error {
	fs := flag.NewFlagSet("known", flag.ContinueOnError)
	withCodes := fs.Bool("codes", false, "")
	rooms, rest, err := e.parseKnown(fs, args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return usageError{e.say.of(usageArguments, clip(rest[0]))}
	}
	all := rooms.All()
	if len(all) == 0 {
		e.note(noteNoKnown)
	}
	for _, room := range all {
		state := e.say.of(knownSeen)
		if room.Verified {
			state = e.say.of(knownVerified)
		}
		line := fmt.Sprintf("%s | %s | %s | %s", room.Info.ID, nameOf(room), state, room.Last.Local().Format("2006-01-02 15:04"))
		if *withCodes {
			line += " | " + identity.Code(room.Key).String()
		}
		if _, err := fmt.Fprintln(e.out, line); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

// runForget forgets a known room: the next key under its names is taken for a
// new room's.
func runForget(_ context.Context, e env, args []string) error {
	rooms, rest, err := e.parseKnown(flag.NewFlagSet("forget", flag.ContinueOnError), args)
	switch {
	case err != nil:
		return err
	case len(rest) == 0:
		return usageError{e.say.of(usageForget)}
	case len(rest) > 1:
		return usageError{e.say.of(usageArguments, clip(rest[1]))}
	}
	found := named(rooms.All(), rest[0])
	switch len(found) {
	case 0:
		return failure{e.say.of(failNotKnown, clip(rest[0])), netchat.ErrNotFound}
	case 1:
		if _, err := rooms.Forget(found[0].Info.ID); err != nil {
			return err
		}
		e.note(noteForgotten, nameOf(found[0]))
		return nil
	}
	var ids []string
	for _, room := range found[:min(len(found), maxChoices)] {
		ids = append(ids, string(room.Info.ID))
	}
	return failure{e.say.of(failManyKnown, clip(rest[0]), strings.Join(ids, ", ")), netchat.ErrNotUnique}
}

// named returns the rooms that s names or, if there is none, those that have s as
// their code.
func named(rooms []known.Room, s string) []known.Room {
	var found []known.Room
	for _, room := range rooms {
		if goesBy(room, s) {
			found = append(found, room)
		}
	}
	code, _, ok := netchat.ParseCode(s)
	if !ok || len(found) > 0 {
		return found
	}
	for _, room := range rooms {
		if identity.Code(room.Key) == code {
			found = append(found, room)
		}
	}
	return found
}

// goesBy reports whether s names the room: its name, or the start of its id.
func goesBy(room known.Room, s string) bool {
	return likeness.Fold(room.Info.Name) == likeness.Fold(s) || (len(s) >= minPrefix && strings.HasPrefix(string(room.Info.ID), strings.ToLower(s)))
}

func (e env) parseKnown(fs *flag.FlagSet, args []string) (*known.Rooms, []string, error) {
	data := fs.String("data", "", "")
	rest, err := parse(e, fs, args)
	if err != nil {
		return nil, nil, err
	}
	dir, err := dataDir(*data)
	if err != nil {
		return nil, nil, err
	}
	rooms, err := e.openKnown(dir)
	if err != nil {
		return nil, nil, errors.Join(errors.New("known rooms"), err)
	}
	return rooms, rest, nil
}
