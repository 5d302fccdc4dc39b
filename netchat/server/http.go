package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Bounds of the HTTP side.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 10 * time.Second // for what is no WebSocket: to send a request, and to take the answer
	idleTimeout    = 30 * time.Second
	maxHeaderBytes = 16 << 10
	socketBuffer   = 64 << 10 // kernel memory that a client which never reads can hold
	wsBuffer       = 1 << 10  // a message is mostly shorter; longer ones just take more reads
)

// newUpgrader has no compression: gorilla's read limit counts compressed
// bytes, so 64 KiB let 62 MB through.
func newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: headerTimeout,
		ReadBufferSize:   wsBuffer, WriteBufferSize: wsBuffer, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // onSocket has looked already
	}
}

// inProcessKey marks the context of requests over the in-process pipe.
type inProcessKey struct{}

func (s *Server) newHTTP() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout, // these two end with the upgrade
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetWriteBuffer(socketBuffer)
			}
			if _, ok := c.(pipeConn); ok {
				return context.WithValue(ctx, inProcessKey{}, true)
			}
			return ctx
		},
	}
}

// Handler serves the room over HTTP: /ws for members and /hello for finders.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", s.onSocket)
	mux.HandleFunc("GET /hello", s.onHello)
	return mux
}

// A helloReply is what anybody may ask a host, by unicast, to list its room.
type helloReply struct {
	Homeroom int            `json:"homeroom"` // version of the rich dialect
	RoomID   netchat.RoomID `json:"room_id"`
	Name     string         `json:"name"`
	Host     string         `json:"host"`
	Members  int            `json:"members"`
	Rich     bool           `json:"rich"`
}

func (s *Server) onHello(w http.ResponseWriter, r *http.Request) {
	if !hostAllowed(r.Host, s.cfg.Hostnames) {
		http.Error(w, "unknown host name", http.StatusMisdirectedRequest)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	info := s.cfg.Room
	_ = json.NewEncoder(w).Encode(helloReply{
		Homeroom: wire.Version, RoomID: info.ID, Name: info.Name, Host: info.Host, Members: s.Members(), Rich: true,
	})
}

func (s *Server) onSocket(w http.ResponseWriter, r *http.Request) {
	if status := upgradeStatus(r, s.cfg.Hostnames); status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	if !s.enter() {
		http.Error(w, roomClosed, http.StatusServiceUnavailable)
		return
	}
	defer s.done.Done()
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	inProcess, _ := r.Context().Value(inProcessKey{}).(bool)
	s.open(ws, r.RemoteAddr, inProcess)
}

// open runs a session in a goroutine of its own, so that what the HTTP server
// keeps for the request is freed.
func (s *Server) open(ws *websocket.Conn, remote string, inProcess bool) {
	opened := &session{
		srv: s, out: newOutbox(), inProcess: inProcess, log: s.cfg.Logger.With("remote", remote),
		ending: make(chan struct{}),
	}
	opened.member = &member{srv: s, session: opened}
	opened.ctx, opened.cancel = context.WithCancel(context.Background())
	opened.conn = wire.NewHostConn(ws, opened.onPing, opened.onPong, opened.onHold)
	address, _, err := net.SplitHostPort(remote)
	if err != nil || inProcess {
		address = ""
	}
	limit, release := s.budgets.take(address)
	opened.limit = limit
	for _, evicted := range s.unjoined.add(opened, 1, time.Now()) {
		evicted.end(true, netchat.CloseUnjoinedOld, "silent for too long")
	}
	if !s.begin(opened, release) { // it came while we close
		opened.turnAway()
		s.unjoined.remove(opened)
		opened.cancel()
		release()
		_ = ws.Close()
	}
}
