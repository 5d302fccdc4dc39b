package netchattest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A PlainServer does what the original server does, which knows no other
// dialect. It ends with the test.
type PlainServer struct {
	*sockets

	mu      sync.Mutex
	drawn   int
	members []*plainSeat
	said    []string
}

type plainSeat struct {
	netchat.Member
	ws *websocket.Conn
}

// NewPlainServer starts a PlainServer.
func NewPlainServer(tb testing.TB) *PlainServer {
	s := new(PlainServer)
	s.sockets = serveSockets(tb, s.serve)
	return s
}

// Said returns the texts of all messages so far, public and private.
func (s *PlainServer) Said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.said)
}

// Members returns who is online, in order of joining.
func (s *PlainServer) Members() []netchat.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	members := make([]netchat.Member, len(s.members))
	for i, m := range s.members {
		members[i] = m.Member
	}
	return members
}

func (s *PlainServer) serve(ws *websocket.Conn) {
	_, first, err := ws.ReadMessage()
	if err != nil {
		return
	}
	hello, err := wire.DecodeHello(first)
	if err != nil {
		return
	}
	seat := s.join(hello.Name, ws)
	defer s.leave(seat)
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return
		}
		c, err := wire.DecodePlain(frame)
		if err != nil {
			return
		}
		if !c.Void {
			s.say(seat, c)
		}
	}
}

func (s *PlainServer) join(name string, ws *websocket.Conn) *plainSeat {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn++
	label := netchat.Label(fmt.Sprintf("%08x", s.drawn))
	seat := &plainSeat{Member: netchat.Member{ID: netchat.MemberID(label), Label: label, Name: name}, ws: ws}
	s.members = append(s.members, seat)
	s.presence(wire.SystemJoined(name))
	return seat
}

func (s *PlainServer) leave(seat *plainSeat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = slices.DeleteFunc(s.members, func(m *plainSeat) bool { return m == seat })
	s.presence(wire.SystemLeft(seat.Name))
}

func (s *PlainServer) presence(line string) {
	var rows []netchat.Member
	for _, m := range s.members {
		rows = append(rows, m.Member)
	}
	for _, m := range s.members {
		m.send(wire.EncodeUserList(rows))
	}
	for _, m := range s.members {
		m.send(wire.EncodeSystem(line, time.Now()))
	}
}

func (s *PlainServer) say(from *plainSeat, c wire.PlainCommand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.Private {
		s.said = append(s.said, c.Content)
		frame := wire.EncodePublic(from.Label, from.Name, c.Content, time.Now())
		for _, m := range s.members {
			m.send(frame)
		}
		return
	}
	at := slices.IndexFunc(s.members, func(m *plainSeat) bool { return string(m.Label) == c.To })
	if at < 0 {
		return
	}
	s.said = append(s.said, c.Content)
	frame := wire.EncodePrivate(from.Label, netchat.Label(c.To), from.Name, c.Content, time.Now())
	s.members[at].send(frame)
	from.send(frame)
}

// send drops the frame if the member does not take it in time; its reader
// notices the rest.
func (m *plainSeat) send(frame []byte) {
	_ = m.ws.SetWriteDeadline(time.Now().Add(Patience / 10))
	if err := m.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		_ = m.ws.Close()
	}
}
