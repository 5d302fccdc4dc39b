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

// hintFor is how long a room is looked for whose name is what was tried as a code.
const hintFor = 2 * time.Second

// prompt stands before the line being typed.
const prompt = "> "

// joinFlags are the options of the command join.
type joinFlags struct {
	target, name, data string
	typed              string            // the TARGET as it was typed
	code               netchat.TypedCode // none if its Code is empty
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
	return f.directed(e, rest, code)
}

// directed adds where to go: what was typed, and the code of a flag.
func (f joinFlags) directed(e env, rest []string, code string) (joinFlags, error) {
	var err error
	if len(rest) == 1 {
		var invite netchat.Invite
		if invite, err = joining.ParseInvite(rest[0]); err == nil {
			f.typed, f.target, f.code = rest[0], invite.Target, invite.TypedCode
			if f.code.Nameable && f.target == "" {
				f.target = rest[0]
			}
		}
	}
	if err == nil && code != "" {
		f.code, err = joining.ParseCode(code)
		f.code.Nameable = false
	}
	if err != nil {
		return f, usageError{e.say.explainEnd(err)}
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
	if flags.code.Code != "" && flags.target != "" && flags.code.Nameable {
		return enterEither(ctx, e, flags, o)
	}
	o.Code, o.Place = flags.code.Code, flags.code.Place
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

// enterEither joins by what can be a code and the name of a room or a machine. A
// code that was checked comes first. Nobody who copies a code types such a name, so
// that nobody can take the code for the name of a room of theirs.
func enterEither(ctx context.Context, e env, flags joinFlags, o joining.Options) (*client.Client, error) {
	byName, byCode := flags, flags
	byName.code, byCode.target = netchat.TypedCode{}, ""
	first, second := byName, byCode
	if flags.code.Form == netchat.CodeChecked {
		first, second = byCode, byName
	}
	room, err := e.enter(ctx, first, o)
	if err == nil || ctx.Err() != nil || !leadsNowhere(err) {
		return room, err
	}
	room, err = e.enter(ctx, second, o)
	if err == nil || ctx.Err() != nil || !leadsNowhere(err) {
		return room, err
	}
	return nil, failure{e.say.of(failNoRoom, clip(flags.target)), errNoRoom}
}

// leadsNowhere reports whether there is nothing where err comes from.
func leadsNowhere(err error) bool {
	if errors.Is(err, netchat.ErrSlow) || errors.Is(err, netchat.ErrBusy) {
		return false
	}
	return errors.Is(err, errNoRoom) || errors.Is(err, netchat.ErrWrongCode) || errors.Is(err, netchat.ErrUnreached)
}

// notJoined says why addr could not be joined.
func (e env) notJoined(ctx context.Context, flags joinFlags, addr string, err error) error {
	if addr == "" && errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(netchat.ErrWrongCode, err)
	}
	insecure := e.insecure(flags.data, err)
	switch {
	case ctx.Err() != nil:
		return failure{e.say.of(failInterrupted), err}
	case errors.Is(err, netchat.ErrWrongCode) && flags.code.Form == netchat.CodeUnchecked:
		return flags.uncheckedCode(ctx, e, err)
	case errors.Is(err, errNoRoom) && flags.code.Form == netchat.CodeMistyped:
		return failure{e.say.of(failNoRoomOrCode, clip(flags.target)), err}
	case insecure != nil:
		return insecure
	case addr == "":
		return unreached(e, flags.code.Code.String(), err)
	}
	return unreached(e, addr, err)
}

// uncheckedCode says that there is no room with a code of an even length. A room
// may have been given the code of another for its name, so none is joined by it;
// but it is said that there is one.
func (f joinFlags) uncheckedCode(ctx context.Context, e env, err error) error {
	if f.typed != "" && f.target == "" {
		r := newResolver(e.say)
		r.search = hintFor
		if found, _ := r.find(ctx, f.typed); len(found) > 0 {
			return failure{e.say.of(failCodeOrName, clip(f.typed), choices(found)), err}
		}
	}
	return failure{e.say.of(failUncheckedCode), err}
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
