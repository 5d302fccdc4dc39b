package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
)

// patience bounds what takes no time unless it hangs.
const patience = time.Minute

func soon() time.Time { return time.Now().Add(patience) }

// A oneListener gives out one connection.
type oneListener struct {
	conns chan net.Conn
	once  sync.Once
}

func (l *oneListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (l *oneListener) Addr() net.Addr { return &net.UnixAddr{} }
func (l *oneListener) Close() error   { l.once.Do(func() { close(l.conns) }); return nil }

// overPipe returns the host's and the client's end of a WebSocket over
// net.Pipe, and the pipe's end below the client's. The client's buffer is so
// small that it sends anything longer in fragments.
func overPipe(t *testing.T) (host, client *websocket.Conn, raw net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	ln := &oneListener{conns: make(chan net.Conn, 1)}
	ln.conns <- there
	upgraded := make(chan *websocket.Conn, 1)
	srv := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
		}
		upgraded <- ws
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(ln)
	}()
	dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return here, nil }, WriteBufferSize: 32, HandshakeTimeout: patience}
	client, reply, err := dialer.Dial("ws://room/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	host = <-upgraded
	t.Cleanup(func() {
		_ = client.Close()
		_ = host.Close()
		_ = srv.Close()
		<-served
	})
	return host, client, here
}

// hostEnd returns our host's end, gorilla's at the client, and the pipe below
// that.
func hostEnd(t *testing.T) (*Conn, *websocket.Conn, net.Conn) {
	t.Helper()
	host, client, raw := overPipe(t)
	return NewHostConn(host, func([]byte) {}, func() {}, nil), client, raw
}

func TestReadsFragmentsAroundControlFrames(t *testing.T) {
	host, client, _ := overPipe(t)
	var heard []string
	conn := NewHostConn(host, func(p []byte) { heard = append(heard, "ping "+string(p)) }, func() { heard = append(heard, "pong") }, nil)
	long := strings.Repeat("今天天气不错", 1000)
	wrote := make(chan error, 1)
	go func() {
		w, err := client.NextWriter(websocket.TextMessage)
		for i, part := range []string{long[:100], long[100:4001], long[4001:]} { // within a character
			if err == nil {
				_, err = io.WriteString(w, part)
			}
			if err == nil && i == 0 {
				err = errors.Join(client.WriteControl(websocket.PingMessage, []byte("here?"), soon()), client.WriteControl(websocket.PongMessage, nil, soon()))
			}
		}
		wrote <- errors.Join(err, w.Close(), client.WriteMessage(websocket.TextMessage, nil))
	}()
	for _, want := range []string{long, ""} {
		if got, err := conn.Read(); err != nil || string(got) != want {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(heard, ", "); got != "ping here?, pong" {
		t.Errorf("heard %q", got)
	}
}

func TestReadLimit(t *testing.T) {
	conn, client, _ := hostEnd(t)
	const first, later = 100, 500 // either is sent in many fragments
	go func() {
		for _, n := range []int{first, 1, later, later + 1} {
			_ = client.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), n))
		}
	}()
	conn.SetReadLimit(first)
	for _, want := range []int{first, 1} {
		if got, err := conn.Read(); err != nil || len(got) != want {
			t.Fatalf("%d bytes of %d: %v", len(got), want, err)
		}
	}
	conn.SetReadLimit(later)
	if got, err := conn.Read(); err != nil || len(got) != later {
		t.Fatalf("%d bytes: %v", len(got), err)
	}
	if got, err := conn.Read(); !errors.Is(err, ErrTooBig) || got != nil {
		t.Errorf("%d bytes: %v", len(got), err)
	}
}

// TestHeldBytesAreTold: the memory that a message takes is known before it is
// whole, and is no more than half as much again as what came.
func TestHeldBytesAreTold(t *testing.T) {
	host, client, raw := overPipe(t)
	var held []int
	ours := NewHostConn(host, nil, nil, func(bytes int) { held = append(held, bytes) })
	go func() {
		_ = client.WriteMessage(websocket.TextMessage, make([]byte, firstHold-1))
		_ = client.WriteMessage(websocket.TextMessage, make([]byte, 100_000))
		_, _ = raw.Write([]byte{0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0}) // 65,280 bytes
		_, _ = raw.Write(make([]byte, 50_000))
		_ = raw.Close()
	}()
	if _, err := ours.Read(); err != nil || held != nil {
		t.Errorf("a short one: %d, %v", held, err)
	}
	got, err := ours.Read()
	if err != nil || len(held) == 0 || held[len(held)-1] != cap(got) || cap(got) > 150_000 {
		t.Errorf("%d bytes in %d, held %d, %v", len(got), cap(got), held, err)
	}
	held = nil
	if _, err := ours.Read(); err == nil || len(held) == 0 || held[len(held)-1] < 50_000 || held[len(held)-1] > 75_000 {
		t.Errorf("half a frame: %d, %v", held, err)
	}
}

// TestReadRefusesBadFrames writes what no WebSocket client may write.
func TestReadRefusesBadFrames(t *testing.T) {
	masked := func(head ...byte) []byte { return append(head, 0, 0, 0, 0) }
	for name, c := range map[string]struct {
		raw  []byte
		want error // nil: any
	}{
		"unmasked":             {[]byte{0x81, 2, '{', '}'}, nil},
		"compressed":           {append(masked(0xC1, 0x82), "{}"...), nil},
		"reserved opcode":      {append(masked(0x83, 0x82), "{}"...), nil},
		"continues nothing":    {append(masked(0x80, 0x82), "{}"...), nil},
		"two begun":            {append(masked(0x01, 0x80), masked(0x81, 0x80)...), nil},
		"ping in fragments":    {masked(0x09, 0x80), nil},
		"ping too long":        {masked(0x89, 0xFE, 0, 126), nil},
		"length over 63 bits":  {masked(0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), nil},
		"length of gigabytes":  {masked(0x81, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0), ErrTooBig},
		"close with bad text":  {append(masked(0x88, 0x84), 0x03, 0xE8, 0xFF, 0xFF), nil},
		"close with bad code":  {append(masked(0x88, 0x82), 0x03, 0xED), nil},
		"close with half code": {append(masked(0x88, 0x81), 3), nil},
		"binary":               {append(masked(0x82, 0x82), "{}"...), ErrBinary},
		"no WebSocket":         {[]byte("GET / HTTP/1.1\r\n\r\n"), nil},
	} {
		conn, _, raw := hostEnd(t)
		conn.SetReadLimit(netchat.MaxFrame)
		heard := make(chan []byte, 1)
		go func() { _, _ = raw.Write(c.raw) }()
		go func() {
			all, _ := io.ReadAll(raw)
			heard <- all
		}()
		if got, err := conn.Read(); err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s is read as %q, %v", name, got, err)
		}
		word := FrameClose(netchat.CloseTrouble, "our own")
		if err := conn.WriteFramed(word, soon()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = conn.Close()
		if got := <-heard; !bytes.Equal(got, word) {
			t.Errorf("%s: the peer was told %q", name, got)
		}
	}
}

// TestClosesAreTold goes through every code that a host uses, from our host's
// framing to our client's Read.
func TestClosesAreTold(t *testing.T) {
	for code, sentinel := range map[netchat.CloseCode]error{
		netchat.CloseNotText: nil, netchat.CloseInvalid: nil, netchat.CloseTooBig: nil, netchat.CloseUnjoinedOld: nil, netchat.CloseTrouble: nil, netchat.CloseSilent: nil,
		netchat.CloseTooSlow: netchat.ErrTooSlow, netchat.CloseFull: netchat.ErrFull, netchat.CloseAddressFull: netchat.ErrAddressFull, netchat.CloseFlood: netchat.ErrFlood,
		netchat.CloseRoomClosed: netchat.ErrRoomClosed, netchat.CloseTakenOver: netchat.ErrTakenOver, netchat.CloseBadHello: netchat.ErrBadHello,
	} {
		host, client, _ := overPipe(t)
		ours, theirs := NewHostConn(host, nil, nil, nil), NewConn(client, nil, nil)
		go func() { _ = ours.WriteFramed(FrameClose(code, "理由"), soon()) }()
		_, err := theirs.Read()
		closed, ok := errors.AsType[*netchat.CloseError](err)
		if !ok || closed.Code != code || closed.Text != "理由" || (sentinel != nil && !errors.Is(err, sentinel)) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestReadTellsHowItEnded(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*Conn, *websocket.Conn, net.Conn)
		code netchat.CloseCode // 0: no CloseError
		want error
	}{
		"leave": {func(_ *Conn, ws *websocket.Conn, _ net.Conn) {
			_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), soon())
		}, websocket.CloseNormalClosure, nil},
		"empty close": {func(_ *Conn, ws *websocket.Conn, _ net.Conn) {
			_ = ws.WriteControl(websocket.CloseMessage, nil, soon())
		}, websocket.CloseNoStatusReceived, nil},
		"broken":   {func(_ *Conn, _ *websocket.Conn, raw net.Conn) { _ = raw.Close() }, websocket.CloseAbnormalClosure, nil},
		"ours":     {func(c *Conn, _ *websocket.Conn, _ net.Conn) { _ = c.Close() }, 0, io.ErrClosedPipe},
		"deadline": {func(c *Conn, _ *websocket.Conn, _ net.Conn) { _ = c.SetReadDeadline(time.Unix(1, 0)) }, 0, nil},
	} {
		conn, ws, raw := hostEnd(t)
		go c.end(conn, ws, raw)
		_, err := conn.Read()
		closed, ok := errors.AsType[*netchat.CloseError](err)
		if ok != (c.code != 0) || (ok && closed.Code != c.code) || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if isTimeout(err) != (name == "deadline") {
			t.Errorf("%s: %v is a timeout: %v", name, err, isTimeout(err))
		}
	}
}

// isTimeout tells a deadline, as callers do.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// TestLastWordIsOurs: a close frame is not answered behind the owner's back.
func TestLastWordIsOurs(t *testing.T) {
	conn, ws, _ := hostEnd(t)
	heard := make(chan error, 1)
	go func() {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), soon())
		_, _, err := ws.ReadMessage()
		heard <- err
	}()
	if _, err := conn.Read(); err == nil {
		t.Error("read on behind a close frame")
	}
	if err := conn.WriteFramed(FrameClose(netchat.CloseRoomClosed, ""), soon()); err != nil {
		t.Error(err)
	}
	if err := <-heard; !websocket.IsCloseError(err, int(netchat.CloseRoomClosed)) {
		t.Errorf("the first word is %v", err)
	}
}

// TestClientWrites reads with gorilla, which fails on what is not masked, what
// our client's end writes.
func TestClientWrites(t *testing.T) {
	host, client, _ := overPipe(t)
	conn := NewConn(client, nil, nil)
	var heard []string
	host.SetPingHandler(func(p string) error { heard = append(heard, "ping "+p); return nil })
	host.SetPongHandler(func(p string) error { heard = append(heard, "pong "+p); return nil })
	long := bytes.Repeat([]byte("字"), 1<<16)
	wrote := make(chan error, 1)
	go func() {
		wrote <- errors.Join(
			conn.WritePing(soon()), conn.WriteMessage([]byte("{}"), soon()), conn.WritePong([]byte("here"), soon()),
			conn.WriteMessage(long, soon()), conn.WriteClose(1000, "bye", soon()),
		)
	}()
	for _, want := range [][]byte{[]byte("{}"), long} {
		kind, got, err := host.ReadMessage()
		if err != nil || kind != websocket.TextMessage || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes of kind %d: %v", len(got), kind, err)
		}
	}
	_, _, err := host.ReadMessage()
	if closed, ok := errors.AsType[*websocket.CloseError](err); !ok || closed.Code != 1000 || closed.Text != "bye" {
		t.Errorf("closed with %v", err)
	}
	if err := <-wrote; err != nil || strings.Join(heard, ", ") != "ping , pong here" {
		t.Errorf("heard %q, %v", heard, err)
	}
}

// TestFramesDoNotMix has many goroutines write at once.
func TestFramesDoNotMix(t *testing.T) {
	const writers, each = 8, 50
	conn, ws, _ := hostEnd(t)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				text := FrameText(fmt.Appendf(nil, "%d %d %s", w, n, strings.Repeat("x", w*1000)))
				if err := conn.WriteFramed(append(text, FramePing()...), soon()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	pings := 0
	ws.SetPingHandler(func(string) error { pings++; return nil })
	next := make([]int, writers)
	for range writers * each {
		_, got, err := ws.ReadMessage()
		var w, n int
		if _, scanErr := fmt.Sscan(string(got), &w, &n); err != nil || scanErr != nil || n != next[w] {
			t.Fatalf("%.20q: %v, %v", got, err, scanErr)
		}
		next[w]++
	}
	go func() { _ = conn.WriteFramed(FrameClose(4500, ""), soon()) }()
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, 4500) || pings != writers*each {
		t.Errorf("%d pings, %v", pings, err)
	}
	wg.Wait()
}

// TestWritesEnd: nobody reads, and no write waits beyond its deadline.
func TestWritesEnd(t *testing.T) {
	host, client, _ := overPipe(t)
	ours, theirs := NewHostConn(host, nil, nil, nil), NewConn(client, nil, nil)
	past := time.Unix(1, 0)
	if err := ours.WriteFramed(FrameText(nil), past); !isTimeout(err) {
		t.Errorf("WriteFramed: %v", err)
	}
	if err := theirs.WriteMessage(nil, past); !isTimeout(err) {
		t.Errorf("WriteMessage: %v", err)
	}
	for name, err := range map[string]error{
		"ping": theirs.WritePing(past), "pong": theirs.WritePong(nil, past), "close": theirs.WriteClose(1000, "", past),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_ = ours.Close()
	if err := ours.WriteFramed(FramePing(), soon()); err == nil {
		t.Error("written after Close")
	}
}

// TestFrameHeads compares with RFC 6455, section 5.2.
func TestFrameHeads(t *testing.T) {
	for n, head := range map[int][]byte{
		0: {0x81, 0}, 1: {0x81, 1}, 125: {0x81, 125}, 126: {0x81, 126, 0, 126}, 127: {0x81, 126, 0, 127},
		65535: {0x81, 126, 0xFF, 0xFF}, 65536: {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0},
	} {
		payload := bytes.Repeat([]byte{'x'}, n)
		if got := FrameText(payload); !bytes.Equal(got, append(head, payload...)) {
			t.Errorf("%d bytes begin with % x", n, got[:min(len(got), 10)])
		}
	}
	for name, c := range map[string]struct{ got, want string }{
		"ping":  {string(FramePing()), "\x89\x00"},
		"pong":  {string(FramePong([]byte("abc"))), "\x8a\x03abc"},
		"long":  {string(FramePong(make([]byte, 126))), "\x8a\x7d" + string(make([]byte, 125))},
		"close": {string(FrameClose(netchat.CloseRoomClosed, "bye")), "\x88\x05\x11\x94bye"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q", name, c.got)
		}
	}
}

// TestCloseReasonsAreCut never within a character, and no shorter than needed.
func TestCloseReasonsAreCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reason := strings.Repeat("x", rapid.IntRange(0, 130).Draw(t, "fill")) + rapid.StringN(0, 60, -1).Draw(t, "reason")
		frame := FrameClose(netchat.CloseTooSlow, reason)
		kept := string(frame[4:])
		if int(frame[1]) != len(frame)-2 || frame[1] > maxControl || !strings.HasPrefix(reason, kept) || !utf8.ValidString(kept) {
			t.Fatalf("%q is cut to %q", reason, frame)
		}
		_, next := utf8.DecodeRuneInString(reason[len(kept):])
		if next > 0 && 2+len(kept)+next <= maxControl {
			t.Fatalf("%q is cut to %q, too short", reason, kept)
		}
	})
}

func BenchmarkEncodeEvent(b *testing.B) {
	b.ReportAllocs()
	e := goldenEvent()
	for b.Loop() {
		frame, err := EncodeEvent(e)
		if err != nil {
			b.Fatal(err)
		}
		FrameText(frame)
	}
}
