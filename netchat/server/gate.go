package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/homeroomchat/homeroom/netchat/identity"
)

// Bounds of the gate.
const (
	firstByteTimeout = 5 * time.Second // for the first byte
	handshakeTimeout = 5 * time.Second // for the TLS handshake behind it

	// Connections that have not got as far as a WebSocket: silent, in the middle
	// of a handshake or of their headers. Each of them ends by a time-out; that
	// there are not too many meanwhile is seen to here.
	maxArriving      = 4096
	arrivingSlack    = 1024 // more, while none has waited for arrivingPatience
	arrivingPatience = time.Second

	acceptPause     = 5 * time.Millisecond // after a failed accept, doubled each time
	maxAcceptPause  = time.Second
	maxAcceptFaults = 100 // in a row: then the listener is given up
)

// errGateClosed ends an accept loop.
var errGateClosed = errors.New("the gate is closed")

// A gate stands between the listeners and the HTTP server, which takes from it
// what speaks HTTP, over TLS or in clear. The first byte tells which, and it is
// waited for in a goroutine of the connection: within Accept, ten silent ones
// would hold up everybody. It is a net.Listener.
type gate struct {
	config     *tls.Config // nil: no TLS
	log        *slog.Logger
	arriving   *crowd[net.Conn]
	handshakes *budgets // what an address may cost us in computing

	ready chan net.Conn
	done  chan struct{}

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	wait      sync.WaitGroup
}

func newGate(config *tls.Config, rate Rate, log *slog.Logger) *gate {
	return &gate{
		config: config, log: log, handshakes: newBudgets(rate),
		arriving: newCrowd[net.Conn](maxArriving, arrivingSlack, arrivingPatience),
		ready:    make(chan net.Conn), done: make(chan struct{}), listeners: make(map[net.Listener]bool),
	}
}

// serve lets in what ln accepts, until the gate is closed: then it returns nil.
// It closes ln.
func (g *gate) serve(ln net.Listener) error {
	g.mu.Lock()
	g.listeners[ln] = true
	closed := g.closed
	g.mu.Unlock()
	defer func() { _ = g.drop(ln) }()
	if closed {
		return nil
	}
	for faults := 0; ; {
		conn, err := ln.Accept()
		if err == nil {
			faults = 0
			err = g.enter(conn)
		}
		switch {
		case err == nil:
			continue
		case g.isClosed():
			return nil
		case errors.Is(err, net.ErrClosed), faults >= maxAcceptFaults:
			return fmt.Errorf("accept: %w", err)
		}
		// Most of all there are no more file descriptors, for a while.
		g.log.Warn("accept", "err", err)
		pause := time.NewTimer(min(acceptPause<<min(faults, 16), maxAcceptPause))
		faults++
		select {
		case <-pause.C:
		case <-g.done:
			pause.Stop()
			return nil
		}
	}
}

// drop closes a listener, once.
func (g *gate) drop(ln net.Listener) error {
	g.mu.Lock()
	listening := g.listeners[ln]
	delete(g.listeners, ln)
	g.mu.Unlock()
	if !listening {
		return nil
	}
	if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (g *gate) isClosed() bool {
	select {
	case <-g.done:
		return true
	default:
		return false
	}
}

// enter takes a connection, whatever it says.
func (g *gate) enter(conn net.Conn) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		_ = conn.Close()
		return errGateClosed
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(socketBuffer)
	}
	for _, evicted := range g.arriving.add(conn, 1, time.Now()) {
		_ = evicted.Close()
	}
	g.wait.Go(func() {
		ready, err := g.sort(conn)
		if err != nil {
			g.log.Debug("a connection ended at the gate", "remote", conn.RemoteAddr(), "err", err)
			g.arriving.remove(conn)
			_ = conn.Close()
			return
		}
		select {
		case g.ready <- ready:
		case <-g.done:
			_ = conn.Close()
		}
	})
	return nil
}

// sort waits for the first byte, and shakes hands where it is one of TLS.
func (g *gate) sort(conn net.Conn) (net.Conn, error) {
	if err := conn.SetReadDeadline(time.Now().Add(firstByteTimeout)); err != nil {
		return nil, err
	}
	peeked := &peekedConn{Conn: conn}
	if err := peeked.peek(); err != nil {
		return nil, err
	}
	if peeked.first[0] == identity.FirstByte {
		return g.shake(peeked)
	}
	return peeked, conn.SetReadDeadline(time.Time{})
}

func (g *gate) shake(peeked *peekedConn) (net.Conn, error) {
	if g.config == nil {
		return nil, errors.New("there is no TLS here")
	}
	if err := g.afford(peeked); err != nil {
		return nil, err
	}
	if err := peeked.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return nil, err
	}
	secure := tls.Server(peeked, g.config)
	if err := secure.HandshakeContext(context.Background()); err != nil { // the deadline bounds it
		return nil, err
	}
	return &secureConn{Conn: secure}, secure.SetDeadline(time.Time{})
}

// afford waits until the connection's address may cost us one more handshake.
func (g *gate) afford(peeked *peekedConn) error {
	limit, release := g.handshakes.take(addressOf(peeked.Conn))
	defer release()
	pause, ok := limit.join(time.Now())
	if !ok {
		return errors.New("too many handshakes from its address")
	}
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-g.done:
		return errGateClosed
	}
}

// addressOf returns the address that shares budgets; empty: this process.
func addressOf(conn net.Conn) string {
	if _, inProcess := conn.(pipeConn); inProcess {
		return ""
	}
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// passed says that the HTTP server is done with a connection, because it has
// ended or become a WebSocket.
func (g *gate) passed(conn net.Conn) { g.arriving.remove(accepted(conn)) }

// Accept implements net.Listener, for the HTTP server.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case conn := <-g.ready:
		return conn, nil
	case <-g.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It ends all that has not passed, closes the
// listeners and returns when no goroutine of the gate is left but the accept
// loops, which are on their way out.
func (g *gate) Close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil
	}
	g.closed = true
	close(g.done)
	listeners := slices.Collect(maps.Keys(g.listeners))
	g.mu.Unlock()
	var errs []error
	for _, ln := range listeners {
		errs = append(errs, g.drop(ln))
	}
	for _, conn := range g.arriving.all() {
		_ = conn.Close()
	}
	g.wait.Wait()
	return errors.Join(errs...)
}

// Addr implements net.Listener.
func (g *gate) Addr() net.Addr { return gateAddr{} }

type gateAddr struct{}

// Network implements net.Addr.
func (gateAddr) Network() string { return "gate" }

func (gateAddr) String() string { return "gate" }

// A peekedConn is a connection whose first byte has been looked at.
type peekedConn struct {
	net.Conn
	first  [1]byte
	peeked bool // first is still to be read
}

// peek blocks until there is a first byte.
func (c *peekedConn) peek() error {
	if _, err := c.Conn.Read(c.first[:]); err != nil {
		return err
	}
	c.peeked = true
	return nil
}

// Read implements net.Conn.
func (c *peekedConn) Read(p []byte) (int, error) {
	if c.peeked && len(p) > 0 {
		c.peeked = false
		return copy(p, c.first[:]), nil
	}
	return c.Conn.Read(p)
}

// CloseWrite tells the peer that nothing more comes, where the transport can.
func (c *peekedConn) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return nil
}

// A secureConn is TLS in a form that the HTTP server takes for any connection: of
// an ALPN that it does not know it would not serve HTTP.
type secureConn struct {
	*tls.Conn
	late atomic.Bool // the deadline for writing was over when it was set
}

// SetWriteDeadline implements net.Conn. A write that times out breaks TLS for
// good, and wire.NewHostConn has one do so: what is late already is not begun.
func (c *secureConn) SetWriteDeadline(t time.Time) error {
	late := !t.IsZero() && !t.After(time.Now())
	c.late.Store(late)
	if late {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// Write implements net.Conn.
func (c *secureConn) Write(p []byte) (int, error) {
	if c.late.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	return c.Conn.Write(p)
}

// accepted returns the connection below TLS and the peeking, as it was accepted.
func accepted(conn net.Conn) net.Conn {
	if secure, ok := conn.(*secureConn); ok {
		conn = secure.NetConn()
	}
	if peeked, ok := conn.(*peekedConn); ok {
		conn = peeked.Conn
	}
	return conn
}

// sever closes a connection at once. The Close of TLS first says goodbye, which
// takes seconds if the peer does not read.
func sever(conn net.Conn) { _ = accepted(conn).Close() }
