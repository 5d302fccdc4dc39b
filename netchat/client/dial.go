package client

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

const (
	stagger     = 250 * time.Millisecond // before the next address is tried beside those before
	maxSilences = 2                      // so many times a host that falls silent while it is greeted is tried again
)

// A way says how a host is spoken to.
type way int

const (
	byTLS    way = iota
	tlsFirst     // plainly if nobody there speaks TLS
	plainly      // once it was joined so
)

// A dialer opens connections to one room.
type dialer struct {
	targets []target
	learned []target                                    // where else the room was found since
	dial    func(ctx context.Context) (net.Conn, error) // nil: TCP
	admit   func(claimed ed25519.PublicKey) error
	vet     func(ctx context.Context, p Proven) (netchat.Trust, error)
	now     func() time.Time
	log     *slog.Logger
	tls     *tls.Config

	// None of these changes while a connection is opened.
	room  netchat.RoomID // the only one whose host is spoken to; empty: any
	way   way
	stays bool // a host that hangs up is tried again at once; else that is the caller's
}

func newDialer(cfg Config) (*dialer, error) {
	d := &dialer{dial: cfg.Dial, admit: cfg.Admit, vet: cfg.Vet, now: cfg.Now, log: cfg.Logger, room: cfg.Room}
	if d.admit == nil {
		d.admit = func(ed25519.PublicKey) error { return nil }
	}
	if d.vet == nil {
		d.vet = func(context.Context, Proven) (netchat.Trust, error) { return netchat.TrustFirst, nil }
	}
	if cfg.Plain && cfg.Room == "" {
		d.way = tlsFirst
	}
	var err error
	if d.tls, err = d.tlsConfig(cfg.Key); err != nil {
		return nil, err
	}
	if d.dial != nil {
		d.targets = []target{inProcess()}
		return d, nil
	}
	d.targets, err = parseTargets(cfg.Target, cfg.Addrs)
	return d, err
}

// inProcess stands for the address of what Config.Dial reaches.
func inProcess() target { return target{addr: "localhost", path: defaultPath} }

// pin keeps to the room that was joined, and to how it was. Once that is a room
// with a key it changes nothing any more, for a seeker may be looking at it.
func (d *dialer) pin(s netchat.Security) {
	if d.movable() {
		return
	}
	if !s.TLS {
		d.way = plainly
		return
	}
	d.way, d.room = byTLS, netchat.RoomIDFromKey(s.Key)
}

// each opens a connection to one of the addresses and has greet join the room
// over it. An address that proves to be the wrong one, or whose greeting fails,
// is left out and the others are tried again; a host that refused has the last
// word. Otherwise the errors of all addresses are returned, the most telling
// first.
func (d *dialer) each(ctx context.Context, greet func(*link) error) error {
	left, by := slices.Concat(d.learned, d.targets), d.way
	var faults []fault
	for silences := 0; ; {
		opened, failed := d.open(ctx, left, by)
		for _, f := range failed {
			if opened == nil || !errors.Is(f.err, netchat.ErrUnreached) { // else it may yet answer
				faults = append(faults, f)
				left = without(left, f.at)
			}
		}
		if opened == nil {
			return telling(faults)
		}
		err := d.meet(ctx, opened, greet)
		if err == nil {
			return nil
		}
		if _, refused := errors.AsType[*netchat.CloseError](err); refused {
			return err
		}
		if d.stays && errors.Is(err, errSilent) && silences < maxSilences && ctx.Err() == nil {
			silences++ // all that it has said was lost
			continue
		}
		faults = append(faults, fault{at: opened.at, err: err})
		left = without(left, opened.at)
		if ctx.Err() != nil || len(left) == 0 {
			return telling(faults)
		}
		if opened.host.Key != nil {
			by = byTLS // so the room has it at the other addresses too
		}
	}
}

func without(targets []target, at target) []target {
	return slices.DeleteFunc(targets, func(t target) bool { return t == at })
}

// meet decides about a host that has just been reached, and has greet join its
// room.
func (d *dialer) meet(ctx context.Context, r *reached, greet func(*link) error) error {
	s := netchat.Security{TLS: r.host.Key != nil, Key: r.host.Key}
	if s.TLS {
		var err error
		if s.Trust, err = d.vet(ctx, r.host); err != nil {
			r.drop()
			return fmt.Errorf("%s: %w", r.at.addr, err)
		}
	}
	d.log.Debug("connected", "addr", r.at.addr, "tls", s.TLS, "trust", s.Trust)
	return greet(newLink(r, s, d.now))
}

// open connects to one of the addresses, plainly only if none of them speaks
// TLS. It returns also why others of them failed.
func (d *dialer) open(ctx context.Context, targets []target, by way) (*reached, []fault) {
	opened, faults := d.reachAny(ctx, targets, by)
	if opened != nil || by != tlsFirst || slices.ContainsFunc(faults, func(f fault) bool { return f.shown == shownTLS }) {
		return opened, faults
	}
	var clear []target
	var rest []fault
	for _, f := range faults {
		if f.shown == shownClear {
			clear = append(clear, f.at)
		} else {
			rest = append(rest, f)
		}
	}
	if len(clear) == 0 || ctx.Err() != nil {
		return nil, faults
	}
	opened, faults = d.reachAny(ctx, clear, plainly)
	return opened, append(rest, faults...)
}

// connect opens what TLS and the WebSocket lie on, or says why not.
func (d *dialer) connect(ctx context.Context, at target, come *progress) (*livelyConn, fault) {
	var conn net.Conn
	var err error
	if d.dial != nil {
		conn, err = d.dial(ctx)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", at.addr)
	}
	if err != nil {
		return nil, fault{again: mayAnswer(ctx, err), err: fmt.Errorf("%w: %w", netchat.ErrUnreached, err)}
	}
	come.connected.Store(true)
	return &livelyConn{Conn: conn, come: come}, fault{}
}

// winHostUnreach is WSAEHOSTUNREACH, which package syscall does not name.
const winHostUnreach = syscall.Errno(10065)

// mayAnswer reports whether another try may reach what err says is not there: on a
// bad network the question who has that address is lost, too.
func mayAnswer(ctx context.Context, err error) bool {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return true
	}
	return ctx.Err() != nil || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, winHostUnreach)
}

// reachAny opens a connection to one of the addresses by that way.
func (d *dialer) reachAny(ctx context.Context, targets []target, by way) (*reached, []fault) {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	return race(ctx, targets, func(ctx context.Context, at target) (*reached, fault) { return d.reach(ctx, at, by) })
}

// A raced is the outcome for one address: one of the two.
type raced struct {
	opened *reached
	fault  fault
}

// race reaches for the addresses, each a stagger after the one before or as
// soon as that has failed, and returns the first that is open; the others are
// given up. It returns when all its goroutines have ended.
func race(ctx context.Context, targets []target, reach func(context.Context, target) (*reached, fault)) (*reached, []fault) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan raced)
	start := func(t target) {
		opened, f := reach(ctx, t)
		results <- raced{opened: opened, fault: f}
	}
	var won *reached
	var faults []fault
	started, ended := 0, 0
	timer := time.NewTimer(0)
	defer timer.Stop()
	more := func() bool { return won == nil && started < len(targets) && ctx.Err() == nil }
	for ended < started || more() {
		select {
		case <-timer.C:
			if more() {
				go start(targets[started])
				started++
				timer.Reset(stagger)
			}
		case r := <-results:
			ended++
			switch {
			case r.opened == nil && won == nil: // behind the first they fail because they are given up
				faults = append(faults, r.fault)
				timer.Reset(0)
			case r.opened == nil:
			case won == nil:
				won = r.opened
				cancel()
			default:
				r.opened.drop()
			}
		}
	}
	if won == nil && len(faults) == 0 {
		faults = []fault{{err: fmt.Errorf("%w: %w", netchat.ErrUnreached, ctx.Err())}}
	}
	return won, faults
}
