package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/internal/jsonline"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/server"
)

// hostFlags are the options of the command host.
type hostFlags struct {
	room, listen, data string
	memory, noAnnounce bool
	appOnly            bool
	rate               server.Rate
	hostnames          []string
	json               bool
}

// runHost opens a room and keeps it open until ctx ends.
func runHost(ctx context.Context, e env, args []string) error {
	flags, err := parseHost(e, args)
	if err != nil {
		return err
	}
	keys, err := hostKeys(e, flags)
	if err != nil {
		return err
	}
	room, err := hosting.Open(ctx, hosting.Options{
		Room: flags.room, Host: userName(), Listen: flags.listen, Keyring: keys,
		AppOnly: flags.appOnly, Announce: !flags.noAnnounce, Rate: flags.rate, Hostnames: flags.hostnames,
	})
	if err != nil {
		return errors.Join(err, keys.Close())
	}
	err = e.keepOpen(ctx, room, flags)
	return errors.Join(err, room.Close(), keys.Close())
}

func parseHost(e env, args []string) (hostFlags, error) {
	var f hostFlags
	var rate string
	fs := flag.NewFlagSet("host", flag.ContinueOnError)
	fs.StringVar(&f.room, "room", e.say.of(defaultRoomName, userName()), "")
	fs.StringVar(&f.listen, "listen", "", "")
	fs.StringVar(&f.data, "data", "", "")
	fs.BoolVar(&f.memory, "memory", false, "")
	fs.BoolVar(&f.noAnnounce, "no-announce", false, "")
	fs.BoolVar(&f.appOnly, "app-only", false, "")
	fs.StringVar(&rate, "rate", "", "")
	fs.BoolVar(&f.json, "json", false, "")
	fs.Func("hostname", "", func(name string) error {
		f.hostnames = append(f.hostnames, name)
		return nil
	})
	rest, err := parse(e, fs, args)
	if err != nil {
		return f, err
	}
	var ok bool
	if f.rate, ok = parseRate(rate); !ok {
		return f, usageError{e.say.of(usageRate, clip(rate))}
	}
	switch {
	case len(rest) > 0:
		return f, usageError{e.say.of(usageArguments, clip(rest[0]))}
	case !goodName(f.room, netchat.MaxRoomName):
		return f, usageError{e.say.of(usageRoomName, netchat.MaxRoomName)}
	case f.data != "" && f.memory:
		return f, usageError{e.say.of(usageDataMemory)}
	case f.listen != "" && !goodListen(f.listen):
		return f, usageError{e.say.of(usageListen, clip(f.listen))}
	}
	return f, nil
}

// goodName reports whether name can be shown and fits into limit bytes.
func goodName(name string, limit int) bool {
	return strings.TrimSpace(name) != "" && utf8.ValidString(name) && len(name) <= limit
}

// goodListen reports whether addr is an address with a port number; whether
// it can be listened on is found out by trying.
func goodListen(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// parseRate reads --rate; empty is the default.
func parseRate(s string) (server.Rate, bool) {
	switch s {
	case "":
		return server.Rate{}, true
	case "off":
		return server.Rate{Off: true}, true
	}
	perSecond, err := strconv.ParseFloat(s, 64)
	if err != nil || !(perSecond > 0) || perSecond > maxRate {
		return server.Rate{}, false
	}
	return server.Rate{PerSecond: perSecond}, true
}

// maxRate is more than any host delivers; who wants more wants "off".
const maxRate = 1e6

// hostKeys opens the keys that the flags ask for. The default directory in use
// by another process is no reason not to host: the room's key is temporary
// then.
func hostKeys(e env, f hostFlags) (*keyring.Keyring, error) {
	if f.memory {
		return keyring.Temporary(), nil
	}
	dir, err := dataDir(f.data)
	if err != nil {
		return nil, err
	}
	keys, err := keyring.Open(dir)
	if f.data == "" && errors.Is(err, keyring.ErrBusy) {
		e.note(noteTemporary, clip(dir))
		return keyring.Temporary(), nil
	}
	if err != nil {
		return nil, e.keyFailure(dir, err)
	}
	return keys, nil
}

// keyFailure says in one sentence why the keys in dir cannot be used.
func (e env) keyFailure(dir string, err error) error {
	if errors.Is(err, keyring.ErrBusy) {
		return failure{e.say.of(failBusy, dir), err}
	}
	return failure{e.say.of(failData, clip(dir), e.say.why(err)), err}
}

// keepOpen tells that the room is open and waits for ctx to end.
func (e env) keepOpen(ctx context.Context, room *hosting.Room, flags hostFlags) error {
	if err := e.tellListening(room, flags); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-room.Failed():
			return err
		case err := <-room.Stored():
			if err != nil {
				e.note(noteNotStored, err)
			} else {
				e.note(noteStored)
			}
		case strain := <-room.Strained():
			if err := e.tellStrain(strain, flags.json); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
	}
}

// tellListening prints the line that scripts wait for. Its form never changes,
// in no language.
func (e env) tellListening(room *hosting.Room, flags hostFlags) error {
	if flags.json {
		return jsonline.Write(e.out, struct {
			Type   string         `json:"type"`
			Addr   string         `json:"addr"`
			RoomID netchat.RoomID `json:"room_id"`
			Name   string         `json:"name"`

			Code    netchat.RoomCode `json:"code"`
			Invite  string           `json:"invite"`
			AppOnly bool             `json:"app_only"`
			Kept    bool             `json:"kept"`     // on disk
			Past    uint64           `json:"messages"` // from before
		}{
			"listening", room.Addr(), room.Info().ID, room.Info().Name,
			room.Code(), room.Invite(), room.Info().AppOnly, room.Kept(), room.Past(),
		})
	}
	if _, err := fmt.Fprintf(e.out, "listening on %s\n", room.Addr()); err != nil {
		return err
	}
	if room.Kept() {
		dir, err := dataDir(flags.data)
		if err != nil {
			return err
		}
		e.note(noteKept, clip(dir), room.Past())
		switch r, repaired := room.Repaired(); {
		case repaired && r.Kept == 0:
			e.note(noteNothingLeft, clip(r.Bad))
		case repaired && r.Lost == 0:
			e.note(noteWhole, r.Kept, clip(r.Bad))
		case repaired:
			e.note(noteRepaired, r.Lost, r.Kept, clip(r.Bad))
		}
	}
	addr := room.Addrs()[0]
	if host, _, err := net.SplitHostPort(addr); err == nil && net.ParseIP(host).IsLoopback() {
		e.note(noteOnlyHere)
	}
	e.note(noteJoinWith, addr)
	e.note(noteCode, room.Code())
	e.note(noteInvite, room.Invite())
	if room.Info().AppOnly {
		e.note(noteAppOnly)
	}
	return nil
}

// userName is what the system calls its user, made to fit a room's name.
func userName() string {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
		if i := strings.LastIndexByte(name, '\\'); i >= 0 { // DOMAIN\user on Windows
			name = name[i+1:]
		}
	}
	if !goodName(name, maxUserName) {
		name, _ = os.Hostname()
	}
	if !goodName(name, maxUserName) {
		name = program
	}
	return name
}

// maxUserName leaves room for the rest of a default room name.
const maxUserName = netchat.MaxRoomName / 2
