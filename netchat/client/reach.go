package client

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

const (
	recordHeader = 5        // bytes of a TLS record before it says anything (RFC 8446, section 5.1)
	maxAnswer    = 32 << 10 // bytes of the answer to the upgrade
)

// errLongAnswer is an answer of more than maxAnswer bytes.
var errLongAnswer = errors.New("its answer does not end")

// A reached is a host that has answered the upgrade, and has been told nothing
// of us but, by our certificate, the device key.
type reached struct {
	at   target
	ws   *websocket.Conn
	raw  *livelyConn
	host Proven // Key nil: a plain socket
}

// drop hangs up.
func (r *reached) drop() { _ = r.ws.Close() }

// A line is what a WebSocket lies on: TLS, or the plain socket itself.
type line struct {
	net.Conn
	raw  *livelyConn // below TLS
	left int         // how many bytes may still be read; negative: as many as come
	load ballast     // of those behind the answer
}

// Read implements net.Conn.
func (l *line) Read(p []byte) (int, error) {
	if l.left < 0 {
		n, err := l.Conn.Read(p)
		if err == nil {
			err = l.load.came(n)
		}
		return n, err
	}
	if l.left == 0 {
		return 0, errLongAnswer
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// Close hangs up at once. TLS would say goodbye first, and wait for five seconds
// for a peer that does not read; the WebSocket has said it already.
func (l *line) Close() error { return l.raw.Close() }

// tlsConfig has the host prove the key of d.room, or one that is admitted. Our
// certificate goes to no other.
func (d *dialer) tlsConfig(device ed25519.PrivateKey) (*tls.Config, error) {
	return identity.ClientConfig(device, func(room ed25519.PublicKey) error {
		if d.room != "" && netchat.RoomIDFromKey(room) != d.room {
			return netchat.ErrChangedKey
		}
		return d.admit(room)
	})
}

// reachSecurely connects to a host with TLS, once. Only the end of ctx or of the
// connection ends it.
func (d *dialer) reachSecurely(ctx context.Context, at target, come *progress) (*reached, fault) {
	raw, f := d.connect(ctx, at, come)
	if raw == nil {
		return nil, f
	}
	raw.secure = true
	secure := tls.Client(raw, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		f := judgeHandshake(ctx, err, raw.heard.Load())
		f.err = fmt.Errorf("%s: %w", at.addr, f.err)
		return nil, f
	}
	var err error
	r := &reached{at: at, raw: raw}
	var answer *http.Response
	if r.ws, answer, err = upgrade(ctx, &line{Conn: secure, raw: raw, left: maxAnswer}, at); err == nil {
		r.host, err = d.proven(secure.ConnectionState(), at, answer)
	}
	if err != nil {
		_ = raw.Close()
		return nil, fault{shown: shownTLS, again: errors.Is(err, netchat.ErrUnreached), err: fmt.Errorf("%s: %w", at.addr, err)}
	}
	return r, fault{}
}

// judgeHandshake says what became of a handshake in which heard bytes came.
func judgeHandshake(ctx context.Context, err error, heard int64) fault {
	noRecord, ok := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case errors.Is(err, netchat.ErrChangedKey), errors.Is(err, netchat.ErrWrongCode):
		return fault{shown: shownTLS, err: err}
	case ok && noRecord.Conn != nil: // the first one
		return fault{shown: shownClear, err: fmt.Errorf("%w: it answers in clear", netchat.ErrNoTLS)}
	case heard < recordHeader:
		return fault{shown: shownSilence, again: true, err: fmt.Errorf("%w: no TLS: %w", netchat.ErrUnreached, err)}
	case identity.IsBusy(err):
		return fault{shown: shownTLS, again: true, err: fmt.Errorf("%w: %w", netchat.ErrBusy, netchat.ErrUnreached)}
	}
	err = failing(ctx, err)
	return fault{shown: shownTLS, again: errors.Is(err, netchat.ErrUnreached), err: err}
}

// proven returns who the host at the other end is, by its key and by its answer
// to the upgrade.
func (d *dialer) proven(state tls.ConnectionState, at target, answer *http.Response) (Proven, error) {
	room, err := identity.RoomKey(state)
	if err != nil {
		return Proven{}, fmt.Errorf("%w: %w", netchat.ErrNotARoom, err)
	}
	said, err := upgradeOf(answer)
	if err != nil || said == nil {
		return Proven{}, fmt.Errorf("%w: it does not say which room it is: %w", errProtocol, err)
	}
	p := Proven{
		Key:  room,
		Room: netchat.RoomInfo{ID: netchat.RoomIDFromKey(room), Name: said.Name, Host: said.Host},
		Addr: at.addr,
	}
	if d.dial != nil {
		p.Addr = ""
	}
	return p, nil
}

// reachPlainly connects to a host that speaks no TLS, as far as anybody can
// tell, once.
func (d *dialer) reachPlainly(ctx context.Context, at target, come *progress) (*reached, fault) {
	raw, f := d.connect(ctx, at, come)
	if raw == nil {
		return nil, f
	}
	r := &reached{at: at, raw: raw}
	var err error
	var answer *http.Response
	r.ws, answer, err = upgrade(ctx, &line{Conn: r.raw, raw: r.raw, left: maxAnswer}, at)
	if stripped := ofPlain(answer); stripped != nil {
		err = stripped
	}
	if err != nil {
		_ = r.raw.Close()
		return nil, fault{shown: shownSilence, again: errors.Is(err, netchat.ErrUnreached), err: fmt.Errorf("%s: %w", at.addr, err)}
	}
	return r, fault{}
}

// ofPlain fails if the answer, which came in clear, shows that its host has TLS:
// then something on the way has prevented it. Whatever can do that can take out
// this mark as well; whoever joins plainly must be told so.
func ofPlain(answer *http.Response) error {
	if answer == nil {
		return nil
	}
	said, err := upgradeOf(answer)
	if err != nil || (said != nil && said.TLS) {
		return fmt.Errorf("%w: it was taken out on the way", netchat.ErrNoTLS)
	}
	if said != nil && answer.StatusCode == http.StatusForbidden {
		return netchat.ErrAppOnly
	}
	return nil
}

// upgradeOf returns what a host says of itself in its answer; nil: nothing.
func upgradeOf(answer *http.Response) (*wire.Upgrade, error) {
	values := answer.Header.Values(wire.UpgradeHeader)
	switch len(values) {
	case 0:
		return nil, nil
	case 1:
		said, err := wire.DecodeUpgrade(values[0])
		return &said, err
	}
	return nil, fmt.Errorf("%w: %d headers %s", wire.ErrInvalid, len(values), wire.UpgradeHeader)
}

// upgrade makes a WebSocket of a connection that has just been opened. The
// answer, if there was one, is returned with an error too.
func upgrade(ctx context.Context, l *line, at target) (*websocket.Conn, *http.Response, error) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // the handshake looks at ctx only when it starts
	handshake := websocket.Dialer{                           // without Proxy: a room is on this network
		NetDialContext: func(context.Context, string, string) (net.Conn, error) { return l, nil },
	}
	ws, answer, err := handshake.DialContext(ctx, at.url(), nil)
	if answer != nil {
		_ = answer.Body.Close()
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	switch {
	case err == nil && len(answer.Header.Values("Sec-Websocket-Extensions")) > 0:
		// We asked for none, but would inflate whatever came, without a bound.
		return nil, answer, fmt.Errorf("%w: compression", errProtocol)
	case err == nil:
		l.left = -1
		return ws, answer, nil
	case ctx.Err() != nil: // maybe behind an answer that was good
		return nil, answer, failing(ctx, err)
	case answer != nil:
		return nil, answer, fmt.Errorf("%w: it answers %s", netchat.ErrNotARoom, answer.Status)
	}
	return nil, nil, failing(ctx, err)
}
