package netchattest

import (
	"context"
	"crypto/tls"
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
	config *tls.Config // nil: plain
	http   *http.Server

	mu   sync.Mutex
	open map[*websocket.Conn]struct{}
	shut bool
	done sync.WaitGroup
}

// serveSockets runs until the test ends.
func serveSockets(tb testing.TB, handle func(*websocket.Conn)) *sockets {
	return listenSockets(tb, nil, nil, handle)
}

// listenSockets is serveSockets with TLS, if config is not nil, and a header in
// the answers.
func listenSockets(tb testing.TB, config *tls.Config, header http.Header, handle func(*websocket.Conn)) *sockets {
	s := &sockets{memory: Listen(), config: config, open: make(map[*websocket.Conn]struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, header)
		if err == nil {
			s.take(ws, handle)
		}
	})
	s.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: Patience,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	s.done.Go(func() { s.serve(s.memory) })
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

func (s *sockets) serve(ln net.Listener) {
	if s.config != nil {
		ln = secureListener{Listener: ln, config: s.config}
	}
	_ = s.http.Serve(ln)
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
	s.done.Go(func() { s.serve(ln) })
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
