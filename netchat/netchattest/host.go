package netchattest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// maxFrames is how many frames of a client wait for the test to read them.
const maxFrames = 1024

// A Host does to its clients what the test says, frame by frame, in either
// dialect. It ends with the test.
type Host struct {
	*sockets
	tb    testing.TB
	peers chan *Peer
}

// NewHost starts a Host at plain sockets, which says nothing of itself in its
// answer to an upgrade.
func NewHost(tb testing.TB) *Host {
	return NewHostWith(tb, nil, nil)
}

func (h *Host) serve(ws *websocket.Conn) {
	p := &Peer{tb: h.tb, ws: ws, frames: make(chan []byte, maxFrames), end: make(chan struct{})}
	h.peers <- p
	p.read()
}

// Accept returns the next connection.
func (h *Host) Accept() *Peer {
	h.tb.Helper()
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case p := <-h.peers:
		return p
	case <-timer.C:
		h.tb.Fatal("nobody connected")
		return nil
	}
}

// A Peer is the host's end of one connection. It answers pings by itself.
type Peer struct {
	tb     testing.TB
	ws     *websocket.Conn
	frames chan []byte
	end    chan struct{} // closed with err
	err    error
	pings  atomic.Int64
	mute   atomic.Bool
}

func (p *Peer) read() {
	defer close(p.end)
	answer := p.ws.PingHandler()
	p.ws.SetPingHandler(func(payload string) error {
		p.pings.Add(1)
		if p.mute.Load() {
			return nil
		}
		return answer(payload)
	})
	for {
		_, frame, err := p.ws.ReadMessage()
		if err != nil {
			p.err = err
			return
		}
		p.frames <- frame
	}
}

// Mute makes the peer answer no more pings, like a host whose cable is cut.
func (p *Peer) Mute() { p.mute.Store(true) }

// Pings returns how many pings have come.
func (p *Peer) Pings() int { return int(p.pings.Load()) }

// Read returns the next frame of the client.
func (p *Peer) Read() []byte {
	p.tb.Helper()
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case frame := <-p.frames:
		return frame
	case <-timer.C:
		p.tb.Fatal("no frame came")
		return nil
	}
}

// Waiting returns how many frames of the client have not been read.
func (p *Peer) Waiting() int { return len(p.frames) }

// Hello returns the client's first frame.
func (p *Peer) Hello() wire.Hello {
	p.tb.Helper()
	hello, err := wire.DecodeHello(p.Read())
	if err != nil {
		p.tb.Fatal(err)
	}
	return hello
}

// Command returns the next frame of a rich client.
func (p *Peer) Command() wire.Command {
	p.tb.Helper()
	c, err := wire.DecodeCommand(p.Read())
	if err != nil {
		p.tb.Fatal(err)
	}
	return c
}

// Plain returns the next frame of a plain client.
func (p *Peer) Plain() wire.PlainCommand {
	p.tb.Helper()
	c, err := wire.DecodePlain(p.Read())
	if err != nil {
		p.tb.Fatal(err)
	}
	return c
}

// Send sends a frame as it is.
func (p *Peer) Send(frame []byte) {
	p.tb.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		p.tb.Fatal(err)
	}
}

// TrySend sends a frame and reports whether the client took it.
func (p *Peer) TrySend(frame []byte) bool {
	return p.ws.WriteMessage(websocket.TextMessage, frame) == nil
}

// TryRaw sends bytes that need be no frame, and reports whether the client took them.
func (p *Peer) TryRaw(b []byte) bool {
	_ = p.ws.NetConn().SetWriteDeadline(time.Time{}) // that of the last pong
	_, err := p.ws.NetConn().Write(b)
	return err == nil
}

// Rich sends a rich frame.
func (p *Peer) Rich(f wire.ServerFrame) {
	p.tb.Helper()
	frame, err := wire.EncodeServer(f)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.Send(frame)
}

// Event sends an Event.
func (p *Peer) Event(e *netchat.Event) {
	p.tb.Helper()
	frame, err := wire.EncodeEvent(e)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.Send(frame)
}

// List sends a plain list.
func (p *Peer) List(members ...netchat.Member) {
	p.tb.Helper()
	p.Send(wire.EncodeUserList(members))
}

// Close sends a close frame; the client is expected to hang up.
func (p *Peer) Close(code netchat.CloseCode, reason string) {
	p.tb.Helper()
	message := websocket.FormatCloseMessage(int(code), reason)
	if err := p.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(Patience)); err != nil {
		p.tb.Fatal(err)
	}
}

// Cut breaks the connection without a word.
func (p *Peer) Cut() {
	_ = p.ws.NetConn().Close()
	<-p.end
}

// Ended waits for the end of the connection and returns the close code that
// the client gave, 1006 if none.
func (p *Peer) Ended() netchat.CloseCode {
	p.tb.Helper()
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-p.end:
	case <-timer.C:
		p.tb.Fatal("the connection did not end")
	}
	if closed, ok := errors.AsType[*websocket.CloseError](p.err); ok {
		return netchat.CloseCode(closed.Code)
	}
	return websocket.CloseAbnormalClosure
}
