package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"time"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/lineedit"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/joining"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// joinWait is how long a room may take to let us in.
const joinWait = 60 * time.Second

// codeWait is joinWait for a room that has to be looked for by its code first.
const codeWait = 80 * time.Second

// stillAfter is after how long it is said that joining takes its time.
const stillAfter = 5 * time.Second

// prompt stands before the line being typed.
const prompt = "> "

// joinFlags are the options of the command join.
type joinFlags struct {
	target, name, data string
	code               netchat.RoomCode
	place              string // the code's address part
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
		var rooms *known.Rooms
		if rooms, err = e.openKnown(flags.data); err == nil {
			o := joining.Options{Name: flags.name, Key: key, Known: rooms, Find: newWatcher().Watch}
			if keys.Dir() != "" {
				o.Keep = joining.KeepIn(keys.Dir(), false)
			}
			o.Keep.Whole = true
			err = e.join(ctx, flags, o)
		}
	}
	return errors.Join(err, keys.Close())
}

func parseJoin(e env, args []string) (joinFlags, error) {
	var f joinFlags
	fs := flag.NewFlagSet("join", flag.ContinueOnError)
	fs.StringVar(&f.name, "name", "", "")
	fs.StringVar(&f.data, "data", "", "")
	fs.BoolVar(&f.json, "json", false, "")
	var code string
	fs.StringVar(&code, "code", "", "")
	rest, err := parse(e, fs, args)
	switch {
	case err != nil:
		return f, err
	case code == "" && (len(rest) == 0 || rest[0] == ""):
		return f, usageError{e.say.of(usageTarget)}
	case len(rest) > 1:
		return f, usageError{e.say.of(usageArguments, clip(rest[1]))}
	case !goodName(f.name, netchat.MaxName):
		return f, usageError{e.say.of(usageName, netchat.MaxName)}
	}
	ok := true
	if len(rest) == 1 {
		f.target, f.code, f.place, ok = joining.ParseInvite(rest[0])
	}
	if ok && code != "" {
		f.code, f.place, ok = netchat.ParseCode(code)
	}
	if !ok {
		return f, usageError{e.say.of(usageCode)}
	}
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

func (e env) join(ctx context.Context, flags joinFlags, o joining.Options) error {
	if flags.json {
		return e.joinJSON(ctx, flags, o)
	}
	room, err := e.enter(ctx, flags, o)
	if err != nil {
		return err
	}
	out, rush := newPaced(ctx, e.out)
	defer rush()
	codes := &codes{}
	face := &textFace{say: e.say, random: rand.Reader, out: out, lines: splitter{limit: maxTextLine}, codes: codes}
	term, err := openTerminal(e.streams)
	if err != nil {
		return errors.Join(err, room.Close())
	}
	if term == nil {
		return e.talk(ctx, session{link: room, face: face, rush: rush}, codes)
	}
	undo := context.AfterFunc(ctx, func() { _ = term.close() }) // even if the program is ended before it is done
	defer undo()
	face.editor, err = lineedit.New(out, lineedit.Options{Prompt: prompt, MaxBytes: maxTextLine, Columns: term.columns})
	if err != nil {
		return errors.Join(err, term.close(), room.Close())
	}
	err = e.talk(ctx, session{link: room, face: face, rush: rush, listen: true}, codes)
	return errors.Join(err, face.editor.Close(), term.close())
}

func (e env) joinJSON(ctx context.Context, flags joinFlags, o joining.Options) error {
	out, rush := newPaced(ctx, e.out)
	defer rush()
	codes := &codes{}
	face := &jsonFace{random: rand.Reader, out: out, lines: splitter{limit: maxJSONLine}, codes: codes}
	if err := face.state(netchat.StateConnecting, nil); err != nil {
		return err
	}
	room, err := e.enter(ctx, flags, o)
	if err != nil {
		return errors.Join(err, face.state(netchat.StateClosed, err))
	}
	return e.talk(ctx, session{link: room, face: face, rush: rush}, codes)
}

// talk runs a session and says what became of the messages.
func (e env) talk(ctx context.Context, s session, codes *codes) error {
	s.stall = drainStall
	f, text := s.face.(*textFace)
	note := e.note
	if text && f.editor != nil && terminalFile(e.err) != nil { // it would end up behind the line being typed
		note = func(s sentence, args ...any) { _ = f.tell(s, args...) }
	}
	s.face = warned{s.face, tellSecurity(note, s.listen, codes)}
	inputCtx, cancel := context.WithCancel(ctx)
	err := s.run(ctx, readChunks(inputCtx, &unmarked{in: e.in}))
	cancel()
	switch {
	case err != nil:
		return e.ended(err)
	case s.unsent() > 0:
		return failure{sentence: e.say.of(failUnsent, s.unsent())}
	case s.failed > 0 && !s.listen:
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
func (e env) enter(ctx context.Context, flags joinFlags, o joining.Options) (*client.Client, error) {
	o.Code, o.Place = flags.code, flags.place
	wait, there := joinWait, flags.target
	if o.Code != "" {
		wait = codeWait
	}
	if there != "" {
		found, err := newResolver(e.say).resolve(ctx, there)
		switch {
		case err == nil:
			there = found.addrs[0]
			o.Target, o.Addrs, o.Room = there, found.addrs[1:min(len(found.addrs), client.MaxAddrs)], found.room
		case o.Code == "" || ctx.Err() != nil:
			return nil, e.notJoined(ctx, flags, there, err)
		} // whatever it is called: the code says which it is
	}
	joinCtx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	room, err := joinSlowly(joinCtx, e, flags, o)
	if err != nil {
		return nil, e.notJoined(ctx, flags, there, err)
	}
	return room, nil
}

// joinSlowly joins, and says so if that takes long.
func joinSlowly(ctx context.Context, e env, flags joinFlags, o joining.Options) (*client.Client, error) {
	if flags.json {
		return joining.Join(ctx, o)
	}
	type joined struct {
		room *client.Client
		err  error
	}
	done := make(chan joined, 1)
	go func() {
		room, err := joining.Join(ctx, o)
		done <- joined{room, err}
	}()
	still := time.NewTimer(stillAfter)
	defer still.Stop()
	for {
		select {
		case j := <-done:
			return j.room, j.err
		case <-still.C:
			e.note(noteStillJoining)
		}
	}
}

// notJoined says why addr could not be joined.
func (e env) notJoined(ctx context.Context, flags joinFlags, addr string, err error) error {
	insecure := e.insecure(flags.data, err)
	switch {
	case ctx.Err() != nil:
		return failure{e.say.of(failInterrupted), err}
	case insecure != nil:
		return insecure
	case addr == "" && errors.Is(err, context.DeadlineExceeded):
		return failure{e.say.of(failWrongCode), err}
	case addr == "":
		return unreached(e, flags.code.String(), err)
	}
	return unreached(e, addr, err)
}

// unreached says why there is no room at addr.
func unreached(e env, addr string, err error) error {
	switch {
	case errors.Is(err, netchat.ErrNotARoom):
		return failure{e.say.of(failNotARoom, clip(addr)), err}
	case errors.Is(err, netchat.ErrBusy), errors.Is(err, netchat.ErrSlow):
		return err // explained by itself
	case errors.Is(err, netchat.ErrUnreached), errors.Is(err, context.DeadlineExceeded):
		return failure{e.say.of(failUnreached, clip(addr)), err}
	}
	return err
}
