package server

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/room"
)

// Config is what a Server is made of.
type Config struct {
	Room      netchat.RoomInfo        // required; ID empty only for a room that nobody needs to find
	Log       history.Log             // required; the caller closes it after the Server
	Key       ed25519.PrivateKey      // the room's, by which members with TLS know it; nil: there is no TLS
	Awaited   []netchat.Member        // who was here when the room ended last, without a word to them
	Since     *netchat.Position       // where the Log was when the room was opened that goes on now; nil: it is opened now
	Roster    func([]netchat.Member)  // told who is here after each change, from one goroutine; must not block; nil: not told
	Stored    func(error)             // told each time why what is said cannot be stored, nil once it can again; must not block; nil: not told
	Code      func() netchat.RoomCode // what hello says of it, empty if not known yet; must not block; nil: never
	Strained  func(netchat.Strain)    // told when it gets hard to get in, and why, and when it is over; must not block; nil: not told
	Limit     int                     // of file descriptors; 0: what the system says
	Rate      Rate
	Hostnames []string         // names under which browsers may reach us, besides addresses and localhost
	Now       func() time.Time // nil: time.Now
	Random    io.Reader        // nil: crypto/rand; must be safe for concurrent use
	Logger    *slog.Logger     // nil: silent
}

// A Server gives one Room connections. Its methods are safe for concurrent use.
type Server struct {
	cfg     Config
	desk    *desk
	table   table
	budgets *budgets
	crowds
	upgrader websocket.Upgrader
	http     *http.Server
	gate     *gate
	pipe     *pipeListener
	members  atomic.Int64

	mu       sync.Mutex
	sessions map[*session]func() // value: releases its budget
	closing  bool                // no more sessions
	sealed   bool                // no more requests
	done     sync.WaitGroup      // desk, sessions, the pipe's Serve, requests for a session
}

// New starts a Server without listeners; Close ends it. It fails only if the
// Config lacks something.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		return nil, errors.New("new server: no Log")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Code == nil {
		cfg.Code = func() netchat.RoomCode { return "" }
	}
	config, err := tlsOf(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("new server: %w", err)
	}
	if cfg.Limit == 0 {
		cfg.Limit = descriptorLimit()
	}
	bounds := capacityOf(cfg.Limit)
	s := &Server{
		cfg: cfg, table: newTable(), budgets: newBudgets(cfg.Rate),
		crowds: newCrowds(bounds), gate: newGate(config, cfg, bounds), pipe: newPipeListener(), sessions: make(map[*session]func()),
	}
	s.gate.silent = s.endSilent
	s.desk = newDesk(cfg.Now, s.deskFailed)
	s.desk.room = room.New(room.Config{
		Info: cfg.Room, Seats: bounds.seats, Log: cfg.Log, Now: cfg.Now, Random: cfg.Random, Awaited: cfg.Awaited, Since: cfg.Since, Changed: s.changed, Stored: cfg.Stored,
	})
	s.count(s.desk.room.Members())
	s.desk.presence = newPresence(s.desk.room, cfg.Now)
	s.desk.encoder = newEncoder(cfg.Logger)
	s.upgrader = newUpgrader()
	s.http = s.newHTTP()
	s.done.Go(s.desk.run)
	s.done.Go(func() { _ = s.http.Serve(s.gate) })
	s.done.Go(func() { _ = s.gate.serve(s.pipe) })
	return s, nil
}

// tlsOf returns nil without a key.
func tlsOf(key ed25519.PrivateKey) (*tls.Config, error) {
	if key == nil {
		return nil, nil
	}
	return identity.ServerConfig(key)
}

// count has Members know. It runs on the desk, and for newcomers before they are
// welcomed: who is told that it is in counts.
func (s *Server) count(members []netchat.Member) { s.members.Store(int64(len(members))) }

// changed runs on the desk after each change of the roster.
func (s *Server) changed(c *room.Change) {
	members := s.desk.room.Members()
	s.count(members)
	s.gate.strains.seats(len(members), c.Held)
	if s.cfg.Roster != nil {
		s.cfg.Roster(members)
	}
	s.desk.presence.changed(c)
}

// refused says that there was no seat for somebody. If there were more with more file
// descriptors, the host ought to know. It runs on the desk.
func (s *Server) refused() {
	if s.gate.strains.of < netchat.MaxMembers {
		s.gate.slots.lack()
	}
}

// endSilent cuts off a connection that has not joined, if there is one.
func (s *Server) endSilent() bool {
	oldest, ok := s.unjoined.evict()
	if ok {
		oldest.end(true, netchat.CloseUnjoinedOld, "silent for too long")
		sever(oldest.conn.NetConn()) // its descriptor is needed
	}
	return ok
}

// Serve accepts connections on ln until Close, which also closes ln; then it
// returns nil. It may be called for several listeners.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.gate.serve(ln); err != nil {
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	}
	return nil
}

// DialInProcess returns a connection of this process to the server, for an
// ordinary client: the host's own link. It blocks until the server takes it;
// after Close it fails with netchat.ErrClosed.
func (s *Server) DialInProcess(ctx context.Context) (net.Conn, error) { return s.pipe.dial(ctx) }

// Members returns how many are in the room, reconnecting ones included.
func (s *Server) Members() int { return int(s.members.Load()) }

// Close tells all members that the room is closed, ends every connection and
// goroutine and closes the listeners. It blocks for at most about closeWait. A
// second call returns at once.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	open := make([]*session, 0, len(s.sessions))
	for session := range s.sessions {
		open = append(open, session)
	}
	s.mu.Unlock()
	err := errors.Join(s.gate.Close(), s.http.Close())
	s.mu.Lock()
	s.sealed = true
	s.mu.Unlock()
	// On the desk, so that what was accepted before is delivered first.
	s.desk.post(func() {
		defer close(s.desk.stop)
		s.desk.room.Settle()
		for _, session := range open {
			session.end(false, netchat.CloseRoomClosed, roomClosed)
		}
	})
	s.done.Wait()
	if err != nil {
		return fmt.Errorf("close server: %w", err)
	}
	return nil
}

// roomClosed is the last word to everybody; plain clients show it as it is.
const roomClosed = "房间已关闭 (the host closed the room)"

// enter has Close wait for a request, until done.Done is called. It reports
// false when it is too late for that.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sealed {
		s.done.Add(1)
	}
	return !s.sealed
}

// deskFailed follows a panic of the desk, on the desk. Nobody knows what of the
// Room still holds, so all members lose their seats: they come back by
// themselves and find in the Log all that was said.
func (s *Server) deskFailed(cause any) {
	s.cfg.Logger.Error("the desk failed", "panic", cause, "stack", string(debug.Stack()))
	s.desk.room.Clear()
	s.desk.presence = newPresence(s.desk.room, s.cfg.Now)
	s.desk.encoder = newEncoder(s.cfg.Logger)
	s.count(nil)
	s.gate.strains.seats(0, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		if !s.unjoined.has(session) {
			session.member.id = ""
			session.end(true, netchat.CloseTrouble, "the host has a fault")
		}
	}
}

// begin registers a session and starts it, or reports false while closing.
func (s *Server) begin(session *session, release func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.sessions[session] = release
	s.done.Go(session.run)
	return true
}

// forget is a session's last word.
func (s *Server) forget(session *session) {
	s.unjoined.remove(session)
	s.arrivals.remove(session)
	s.frames.remove(session)
	s.mu.Lock()
	release := s.sessions[session]
	delete(s.sessions, session)
	s.mu.Unlock()
	release()
}
