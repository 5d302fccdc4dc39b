package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func (v *visitor) rename(t *testing.T, name string) {
	t.Helper()
	if err := v.Rename(name); err != nil {
		t.Fatal(err)
	}
}

// saidBy returns who said what is on the screen, by the names of then.
func (v *visitor) saidBy() []string {
	var names []string
	for _, m := range v.rec.Shown() {
		names = append(names, m.Name)
	}
	return names
}

// A plainEye is a member of the plain dialect that shows what its last list
// said.
type plainEye struct {
	t  *testing.T
	ws *websocket.Conn
}

func (r *realRoom) joinPlain(name string) *plainEye {
	r.t.Helper()
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return r.mem.Dial(ctx) }}
	ws, reply, err := dialer.Dial("ws://localhost/ws", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = reply.Body.Close()
	r.t.Cleanup(func() { _ = ws.Close() })
	p := &plainEye{t: r.t, ws: ws}
	p.send(fmt.Sprintf(`{"username":%q}`, name))
	return p
}

func (p *plainEye) send(frame string) {
	p.t.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		p.t.Fatal(err)
	}
}

// read returns the next frame, in short.
func (p *plainEye) read() string {
	p.t.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(netchattest.Patience))
	_, raw, err := p.ws.ReadMessage()
	if err != nil {
		p.t.Fatal(err)
	}
	f, err := wire.DecodePlainFrame(raw)
	if err != nil {
		p.t.Fatal(err)
	}
	if f.Type != wire.TypeUserList {
		return strings.Join(strings.Fields(f.Type+" "+f.SenderName+" "+f.Content), " ")
	}
	var names []string
	for _, u := range f.Users {
		names = append(names, u.Name)
	}
	return "list " + strings.Join(names, ",")
}

func (p *plainEye) want(frames ...string) {
	p.t.Helper()
	for _, want := range frames {
		if got := p.read(); got != want {
			p.t.Fatalf("a plain member got %q, want %q", got, want)
		}
	}
}

// TestRename changes a name in a real room, before the eyes of members of both
// dialects.
func TestRename(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := newRealRoom(t)
		plain := room.joinPlain("plain")
		plain.want("list plain", "system plain 进入聊天室")
		host := room.join("host", newKey(t), room.DialInProcess)
		plain.want("list plain,host", "system host 进入聊天室")
		guest := room.join("guest", newKey(t), room.mem.Dial)
		plain.want("list plain,host,guest", "system guest 进入聊天室")
		guest.say(t)
		plain.want("public guest guest 001")
		<-time.After(time.Second)

		began := time.Now()
		guest.rename(t, "翼德")
		plain.want("list plain,host,翼德") // and no line
		if d := time.Since(began); d > 0 {
			t.Errorf("the list took %v", d)
		}
		host.rec.WaitNames(t, "plain", "host", "翼德")
		guest.rec.WaitNames(t, "plain", "host", "翼德")
		guest.say(t)
		plain.want("public 翼德 guest 002")
		same(t, host, guest)
		if got := host.saidBy(); !slices.Equal(got, []string{"guest", "翼德"}) {
			t.Errorf("said by %q", got)
		}
		plain.send(`{"type":"private","to":"guest","content":"nobody bears it"}`)
		plain.send(`{"type":"private","to":"翼德","content":"by name"}`)
		plain.want("private plain by name")

		// Namesakes: two may bear one name, and then nobody is meant by it.
		host.rename(t, "翼德")
		plain.want("list plain,翼德,翼德")
		plain.send(`{"type":"private","to":"翼德","content":"to whom?"}`)
		plain.send(`{"content":"end"}`)
		plain.want("public plain end")

		// Twice at once: the list before a message is that of its author's name.
		guest.rename(t, "a")
		guest.rename(t, "b")
		guest.say(t)
		for got := plain.read(); got != "public b guest 003"; got = plain.read() {
			if !strings.HasPrefix(got, "list plain,翼德,") {
				t.Errorf("got %q", got)
			}
		}
		host.rec.WaitNames(t, "plain", "翼德", "b")
		if n := len(netchattest.Of[*netchat.RenameRefused](guest.rec)); n != 0 {
			t.Errorf("%d refusals", n)
		}
	})
}

// TestRenameKeepsItsPlace: what was sent before a rename bears the old name, what
// is sent after it the new one, wherever the writer was.
func TestRenameKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := newRealRoom(t)
		witness := room.join("witness", newKey(t), room.DialInProcess)
		guest := room.join("guest", newKey(t), room.mem.Dial)
		for n := range 50 {
			guest.rename(t, fmt.Sprint("name ", n))
			for range 3 {
				guest.say(t)
			}
			if n%7 == 0 {
				synctest.Wait()
			}
		}
		same(t, witness, guest)
		borne := make(map[int]bool)
		for i, name := range witness.saidBy() {
			// A wish that was replaced while it waited was never borne.
			var n int
			if _, err := fmt.Sscanf(name, "name %d", &n); err != nil && i >= 3 {
				t.Errorf("line %d is by %q", i, name)
			}
			if n > i/3 {
				t.Errorf("line %d was sent before it was by %q", i, name)
			}
			borne[n] = true
		}
		if !borne[49] || len(borne) < 8 {
			t.Errorf("these were borne: %v", borne)
		}
		witness.rec.WaitNames(t, "witness", "name 49")
	})
}

// TestRenameCutEverywhere breaks the connection at every frame around a rename:
// the last wish always comes true, and nothing else is lost.
func TestRenameCutEverywhere(t *testing.T) {
	for _, cut := range cuts(12 + handshakeRecords) {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := newRealRoom(t)
				proxy := netchattest.NewProxy(t, room.mem.Dial)
				witness := room.join("witness", newKey(t), room.DialInProcess)
				proxy.CutNext(cut)
				guest := room.join("guest", newKey(t), proxy.Dial)
				guest.say(t)
				guest.rename(t, "first")
				guest.say(t)
				guest.rename(t, "second")
				guest.say(t)
				witness.rec.WaitNames(t, "witness", "second")
				guest.rec.WaitNames(t, "witness", "second")
				same(t, guest, witness)
				guest.rename(t, "third")
				witness.rec.WaitNames(t, "witness", "third")
				proxy.CutAll()
				netchattest.WaitOf[*netchat.StateChange](t, guest.rec, 1)
				guest.rename(t, "fourth")
				witness.rec.WaitNames(t, "witness", "fourth")
				if n := len(netchattest.Of[*netchat.RenameRefused](guest.rec)); n != 0 {
					t.Errorf("%d refusals", n)
				}
			})
		})
	}
}

// TestRenameWhileAway is told to a room only by the next first frame.
func TestRenameWhileAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		k.rename("first")
		c := peer.Command()
		if c.Type != wire.TypeRename || c.Name != "first" || !c.ID.Valid() {
			t.Fatalf("the command is %+v", c)
		}
		peer.Cut()
		k.rename("second")
		k.rename("third")
		peer = k.host.Accept()
		if hello := k.admit(peer, welcome(k.called("third"), 10, true)); hello.Name != "third" {
			t.Errorf("the first frame says %q", hello.Name)
		}
		synctest.Wait()
		if peer.Waiting() != 0 {
			t.Errorf("the room knows it already, and is told %s", peer.Read())
		}

		// A wish between the first frame and the welcome, and a room that has
		// another name than was said.
		peer.Cut()
		peer = k.host.Accept()
		hello := peer.Hello()
		k.rename("fourth")
		k.prove(peer, hello)
		peer.Rich(welcome(k.called("third"), 10, true))
		if c := peer.Command(); c.Name != "fourth" {
			t.Errorf("the command is %+v", c)
		}
		peer.Cut()
		peer = k.host.Accept()
		k.admit(peer, welcome(k.called("something else"), 10, true))
		if c := peer.Command(); c.Name != "fourth" {
			t.Errorf("the command is %+v", c)
		}
	})
}

func TestRefusedRenames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		refuse := func(c wire.Command, reason netchat.RefusalReason) {
			peer.Rich(wire.ServerFrame{Type: wire.TypeRefused, Of: c.Type, ID: c.ID, Reason: reason})
		}
		refuse(wire.Command{Type: wire.TypeRename}, netchat.RefusedUncertain) // nobody asked
		synctest.Wait()
		k.rename("a")
		first := peer.Command()
		k.rename("b")
		second := peer.Command()
		refuse(first, netchat.RefusedUncertain) // nobody waits for it any more
		refuse(second, netchat.RefusedInvalid)
		got := netchattest.WaitOf[*netchat.RenameRefused](t, k.rec, 1)
		if *got[0] != (netchat.RenameRefused{Name: "b", Reason: netchat.RefusedInvalid}) {
			t.Errorf("got %+v", got[0])
		}
		k.rename("b") // the same again is asked again
		if c := peer.Command(); c.Name != "b" {
			t.Errorf("got %+v", c)
		} else {
			refuse(c, netchat.RefusedInvalid)
		}
		netchattest.WaitOf[*netchat.RenameRefused](t, k.rec, 2)
		peer.Cut()
		peer = k.host.Accept()
		// The next room is of an older version.
		w := welcome(k.self(), 10, true)
		w.Types = []string{wire.TypeMessage}
		hello := peer.Hello()
		if hello.Name != "张飞" {
			t.Errorf("a refused name is asked for again: %q", hello.Name)
		}
		k.rename("c") // the room of before knew how
		k.prove(peer, hello)
		peer.Rich(w)
		got = netchattest.WaitOf[*netchat.RenameRefused](t, k.rec, 3)
		if len(got) != 3 || *got[2] != (netchat.RenameRefused{Name: "c", Reason: netchat.RefusedUnknownType}) {
			t.Errorf("got %s", netchattest.Describe(k.rec.Updates()))
		}
		if err := k.Rename("d"); !errors.Is(err, netchat.ErrUnsupported) {
			t.Errorf("a room of an older version: %v", err)
		}
		if peer.Waiting() != 0 {
			t.Errorf("it is sent %s", peer.Read())
		}
	})
}

func TestRenameLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := joinRich(t, nil)
		for _, name := range []string{"", " \t\n\u3000", strings.Repeat("x", netchat.MaxName+1), strings.Repeat("\xffa", netchat.MaxName/4+1)} {
			if err := k.Rename(name); !errors.Is(err, netchat.ErrBadHello) {
				t.Errorf("%.10q: %v", name, err)
			}
		}
		if err := k.Rename("x\xff"); err != nil {
			t.Error(err)
		}
		_ = k.Close()
		if err := k.Rename("x"); !errors.Is(err, netchat.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		server := netchattest.NewPlainServer(t)
		c, err := client.Join(t.Context(), client.Config{Dial: server.Dial, Plain: true, Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		rec := netchattest.Record(c.Events())
		if err := c.Rename("b"); !errors.Is(err, netchat.ErrUnsupported) {
			t.Errorf("a plain server: %v", err)
		}
		_ = c.Close()
		rec.Done(t)
	})
}
