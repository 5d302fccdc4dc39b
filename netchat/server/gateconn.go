package server

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// A peekedConn is a connection whose first bytes have been looked at.
type peekedConn struct {
	net.Conn
	seen    []byte   // still to be read
	onWrite func()   // nil: nobody asks when something is written
	records *records // of TLS, behind the first; nil: it is none
}

// NetConn returns the connection as it was accepted.
func (c *peekedConn) NetConn() net.Conn { return c.Conn }

// peekChunk is how much of what is looked at is held before it has come, in bytes.
const peekChunk = 2 << 10

// peek blocks until n bytes are there to be looked at.
func (c *peekedConn) peek(n int) error {
	for len(c.seen) < n {
		chunk := make([]byte, min(n-len(c.seen), peekChunk))
		got, err := c.Conn.Read(chunk)
		c.seen = append(c.seen, chunk[:got]...)
		if err != nil && len(c.seen) < n {
			return err
		}
	}
	return nil
}

var errBadRecord = errors.New("the first TLS record is empty or too long")

// peekRecord blocks until the first TLS record is there as a whole.
func (c *peekedConn) peekRecord() error {
	if err := c.peek(recordHeader); err != nil {
		return err
	}
	size := int(c.seen[3])<<8 | int(c.seen[4])
	if size == 0 || size > maxHelloRecord {
		return errBadRecord
	}
	return c.peek(recordHeader + size)
}

// Read implements net.Conn.
func (c *peekedConn) Read(p []byte) (int, error) {
	if len(c.seen) > 0 {
		n := copy(p, c.seen)
		if c.seen = c.seen[n:]; len(c.seen) == 0 {
			c.seen = nil
		}
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if c.records != nil && !c.records.pass(p[:n]) {
		return 0, errRecords
	}
	return n, err
}

// Write implements net.Conn.
func (c *peekedConn) Write(p []byte) (int, error) {
	if c.onWrite != nil {
		c.onWrite()
	}
	return c.Conn.Write(p)
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
	records *records
	late    atomic.Bool // the deadline for writing was over when it was set
}

// Read implements net.Conn.
func (c *secureConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.records.useful()
	}
	return n, err
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

// accepted returns the connection below all else, as it was accepted.
func accepted(conn net.Conn) net.Conn {
	for {
		above, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = above.NetConn()
	}
}

// sever closes a connection at once. The Close of TLS first says goodbye, which
// takes seconds if the peer does not read.
func sever(conn net.Conn) { _ = accepted(conn).Close() }
