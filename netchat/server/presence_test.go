package server_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestListsAreMerged lets a class arrive at once: each plain member gets every
// line, but far fewer lists than joins.
func TestListsAreMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const class = 40
		b := newBench(t, false, nil)
		first := b.join("first")
		start := time.Now()
		joined := make(chan struct{})
		go func() {
			defer close(joined)
			for i := range class {
				p := b.dial()
				p.sendJSON(map[string]string{"username": fmt.Sprintf("p%d", i)})
				go func() {
					for {
						if _, _, err := p.ws.ReadMessage(); err != nil {
							return
						}
					}
				}()
			}
		}()
		lists, lines := 0, make(map[string]bool)
		for len(lines) < class {
			switch f := first.next(); f["type"] {
			case "user_list":
				lists++
			case "system":
				line := f["content"].(string)
				if lines[line] {
					t.Fatalf("told twice: %s", line)
				}
				lines[line] = true
			}
		}
		<-joined
		if most := int(time.Since(start)/netchat.RosterEvery) + 2; lists > most {
			t.Errorf("%d lists in %v, want at most %d", lists, time.Since(start), most)
		}
	})
}

// TestListComesBeforeItsSender holds a newcomer's list back, and then has the
// newcomer speak.
func TestListComesBeforeItsSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		a := b.join("a")
		b.join("b") // told at once, or after 100 ms
		c := b.join("c")
		start := time.Now()
		c.send(`{"content":"hi"}`)
		var order []string
		for f := a.next(); f["type"] != "public"; f = a.next() {
			if f["type"] == "system" {
				order = append(order, f["content"].(string))
			}
		}
		if len(order) != 2 || order[1] != "c 进入聊天室" {
			t.Errorf("before the message came %v", order)
		}
		if waited := time.Since(start); waited >= netchat.RosterEvery {
			t.Errorf("the message waited %v for the list", waited)
		}
	})
}

func TestComeAndGoIsTold(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.join("a")
	p := b.dial()
	p.send(`{"username":"brief"}`)
	_ = p.ws.Close()
	a.wantContent("system", "brief 进入聊天室")
	a.wantContent("system", "brief 已离开")
}

// TestAllInOneGo: whoever joins, speaks and leaves without waiting for anything
// has done all three.
func TestAllInOneGo(t *testing.T) {
	for _, last := range map[string]func(*peer){
		"goodbye": func(p *peer) {
			_ = p.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
		},
		"fault": func(p *peer) { p.send("no JSON") },
	} {
		b := newBench(t, true, nil)
		a := b.join("a")
		p := b.dial()
		p.send(`{"username":"eager"}`)
		p.send(`{"content":"in passing"}`)
		last(p)
		a.wantContent("system", "eager 进入聊天室")
		a.wantContent("public", "in passing")
		a.wantContent("system", "eager 已离开")
		p.wantContent("public", "in passing")
		p.closed()
	}
}
