package wire

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestMain(m *testing.M) {
	time.Local = time.FixedZone("far from UTC", 8*3600) // so that a mixed-up zone shows
	goleak.VerifyTestMain(m)
}

// pair returns the two ends of a WebSocket: ours at the host, gorilla's there.
func pair(t *testing.T, onPing func([]byte), onPong func()) (*Conn, *websocket.Conn) {
	t.Helper()
	ours := make(chan *websocket.Conn, 1)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(Watched(w), r, nil)
		if err != nil {
			t.Error(err)
		}
		ours <- ws
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(ln)
	}()
	ws, reply, err := websocket.DefaultDialer.Dial("ws://"+ln.Addr().String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	c := NewHostConn(<-ours, onPing, onPong, nil)
	t.Cleanup(func() {
		_ = ws.Close()
		_ = c.Close()
		_ = srv.Close()
		<-served
	})
	return c, ws
}

func TestFraming(t *testing.T) {
	c, ws := pair(t, nil, nil)
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 300_000} {
		want := bytes.Repeat([]byte{'x'}, n)
		go func() { _ = c.WriteFramed(FrameText(want), time.Now().Add(time.Minute)) }()
		kind, got, err := ws.ReadMessage()
		if err != nil || kind != websocket.TextMessage || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %d came, %v", n, len(got), err)
		}
	}
}

func TestControlFrames(t *testing.T) {
	var pings [][]byte
	pongs := 0
	c, ws := pair(t, func(p []byte) { pings = append(pings, p) }, func() { pongs++ })
	deadline := time.Now().Add(time.Minute)
	_ = ws.WriteControl(websocket.PingMessage, []byte("are you there"), deadline)
	_ = ws.WriteControl(websocket.PongMessage, nil, deadline)
	_ = ws.WriteMessage(websocket.TextMessage, []byte("{}"))
	if got, err := c.Read(); err != nil || string(got) != "{}" {
		t.Fatal(got, err)
	}
	if len(pings) != 1 || string(pings[0]) != "are you there" || pongs != 1 {
		t.Errorf("pings %q, %d pongs", pings, pongs)
	}
	long := strings.Repeat("字", 100)
	ponged := ""
	ws.SetPongHandler(func(p string) error { ponged = p; return nil })
	_ = c.WriteFramed(append(FramePong([]byte(long)), FrameClose(netchat.CloseRoomClosed, long)...), deadline)
	_, _, err := ws.ReadMessage()
	closed, ok := errors.AsType[*websocket.CloseError](err)
	if !ok || closed.Code != int(netchat.CloseRoomClosed) || !utf8.ValidString(closed.Text) || len(closed.Text) != 123 || len(ponged) != 125 {
		t.Errorf("%v, pong of %d bytes", err, len(ponged))
	}
}

func TestReadErrors(t *testing.T) {
	for name, c := range map[string]struct {
		write func(*websocket.Conn)
		want  error
	}{
		"binary": {func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.BinaryMessage, []byte("{}")) }, ErrBinary},
		"too big": {func(ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 101))
		}, ErrTooBig},
		"room closed": {func(ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4500, "bye"))
		}, netchat.ErrRoomClosed},
	} {
		conn, ws := pair(t, nil, nil)
		conn.SetReadLimit(100)
		c.write(ws)
		if _, err := conn.Read(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkEncodePublic(b *testing.B) {
	b.ReportAllocs()
	text := strings.Repeat("今天天气不错 ", 8)
	for b.Loop() {
		FrameText(EncodePublic("00112233", "张飞", text, time.Time{}))
	}
}

func BenchmarkDecodePlain(b *testing.B) {
	b.ReportAllocs()
	frame := []byte(`{"type":"public","content":"` + strings.Repeat("今天天气不错 ", 8) + `"}`)
	for b.Loop() {
		if _, err := DecodePlain(frame); err != nil {
			b.Fatal(err)
		}
	}
}
