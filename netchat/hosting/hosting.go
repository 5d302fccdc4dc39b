// Package hosting opens a room on this machine: its key, its log, its server,
// the address where it listens and its announcement on the network, in the
// right order and closed in the right order. Both programs host with it. What is
// said there is kept beside the room's key.
package hosting

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/server"
)

// Options say what to open.
type Options struct {
	Room      string           // the room's name, at most netchat.MaxRoomName bytes
	Host      string           // the name of who hosts it, shown to people who look for a room
	Listen    string           // "host:port"; empty: every address, DefaultPort or the next free one
	Keyring   *keyring.Keyring // required; stays the caller's, who closes it after the Room
	AppOnly   bool             // let in nobody without TLS
	Announce  bool             // make it findable, unless only this machine can reach it
	Memory    bool             // leave nothing of what is said on disk, as ever with a keyring.Temporary
	Rate      server.Rate
	Hostnames []string     // names, besides this machine's own, under which browsers may reach it
	Logger    *slog.Logger // nil: silent
}

// A Room is a room that is open on this machine. Its methods are safe for
// concurrent use.
type Room struct {
	info      netchat.RoomInfo
	key       ed25519.PrivateKey
	code      atomic.Pointer[netchat.RoomCode] // nil: not known yet
	codeOnce  sync.Once
	server    *server.Server
	store     store
	listener  net.Listener
	announcer *discovery.Announcer // nil: not announced
	failed    chan error
	disk      disk
	strain    strain
	serving   sync.WaitGroup
	closeOnce sync.Once
	closeErr  error
}

// Open opens a room and returns when it can be joined. ctx bounds opening only:
// the Room lives until Close. What was said there when it was open before is its
// past: the host and members who come back have it, newcomers do not.
//
// Its errors wrap a *ListenError if the address is why, what the Keyring says if
// its key is or if the room is open already, and history.ErrFull if the disk is
// full. A damaged file is no error: see Repaired.
func Open(ctx context.Context, opts Options) (*Room, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	info, key, err := identify(opts)
	if err != nil {
		return nil, fmt.Errorf("open room: %w", err)
	}
	listener, err := listen(ctx, opts.Listen)
	if err != nil {
		return nil, fmt.Errorf("open room: %w", err)
	}
	r := &Room{info: info, key: key, listener: listener, failed: make(chan error, 1), disk: newDisk(), strain: newStrain()}
	if err := r.start(opts); err != nil {
		return nil, fmt.Errorf("open room: %w", errors.Join(err, r.Close()))
	}
	opts.Logger.Info("room open", "room", info.ID, "addr", r.Addr(), "announced", r.announcer != nil)
	return r, nil
}

// identify names the room by its key, which is made at its first use.
func identify(opts Options) (netchat.RoomInfo, ed25519.PrivateKey, error) {
	if opts.Keyring == nil {
		return netchat.RoomInfo{}, nil, errors.New("no keyring")
	}
	if len(opts.Room) > netchat.MaxRoomName {
		return netchat.RoomInfo{}, nil, fmt.Errorf("the room's name: %w", netchat.ErrTooLong)
	}
	key, err := opts.Keyring.Room(opts.Room)
	if err != nil {
		return netchat.RoomInfo{}, nil, fmt.Errorf("the room's key: %w", err)
	}
	info := netchat.RoomInfo{ID: netchat.RoomIDFromKey(publicOf(key)), Name: opts.Room, Host: opts.Host, AppOnly: opts.AppOnly}
	return info, key, nil
}

// publicOf returns the public half of a key.
func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// start makes everything behind the listener. What it made before it failed is
// left to Close.
func (r *Room) start(opts Options) error {
	var err error
	if r.store, err = openStore(opts); err != nil {
		return err
	}
	cfg := server.Config{
		Room: r.info, Log: r.store.log, Key: r.key, Code: func() netchat.RoomCode { return knownCode(r) }, Rate: opts.Rate, Logger: opts.Logger,
		Hostnames: append(ownHostnames(), opts.Hostnames...), Stored: newest(r.disk.room), Strained: newest(r.strain.room),
	}
	if here := r.store.here; here != nil {
		cfg.Awaited, cfg.Since, cfg.Roster = here.before.Members, &here.before.Since, here.note
	}
	r.server, err = server.New(cfg)
	if err != nil {
		return err
	}
	watching, end := context.WithCancel(context.Background())
	r.disk.end = end
	if folder := r.store.folder; folder != nil {
		r.disk.space = func() bool { return hasSpace(folder.Path) }
	}
	r.serving.Go(func() { r.disk.watch(watching) })
	r.serving.Go(func() { r.strain.watch(watching) })
	r.serving.Go(func() {
		if err := r.server.Serve(r.listener); err != nil {
			opts.Logger.Error("room no longer reachable", "err", err)
			r.failed <- err
		}
	})
	if !opts.Announce || r.onlyHere() {
		return nil
	}
	r.announcer, err = discovery.Announce(context.Background(), discovery.Announcement{
		Room: r.info, Port: r.Port(), Interfaces: r.reachedBy, Logger: opts.Logger,
	})
	return err
}

// ownHostnames is this machine's name, if it has one.
func ownHostnames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil
	}
	return []string{name}
}

// Close takes the announcement back, tells the members that the room is closed,
// and returns when every goroutine of the Room has ended. Later calls wait for
// the first and return the same.
func (r *Room) Close() error {
	r.closeOnce.Do(func() {
		var errs []error
		if r.announcer != nil {
			errs = append(errs, r.announcer.Close())
		}
		if r.server != nil {
			errs = append(errs, r.server.Close())
		}
		if err := r.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err) // the server closes it, if it got that far
		}
		r.disk.end()
		r.serving.Wait()
		errs = append(errs, r.store.close())
		if err := errors.Join(errs...); err != nil {
			r.closeErr = fmt.Errorf("close room: %w", err)
		}
	})
	return r.closeErr
}

// Failed yields an error if the room can no longer be reached through its
// listener; it is to be closed then.
func (r *Room) Failed() <-chan error { return r.failed }

// Stored yields why what is said can no longer be stored, which those who say it are
// told, and nil once it can again, or once a disk that was full has space: the newest
// of these. It is for one reader.
func (r *Room) Stored() <-chan error { return r.disk.told }

// Strained yields how hard it is to get into the room, and by whom, as that changes,
// and no Strain once it is over: the newest of these. It is for one reader.
func (r *Room) Strained() <-chan netchat.Strain { return r.strain.told }

// Dial returns a connection to the room inside this process, for the host's own
// client. It blocks until the room takes it; after Close it fails.
func (r *Room) Dial(ctx context.Context) (net.Conn, error) { return r.server.DialInProcess(ctx) }

// Info returns what anybody may know of the room.
func (r *Room) Info() netchat.RoomInfo { return r.info }

// Code returns the code by which people know the room's key. Its first call
// takes about 0.1 s and 64 MiB of memory for that time; from then on the room
// also tells it to those who look for rooms.
func (r *Room) Code() netchat.RoomCode {
	r.codeOnce.Do(func() {
		code := identity.Code(publicOf(r.key))
		r.code.Store(&code)
	})
	return knownCode(r)
}

// knownCode returns the code without computing it; empty: it is not known yet.
func knownCode(r *Room) netchat.RoomCode {
	if code := r.code.Load(); code != nil {
		return *code
	}
	return ""
}

// Announced reports whether the room is made findable on the network.
func (r *Room) Announced() bool { return r.announcer != nil }

// Members returns how many are in the room.
func (r *Room) Members() int { return r.server.Members() }
