package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
)

// Errors of Conn.Read besides those of the network.
var (
	ErrBinary = errors.New("a binary frame")
	ErrTooBig = errors.New("a frame over the limit")
)

// A Conn is a WebSocket of either end, over TCP, TLS or an in-memory pipe:
// whole messages in, whole frames out. One goroutine reads. A host, which has it
// from NewHostConn, writes with WriteFramed alone, from any goroutine: each call
// is one write of the connection below, so frames never mix. A client writes
// with the other Write methods. Nothing is buffered beyond one message and the
// buffers of ws.
type Conn struct {
	ws     *websocket.Conn
	host   bool                       // this is the host's end
	onHold func(bytes int)            // may be nil
	onPart func(bytes int, last bool) // may be nil
	piece  []byte                     // what readHost reads into
	watch  *watchedConn               // nil: it is not watched, as at a client
}

// NewHostConn wraps an upgraded connection, like NewConn. Nobody but the host
// writes to it: of a peer's faults Read only tells the caller. If ws was upgraded with
// Watched, Read fails with ErrPieces or ErrUnfinished, too, when a message has more
// than netchat.MaxFragments frames, or takes netchat.MessageTime. onHold, which may
// be nil, is called by Read, on its goroutine, whenever the message that it reads
// takes more bytes of memory than before.
func NewHostConn(ws *websocket.Conn, onPing func(payload []byte), onPong func(), onHold func(bytes int)) *Conn {
	mute(ws)
	c := NewConn(ws, onPing, onPong)
	c.watch, _ = ws.NetConn().(*watchedConn)
	c.host, c.onHold = true, onHold
	return c
}

// mute keeps gorilla from writing. It answers faults of the peer with a close
// frame of its own, in front of what waits in the host's queue and besides the
// host's close frame. Once a write of its own has failed it leaves that be; this
// one fails without a byte being written. A connection over TLS, which a write that
// times out breaks, has to fail by itself behind such a deadline.
func mute(ws *websocket.Conn) {
	_ = ws.SetWriteDeadline(time.Unix(1, 0))
	_ = ws.WriteMessage(websocket.TextMessage, nil)
}

// NewConn wraps a dialled connection. onPing is called by Read,
// on its goroutine, with the payload of each ping; nobody else answers pings.
// onPong likewise for each pong. Neither may block.
func NewConn(ws *websocket.Conn, onPing func(payload []byte), onPong func()) *Conn {
	ws.SetPingHandler(func(payload string) error {
		onPing([]byte(payload))
		return nil
	})
	ws.SetPongHandler(func(string) error {
		onPong()
		return nil
	})
	// The answer to a close goes through the owner's queue, behind what waits.
	ws.SetCloseHandler(func(int, string) error { return nil })
	return &Conn{ws: ws}
}

// Read blocks until the next message and returns it. It fails with ErrBinary,
// ErrTooBig, a *netchat.CloseError when the peer closed (Code 1005 if it gave
// none, 1006 if the connection ended without a close frame), or an error of
// the connection, which is a net.Error with Timeout at a deadline. Of a frame
// that is too big or breaks RFC 6455 a client's peer is told here, by a close
// frame of 1009 or 1002, which may take a second if it does not read. After an
// error only writing a last word and Close make sense.
func (c *Conn) Read() ([]byte, error) {
	if c.watch != nil {
		c.watch.resume()
	}
	read := c.read
	if !c.host {
		read = c.readHost
	}
	kind, message, err := read()
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return nil, &netchat.CloseError{Code: netchat.CloseCode(closed.Code), Text: closed.Text}
	case errors.Is(err, websocket.ErrReadLimit), errors.Is(err, ErrTooBig):
		return nil, ErrTooBig
	case err != nil:
		return nil, fmt.Errorf("read frame: %w", err)
	case kind != websocket.TextMessage:
		return nil, ErrBinary
	}
	return message, nil
}

// firstHold is the memory in bytes that a message begins with.
const firstHold = 512

// read is the ReadMessage of gorilla, but tells what it holds.
func (c *Conn) read() (kind int, message []byte, err error) {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return kind, nil, err
	}
	message = make([]byte, 0, firstHold)
	for {
		if len(message) == cap(message) {
			message = append(message, 0)[:len(message)]
			if c.onHold != nil {
				c.onHold(cap(message))
			}
		}
		n, err := r.Read(message[len(message):cap(message)])
		message = message[:len(message)+n]
		if errors.Is(err, io.EOF) {
			return kind, message, nil
		}
		if err != nil {
			return kind, nil, err
		}
	}
}

// pieceSize is how much of a host's message is read at a time, in bytes.
const pieceSize = 16 << 10

// farewell is how long a host that is told of a fault may take to take it.
const farewell = time.Second

// readHost reads a message of a host, holding as much of it as its type may have.
func (c *Conn) readHost() (kind int, message []byte, err error) {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return kind, nil, err
	}
	var in intake
	if c.piece == nil {
		c.piece = make([]byte, pieceSize)
	}
	c.part(0, false)
	for {
		n, err := r.Read(c.piece)
		if n > 0 && !in.take(c.piece[:n]) {
			_ = c.WriteClose(netchat.CloseTooBig, "", time.Now().Add(farewell))
			return kind, nil, ErrTooBig
		}
		done := errors.Is(err, io.EOF)
		c.part(n, done)
		if done {
			return kind, in.held, nil
		}
		if err != nil {
			return kind, nil, err
		}
	}
}

// OnPart has f called by Read, on its goroutine, when a client's Conn begins to read
// a message, and for each piece of it with its bytes and whether it is the last.
func (c *Conn) OnPart(f func(bytes int, last bool)) { c.onPart = f }

func (c *Conn) part(bytes int, last bool) {
	if c.onPart != nil {
		c.onPart(bytes, last)
	}
}

// SetReadLimit bounds every later message in bytes, all its fragments
// together. The goroutine that reads calls it. A client's Conn holds less of most: how
// much goes by the type.
func (c *Conn) SetReadLimit(bytes int64) { c.ws.SetReadLimit(bytes) }

// SetReadDeadline ends a blocked or later Read at t; zero means never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.ws.SetReadDeadline(t) }

// WriteFramed writes a host's frames with one write that ends at deadline. If
// it fails, part of a frame may be written: only Close makes sense.
func (c *Conn) WriteFramed(frames Framed, deadline time.Time) error {
	raw := c.ws.NetConn()
	if err := raw.SetWriteDeadline(deadline); err != nil {
		return fmt.Errorf("write frames: %w", err)
	}
	if _, err := raw.Write(frames); err != nil {
		return fmt.Errorf("write frames: %w", err)
	}
	return nil
}

// WriteMessage writes a client's text message, masked, until deadline. Only
// one goroutine may call it.
func (c *Conn) WriteMessage(payload []byte, deadline time.Time) error {
	if err := c.ws.SetWriteDeadline(deadline); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, payload); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	return nil
}

// WritePing, WritePong and WriteClose write a client's control frames, masked,
// until deadline; any goroutine may call them.
func (c *Conn) WritePing(deadline time.Time) error {
	return c.ws.WriteControl(websocket.PingMessage, nil, deadline)
}

// WritePong is described at WritePing.
func (c *Conn) WritePong(payload []byte, deadline time.Time) error {
	return c.ws.WriteControl(websocket.PongMessage, payload, deadline)
}

// WriteClose is described at WritePing.
func (c *Conn) WriteClose(code netchat.CloseCode, reason string, deadline time.Time) error {
	return c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), reason), deadline)
}

// NetConn returns the connection below, for its addresses and for draining it
// after a close.
func (c *Conn) NetConn() net.Conn { return c.ws.NetConn() }

// Close closes the connection below at once. A blocked Read or write ends.
func (c *Conn) Close() error { return c.ws.Close() }
