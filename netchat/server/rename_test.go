package server_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/server"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// rename asks for another name, with an id made of the start of one.
func (p *peer) rename(id, name string) netchat.EventID {
	p.t.Helper()
	full := netchat.EventID(id + strings.Repeat("0", 32-len(id)))
	p.command(wire.Command{Type: wire.TypeRename, ID: full, Name: name})
	return full
}

// listed returns the names of a user_list.
func listed(t *testing.T, f map[string]any) string {
	t.Helper()
	if f["type"] != "user_list" || len(f) != 2 {
		t.Fatalf("got %v, want a list", f)
	}
	var names []string
	for _, u := range f["users"].([]any) {
		names = append(names, u.(map[string]any)["username"].(string))
	}
	return strings.Join(names, " ")
}

// TestNewNamesInPlainLists: a name that changes is in a list at once, whether it
// was asked for or came with a new connection, and no system line tells of it.
func TestNewNamesInPlainLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		plain := b.join("plain")
		key := newKey(t)
		k := b.rich("k", key, nil)
		plain.wantContent("system", "k 进入聊天室")
		label := string(k.self.Label)
		for name, change := range map[string]func(){
			"by command":       func() { k.rename("1", "by command") },
			"from another one": func() { k = b.rich("from another one", key, nil) },
			"after a loss": func() {
				_ = k.conn.Close()
				synctest.Wait()
				k = b.rich("after a loss", key, nil)
			},
		} {
			time.Sleep(time.Second)
			start := time.Now()
			change()
			if got := listed(t, plain.next()); got != "plain "+name {
				t.Errorf("%s: listed are %q", name, got)
			}
			if waited := time.Since(start); waited > 0 {
				t.Errorf("%s: after %v", name, waited)
			}
			k.say(name[:1]+"0", "x")
			if f := plain.next(); f["type"] != "public" || f["sender_name"] != name || f["from"] != label {
				t.Errorf("%s: then came %v", name, f)
			}
		}

		// Lists are merged, but the one with an author's name comes before the message.
		start := time.Now()
		for _, name := range []string{"a", "b", "c"} {
			k.rename(name, name)
		}
		k.say("d", "y")
		lists := 0
		f := plain.next()
		for ; f["type"] == "user_list"; f = plain.next() {
			lists++
		}
		if lists == 0 || lists > 3 || f["sender_name"] != "c" || time.Since(start) > 0 {
			t.Errorf("%d lists, then %v, after %v", lists, f, time.Since(start))
		}

		// What changes nothing for plain members is not told to them.
		k.rename("e", "c")
		_ = k.conn.Close()
		synctest.Wait()
		k = b.rich("c", key, nil)
		time.Sleep(time.Second)
		k.say("99", "end")
		if f := plain.next(); f["content"] != "end" {
			t.Errorf("got %v", f)
		}
	})
}

// A gatedLog stores nothing while its gate is shut: what comes meanwhile is done
// in one go.
type gatedLog struct {
	history.Log
	gate chan struct{}
}

func (l *gatedLog) Append(batch []netchat.Event) ([]history.Stored, error) {
	<-l.gate
	return l.Log.Append(batch)
}

// TestNewcomerAmongRenames gets its own list, and no second one for a name that
// stood in the first.
func TestNewcomerAmongRenames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gated := &gatedLog{gate: make(chan struct{})}
		b := newBench(t, false, func(c *server.Config) {
			gated.Log = c.Log
			c.Log = gated
		})
		w := b.join("w")
		k := b.rich("k", nil, nil)
		w.wantContent("system", "k 进入聊天室")
		p := b.dial()
		k.say("1", "shuts the gate")
		k.rename("2", "同名")
		synctest.Wait()
		p.send(`{"username":"同名"}`)
		synctest.Wait()
		close(gated.gate)
		if got := listed(t, p.next()); got != "w 同名 同名" {
			t.Errorf("first came %q", got)
		}
		if line := p.next(); line["content"] != "同名 进入聊天室" {
			t.Fatalf("then came %v", line)
		}
		w.wantContent("public", "shuts the gate")
		if got := listed(t, w.next()); got != "w 同名 同名" {
			t.Errorf("the witness got %q", got)
		}
		time.Sleep(time.Second)
		w.send(`{"content":"end"}`)
		if f := p.next(); f["content"] != "end" {
			t.Errorf("at last came %v", f)
		}
	})
}

func TestRenameIsRefused(t *testing.T) {
	b := newBench(t, true, nil)
	a, w := b.rich("a", nil, nil), b.join("w")
	for id, c := range map[string]wire.Command{
		"blank":    {ID: netchat.EventID(strings.Repeat("1", 32)), Name: " "},
		"empty":    {ID: netchat.EventID(strings.Repeat("2", 32))},
		"too long": {ID: netchat.EventID(strings.Repeat("3", 32)), Name: strings.Repeat("x", netchat.MaxName+1)},
		"no id":    {Name: "x"},
	} {
		c.Type = wire.TypeRename
		a.command(c)
		if got := a.wantFrame(wire.TypeRefused); got.Reason != netchat.RefusedInvalid || got.ID != c.ID || got.Of != wire.TypeRename {
			t.Errorf("%s: got %+v", id, got)
		}
	}
	longest := strings.Repeat("x", netchat.MaxName)
	a.rename("4", longest)
	if got := listed(t, w.next()); got != longest+" w" {
		t.Errorf("listed are %.20q", got)
	}
	// Of a plain member the command is a frame without content: nothing.
	w.send(`{"type":"rename","id":"` + strings.Repeat("5", 32) + `","name":"y"}`)
	w.send(`{"content":"after"}`)
	if f := w.next(); f["type"] != "public" || f["sender_name"] != "w" || f["content"] != "after" {
		t.Errorf("got %v", f)
	}
}

// TestRenamesHaveABudget: who does nothing but rename itself is slowed down and
// closed like any other flooder.
func TestRenamesHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, func(c *server.Config) { c.Rate = server.Rate{} })
		p := b.rich("p", nil, nil)
		start := time.Now()
		go func() {
			names := []string{"a", "b"}
			for n := 0; ; n++ {
				frame, err := wire.EncodeCommand(wire.Command{Type: wire.TypeRename, ID: netchat.EventID(strings.Repeat("1", 32)), Name: names[n%2]})
				if err != nil || p.ws.WriteMessage(websocket.TextMessage, frame) != nil {
					return
				}
			}
		}()
		code, told := 0, 0
		_ = p.ws.SetReadDeadline(time.Time{})
		for ; code == 0; told++ {
			_, _, err := p.ws.ReadMessage()
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				code = closed.Code
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if most := 200 + int(time.Since(start).Seconds())*server.DefaultPerSecond + 4; code != int(netchat.CloseFlood) || told > most {
			t.Errorf("closed with %d behind %d frames, at most %d could come", code, told, most)
		}
		if took := time.Since(start); took < time.Minute || took > 2*time.Minute {
			t.Errorf("closed after %v", took)
		}
	})
}
