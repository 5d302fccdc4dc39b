package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat/identity"
)

// Bounds of the gate.
const (
	firstByteTimeout = 5 * time.Second  // for the first byte, and for the ClientHello that it begins
	handshakeTimeout = 15 * time.Second // for the TLS handshake behind that: what is lost on the way is sent again

	maxHelloRecord = 16 << 10        // bytes of the record with a ClientHello (RFC 8446, section 5.1)
	shakePatience  = 5 * time.Second // a handshake that has to wait for longer is put off
	maxShakesAhead = 1024            // so many of one address may wait for their turn
	busyWait       = time.Second     // for whoever is put off to hang up
	maxBusyDrain   = 32 << 10        // bytes of it that are read meanwhile

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
	turns      *turns   // and that it does not do so while others wait
	slots      *slots
	strains    *strains
	silent     func() bool // cuts off a connection that has not joined, if there is one
	shared     bool        // an address has its share

	ready chan net.Conn
	done  chan struct{}

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	wait      sync.WaitGroup
}

func newGate(config *tls.Config, cfg Config, c capacity) *gate {
	strained := &strains{tell: cfg.Strained, of: c.seats}
	return &gate{
		config: config, log: cfg.Logger, handshakes: newBudgets(cfg.Rate), turns: newTurns(runtime.GOMAXPROCS(0), maxShakesAhead), shared: !cfg.Rate.Off,
		slots: newSlots(c.connections, strained.descriptors), strains: strained,
		arriving: newCrowd[net.Conn](c.arriving, min(arrivingSlack, 3*c.arriving), arrivingPatience),
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
		case noDescriptors(err):
			g.slots.lack() // for a while; it is no fault of the listener's
			faults = min(faults, maxAcceptFaults-1)
		case errors.Is(err, net.ErrClosed), faults >= maxAcceptFaults:
			return fmt.Errorf("accept: %w", err)
		}
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
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(socketBuffer)
	}
	conn, slotted := g.slot(conn)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		_ = conn.Close()
		return errGateClosed
	}
	if !slotted {
		g.turnAway(conn)
		return nil
	}
	share := ""
	if g.shared {
		share = addressOf(conn, sourceOf)
	}
	for _, evicted := range g.arriving.add(conn, share, 1, time.Now()) {
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
	if err := peeked.peek(1); err != nil {
		return nil, err
	}
	if peeked.seen[0] == identity.FirstByte {
		return g.shake(peeked)
	}
	return peeked, conn.SetReadDeadline(time.Time{})
}

// shake does the handshake of TLS. Nothing is spent on a ClientHello before it is
// there as a whole: half ones cost their address nothing that others behind it need.
func (g *gate) shake(peeked *peekedConn) (net.Conn, error) {
	if g.config == nil {
		return nil, errors.New("there is no TLS here")
	}
	if err := peeked.SetDeadline(time.Now().Add(firstByteTimeout)); err != nil {
		return nil, err
	}
	if err := peeked.peekRecord(); err != nil {
		return nil, err
	}
	leave, err := g.afford(addressOf(peeked.Conn, machineOf))
	if err != nil {
		putOff(peeked)
		return nil, err
	}
	defer leave()
	if err := peeked.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return nil, err
	}
	peeked.onWrite = leave // what costs is over when the answer is on its way
	peeked.records = newRecords()
	secure := tls.Server(peeked, g.config)
	if err := secure.HandshakeContext(context.Background()); err != nil { // the deadline bounds it
		return nil, err
	}
	peeked.onWrite = nil
	return &secureConn{Conn: secure, records: peeked.records}, secure.SetDeadline(time.Time{})
}

var errBusy = errors.New("too many handshakes, or too many from its address")

// afford waits until the address may cost us one more handshake and it is its turn,
// for shakePatience. leave, which may be called twice, lets others have their turn.
func (g *gate) afford(address string) (leave func(), err error) {
	if address == "" || g.handshakes.rate.Off {
		return func() {}, nil
	}
	limit, release := g.handshakes.take(address)
	defer release()
	pause, ok := limit.joinWithin(time.Now(), shakePatience)
	if !ok {
		return nil, errBusy
	}
	given := make(chan struct{})
	patience := time.AfterFunc(shakePatience, func() { close(given) })
	defer patience.Stop()
	if pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-g.done:
			return nil, errGateClosed
		}
	}
	if !g.turns.take(address, given) {
		return nil, errBusy
	}
	return sync.OnceFunc(g.turns.leave), nil
}

// putOff tells a client that it is to come back later, in a way that it can tell
// from somebody on the way who cuts connections. It is not cut off before it has
// had a chance to read that.
func putOff(peeked *peekedConn) {
	_ = peeked.SetDeadline(time.Now().Add(busyWait))
	if _, err := peeked.Conn.Write(identity.BusyRecord()); err != nil {
		return
	}
	_ = peeked.CloseWrite()
	_, _ = io.CopyN(io.Discard, peeked.Conn, maxBusyDrain)
}

// addressOf returns what of a connection's address counts; empty: it is this process.
func addressOf(conn net.Conn, counts func(hostport string) string) string {
	if _, inProcess := conn.(pipeConn); inProcess {
		return ""
	}
	return counts(conn.RemoteAddr().String())
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
