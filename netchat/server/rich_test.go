package server_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/server"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestRichJoin(t *testing.T) {
	b := newBench(t, true, nil)
	key := newKey(t)
	a := b.rich("张飞", key, nil)
	w := a.first
	if w.V != 1 || w.Room.ID != testRoom.ID || w.Room.Name != testRoom.Name || w.Recovered || len(w.Roster.Members) != 1 {
		t.Errorf("welcome %+v", w)
	}
	if want := netchat.MemberIDFromKey(key.Public().(ed25519.PublicKey)); a.self.ID != want || a.self.Label != want.Label() || !a.self.Keyed {
		t.Errorf("self %+v, want id %s", a.self, want)
	}
	if page := a.frame(); page.Type != wire.TypePage || !page.Snapshot || len(page.Messages) != 0 {
		t.Errorf("page %+v", page)
	}
	plain := b.join("plain")
	delta := a.wantFrame(wire.TypeRosterDelta).Delta
	if delta.Version != w.Roster.Version+1 || len(delta.Joined) != 1 || delta.Joined[0].Name != "plain" || delta.Joined[0].Rich {
		t.Errorf("delta %+v", delta)
	}
	id := a.say("a1", "hi", delta.Joined[0].ID)
	event := a.wantFrame(wire.TypeEvent).Event
	if event.ID != id || event.Seq != 1 || event.Author != a.self.ID || event.Audience.Scope != netchat.ScopeMembers {
		t.Errorf("event %+v", event)
	}
	noun := event.Noun()
	if string(noun.Digest) != string(netchat.DigestOf(noun.Salt, noun.Body)) {
		t.Error("the digest does not match the body that came")
	}
	if got := plain.want("private"); got["content"] != "hi" || got["from"] != string(a.self.Label) || got["sender_name"] != "张飞" {
		t.Errorf("plain projection %v", got)
	}
}

func TestForgedKeyIsRefused(t *testing.T) {
	b := newBench(t, true, nil)
	p := b.dial()
	frame, _ := wire.EncodeHello("mallory", wire.RichHello{V: 1, Key: newKey(t).Public().(ed25519.PublicKey)})
	p.send(string(frame))
	c := p.frame()
	p.command(wire.Command{Type: wire.TypeProof, Sig: ed25519.Sign(newKey(t), wire.ProofMessage(c.RoomID, c.Nonce))})
	if code := p.closed(); code != int(netchat.CloseBadHello) {
		t.Errorf("closed with %d", code)
	}
	if b.srv.Members() != 0 {
		t.Error("a ghost")
	}
}

// TestNobodysKeyIsRefused: under these keys of small order the signature that is
// shown is right for each challenge, or for many, without any secret.
func TestNobodysKeyIsRefused(t *testing.T) {
	b := newBench(t, true, nil)
	for _, first := range [][]byte{{1}, {0}, {0xed}, {0xee}} {
		key := bytes.Repeat([]byte{0xff}, ed25519.PublicKeySize)
		if first[0] < 2 {
			key = make([]byte, ed25519.PublicKeySize)
		}
		for _, sign := range []byte{0, 0x80} {
			key[0], key[31] = first[0], key[31]&0x7f|sign
			p := b.dial()
			frame, err := wire.EncodeHello("nobody", wire.RichHello{V: 1, Key: key})
			if err != nil {
				t.Fatal(err)
			}
			p.send(string(frame))
			p.command(wire.Command{Type: wire.TypeProof, Sig: append(slices.Clone(key), make([]byte, 32)...)})
			if code := p.closed(); code != int(netchat.CloseInvalid) {
				t.Errorf("%x: closed with %d", key, code)
			}
		}
	}
	if b.srv.Members() != 0 {
		t.Error("nobody is a member")
	}
}

func TestSameIDMakesOneEvent(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.rich("a", newKey(t), nil)
	id := a.say("1", "once")
	a.say("1", "once")
	if e := a.wantFrame(wire.TypeEvent).Event; e.ID != id {
		t.Fatalf("event %+v", e)
	}
	if ack := a.frame(); ack.Type != wire.TypeAck || ack.ID != id || ack.Seq != 1 {
		t.Errorf("got %+v, want the ack of seq 1", ack)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.rich("a", nil, nil)
	for _, c := range []struct {
		command wire.Command
		reason  netchat.RefusalReason
	}{
		{wire.Command{Type: "dance"}, netchat.RefusedUnknownType},
		{wire.Command{Type: wire.TypeMessage, ID: "short", Text: "x"}, netchat.RefusedInvalid},
		{wire.Command{Type: wire.TypeMessage, ID: netchat.EventID(strings.Repeat("1", 32)), Text: strings.Repeat("x", netchat.MaxText+1)}, netchat.RefusedTooLong},
		{wire.Command{Type: wire.TypeMessage, ID: netchat.EventID(strings.Repeat("2", 32)), To: []netchat.MemberID{"nobody"}}, netchat.RefusedNoRecipient},
	} {
		a.command(c.command)
		if got := a.wantFrame(wire.TypeRefused); got.Reason != c.reason || got.ID != c.command.ID || got.Of != c.command.Type {
			t.Errorf("%s: got %+v, want %s", c.command.Type, got, c.reason)
		}
	}
	a.say("3", "still here")
	if got := a.text(); got != "still here" {
		t.Errorf("got %q", got)
	}
}

// TestResume cuts a member off at every point of a talk and checks that it is
// given exactly what it missed, private messages of others not included.
func TestResume(t *testing.T) {
	b := newBench(t, true, nil)
	talker := b.rich("talker", nil, nil)
	other := b.rich("other", nil, nil)
	key := newKey(t)
	reader := b.rich("reader", key, nil)
	readerID := reader.self.ID
	at := *reader.first.Position
	for n := range 12 {
		_ = reader.ws.Close()
		talker.say(fmt.Sprintf("a%02d", n), fmt.Sprintf("all %d", n))
		talker.say(fmt.Sprintf("b%02d", n), "secret", other.self.ID)
		talker.say(fmt.Sprintf("c%02d", n), fmt.Sprintf("you %d", n), readerID)
		for range 3 {
			talker.wantFrame(wire.TypeEvent)
		}
		reader = b.rich("reader", key, &at)
		if !reader.first.Recovered || reader.self.ID != readerID {
			t.Fatalf("round %d: welcome %+v", n, reader.first)
		}
		for _, want := range []string{"all", "you"} {
			f := reader.frame()
			for f.Type == wire.TypeRosterDelta {
				f = reader.frame()
			}
			if f.Type != wire.TypeEvent {
				t.Fatalf("round %d: got %+v", n, f)
			}
			e := f.Event.Noun()
			m, _ := netchat.MessageOf(e)
			if m.Text != fmt.Sprintf("%s %d", want, n) {
				t.Fatalf("round %d: got %q, want %s", n, m.Text, want)
			}
			p := e.Position()
			at = wire.Position{Epoch: p.Epoch, Seq: p.Seq, Mark: p.Mark}
		}
	}
}

func TestResumeIsNeverGuessed(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.rich("a", newKey(t), nil)
	a.say("1", "one")
	p := a.wantFrame(wire.TypeEvent).Event.Noun().Position()
	for name, bad := range map[string]wire.Position{
		"other epoch": {Epoch: "7-0011223344556677", Seq: p.Seq, Mark: p.Mark},
		"other chain": {Epoch: p.Epoch, Seq: p.Seq, Mark: "0011223344556677"},
		"ahead":       {Epoch: p.Epoch, Seq: p.Seq + 1, Mark: p.Mark},
		"nonsense":    {Epoch: "x"},
	} {
		r := b.rich("r", newKey(t), &bad)
		if r.first.Recovered {
			t.Errorf("%s: recovered", name)
		}
		if page := r.frame(); !page.Snapshot || len(page.Messages) != 1 {
			t.Errorf("%s: page %+v", name, page)
		}
	}
}

func TestTakeOver(t *testing.T) {
	b := newBench(t, true, nil)
	witness := b.join("witness")
	key := newKey(t)
	old := b.rich("me", key, nil)
	witness.wantContent("system", "me 进入聊天室")
	young := b.rich("me", key, nil)
	if code := old.closed(); code != int(netchat.CloseTakenOver) {
		t.Errorf("closed with %d", code)
	}
	young.say("1", "it is me")
	if got := witness.next(); got["content"] != "it is me" {
		t.Errorf("others were told of it: %v", got)
	}
	if n := b.srv.Members(); n != 2 {
		t.Errorf("%d members", n)
	}
}

func TestReconnectingHasItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		a := b.rich("a", nil, nil)
		a.frame()
		key := newKey(t)
		lost := b.rich("lost", key, nil)
		a.wantFrame(wire.TypeRosterDelta)
		_ = lost.conn.Close()
		if d := a.wantFrame(wire.TypeRosterDelta).Delta; len(d.Changed) != 1 || d.Changed[0].Presence != netchat.Reconnecting {
			t.Fatalf("delta %+v", d)
		}
		a.say("1", "for later", lost.self.ID)
		if got := a.text(); got != "for later" {
			t.Fatal(got)
		}
		time.Sleep(netchat.ReconnectGrace - time.Second)
		lost = b.rich("lost", key, lost.first.Position)
		if got := lost.text(); got != "for later" {
			t.Errorf("got %q", got)
		}
		if d := a.wantFrame(wire.TypeRosterDelta).Delta; len(d.Changed) != 1 || d.Changed[0].Presence != netchat.Present {
			t.Errorf("delta %+v", d)
		}
		_ = lost.conn.Close()
		a.wantFrame(wire.TypeRosterDelta)
		start := time.Now()
		if d := a.wantFrame(wire.TypeRosterDelta).Delta; len(d.Left) != 1 {
			t.Errorf("delta %+v", d)
		}
		if waited := time.Since(start); waited != netchat.ReconnectGrace {
			t.Errorf("it left after %v", waited)
		}
	})
}

func TestCleanLeaveIsImmediate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		a := b.rich("a", nil, nil)
		leaver := b.rich("leaver", newKey(t), nil)
		a.wantFrame(wire.TypeRosterDelta)
		_ = leaver.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
		start := time.Now()
		if d := a.wantFrame(wire.TypeRosterDelta).Delta; len(d.Left) != 1 {
			t.Errorf("delta %+v", d)
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("it took %v", waited)
		}
	})
}

// TestSlowRichReaderLosesNothing lets a member's outbox overflow: it is told
// everything, in order, from the Log, while nobody waits for it.
func TestSlowRichReaderLosesNothing(t *testing.T) {
	const lines = 60 // of 64 KiB: almost four times the outbox
	b := newBench(t, true, nil)
	slow := b.rich("slow", newKey(t), nil)
	a := b.rich("a", nil, nil)
	pad := strings.Repeat("x", netchat.MaxText-8)
	for i := range lines {
		a.say(fmt.Sprintf("%04d", i), fmt.Sprintf("%06d %s", i, pad))
		a.wantFrame(wire.TypeEvent)
	}
	b.join("late") // a roster delta that it may miss
	for i := range lines {
		if got := slow.text(); !strings.HasPrefix(got, fmt.Sprintf("%06d ", i)) {
			t.Fatalf("line %d: got %.10q", i, got)
		}
	}
	a.say("e", "end")
	if got := slow.text(); got != "end" {
		t.Errorf("got %.10q", got)
	}
}

func TestHistoryAndRoster(t *testing.T) {
	b := newBench(t, true, nil)
	a := b.rich("a", nil, nil)
	for i := range 10 {
		a.say(fmt.Sprintf("%d", i), fmt.Sprintf("m%d", i))
		a.wantFrame(wire.TypeEvent)
	}
	a.command(wire.Command{Type: wire.TypeHistory, Before: 6, N: 3})
	page := a.wantFrame(wire.TypePage)
	if len(page.Messages) != 3 || page.Messages[0].Text != "m2" || page.Messages[2].Text != "m4" || !page.More {
		t.Errorf("page %+v", page)
	}
	if !page.Newer {
		t.Error("no newer ones")
	}
	for _, c := range []struct {
		ask         wire.Command
		from, to    string
		more, newer bool
	}{
		{wire.Command{N: 3}, "m7", "m9", true, false},
		{wire.Command{After: 6, N: 3}, "m6", "m8", true, true},
		{wire.Command{After: 7, N: 3}, "m7", "m9", true, false},
		{wire.Command{Around: 5, N: 3}, "m3", "m5", true, true},
		{wire.Command{Around: 1, N: 500}, "m0", "m9", false, false},
	} {
		c.ask.Type = wire.TypeHistory
		a.command(c.ask)
		page := a.wantFrame(wire.TypePage)
		if len(page.Messages) == 0 || page.Messages[0].Text != c.from || page.Messages[len(page.Messages)-1].Text != c.to ||
			page.More != c.more || page.Newer != c.newer {
			t.Errorf("%+v: %+v", c.ask, page)
		}
	}
	for _, ask := range []wire.Command{{Before: 1, After: 1}, {Before: 1, Around: 1}, {After: 1, Around: 2}, {Before: 1, After: 1, Around: 1}} {
		ask.Type = wire.TypeHistory
		a.command(ask)
		if f := a.wantFrame(wire.TypeRefused); f.Of != wire.TypeHistory || f.Reason != netchat.RefusedInvalid {
			t.Errorf("%+v: %+v", ask, f)
		}
	}
	a.command(wire.Command{Type: wire.TypeRoster})
	if roster := a.wantFrame(wire.TypeRoster).Roster; len(roster.Members) != 1 || roster.Version != a.first.Roster.Version {
		t.Errorf("roster %+v", roster)
	}
	a.command(wire.Command{Type: wire.TypePing})
	a.wantFrame(wire.TypePong)
}

func TestCloseTellsEverybody(t *testing.T) {
	b := newBench(t, true, nil)
	rich, plain, silent := b.rich("rich", nil, nil), b.join("plain"), b.dial()
	if err := b.srv.Close(); err != nil {
		t.Fatal(err)
	}
	if code := rich.closed(); code != int(netchat.CloseRoomClosed) {
		t.Errorf("rich: %d", code)
	}
	if line := plain.want("system"); !strings.Contains(line["content"].(string), "closed") {
		t.Errorf("plain: %v", line)
	}
	if code := plain.closed(); code != int(netchat.CloseRoomClosed) {
		t.Errorf("plain: %d", code)
	}
	if code := silent.closed(); code != int(netchat.CloseRoomClosed) {
		t.Errorf("silent: %d", code)
	}
}

func TestFloodIsSlowedThenClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, func(c *server.Config) { c.Rate = server.Rate{} })
		flooder := b.join("flooder")
		go func() {
			for flooder.ws.WriteMessage(websocket.TextMessage, []byte(`{"content":"x"}`)) == nil {
				continue
			}
		}()
		_ = flooder.ws.SetReadDeadline(time.Time{})
		start, got := time.Now(), 0
		var code int
		for code == 0 {
			_, _, err := flooder.ws.ReadMessage()
			if closed, ok := err.(*websocket.CloseError); ok {
				code = closed.Code
			} else if err != nil {
				t.Fatal(err)
			}
			got++
		}
		took := time.Since(start)
		if code != int(netchat.CloseFlood) || took < time.Minute || took > 2*time.Minute {
			t.Errorf("closed with %d after %v", code, took)
		}
		if most := 200 + int(took.Seconds())*server.DefaultPerSecond + 2; got > most {
			t.Errorf("%d messages in %v", got, took)
		}
	})
}

func TestDeadPeerIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		a := b.join("a")
		b.join("dead") // never reads again, so it answers no ping
		start := time.Now()
		a.wantContent("system", "dead 已离开")
		if waited := time.Since(start); waited > netchat.DeadPeer+netchat.RosterEvery {
			t.Errorf("found after %v", waited)
		}
	})
}

// TestSilentPeerIsTold: whoever reads, but answers no ping, hears why it is
// closed, and keeps its seat for a while if it has a key.
func TestSilentPeerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		plain, keyed, unproven := b.join("plain"), b.rich("keyed", newKey(t), nil), b.dial()
		unproven.claim(newKey(t))
		codes := make(chan int)
		start := time.Now()
		for _, p := range []*peer{plain, keyed, unproven} {
			p.ws.SetPingHandler(func(string) error { return nil })
			go func() { codes <- p.closed() }()
		}
		for range 3 {
			if code := <-codes; code != int(netchat.CloseSilent) {
				t.Errorf("closed with %d", code)
			}
		}
		if waited := time.Since(start); waited != netchat.DeadPeer {
			t.Errorf("after %v", waited)
		}
		synctest.Wait()
		if n := b.srv.Members(); n != 1 {
			t.Errorf("%d are left, want the one with a key", n)
		}
	})
}

func TestSilentConnectionIsInvisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		silent := b.dial()
		time.Sleep(10 * time.Minute)
		silent.send(`{"username":"at last"}`)
		if f := silent.next(); f["type"] != "user_list" {
			t.Errorf("got %v", f)
		}
	})
}
