package server

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/homeroomchat/homeroom/netchat/identity"
)

// Bounds of turning away.
const (
	maxRefusals   = 8                      // at a time; beyond that they are cut off without a word
	refusalTime   = 500 * time.Millisecond // to hear why
	maxRefusalLag = 16 << 10               // bytes of a request that are read after the answer
)

// While all slots are taken the next one to come waits a moment: most who are on their
// way in, or are being refused, are gone in no time. If that was in vain, nobody
// waits for a while.
const (
	slotWait  = 250 * time.Millisecond
	slotPause = time.Second
)

// slots count the connections against the descriptors that this program may have.
type slots struct {
	limit    int
	short    func(bool) // told when they do not suffice, and when they do again
	refusals chan struct{}
	freed    chan struct{} // capacity 1

	mu    sync.Mutex
	hasty time.Time // until when nobody waits
	used  int
	tight bool // some were turned away, and it has not got better since
}

func newSlots(limit int, short func(bool)) *slots {
	return &slots{limit: limit, short: short, refusals: make(chan struct{}, maxRefusals), freed: make(chan struct{}, 1)}
}

// A slotConn is a connection that was accepted; its Close gives back the slot.
type slotConn struct {
	net.Conn
	once  sync.Once
	slots *slots
}

// take returns conn with a slot; false: there is none left.
func (s *slots) take(conn net.Conn) (net.Conn, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.limit {
		return conn, false
	}
	s.used++
	return &slotConn{Conn: conn, slots: s}, true
}

// lack says that somebody was turned away for want of descriptors.
func (s *slots) lack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tight {
		s.tight = true
		s.short(true)
	}
}

// await waits a moment for a slot.
func (s *slots) await(done <-chan struct{}) {
	s.mu.Lock()
	hasty := time.Now().Before(s.hasty)
	s.mu.Unlock()
	if hasty {
		return
	}
	timer := time.NewTimer(slotWait)
	defer timer.Stop()
	select {
	case <-s.freed:
	case <-timer.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hasty = time.Now().Add(slotPause)
	case <-done:
	}
}

// slot returns conn with a slot, for which one that has not got far may have to go;
// false: there is none. A connection of this process needs none. It waits for a
// moment at most.
func (g *gate) slot(conn net.Conn) (net.Conn, bool) {
	if _, inProcess := conn.(pipeConn); inProcess {
		return conn, true
	}
	if slotted, ok := g.slots.take(conn); ok {
		return slotted, true
	}
	select {
	case <-g.slots.freed: // before
	default:
	}
	g.slots.await(g.done)
	if slotted, ok := g.slots.take(conn); ok {
		return slotted, true
	}
	g.slots.lack()
	if oldest, ok := g.arriving.evict(); ok {
		_ = oldest.Close()
	} else {
		g.silent()
	}
	return g.slots.take(conn)
}

// Close implements net.Conn.
func (c *slotConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.slots.give)
	return err
}

// CloseWrite tells the peer that nothing more comes, where the transport can.
func (c *slotConn) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return nil
}

// give takes back a slot. It is over when half of them are free: else each who leaves
// and the next who comes would be two pieces of news.
func (s *slots) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	signal(s.freed)
	if s.tight && s.used <= s.limit/2 {
		s.tight = false
		s.short(false)
	}
}

// noDescriptors reports whether an Accept failed because there are none left.
func noDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// tooMany is what whoever speaks HTTP is told; the room's language is not known here.
const tooMany = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 10\r\nConnection: close\r\n\r\n" +
	"主机的连接已满，请稍后再试 (the host has no connection left, try again later)\n"

// turnAway refuses a connection for which there is no slot, at once.
func (g *gate) turnAway(conn net.Conn) {
	select {
	case g.slots.refusals <- struct{}{}:
		g.wait.Go(func() {
			defer func() { <-g.slots.refusals }()
			dismiss(conn)
		})
	default:
		_ = conn.Close()
	}
}

// dismiss tells a connection why, in what it speaks, and closes it.
func dismiss(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(refusalTime))
	var first [1]byte
	if _, err := conn.Read(first[:]); err != nil {
		return
	}
	answer := tooMany
	if first[0] == identity.FirstByte {
		answer = string(identity.BusyRecord())
	}
	if _, err := io.WriteString(conn, answer); err != nil {
		return
	}
	halfClose(conn)
	_, _ = io.CopyN(io.Discard, conn, maxRefusalLag) // unread bytes would reset it before it is read
}
