package client

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// An entry is what a room that took us in said first: welcome or list.
type entry struct {
	welcome  *wire.ServerFrame // rich; Room, Self, Roster and Position are there
	list     *wire.PlainFrame  // plain: the first user_list
	security netchat.Security  // of the connection
}

// takes reports whether the room takes that command.
func (e entry) takes(command string) bool {
	return e.welcome != nil && slices.Contains(e.welcome.Types, command)
}

// greet joins the room over a new connection: our first frame, the proof of
// the key if the host asks for it (it does not where our certificate has proved
// it), up to its welcome. How long the host takes is its own affair as long as
// it is alive.
func (m *mirror) greet(ctx context.Context, k *link) (entry, error) {
	e, err := introduce(ctx, m, k)
	e.security = k.security
	return e, err
}

func introduce(ctx context.Context, m *mirror, k *link) (entry, error) {
	if k.security.TLS {
		if err := m.copy.open(m, k.host.Room.ID); err != nil {
			return entry{}, err
		}
	}
	first, err := m.hello(k)
	if err != nil {
		return entry{}, err
	}
	if err := k.send(ctx, first); err != nil {
		return entry{}, err
	}
	frame, err := k.receive(ctx)
	if err != nil {
		return entry{}, err
	}
	f, err := wire.DecodeServer(frame)
	switch {
	case err == nil && !k.security.TLS && (f.Type == wire.TypeWelcome || f.Type == wire.TypeChallenge):
		// Every host of a room has TLS, so somebody has taken it out on the way.
		return entry{}, fmt.Errorf("%w: its first frame is a %s", netchat.ErrStripped, f.Type)
	case err == nil && f.Type == wire.TypeWelcome:
		return m.welcomed(k, f)
	case err == nil && f.Type == wire.TypeChallenge:
		return m.prove(ctx, k, f)
	}
	return m.greetPlain(ctx, k, frame)
}

// hello makes our first frame. Over a plain socket it names no key: whoever took
// the host's place could have us prove it for a room that it wants to be us in.
func (m *mirror) hello(k *link) ([]byte, error) {
	rich := wire.RichHello{V: wire.Version}
	if len(m.cfg.Key) > 0 && k.security.TLS {
		rich.Key = m.cfg.Key.Public().(ed25519.PublicKey)
	}
	if m.followed {
		rich.Resume = &wire.Position{Epoch: m.at.Epoch, Seq: m.at.Seq, Mark: m.at.Mark}
	}
	m.said = m.naming.get()
	return wire.EncodeHello(m.said.name, rich)
}

// prove answers the challenge f, of a host that has proved to be of the room for
// which it asks.
func (m *mirror) prove(ctx context.Context, k *link, f wire.ServerFrame) (entry, error) {
	if err := m.checkRoom(f.RoomID); err != nil {
		return entry{}, err
	}
	if !k.security.TLS || len(m.cfg.Key) == 0 || len(f.Nonce) != wire.NonceSize || f.RoomID != k.host.Room.ID {
		return entry{}, fmt.Errorf("%w: challenge", errProtocol)
	}
	proof, err := wire.EncodeCommand(wire.Command{
		Type: wire.TypeProof, Sig: ed25519.Sign(m.cfg.Key, wire.ProofMessage(f.RoomID, f.Nonce)),
	})
	if err != nil {
		return entry{}, err
	}
	if err := k.send(ctx, proof); err != nil {
		return entry{}, err
	}
	challenged := f.RoomID
	for {
		frame, err := k.receive(ctx)
		if err != nil {
			return entry{}, err
		}
		f, err := wire.DecodeServer(frame)
		if err != nil {
			return entry{}, fmt.Errorf("%w: %w", errProtocol, err)
		}
		if f.Type != wire.TypeWelcome {
			continue // of a later version
		}
		if f.Room != nil && f.Room.ID != challenged {
			return entry{}, fmt.Errorf("%w: the room changed its id", errProtocol)
		}
		return m.welcomed(k, f)
	}
}

// welcomed checks a welcome. It may tell nothing else of the room than what we
// have decided by.
func (m *mirror) welcomed(k *link, f wire.ServerFrame) (entry, error) {
	if f.Room == nil || f.Self == nil || f.Roster == nil || f.Position == nil || (f.Recovered && !m.followed) {
		return entry{}, fmt.Errorf("%w: welcome", errProtocol)
	}
	if at := k.host.Room; k.security.TLS && (f.Room.ID != at.ID || f.Room.Name != at.Name || f.Room.Host != at.Host) {
		return entry{}, fmt.Errorf("%w: the room says that it is another one", errProtocol)
	}
	if err := m.checkRoom(f.Room.ID); err != nil {
		return entry{}, err
	}
	return entry{welcome: &f}, nil
}

// checkRoom fails unless id, empty for a plain server, may be the room that we
// mean.
func (m *mirror) checkRoom(id netchat.RoomID) error {
	want := m.cfg.Room
	if m.room.ID != "" {
		want = m.room.ID
	}
	if want != "" && want != id {
		return fmt.Errorf("%w: another room is at that address", netchat.ErrNotFound)
	}
	return nil
}

// greetPlain reads on to the first user_list, which ends a plain join. What
// comes before is not part of the dialect, but harmless.
func (m *mirror) greetPlain(ctx context.Context, k *link, frame []byte) (entry, error) {
	if k.security.TLS {
		return entry{}, fmt.Errorf("%w: the plain dialect over TLS", errProtocol)
	}
	if err := m.checkRoom(""); err != nil {
		return entry{}, err
	}
	for {
		f, err := wire.DecodePlainFrame(frame)
		if err != nil {
			return entry{}, fmt.Errorf("%w: %w", netchat.ErrNotARoom, err)
		}
		if f.Type == wire.TypeUserList {
			return entry{list: &f}, nil
		}
		if frame, err = k.receive(ctx); err != nil {
			return entry{}, err
		}
	}
}
