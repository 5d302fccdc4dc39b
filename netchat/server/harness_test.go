package server_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/server"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests.
const patience = 40 * time.Second

var testRoom = netchat.RoomInfo{ID: "00112233445566778899aabbccddeeff", Name: "教室 3.5", Host: "诸葛亮"}

// A memListener accepts in-memory connections that are not the host's own.
type memListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memListener) Close() error   { close(l.done); return nil }
func (l *memListener) Addr() net.Addr { return &net.TCPAddr{} }

// A bench is a real server with clients over memory or loopback.
type bench struct {
	t   *testing.T
	srv *server.Server
	log history.Log
	mem *memListener
	tcp string // "127.0.0.1:port", empty in a bubble
}

// newBench starts a server. Only over TCP do real sockets count; in a synctest
// bubble there must be none.
func newBench(t *testing.T, tcp bool, edit func(*server.Config)) *bench {
	t.Helper()
	log, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := server.Config{Room: testRoom, Log: log, Rate: server.Rate{Off: true}}
	if edit != nil {
		edit(&cfg)
	}
	srv, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, srv: srv, log: log, mem: &memListener{conns: make(chan net.Conn), done: make(chan struct{})}}
	served := make(chan error, 2)
	go func() { served <- srv.Serve(b.mem) }()
	listeners := 1
	if tcp {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b.tcp = ln.Addr().String()
		listeners++
		go func() { served <- srv.Serve(ln) }()
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for range listeners {
			if err := <-served; err != nil {
				t.Errorf("serve: %v", err)
			}
		}
		_ = log.Close()
	})
	return b
}

func (b *bench) dialConn(ctx context.Context) (net.Conn, error) {
	if b.tcp != "" {
		return (&net.Dialer{}).DialContext(ctx, "tcp", b.tcp)
	}
	ours, theirs := net.Pipe()
	select {
	case b.mem.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A peer is one raw connection.
type peer struct {
	t     *testing.T
	ws    *websocket.Conn
	conn  net.Conn
	key   ed25519.PrivateKey
	self  *wire.Member
	first wire.ServerFrame // the welcome
}

func (b *bench) dial() *peer {
	b.t.Helper()
	return b.dialBy(b.dialConn)
}

// dialBy upgrades a connection that dial opens.
func (b *bench) dialBy(dial func(ctx context.Context) (net.Conn, error)) *peer {
	b.t.Helper()
	p := &peer{t: b.t}
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dial(ctx)
		p.conn = conn
		return conn, err
	}}
	ws, reply, err := dialer.Dial("ws://127.0.0.1:8000/ws", http.Header{})
	if err != nil {
		b.t.Fatalf("dial: %v", err)
	}
	_ = reply.Body.Close()
	p.ws = ws
	b.t.Cleanup(func() { _ = ws.Close() })
	return p
}

func (p *peer) send(frame string) {
	p.t.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

func (p *peer) sendJSON(v any) {
	p.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(string(raw))
}

// raw returns the next frame as it came.
func (p *peer) raw() string {
	p.t.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	_, frame, err := p.ws.ReadMessage()
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	return string(frame)
}

// next returns the next frame as plain fields.
func (p *peer) next() map[string]any {
	p.t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(p.raw()), &fields); err != nil {
		p.t.Fatal(err)
	}
	return fields
}

// want reads frames until one has the type, and returns it.
func (p *peer) want(kind string) map[string]any {
	p.t.Helper()
	for {
		if f := p.next(); f["type"] == kind {
			return f
		}
	}
}

// wantContent reads frames until one has the type and content.
func (p *peer) wantContent(kind, content string) map[string]any {
	p.t.Helper()
	for {
		if f := p.want(kind); f["content"] == content {
			return f
		}
	}
}

// untilLine reads frames until that system line, and returns the rows of the
// last list before it.
func (p *peer) untilLine(content string) []any {
	p.t.Helper()
	var users []any
	for {
		switch f := p.next(); f["type"] {
		case "user_list":
			users = f["users"].([]any)
		case "system":
			if f["content"] == content {
				return users
			}
		}
	}
}

// closed reads to the end and returns the close code.
func (p *peer) closed() int {
	p.t.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := p.ws.ReadMessage()
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
			return closed.Code
		}
		if err != nil {
			p.t.Fatalf("no close frame: %v", err)
		}
	}
}

// join makes a plain member and returns it behind its own system line.
func (b *bench) join(name string) *peer {
	b.t.Helper()
	p := b.dial()
	p.sendJSON(map[string]string{"username": name})
	p.wantContent("system", name+" 进入聊天室")
	return p
}

// rich makes a rich member; a nil key is a keyless one.
func (b *bench) rich(name string, key ed25519.PrivateKey, resume *wire.Position) *peer {
	b.t.Helper()
	p := b.dial()
	p.key = key
	p.hello(name, resume)
	p.first = p.frame()
	if p.first.Type != wire.TypeWelcome {
		b.t.Fatalf("got %q, want a welcome", p.first.Type)
	}
	p.self = p.first.Self
	return p
}

func (p *peer) hello(name string, resume *wire.Position) {
	p.t.Helper()
	hello := wire.RichHello{V: 1, Resume: resume}
	if p.key != nil {
		hello.Key = p.key.Public().(ed25519.PublicKey)
	}
	frame, err := wire.EncodeHello(name, hello)
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(string(frame))
	if p.key != nil {
		challenge := p.frame()
		p.command(wire.Command{Type: wire.TypeProof, Sig: ed25519.Sign(p.key, wire.ProofMessage(challenge.RoomID, challenge.Nonce))})
	}
}

// claim sends a first frame with a key that is not proved yet.
func (p *peer) claim(key ed25519.PrivateKey) {
	p.t.Helper()
	frame, err := wire.EncodeHello("p", wire.RichHello{V: 1, Key: publicOf(key)})
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(string(frame))
}

func (p *peer) frame() wire.ServerFrame {
	p.t.Helper()
	f, err := wire.DecodeServer([]byte(p.raw()))
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// wantFrame reads frames until one has the type.
func (p *peer) wantFrame(kind string) wire.ServerFrame {
	p.t.Helper()
	for {
		if f := p.frame(); f.Type == kind {
			return f
		}
	}
}

func (p *peer) command(c wire.Command) {
	p.t.Helper()
	frame, err := wire.EncodeCommand(c)
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(string(frame))
}

// say posts a message and returns its id.
func (p *peer) say(id, text string, to ...netchat.MemberID) netchat.EventID {
	p.t.Helper()
	full := netchat.EventID(id + strings.Repeat("0", 32-len(id)))
	p.command(wire.Command{Type: wire.TypeMessage, ID: full, Text: text, To: to})
	return full
}

// text returns the text of the next event.
func (p *peer) text() string {
	p.t.Helper()
	m, _ := netchat.MessageOf(p.wantFrame(wire.TypeEvent).Event.Noun())
	return m.Text
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
