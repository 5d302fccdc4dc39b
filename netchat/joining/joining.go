package joining

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// Options say which room to join, and as whom.
type Options struct {
	// Target and Addrs are where the room is, as in client.Config. Room is set if
	// it is known which room is there: no other is joined.
	Target string
	Addrs  []string
	Room   netchat.RoomID
	// Code is the code of the room: no other is joined, and it is verified thereby.
	// Place is its address part, of netchat.ParseCode. A Target may be left out:
	// the room is looked for where Place says and by Find. It is looked for so too
	// if it is not at its Target any more.
	Code  netchat.RoomCode
	Place string
	// TLSOnly says that the room was announced, not typed: it is not joined over a
	// plain socket, whoever answers.
	TLSOnly bool

	Name string             // at most netchat.MaxName bytes
	Key  ed25519.PrivateKey // the device key; nil: a member without one

	Known *known.Rooms // what is joined is noted there; nil: nothing is remembered
	// Find looks for rooms until ctx ends and then closes the channel, as
	// discovery.Finder.Watch does: for the one with Code, and for the one that was
	// joined when it is not where it was. nil: neither is looked for.
	Find   func(ctx context.Context) <-chan []netchat.Advert
	Keep   client.Keep  // what is kept of rooms on this machine
	Logger *slog.Logger // nil: silent
}

// Join joins a room, and returns once it has taken us in, like client.Join. The
// Trust in its Welcomes is judged by Code or else by Known; the room is noted
// there. A plain socket is used for a Target alone where no room is known to be,
// without a Code, a Room or TLSOnly. Besides those of client.Join its errors wrap
// netchat.ErrWrongCode if no room with that Code answers, within searchFor if it
// has to be looked for, and netchat.ErrChangedKey, a *known.ChangedError if a
// known room is why.
func Join(ctx context.Context, o Options) (*client.Client, error) {
	return newJoiner(o).join(ctx)
}

// KeepIn keeps what happens in rooms in the data directory dir, a Copy for each. away
// is that of client.Keep.
func KeepIn(dir string, away bool) client.Keep {
	return client.Keep{Away: away, Open: func(room netchat.RoomID) (client.Store, error) {
		return history.OpenCopy(history.CopyPath(dir, room))
	}}
}

// Own joins the room that is open in this process, over a connection that never
// leaves it: the trust is netchat.TrustOwn.
func Own(
	ctx context.Context, dial func(context.Context) (net.Conn, error),
	room netchat.RoomInfo, name string, key ed25519.PrivateKey, log *slog.Logger,
) (*client.Client, error) {
	return client.Join(ctx, client.Config{
		Dial: dial, Room: room.ID, Name: name, Key: key, Logger: log,
		Vet: func(context.Context, client.Proven) (netchat.Trust, error) { return netchat.TrustOwn, nil },
	})
}

// A joiner is one Join.
type joiner struct {
	Options
	codes *codes

	enter func(ctx context.Context, cfg client.Config) (*client.Client, error) // client.Join
	prove func(ctx context.Context, addr string) (ed25519.PublicKey, error)    // proveKey
	own   func() []netip.Prefix                                                // addresses of this machine
}

func newJoiner(o Options) *joiner {
	if o.Known == nil {
		o.Known, _ = known.Open("") // in memory, which never fails
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &joiner{Options: o, codes: newCodes(), enter: client.Join, prove: proveKey, own: ownAddrs}
}

// ownAddrs returns the addresses of this machine on its networks.
func ownAddrs() []netip.Prefix {
	interfaces, err := discovery.SystemInterfaces()
	if err != nil {
		return nil // a whole address can be read all the same
	}
	var all []netip.Prefix
	for _, i := range interfaces {
		all = append(all, i.Addrs...)
	}
	return all
}

func (j *joiner) join(ctx context.Context) (*client.Client, error) {
	if j.Code == "" {
		return j.at(ctx, j.Room, j.Target, j.Addrs...)
	}
	if !j.Code.Valid() {
		return nil, fmt.Errorf("join: %w: %q is no code", netchat.ErrWrongCode, j.Code)
	}
	if j.Target == "" && len(j.Addrs) == 0 {
		return j.search(ctx)
	}
	c, err := j.at(ctx, j.Room, j.Target, j.Addrs...)
	if err == nil || hasSpoken(err) || ctx.Err() != nil || j.Find == nil && j.Place == "" {
		return c, err
	}
	j.Logger.Info("the room is not where it was said to be", "err", err)
	c, found := j.search(ctx)
	if found == nil || hasSpoken(found) {
		return c, found
	}
	return nil, err
}

// hasSpoken reports whether err comes from the room that was meant: nothing else
// is to be tried.
func hasSpoken(err error) bool {
	_, refused := errors.AsType[*netchat.CloseError](err)
	return refused || errors.Is(err, netchat.ErrAppOnly) || errors.Is(err, netchat.ErrBadHello)
}

// at joins at one of these addresses, and notes the room.
func (j *joiner) at(ctx context.Context, room netchat.RoomID, target string, addrs ...string) (*client.Client, error) {
	vet := &vetting{joiner: j}
	c, err := j.enter(ctx, client.Config{
		Target: target, Addrs: addrs, Room: room, Vet: vet.vet, Admit: vet.admit, Plain: j.mayBePlain(room, target, addrs),
		Keep: j.Keep, Find: j.Find, Name: j.Name, Key: j.Key, Logger: j.Logger,
	})
	if err != nil {
		return nil, j.explained(room, err)
	}
	if last, ok := vet.last(); ok {
		if err := j.Known.Note(last.Key, last.Room, last.Addr, j.Code != ""); err != nil {
			j.Logger.Error("the room is joined, but it cannot be remembered", "err", err)
		}
	}
	return c, nil
}

// mayBePlain reports whether a host without TLS may be joined: nobody has said
// that there is a room with a key.
func (j *joiner) mayBePlain(room netchat.RoomID, target string, addrs []string) bool {
	if j.Code != "" || room != "" || j.TLSOnly {
		return false
	}
	return !slices.ContainsFunc(append([]string{target}, addrs...), func(addr string) bool {
		_, known := j.Known.At(addr)
		return known
	})
}

// explained names the known room that answered with another key, where the Client
// found out alone.
func (j *joiner) explained(room netchat.RoomID, err error) error {
	if _, named := errors.AsType[*known.ChangedError](err); named || !errors.Is(err, netchat.ErrChangedKey) {
		return err
	}
	if there, ok := j.Known.Find(room); ok {
		return fmt.Errorf("%w (%w)", err, &known.ChangedError{Known: there})
	}
	return err
}
