package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/server"
)

// BenchmarkFanOut sends public messages of 100 bytes to 100 members over
// loopback, 64 in flight, and counts deliveries. "chat" is the baseline: a hub
// in the style of gorilla's example, with one write for each delivery and no
// history, limits or JSON. Compare the two of one run:
//
//	go test -run '^$' -bench FanOut ./netchat/server
func BenchmarkFanOut(b *testing.B) {
	for _, c := range []struct {
		name  string
		start func(*testing.B) (addr string, stop func())
	}{{"homeroom", startHomeroom}, {"chat", startHub}} {
		b.Run(c.name, func(b *testing.B) {
			addr, stop := c.start(b)
			defer stop()
			fanOut(b, addr)
		})
	}
}

const (
	benchMembers = 100
	benchWindow  = 64
)

func fanOut(b *testing.B, addr string) {
	content := strings.Repeat("x", 100)
	message := []byte(`{"type":"public","content":"` + content + `"}`)
	var all sync.WaitGroup
	var sender net.Conn
	window := make(chan struct{}, benchWindow)
	for i := range benchMembers {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
		if _, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil); err != nil {
			b.Fatal(err)
		}
		hello := fmt.Sprintf(`"username":"m%d"}`, i)
		writeMasked(b, conn, []byte("{"+hello))
		count(conn, []byte(hello), 1, func() {}) // it is in the room now
		sender = conn
		counts := func() {}
		if i == benchMembers-1 {
			counts = func() { <-window }
		}
		all.Go(func() { count(conn, []byte(content), b.N, counts) })
	}
	b.ResetTimer()
	for range b.N {
		window <- struct{}{}
		writeMasked(b, sender, message)
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchMembers), "ns/delivery")
}

// count reads until n messages with content have come.
func count(conn net.Conn, content []byte, n int, each func()) {
	buf := make([]byte, 256<<10)
	kept := 0
	for n > 0 {
		m, err := conn.Read(buf[kept:])
		if err != nil {
			return
		}
		have := buf[:kept+m]
		for n > 0 {
			i := bytes.Index(have, content)
			if i < 0 {
				break
			}
			have = have[i+len(content):]
			n--
			each()
		}
		kept = copy(buf, have[max(0, len(have)-len(content)):])
	}
}

func writeMasked(b *testing.B, conn net.Conn, payload []byte) {
	frame := []byte{0x81, 0x80 | 126, byte(len(payload) >> 8), byte(len(payload)), 0, 0, 0, 0}
	if _, err := conn.Write(append(frame, payload...)); err != nil {
		b.Fatal(err)
	}
}

func startHomeroom(b *testing.B) (string, func()) {
	log, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		b.Fatal(err)
	}
	srv, err := server.New(server.Config{Room: testRoom, Log: log, Rate: server.Rate{Off: true}})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = srv.Serve(ln) }()
	return ln.Addr().String(), func() { _ = srv.Close() }
}

// A hub broadcasts like gorilla's chat example.
type hub struct {
	mu      sync.Mutex
	members map[chan []byte]bool
}

func startHub(b *testing.B) (string, func()) {
	h := &hub{members: make(map[chan []byte]bool)}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(h.serve), ReadHeaderTimeout: time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = srv.Serve(ln) }()
	return ln.Addr().String(), func() { _ = srv.Close() }
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	out := make(chan []byte, 256)
	h.mu.Lock()
	h.members[out] = true
	h.mu.Unlock()
	go func() {
		for m := range out {
			if ws.WriteMessage(websocket.TextMessage, m) != nil {
				return
			}
		}
	}()
	for {
		_, m, err := ws.ReadMessage()
		h.mu.Lock()
		if err != nil {
			delete(h.members, out)
			close(out)
			h.mu.Unlock()
			return
		}
		for member := range h.members {
			member <- m // the example drops a slow member here; a benchmark must deliver
		}
		h.mu.Unlock()
	}
}
