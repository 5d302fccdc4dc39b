package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Waits of a connection.
const (
	writeTimeout = 10 * time.Second // for one frame
	closeWait    = time.Second      // for the host to hang up after our goodbye
	probeWait    = 2 * time.Second  // for a pong after the machine slept
	pingEvery    = 5 * time.Second  // twice within netchat.DeadHost: one may be lost
)

// Close codes of RFC 6455, section 7.4.1, besides those of netchat.
const (
	closeNormal   netchat.CloseCode = 1000
	closeNoStatus netchat.CloseCode = 1005 // no code was given
	closeAbnormal netchat.CloseCode = 1006 // there was no close frame
)

// errSilent is a host that said nothing for netchat.DeadHost.
var errSilent = errors.New("the host is silent")

// errMoved is a connection from an address that this machine has no more.
var errMoved = errors.New("this computer has another address now")

// A livelyConn fails a Read once nothing has come for netchat.DeadHost. Time
// in which nobody reads does not count.
type livelyConn struct {
	net.Conn
	heard  atomic.Int64 // bytes that came
	come   *progress    // of the address; nil: nobody asks
	secure bool         // what comes is TLS

	mu    sync.Mutex
	until time.Time // an earlier end than that; zero: none
	final bool      // no pong puts it off
}

// Read implements net.Conn.
func (c *livelyConn) Read(p []byte) (int, error) {
	if err := c.arm(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if c.heard.Add(int64(n)) >= recordHeader && c.secure && c.come != nil {
		c.come.record.Store(true)
	}
	return n, err
}

func (c *livelyConn) arm() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := time.Now().Add(netchat.DeadHost)
	if !c.until.IsZero() && c.until.Before(deadline) {
		deadline = c.until
	}
	return c.SetReadDeadline(deadline)
}

// expectPong ends Reads, the one at hand too, in wait unless pong is called.
func (c *livelyConn) expectPong(wait time.Duration) { c.endIn(wait, false) }

// lastCall ends Reads in wait, whatever comes: only what the host has sent
// already is still of interest.
func (c *livelyConn) lastCall(wait time.Duration) { c.endIn(wait, true) }

func (c *livelyConn) endIn(wait time.Duration, final bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until, c.final = time.Now().Add(wait), c.final || final
	_ = c.SetReadDeadline(c.until)
}

// pong says that the host lives.
func (c *livelyConn) pong() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.final {
		c.until = time.Time{}
	}
}

// A link is one connection with its reader and its writer. Only the run loop
// (before it, Join) uses it.
type link struct {
	conn     *wire.Conn
	lively   *livelyConn
	host     Proven // Key nil: a plain socket
	security netchat.Security

	in    chan []byte            // from the reader; closed when it ends
	out   chan []byte            // to the writer, which takes a frame when it can write it
	pongs chan []byte            // capacity 1, reader to writer: a payload to answer a ping with
	bye   chan netchat.CloseCode // capacity 1: the writer's last word; 0: none
	quiet chan struct{}          // closed: nobody takes from in any more
	dead  chan struct{}          // closed by the reader with err

	err      error      // why the connection broke; read behind dead
	writeErr chan error // capacity 1: what ended the writer
	done     sync.WaitGroup
}

func newLink(r *reached, s netchat.Security, now func() time.Time) *link {
	k := &link{
		lively: r.raw, host: r.host, security: s,
		in: make(chan []byte), out: make(chan []byte), pongs: make(chan []byte, 1),
		bye: make(chan netchat.CloseCode, 1), quiet: make(chan struct{}), dead: make(chan struct{}),
		writeErr: make(chan error, 1),
	}
	k.conn = wire.NewConn(r.ws, func(payload []byte) {
		select {
		case k.pongs <- payload:
		default: // the answer to an earlier ping still waits
		}
	}, r.raw.pong)
	if l, ok := r.ws.NetConn().(*line); ok {
		k.conn.OnPart(l.load.said)
	}
	k.done.Go(k.read)
	k.done.Go(func() { k.write(newClockWatch(now)) })
	return k
}

// cause returns why the connection broke. It blocks until it has.
func (k *link) cause() error {
	<-k.dead
	return k.err
}

// read is the reader's goroutine.
func (k *link) read() {
	defer close(k.in)
	for {
		frame, err := k.conn.Read()
		if err != nil {
			k.err = k.lossOf(err)
			close(k.dead)
			return
		}
		select {
		case k.in <- frame:
		case <-k.quiet:
		}
	}
}

// lossOf says in our words why a Read failed. What the host says of it counts
// most; then why the writer ended, which ends the reader too.
func (k *link) lossOf(err error) error {
	closed, isClose := errors.AsType[*netchat.CloseError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case isClose && closed.Code != closeAbnormal:
		return closed
	case errors.Is(err, errProtocol):
		return err
	case errors.Is(err, wire.ErrTooBig), errors.Is(err, wire.ErrBinary):
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	select {
	case err := <-k.writeErr:
		return fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	default:
	}
	switch {
	case isClose:
		return fmt.Errorf("%w: the connection broke", netchat.ErrUnreached)
	case isNet && timeout.Timeout():
		return fmt.Errorf("%w: %w: %w", netchat.ErrSlow, netchat.ErrUnreached, errSilent)
	}
	return fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
}

// write is the writer's goroutine; it ends with bye.
func (k *link) write(clock *clockWatch) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case frame := <-k.out:
			err = k.conn.WriteMessage(frame, time.Now().Add(writeTimeout))
		case payload := <-k.pongs:
			err = k.conn.WritePong(payload, time.Now().Add(writeTimeout))
		case <-ping.C:
			err = k.conn.WritePing(time.Now().Add(writeTimeout))
		case <-tick.C:
			if clock.slept() {
				k.lively.expectPong(probeWait)
				err = k.conn.WritePing(time.Now().Add(probeWait))
			}
			if err == nil && moved(k.lively.LocalAddr()) {
				err = errMoved
			}
		case code := <-k.bye:
			if code != 0 {
				_ = k.conn.WriteClose(code, "", time.Now().Add(closeWait))
			}
			return
		}
		if err != nil {
			k.writeErr <- err
			k.lively.lastCall(closeWait)
			<-k.bye
			return
		}
	}
}

// moved reports whether this machine has lost the address of a connection, which
// is dead then, though nothing says so for a long time.
func moved(local net.Addr) bool {
	tcp, ok := local.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() {
		return false
	}
	addrs, err := net.InterfaceAddrs()
	return err == nil && !slices.ContainsFunc(addrs, func(a net.Addr) bool {
		own, ok := a.(*net.IPNet)
		return ok && own.IP.Equal(tcp.IP)
	})
}

// send hands a frame to the writer.
func (k *link) send(ctx context.Context, frame []byte) error {
	select {
	case k.out <- frame:
		return nil
	case <-k.dead:
		return k.cause()
	case <-ctx.Done():
		return unanswered(ctx)
	}
}

// receive returns the next frame. A host that is silent until ctx ends has not
// answered: netchat.ErrUnreached.
func (k *link) receive(ctx context.Context) ([]byte, error) {
	select {
	case frame, ok := <-k.in:
		if !ok {
			return nil, k.cause()
		}
		return frame, nil
	case <-ctx.Done():
		return nil, unanswered(ctx)
	}
}

func unanswered(ctx context.Context) error {
	return fmt.Errorf("%w: %w", netchat.ErrUnreached, ctx.Err())
}

// end says goodbye if the connection is up, or answers the host's, and
// returns when both goroutines have ended: at most closeWait later. It is
// called exactly once.
func (k *link) end() {
	close(k.quiet)
	code := closeNormal
	select {
	case <-k.dead:
		code = 0
		if closed, ok := errors.AsType[*netchat.CloseError](k.err); ok && closed.Code != closeNoStatus {
			code = closed.Code
		}
	default:
	}
	if code == 0 {
		_ = k.conn.Close()
	}
	k.bye <- code
	cut := time.AfterFunc(closeWait, func() { _ = k.conn.Close() })
	k.done.Wait()
	cut.Stop()
	_ = k.conn.Close()
}
