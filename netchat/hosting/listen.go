package hosting

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/discovery"
)

// MaxPortTries bounds how many ports are tried, from netchat.DefaultPort
// upwards, when no address was asked for.
const MaxPortTries = 100

// A ListenError says that an address cannot be listened on.
type ListenError struct {
	Addr string // as it was asked for, or ":port"
	Err  error  // why, without the address
}

func (e *ListenError) Error() string { return "listen on " + e.Addr + ": " + e.Err.Error() }

// Unwrap returns why.
func (e *ListenError) Unwrap() error { return e.Err }

// listen opens addr, or the first free port from DefaultPort on if addr is
// empty.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	if addr != "" {
		return listenAt(ctx, addr)
	}
	return listenFrom(ctx, netchat.DefaultPort, MaxPortTries)
}

func listenAt(ctx context.Context, addr string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: reason(err)}
	}
	return ln, nil
}

// listenFrom tries tries ports from first on. Which error means "taken" differs
// between systems, so every error leads to the next port; the first is
// returned, since it is about the port that people expect.
func listenFrom(ctx context.Context, first, tries int) (net.Listener, error) {
	var failure error
	for port := first; port < first+tries && ctx.Err() == nil; port++ {
		ln, err := listenAt(ctx, ":"+strconv.Itoa(port))
		if err == nil {
			return ln, nil
		}
		if failure == nil {
			failure = err
		}
	}
	return nil, errors.Join(failure, ctx.Err())
}

// reason strips what listenAt says already.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// Addr returns where the room listens, such as "[::]:8000" or "127.0.0.1:8123".
func (r *Room) Addr() string { return r.listener.Addr().String() }

// Port returns the port where the room listens.
func (r *Room) Port() int { return int(r.bound().Port()) }

// bound returns the listener's address; the zero value if it is not TCP.
func (r *Room) bound() netip.AddrPort {
	tcp, ok := r.listener.Addr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// onlyHere reports whether nobody outside of this machine can reach the room.
func (r *Room) onlyHere() bool { return r.bound().Addr().IsLoopback() }

// reachedBy returns the interfaces that lead to the room: one that listens at
// one address is not to be looked for at the others.
func (r *Room) reachedBy() ([]discovery.Interface, error) {
	all, err := discovery.SystemInterfaces()
	return leadingTo(r.bound().Addr(), all), err
}

// leadingTo returns those of all that have the address, or all for any.
func leadingTo(at netip.Addr, all []discovery.Interface) []discovery.Interface {
	if at.IsUnspecified() {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(i discovery.Interface) bool {
		return !slices.ContainsFunc(i.Addrs, func(p netip.Prefix) bool { return p.Addr().WithZone("") == at.WithZone("") })
	})
}

// Addrs returns where the room can be joined now, as "host:port": addresses on
// the local network first, the one for this machine itself last. It asks the
// system each time, since addresses come and go.
func (r *Room) Addrs() []string {
	at := r.bound()
	if !at.Addr().IsUnspecified() {
		return []string{at.String()}
	}
	interfaces, err := discovery.SystemInterfaces()
	if err != nil {
		interfaces = nil // this machine itself is always an answer
	}
	var out []string
	for _, addr := range dialable(interfaces, at.Addr()) {
		out = append(out, netip.AddrPortFrom(addr, at.Port()).String())
	}
	return out
}

// dialable returns the addresses that reach a listener on the unspecified
// address any: IPv4 before IPv6, because people type them, and loopback last.
// Link-local IPv6 is left out: its zone means nothing on another machine.
func dialable(interfaces []discovery.Interface, any netip.Addr) []netip.Addr {
	var four, six []netip.Addr
	for _, i := range interfaces {
		for _, prefix := range i.Addrs {
			switch addr := prefix.Addr(); {
			case addr.Is4():
				four = append(four, addr)
			case any.Is6() && !addr.IsLinkLocalUnicast():
				six = append(six, addr)
			}
		}
	}
	return append(append(four, six...), netip.AddrFrom4([4]byte{127, 0, 0, 1}))
}
