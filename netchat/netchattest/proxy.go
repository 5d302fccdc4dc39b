package netchattest

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/textproto"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A Direction is one way through a Proxy.
type Direction int

// The directions.
const (
	ToHost Direction = iota
	ToClient
)

func (d Direction) String() string { return [...]string{"to host", "to client"}[d] }

// A Cut says where to break a connection: at the Frame-th message, from 1, in
// direction Dir, before or after it has passed. Pings and their like do not
// count. Over TLS it is the Frame-th record with data, whatever is in it: the end
// of the handshake, a head of HTTP, a message, a ping.
type Cut struct {
	Dir   Direction
	Frame int
	After bool
}

// A Proxy stands between clients and a host and breaks connections on demand.
// It ends with the test.
type Proxy struct {
	dial   func(context.Context) (net.Conn, error)
	memory *Listener

	mu      sync.Mutex
	cuts    []Cut // of the connections to come, one each
	pairs   map[*pair]struct{}
	made    int
	shut    bool
	held    chan struct{} // closed: frames pass
	release func()

	delay atomic.Int64
	done  sync.WaitGroup
}

// NewProxy makes a Proxy to the host that dial reaches.
func NewProxy(tb testing.TB, dial func(context.Context) (net.Conn, error)) *Proxy {
	p := &Proxy{dial: dial, memory: Listen(), pairs: make(map[*pair]struct{})}
	p.held = make(chan struct{})
	p.release = sync.OnceFunc(func() { close(p.held) })
	p.release()
	p.done.Go(func() { p.accept(p.memory) })
	tb.Cleanup(p.close)
	return p
}

// Dial connects through the Proxy in memory.
func (p *Proxy) Dial(ctx context.Context) (net.Conn, error) { return p.memory.Dial(ctx) }

// ListenTCP serves on a loopback port too and returns its "host:port".
func (p *Proxy) ListenTCP(tb testing.TB) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = ln.Close() }) // runs before close
	p.done.Go(func() { p.accept(ln) })
	return ln.Addr().String()
}

// CutNext breaks the next connections, one for each Cut.
func (p *Proxy) CutNext(cuts ...Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts = append(p.cuts, cuts...)
}

// CutAll breaks what is connected now.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.cut()
	}
}

// Hold lets nothing pass any more, but closes nothing: half-open connections.
// Release ends it.
func (p *Proxy) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := make(chan struct{})
	p.held = held
	p.release = sync.OnceFunc(func() { close(held) })
}

// Release is described at Hold.
func (p *Proxy) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release()
}

// Delay makes every later frame wait for d.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Connections returns how many have been made.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

// Uncut returns how many Cuts of CutNext have no connection yet.
func (p *Proxy) Uncut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.cuts)
}

func (p *Proxy) close() {
	_ = p.memory.Close()
	p.mu.Lock()
	p.shut = true
	p.release()
	p.mu.Unlock()
	p.CutAll()
	p.done.Wait()
}

func (p *Proxy) accept(ln net.Listener) {
	for {
		client, err := ln.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.connect(client) })
	}
}

// A pair is one connection through the Proxy.
type pair struct {
	client, host net.Conn
	ended        chan struct{}
	cut          func()
}

func (p *Proxy) connect(client net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	host, err := p.dial(ctx)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &pair{client: client, host: host, ended: make(chan struct{})}
	c.cut = sync.OnceFunc(func() {
		close(c.ended)
		_ = client.Close()
		_ = host.Close()
	})
	plan := p.register(c)
	var both sync.WaitGroup
	both.Go(func() { p.pump(c, ToHost, plan) })
	both.Go(func() { p.pump(c, ToClient, plan) })
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pairs, c)
}

func (p *Proxy) register(c *pair) (plan Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	p.pairs[c] = struct{}{}
	if p.shut {
		c.cut()
	}
	if len(p.cuts) > 0 {
		plan, p.cuts = p.cuts[0], p.cuts[1:]
	}
	return plan
}

// pump passes one direction on, frame by frame, until it ends or is cut.
func (p *Proxy) pump(c *pair, dir Direction, plan Cut) {
	defer c.cut()
	from, to := c.client, c.host
	if dir == ToClient {
		from, to = c.host, c.client
	}
	r, chunk, err := newReader(bufio.NewReader(from))
	if err != nil {
		return
	}
	messages, here, message := 0, false, false
	for p.pass(c) && (!here || plan.After) {
		if _, err := to.Write(chunk); err != nil || here {
			return
		}
		if chunk, message, err = r.next(); err != nil {
			return
		}
		if message {
			messages++
			here = plan.Dir == dir && plan.Frame == messages
		}
	}
}

// pass waits while the Proxy holds or delays; false: c has ended.
func (p *Proxy) pass(c *pair) bool {
	if d := time.Duration(p.delay.Load()); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.ended:
			return false
		}
	}
	p.mu.Lock()
	held := p.held
	p.mu.Unlock()
	select {
	case <-held:
		return true
	case <-c.ended:
		return false
	}
}

// readHead reads the head of an HTTP message.
func readHead(in *bufio.Reader) ([]byte, error) {
	var head []byte
	lines := textproto.NewReader(in)
	for {
		line, err := lines.ReadLineBytes()
		if err != nil {
			return nil, err
		}
		head = append(append(head, line...), "\r\n"...)
		if len(line) == 0 {
			return head, nil
		}
	}
}

// maxProxied bounds a frame that a Proxy passes on, in bytes.
const maxProxied = 32 << 20

// readFrame reads one WebSocket frame, as RFC 6455 has it in section 5.2.
func readFrame(in *bufio.Reader) ([]byte, error) {
	frame := make([]byte, 2, 14)
	if _, err := io.ReadFull(in, frame); err != nil {
		return nil, err
	}
	size, extra := uint64(frame[1]&0x7F), 0
	switch size {
	case 126:
		extra = 2
	case 127:
		extra = 8
	}
	mask := 0
	if frame[1]&0x80 != 0 {
		mask = 4
	}
	frame = frame[:2+extra+mask]
	if _, err := io.ReadFull(in, frame[2:]); err != nil {
		return nil, err
	}
	switch extra {
	case 2:
		size = uint64(binary.BigEndian.Uint16(frame[2:]))
	case 8:
		size = binary.BigEndian.Uint64(frame[2:])
	}
	if size > maxProxied {
		return nil, io.ErrShortBuffer
	}
	frame = append(frame, make([]byte, size)...)
	_, err := io.ReadFull(in, frame[2+extra+mask:])
	return frame, err
}
