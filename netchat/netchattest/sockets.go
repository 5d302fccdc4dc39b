package netchattest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// sockets is an HTTP server that upgrades requests for /ws and hands each
// connection to a goroutine of its own.
type sockets struct {
	memory *Listener
	http   *http.Server

	mu   sync.Mutex
	open map[*websocket.Conn]struct{}
	shut bool
	done sync.WaitGroup
}

// serveSockets runs until the test ends.
func serveSockets(tb testing.TB, handle func(*websocket.Conn)) *sockets {
	s := &sockets{memory: Listen(), open: make(map[*websocket.Conn]struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err == nil {
			s.take(ws, handle)
		}
	})
	s.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: Patience,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	s.done.Go(func() { _ = s.http.Serve(s.memory) })
	tb.Cleanup(s.close)
	return s
}

func (s *sockets) take(ws *websocket.Conn, handle func(*websocket.Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		_ = ws.Close()
		return
	}
	s.open[ws] = struct{}{}
	s.done.Go(func() {
		handle(ws)
		_ = ws.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, ws)
	})
}

// Dial connects in memory.
func (s *sockets) Dial(ctx context.Context) (net.Conn, error) { return s.memory.Dial(ctx) }

// ListenTCP serves on a loopback port too and returns its "host:port".
func (s *sockets) ListenTCP(tb testing.TB) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.done.Go(func() { _ = s.http.Serve(ln) })
	return ln.Addr().String()
}

func (s *sockets) close() {
	s.mu.Lock()
	s.shut = true
	for ws := range s.open {
		_ = ws.Close()
	}
	s.mu.Unlock()
	_ = s.http.Close()
	s.done.Wait()
}
