package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Errors of Conn.Read at a host, besides those of every Conn.
var (
	ErrPieces     = errors.New("a message in too many pieces")
	ErrUnfinished = errors.New("half a message for too long")
)

// Watched returns w for an upgrade whose connection is to be watched by
// NewHostConn. gorilla reads frames without an end inside one call as long as they
// carry nothing, so what passes is looked at below it.
func Watched(w http.ResponseWriter) http.ResponseWriter { return hijacker{w} }

// A hijacker has a watchedConn taken from a request.
type hijacker struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &watchedConn{Conn: conn}, buffers, nil
}

// A watchedConn sees the frames pass that are read from it. It bounds in how many
// pieces a message comes, and for how long. One goroutine reads.
type watchedConn struct {
	net.Conn
	frames frameCount

	mu    sync.Mutex
	until time.Time // what SetReadDeadline was told
	due   time.Time // when what is under way has to be there; zero: nothing is
}

// NetConn returns the connection below.
func (c *watchedConn) NetConn() net.Conn { return c.Conn }

// CloseWrite tells the peer that nothing more comes, where the transport can.
func (c *watchedConn) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return nil
}

// SetReadDeadline implements net.Conn. What is under way may end a Read earlier.
func (c *watchedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	return c.apply()
}

// SetDeadline implements net.Conn.
func (c *watchedConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// apply has the earlier one of the deadlines count.
func (c *watchedConn) apply() error {
	deadline := c.until
	if !c.due.IsZero() && (deadline.IsZero() || c.due.Before(deadline)) {
		deadline = c.due
	}
	return c.Conn.SetReadDeadline(deadline)
}

// resume gives what is under way its whole time, from now on: nobody has read for a
// while.
func (c *watchedConn) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.due.IsZero() {
		c.due = time.Now().Add(netchat.MessageTime)
		_ = c.apply() // a Read says what is wrong
	}
}

// Read implements net.Conn. It fails with ErrPieces and ErrUnfinished, too.
func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.frames.pass(p[:n]) {
		return 0, ErrPieces
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() && !c.due.IsZero() && !time.Now().Before(c.due) {
		return n, ErrUnfinished
	}
	if under := c.frames.underWay(); under == c.due.IsZero() {
		c.due = time.Time{}
		if under {
			c.due = time.Now().Add(netchat.MessageTime)
		}
		if fault := c.apply(); err == nil && fault != nil {
			return n, fault
		}
	}
	return n, err
}

// maxReads bounds in how many reads a message comes. Each costs a call, and over TLS
// a record: a message of MaxFrame comes in about 1000 where packets are smallest.
const maxReads = 2 * netchat.MaxFragments

// A frameCount follows the frames of a client, of which it sees the headers, and
// counts the pieces of what is under way: a message from its first byte to its last,
// with the control frames within, or a control frame between two.
type frameCount struct {
	head  [maxHeader]byte // of the frame, as far as it is there
	have  int             // bytes of it
	left  uint64          // bytes of the frame's payload to come
	open  bool            // more fragments are to come
	count int             // frames of what is under way
	reads int             // pieces in which it came
}

// Of a frame's header (RFC 6455, section 5.2).
const (
	maxHeader  = 14
	finBit     = 0x80
	controlBit = 0x08
	maskBit    = 0x80
)

// size returns how long the header is, as far as is known.
func (f *frameCount) size() int {
	if f.have < 2 {
		return 2
	}
	size := 2
	switch f.head[1] &^ maskBit {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if f.head[1]&maskBit != 0 {
		size += 4
	}
	return size
}

// underWay reports whether something has begun and is not there yet.
func (f *frameCount) underWay() bool { return f.have > 0 || f.open }

// pass takes in what was read and reports whether it is within the bounds.
func (f *frameCount) pass(p []byte) bool {
	if len(p) > 0 {
		f.reads++
	}
	for len(p) > 0 {
		if size := f.size(); f.have < size {
			n := copy(f.head[f.have:size], p)
			f.have += n
			p = p[n:]
			if f.have < f.size() {
				continue
			}
			f.count++
			f.left = f.payload()
		}
		n := min(f.left, uint64(len(p)))
		f.left -= n
		p = p[n:]
		if f.left == 0 {
			f.end()
		}
		if f.count > netchat.MaxFragments {
			return false
		}
	}
	if !f.underWay() {
		f.reads = 0
	}
	return f.reads <= maxReads
}

// payload returns how long the frame says that it is.
func (f *frameCount) payload() uint64 {
	switch length := f.head[1] &^ maskBit; length {
	case 126:
		return uint64(binary.BigEndian.Uint16(f.head[2:]))
	case 127:
		return binary.BigEndian.Uint64(f.head[2:])
	default:
		return uint64(length)
	}
}

// end ends a frame.
func (f *frameCount) end() {
	if f.head[0]&controlBit == 0 {
		f.open = f.head[0]&finBit == 0
	}
	f.have = 0
	if !f.open {
		f.count, f.reads = 0, 1 // what is behind it came in this one
	}
}
