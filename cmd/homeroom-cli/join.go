package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"time"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/lineedit"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// joinWait is how long a room may take to let us in.
const joinWait = 10 * time.Second

// prompt stands before the line being typed.
const prompt = "> "

// joinFlags are the options of the command join.
type joinFlags struct {
	target, name, data string
	json               bool
}

// runJoin chats in a room until its input ends, the user leaves, ctx ends or
// the room is gone.
func runJoin(ctx context.Context, e env, args []string) error {
	flags, err := parseJoin(e, args)
	if err != nil {
		return err
	}
	keys, err := e.joinKeys(flags.data)
	if err != nil {
		return err
	}
	key, err := keys.Device()
	if err == nil {
		err = e.join(ctx, flags, key)
	}
	return errors.Join(err, keys.Close())
}

func parseJoin(e env, args []string) (joinFlags, error) {
	var f joinFlags
	fs := flag.NewFlagSet("join", flag.ContinueOnError)
	fs.StringVar(&f.name, "name", "", "")
	fs.StringVar(&f.data, "data", "", "")
	fs.BoolVar(&f.json, "json", false, "")
	rest, err := parse(e, fs, args)
	switch {
	case err != nil:
		return f, err
	case len(rest) == 0 || rest[0] == "":
		return f, usageError{e.say.of(usageTarget)}
	case len(rest) > 1:
		return f, usageError{e.say.of(usageArguments, clip(rest[1]))}
	case !goodName(f.name, netchat.MaxName):
		return f, usageError{e.say.of(usageName, netchat.MaxName)}
	}
	f.target = rest[0]
	return f, nil
}

// joinKeys returns a temporary identity unless one is kept in dir: several
// joins on one machine must not take each other over.
func (e env) joinKeys(dir string) (*keyring.Keyring, error) {
	if dir == "" {
		return keyring.Temporary(), nil
	}
	keys, err := keyring.Open(dir)
	if err != nil {
		return nil, e.keyFailure(dir, err)
	}
	return keys, nil
}

func (e env) join(ctx context.Context, flags joinFlags, key ed25519.PrivateKey) error {
	if flags.json {
		return e.joinJSON(ctx, flags, key)
	}
	room, err := e.enter(ctx, flags, key)
	if err != nil {
		return err
	}
	face := &textFace{say: e.say, random: rand.Reader, out: e.out, lines: splitter{limit: maxTextLine}}
	term, err := openTerminal(e.streams)
	if err != nil {
		return errors.Join(err, room.Close())
	}
	if term == nil {
		return e.talk(ctx, session{link: room, face: face})
	}
	face.editor, err = lineedit.New(e.out, lineedit.Options{Prompt: prompt, MaxBytes: maxTextLine, Columns: term.columns})
	if err != nil {
		return errors.Join(err, term.close(), room.Close())
	}
	err = e.talk(ctx, session{link: room, face: face, listen: true})
	return errors.Join(err, face.editor.Close(), term.close())
}

func (e env) joinJSON(ctx context.Context, flags joinFlags, key ed25519.PrivateKey) error {
	face := &jsonFace{random: rand.Reader, out: e.out, lines: splitter{limit: maxJSONLine}}
	if err := face.state(netchat.StateConnecting, nil); err != nil {
		return err
	}
	room, err := e.enter(ctx, flags, key)
	if err != nil {
		return errors.Join(err, face.state(netchat.StateClosed, err))
	}
	return e.talk(ctx, session{link: room, face: face})
}

// talk runs a session and says what became of the messages.
func (e env) talk(ctx context.Context, s session) error {
	s.stall = drainStall
	inputCtx, cancel := context.WithCancel(ctx)
	err := s.run(ctx, readChunks(inputCtx, e.in))
	cancel()
	switch _, text := s.face.(*textFace); {
	case err != nil:
		return e.ended(err)
	case s.unsent() > 0:
		return failure{sentence: e.say.of(failUnsent, s.unsent())}
	case s.failed > 0 && text && !s.listen:
		return failure{sentence: e.say.of(noteRefused, s.failed)}
	}
	return nil
}

// ended says why a session ended that was not left by the user.
func (e env) ended(err error) error {
	if sentence := e.say.explainEnd(err); sentence != "" {
		return failure{sentence, err}
	}
	return err
}

// enter joins the room that the flags name.
func (e env) enter(ctx context.Context, flags joinFlags, key ed25519.PrivateKey) (*client.Client, error) {
	there, err := newResolver(e.say).resolve(ctx, flags.target)
	if err != nil {
		return nil, e.notJoined(ctx, flags.target, err)
	}
	joinCtx, cancel := context.WithTimeout(ctx, joinWait)
	defer cancel()
	room, err := client.Join(joinCtx, client.Config{
		Target: there.addrs[0], Addrs: there.addrs[1:min(len(there.addrs), client.MaxAddrs)],
		Room: there.room, Name: flags.name, Key: key,
	})
	if err != nil {
		return nil, e.notJoined(ctx, there.addrs[0], err)
	}
	return room, nil
}

// notJoined says why addr could not be joined.
func (e env) notJoined(ctx context.Context, addr string, err error) error {
	switch {
	case ctx.Err() != nil:
		return failure{e.say.of(failInterrupted), err}
	case errors.Is(err, netchat.ErrNotARoom):
		return failure{e.say.of(failNotARoom, clip(addr)), err}
	case errors.Is(err, netchat.ErrUnreached), errors.Is(err, context.DeadlineExceeded):
		return failure{e.say.of(failUnreached, clip(addr)), err}
	}
	return err
}
