package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/server"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// TestCloseDuringJoins closes the room while members come in by both dialects:
// nobody is left hanging, and -race has something to look at.
func TestCloseDuringJoins(t *testing.T) {
	for range 5 {
		b := newBench(t, true, nil)
		var clients sync.WaitGroup
		started := make(chan struct{}, 64)
		for i := range 32 {
			clients.Go(func() {
				defer func() { started <- struct{}{} }()
				ws, reply, err := websocket.DefaultDialer.Dial("ws://"+b.tcp+"/ws", http.Header{})
				if err != nil {
					return
				}
				defer func() { _ = ws.Close() }()
				_ = reply.Body.Close()
				_ = ws.WriteMessage(websocket.TextMessage, []byte([]string{
					`{"username":"plain"}`, `{"username":"rich","homeroom":{"v":1}}`,
				}[i%2]))
				started <- struct{}{}
				_ = ws.SetReadDeadline(time.Now().Add(patience))
				for err == nil {
					_, _, err = ws.ReadMessage()
				}
				if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
					t.Error("a connection outlived the room")
				}
			})
		}
		for range 16 {
			<-started
		}
		if err := b.srv.Close(); err != nil {
			t.Error(err)
		}
		clients.Wait()
	}
}

// A touchyLog panics on one text.
type touchyLog struct{ history.Log }

func (l touchyLog) Append(batch []netchat.Event) ([]history.Stored, error) {
	for _, e := range batch {
		if bytes.Contains(e.Body, []byte("boom")) {
			panic("a fault of ours")
		}
	}
	return l.Log.Append(batch)
}

// TestDeskSurvivesAPanic: members lose their seats, not the room.
func TestDeskSurvivesAPanic(t *testing.T) {
	b := newBench(t, true, func(c *server.Config) { c.Log = touchyLog{c.Log} })
	key := newKey(t)
	plain, rich, silent := b.join("plain"), b.rich("rich", key, nil), b.dial()
	rich.say("1", "before")
	position := rich.wantFrame(wire.TypeEvent).Event.Noun().Position()
	plain.send(`{"content":"boom"}`)
	for _, p := range []*peer{plain, rich} {
		if code := p.closed(); code != int(netchat.CloseTrouble) {
			t.Errorf("closed with %d", code)
		}
	}
	rich = b.rich("rich", key, &wire.Position{Epoch: position.Epoch, Seq: position.Seq, Mark: position.Mark})
	if !rich.first.Recovered || len(rich.first.Roster.Members) != 1 || b.srv.Members() != 1 {
		t.Errorf("welcome %+v, %d members", rich.first, b.srv.Members())
	}
	silent.send(`{"username":"patient"}`)
	silent.wantContent("system", "patient 进入聊天室")
	silent.send(`{"content":"after"}`)
	if got := rich.text(); got != "after" {
		t.Errorf("got %q", got)
	}
}

// TestHalfRequests: who does not finish a request, or its body, does not stay.
func TestHalfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		for request, most := range map[string]time.Duration{
			"": 5 * time.Second, "GET /ws HT": 5 * time.Second, "GET /hello HTTP/1.1\r\nHost: localhost\r\n": 5 * time.Second,
			"GET /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx": 10 * time.Second,
			"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n":                          31 * time.Second, // idle
		} {
			conn, err := b.dialConn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			go func() { _, _ = io.WriteString(conn, request) }()
			_, _ = io.Copy(io.Discard, bufio.NewReader(conn))
			if took := time.Since(start); took > most {
				t.Errorf("%q stayed for %v", request, took)
			}
			_ = conn.Close()
		}
	})
}

// A stuckLog takes its time until it is let go on.
type stuckLog struct {
	history.Log
	goOn chan struct{}
}

func (l stuckLog) Append(batch []netchat.Event) ([]history.Stored, error) {
	<-l.goOn
	return l.Log.Append(batch)
}

// TestGoneBeforeItsTurn has members join and leave while the desk is busy: when
// it gets to them their connections are long gone. The others are told both.
func TestGoneBeforeItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		b := newBench(t, false, func(c *server.Config) { c.Log = stuckLog{c.Log, goOn} })
		a := b.join("a")
		a.send(`{"content":"x"}`)
		for _, hello := range []string{`{"username":"plain"}`, `{"username":"rich","homeroom":{"v":1}}`} {
			p := b.dial()
			p.send(hello)
			_ = p.ws.Close()
		}
		synctest.Wait() // their sessions have ended
		close(goOn)
		told := make(map[any]bool)
		for len(told) < 4 { // in either order
			told[a.want("system")["content"]] = true
		}
		if !told["plain 进入聊天室"] || !told["plain 已离开"] || !told["rich 进入聊天室"] || !told["rich 已离开"] {
			t.Errorf("told %v", told)
		}
		if n := b.srv.ArrivalBytes(); n != 0 || b.srv.Members() != 1 {
			t.Errorf("%d bytes and %d members are left", n, b.srv.Members())
		}
	})
}
