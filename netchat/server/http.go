package server

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Bounds of the HTTP side.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 10 * time.Second // for what is no WebSocket: to send a request, and to take the answer
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

// routeKey is under what a request's context has its route.
type routeKey struct{}

// A route is how a connection came to us.
type route struct {
	inProcess bool              // the host's own link
	tls       bool              // nobody on the way can read it
	key       ed25519.PublicKey // of the device, proved by TLS; nil: none
	share     string            // the address of whose shares it takes; empty: nobody's
}

func routeOf(c net.Conn) route {
	_, inProcess := accepted(c).(pipeConn)
	r := route{inProcess: inProcess}
	if secure, ok := c.(*secureConn); ok {
		r.tls = true
		r.key, _ = identity.MemberKey(secure.ConnectionState())
	}
	return r
}

func (s *Server) newHTTP() *http.Server {
	h := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout, // these two end with the upgrade
		WriteTimeout:      requestTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, routeKey{}, routeOf(c))
		},
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateHijacked || state == http.StateClosed {
				s.gate.passed(c)
			}
		},
	}
	// Nobody has two questions; one connection that asks without end would keep a
	// core busy.
	h.SetKeepAlivesEnabled(false)
	return h
}

// Handler serves the room over HTTP: /ws for members and /hello for finders.
// Whatever is asked for, a web page of another origin gets nothing.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+socketPath, s.onSocket)
	mux.HandleFunc("GET /hello", s.onHello)
	return s.guard(mux)
}

// guard turns away what a web page sends that is not ours to answer.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setStrictHeaders(w.Header())
		if status := requestStatus(r, s.cfg.Hostnames); status != 0 {
			http.Error(w, http.StatusText(status), status)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// A helloReply is what anybody may ask a host, by unicast, to list its room.
type helloReply struct {
	Homeroom int            `json:"homeroom"` // version of the rich dialect
	RoomID   netchat.RoomID `json:"room_id"`
	Name     string         `json:"name"`
	Host     string         `json:"host"`
	Members  int            `json:"members"`
	Rich     bool           `json:"rich"`

	TLS     bool             `json:"tls,omitempty"`
	AppOnly bool             `json:"app_only,omitempty"`
	Code    netchat.RoomCode `json:"code,omitempty"` // a hint whom to try: only the key proves it
}

func (s *Server) onHello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	info := s.cfg.Room
	_ = json.NewEncoder(w).Encode(helloReply{
		Homeroom: wire.Version, RoomID: info.ID, Name: info.Name, Host: info.Host, Members: s.Members(), Rich: true,
		TLS: s.cfg.Key != nil, AppOnly: info.AppOnly, Code: s.cfg.Code(),
	})
}

// appOnly is for whoever reads what a program or a browser shows of a refusal.
const appOnly = "这个房间只接受 Homeroom 应用 (this room takes the Homeroom app only)"

func (s *Server) onSocket(w http.ResponseWriter, r *http.Request) {
	from, _ := r.Context().Value(routeKey{}).(route)
	if s.cfg.Room.AppOnly && !from.tls && !from.inProcess {
		http.Error(w, appOnly, http.StatusForbidden)
		return
	}
	if !s.enter() {
		http.Error(w, roomClosed, http.StatusServiceUnavailable)
		return
	}
	defer s.done.Done()
	info := s.cfg.Room
	about := wire.EncodeUpgrade(wire.Upgrade{V: wire.Version, TLS: s.cfg.Key != nil, Name: info.Name, Host: info.Host})
	ws, err := s.upgrader.Upgrade(wire.Watched(w), r, http.Header{wire.UpgradeHeader: {about}})
	if err != nil {
		return // the upgrader has answered
	}
	s.open(ws, r.RemoteAddr, from)
}

// open runs a session in a goroutine of its own, so that what the HTTP server
// keeps for the request is freed.
func (s *Server) open(ws *websocket.Conn, remote string, from route) {
	opened := &session{
		srv: s, out: newOutbox(), route: from, log: s.cfg.Logger.With("remote", remote),
		ending: make(chan struct{}),
	}
	opened.member = &member{srv: s, session: opened}
	opened.ctx, opened.cancel = context.WithCancel(context.Background())
	opened.conn = wire.NewHostConn(ws, opened.onPing, opened.onPong, opened.onHold)
	machine := machineOf(remote)
	if from.inProcess {
		machine = ""
	}
	if !s.cfg.Rate.Off && !from.inProcess {
		opened.route.share = sourceOf(remote)
	}
	limit, release := s.budgets.take(machine)
	opened.limit = limit
	for _, evicted := range s.unjoined.add(opened, opened.route.share, 1, time.Now()) {
		evicted.end(true, netchat.CloseUnjoinedOld, "silent for too long")
	}
	if !s.begin(opened, release) { // it came while we close
		opened.turnAway()
		s.unjoined.remove(opened)
		opened.cancel()
		release()
		sever(ws.NetConn())
	}
}
