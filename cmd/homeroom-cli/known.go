package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// minPrefix is how many digits of a room's id name it.
const minPrefix = 8

// knownDir returns where the known rooms are.
func knownDir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	return keyring.DefaultDir()
}

// runKnown lists the known rooms, the latest first.
func runKnown(_ context.Context, e env, args []string) error {
	rooms, rest, err := e.parseKnown("known", args)
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
		if _, err := fmt.Fprintf(e.out, "%s | %s | %s | %s\n", room.Info.ID, nameOf(room), state, room.Last.Local().Format("2006-01-02 15:04")); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

// runForget forgets a known room: the next key under its names is taken for a
// new room's.
func runForget(_ context.Context, e env, args []string) error {
	rooms, rest, err := e.parseKnown("forget", args)
	switch {
	case err != nil:
		return err
	case len(rest) == 0:
		return usageError{e.say.of(usageForget)}
	case len(rest) > 1:
		return usageError{e.say.of(usageArguments, clip(rest[1]))}
	}
	var found []known.Room
	for _, room := range rooms.All() {
		if goesBy(room, rest[0]) {
			found = append(found, room)
		}
	}
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

// goesBy reports whether s names the room: its name, or the start of its id.
func goesBy(room known.Room, s string) bool {
	return room.Info.Name == s || (len(s) >= minPrefix && strings.HasPrefix(string(room.Info.ID), strings.ToLower(s)))
}

func (e env) parseKnown(name string, args []string) (*known.Rooms, []string, error) {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	data := fs.String("data", "", "")
	rest, err := parse(e, fs, args)
	if err != nil {
		return nil, nil, err
	}
	dir, err := knownDir(*data)
	if err != nil {
		return nil, nil, err
	}
	rooms, err := e.openKnown(dir)
	if err != nil {
		return nil, nil, errors.Join(errors.New("known rooms"), err)
	}
	return rooms, rest, nil
}
