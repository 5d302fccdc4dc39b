package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/homeroomchat/homeroom/app"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/joining"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// openKeys opens the keys of this installation. If another window has them, or
// the device key is damaged, it returns temporary ones and a warning.
func openKeys(dir string) (*keyring.Keyring, ed25519.PrivateKey, []error, error) {
	var warnings []error
	keys, err := keyring.Open(dir)
	if errors.Is(err, keyring.ErrBusy) {
		keys, warnings = keyring.Temporary(), append(warnings, errors.Join(app.ErrAlreadyRunning, err))
	} else if err != nil {
		return nil, nil, nil, err
	}
	device, err := keys.Device()
	var damaged *keyring.DamagedError
	var lost *keyring.LostError
	if errors.As(err, &damaged) || errors.As(err, &lost) {
		odd := app.ErrDamagedKey
		if lost != nil {
			odd = app.ErrLostKey
		}
		_ = keys.Close()
		keys, warnings = keyring.Temporary(), append(warnings, errors.Join(odd, err))
		device, err = keys.Device()
	}
	if err != nil {
		_ = keys.Close()
		return nil, nil, nil, err
	}
	return keys, device, warnings, nil
}

// finder is the real search behind app.Finder.
type finder struct{ *discovery.Finder }

// Search implements app.Finder.
func (f finder) Search(ctx context.Context, remembered []netchat.Advert) app.Search {
	return f.Finder.Search(ctx, remembered)
}

// network is the real world behind app.Deps.
type network struct {
	keys   *keyring.Keyring
	device ed25519.PrivateKey
	log    *slog.Logger
	own    *ownRooms
	known  *known.Rooms
	find   func(ctx context.Context) <-chan []netchat.Advert
	dir    string  // where rooms are kept; empty: nowhere
	kept   *keeper // of dir; nil: none
}

// trust is the known rooms behind app.Trust.
type trust struct{ *known.Rooms }

// Code implements app.Trust.
func (trust) Code(key []byte) netchat.RoomCode { return identity.Code(key) }

// Claimed implements app.Trust.
func (t trust) Claimed(room netchat.RoomInfo, addrs []string) (netchat.Trust, error) {
	best := netchat.TrustFirst
	for _, addr := range append([]string{""}, addrs...) {
		is, err := t.Rooms.Claimed(room, addr)
		if err != nil || is != best {
			return is, err
		}
	}
	return best, nil
}

// Forget implements app.Trust.
func (t trust) Forget(id netchat.RoomID) (undo func() error, err error) {
	room, err := t.Rooms.Forget(id)
	return func() error {
		if room.Key == nil {
			return nil // it was not known
		}
		return t.Put(room)
	}, err
}

func (n network) join(ctx context.Context, r app.JoinRequest) (app.Chat, error) {
	var keep client.Keep
	if n.dir != "" {
		keep = joining.KeepIn(n.dir, r.Away)
	}
	c, err := joining.Join(ctx, joining.Options{
		Keep:   keep,
		Target: r.Target, Addrs: r.Addrs, Room: r.Room, Code: r.Code, Place: r.Place, TLSOnly: r.Announced,
		Name: r.Name, Key: n.device, Known: n.known, Find: n.find, Logger: n.log,
	})
	if err != nil {
		return nil, fmt.Errorf("join: %w", joinFault(err))
	}
	n.kept.lookAgain()
	return c, nil
}

func (n network) host(ctx context.Context, r app.HostRequest) (app.Hosted, error) {
	room, err := hosting.Open(ctx, hosting.Options{
		Room: r.Room, Host: r.Name, Listen: r.Listen, Keyring: n.keys, AppOnly: r.AppOnly, Announce: true, Logger: n.log,
	})
	if err != nil {
		return nil, fmt.Errorf("host: %w", hostFault(err))
	}
	n.own.add(room.Info().ID)
	n.kept.lookAgain()
	return hosted{Room: room, network: n}, nil
}

// hosted is a room open in this process.
type hosted struct {
	*hosting.Room
	network
}

// Repaired implements app.Hosted.
func (h hosted) Repaired() (kept, lost uint64, bad string) {
	r, _ := h.Room.Repaired()
	return r.Kept, r.Lost, r.Bad
}

// Close implements app.Hosted.
func (h hosted) Close() error {
	err := h.Room.Close()
	h.own.drop(h.Info().ID)
	return err
}

// Join implements app.Hosted: an ordinary client over a link inside the
// process.
func (h hosted) Join(ctx context.Context, name string) (app.Chat, error) {
	c, err := joining.Own(ctx, h.Dial, h.Info(), name, h.device, h.log)
	if err != nil {
		return nil, fmt.Errorf("join own room: %w", err)
	}
	return c, nil
}

// ownRooms are the rooms open in this process, which its search does not list:
// they are on the screen already. The zero value is empty; any goroutine may use
// it.
type ownRooms struct {
	mu  sync.Mutex
	ids map[netchat.RoomID]int // how many times open
}

func (o *ownRooms) has(id netchat.RoomID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids[id] > 0
}

func (o *ownRooms) add(id netchat.RoomID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids == nil {
		o.ids = make(map[netchat.RoomID]int)
	}
	o.ids[id]++
}

func (o *ownRooms) drop(id netchat.RoomID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids[id] > 1 {
		o.ids[id]--
		return
	}
	delete(o.ids, id)
}
