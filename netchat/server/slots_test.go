package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/server"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// withLimit has the program have so few file descriptors, and tells of strains.
func withLimit(t *testing.T, limit int, strains chan netchat.Strain) func(*server.Config) {
	return func(c *server.Config) {
		withKey(t)(c)
		c.Limit, c.Rate = limit, server.Rate{}
		c.Strained = func(s netchat.Strain) { strains <- s }
	}
}

// TestMoreClientsThanDescriptors: whoever gets no seat is told so at once, the host
// hears of it, and when they have left also that it is over.
func TestMoreClientsThanDescriptors(t *testing.T) {
	strains := make(chan netchat.Strain, 1000)
	b := newBench(t, true, withLimit(t, 64, strains))
	const clients, seats = 80, 24
	var in []*peer
	for n := range clients {
		p := b.dial()
		p.sendJSON(map[string]any{"username": fmt.Sprint("p", n), "homeroom": map[string]any{"v": 1}})
		_ = p.ws.SetReadDeadline(time.Now().Add(patience))
		_, frame, err := p.ws.ReadMessage()
		if err == nil {
			if f, err := wire.DecodeServer(frame); err != nil || f.Type != wire.TypeWelcome {
				t.Fatalf("%d: %s", n, frame)
			}
			in = append(in, p)
			continue
		}
		if closed, ok := errors.AsType[*websocket.CloseError](err); !ok || closed.Code != int(netchat.CloseAddressFull) {
			t.Errorf("%d: %v", n, err)
		}
		_ = p.ws.Close()
	}
	if n := len(in); n < seats*3/4 || n >= seats {
		t.Errorf("%d of %d got one of %d seats", n, clients, seats)
	}
	host := b.dialBy(b.srv.DialInProcess)
	host.send(`{"username":"host"}`)
	host.untilLine(wire.SystemJoined("host"))
	crowded, short := false, false
	for !crowded || !short {
		s := <-strains
		crowded = crowded || len(s.Held) == 1 && s.Held[0].Address == "127.0.0.1" && s.Of == seats
		short = short || s.Descriptors
	}
	for _, p := range in {
		_ = p.ws.Close()
	}
	for s := (netchat.Strain{Descriptors: true}); s.Any(); {
		s = <-strains
	}
	b.join("late")
}

// TestTheSilentGoForNewcomers: with no descriptor left, whoever has not got far has
// to go, and the host is told.
func TestTheSilentGoForNewcomers(t *testing.T) {
	strains := make(chan netchat.Strain, 100)
	b := newBench(t, true, withLimit(t, 8, strains)) // four connections
	members := []*peer{b.join("one"), b.join("two")}
	half, err := b.dialConn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	_, _ = io.WriteString(half, "G")
	silent := b.dial()
	for range 2 {
		if got := upgrade(t, b.tcp, "/hello", b.tcp, ""); got != http.StatusOK {
			t.Errorf("/hello: %d", got)
		}
	}
	_ = half.SetReadDeadline(time.Now().Add(patience))
	if _, err := half.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("half a request: %v", err)
	}
	for s := (netchat.Strain{}); !s.Descriptors; {
		s = <-strains
	}
	silent.send(`{"username":"three"}`)
	silent.untilLine(wire.SystemJoined("three"))
	for _, p := range append(members, silent) {
		_ = p.ws.Close()
	}
	for s := (netchat.Strain{Descriptors: true}); s.Any(); {
		s = <-strains
	}
}

// TestTurnedAway: for whom there is no connection left, is told so in what it speaks.
func TestTurnedAway(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			server.Dismiss(conn)
		}
	}()
	reply, err := http.Get("http://" + ln.Addr().String() + "/ws")
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	if reply.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(said), "try again later") {
		t.Errorf("%s: %s", reply.Status, said)
	}
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = secure(t.Context(), conn, newKey(t)); !identity.IsBusy(err) {
		t.Errorf("over TLS: %v", err)
	}
	_ = ln.Close()
	<-ended
}
