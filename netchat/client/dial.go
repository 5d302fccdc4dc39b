package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
)

const (
	connectTimeout = 5 * time.Second        // to connect and upgrade
	stagger        = 250 * time.Millisecond // before the next address is tried beside those before
)

// A dialer opens connections to one room.
type dialer struct {
	targets []target // none: by dial
	dial    func(ctx context.Context) (net.Conn, error)
	now     func() time.Time
	log     *slog.Logger
}

func newDialer(cfg Config) (*dialer, error) {
	d := &dialer{dial: cfg.Dial, now: cfg.Now, log: cfg.Logger}
	if d.dial != nil {
		return d, nil
	}
	var err error
	d.targets, err = parseTargets(cfg.Target, cfg.Addrs)
	return d, err
}

// inProcess stands for the address of what Config.Dial reaches.
func inProcess() target { return target{addr: "localhost", path: defaultPath} }

// each opens a connection to one of the addresses and has greet join the room
// over it. An address whose greeting fails is left out and the others are
// tried again; a host that refused has the last word.
func (d *dialer) each(ctx context.Context, greet func(*link) error) error {
	left := slices.Clone(d.targets)
	var causes error
	for {
		at, opened, err := d.open(ctx, left)
		if err == nil {
			err = greet(opened)
		}
		if err == nil {
			return nil
		}
		causes = also(causes, err)
		left = slices.DeleteFunc(left, func(t target) bool { return t == at })
		_, refused := errors.AsType[*netchat.CloseError](err)
		if refused || ctx.Err() != nil || at == (target{}) || len(left) == 0 {
			return causes
		}
	}
}

// also adds an error to those before, on one line.
func also(causes, err error) error {
	if causes == nil {
		return err
	}
	return fmt.Errorf("%w; %w", causes, err)
}

// open connects and upgrades. It returns the address with which it failed, or
// none if none answered.
func (d *dialer) open(ctx context.Context, targets []target) (target, *link, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	at, raw := inProcess(), net.Conn(nil)
	var err error
	if d.dial != nil {
		raw, err = d.dial(ctx)
	} else {
		at, raw, err = race(ctx, targets, connect)
	}
	if err != nil {
		return target{}, nil, fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	}
	conn := &livelyConn{Conn: raw}
	ws, err := upgrade(ctx, conn, at)
	if err != nil {
		_ = raw.Close()
		return at, nil, fmt.Errorf("%s: %w", at.addr, err)
	}
	d.log.Debug("connected", "addr", at.addr)
	return at, newLink(ws, conn, d.now), nil
}

// upgrade makes a WebSocket of a connection that has just been opened.
func upgrade(ctx context.Context, conn net.Conn, at target) (*websocket.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // the handshake looks at ctx only when it starts
	handshake := websocket.Dialer{                              // without Proxy: a room is on this network
		NetDialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	ws, reply, err := handshake.DialContext(ctx, at.url(), nil)
	if reply != nil {
		_ = reply.Body.Close()
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	_, network := errors.AsType[net.Error](err)
	switch {
	case err == nil:
		return ws, nil
	case reply != nil:
		return nil, fmt.Errorf("%w: it answers %s", netchat.ErrNotARoom, reply.Status)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", netchat.ErrUnreached, ctx.Err())
	case network, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return nil, fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	}
	return nil, fmt.Errorf("%w: %w", netchat.ErrNotARoom, err)
}

func connect(ctx context.Context, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
}

// A dialled is the outcome for one address.
type dialled struct {
	at   target
	conn net.Conn
	err  error
}

// race connects to the addresses, each a stagger after the one before or as
// soon as that has failed, and returns the first connection; the others are
// given up. It returns when all its goroutines have ended.
func race(ctx context.Context, targets []target, connect func(context.Context, string) (net.Conn, error)) (target, net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialled)
	start := func(t target) {
		conn, err := connect(ctx, t.addr)
		results <- dialled{at: t, conn: conn, err: err}
	}
	var won dialled
	var causes error
	started, ended := 0, 0
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ended < started || (won.conn == nil && started < len(targets) && ctx.Err() == nil) {
		select {
		case <-timer.C:
			if won.conn == nil && started < len(targets) && ctx.Err() == nil {
				go start(targets[started])
				started++
				timer.Reset(stagger)
			}
		case r := <-results:
			ended++
			switch {
			case r.err != nil:
				causes = also(causes, r.err)
				timer.Reset(0)
			case won.conn == nil:
				won = r
				cancel()
			default:
				_ = r.conn.Close()
			}
		}
	}
	if won.conn != nil {
		return won.at, won.conn, nil
	}
	if causes == nil {
		causes = ctx.Err()
	}
	return target{}, nil, causes
}
