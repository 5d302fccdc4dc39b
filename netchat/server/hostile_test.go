package server_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
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

// TestAnswersComeBehindTheWelcome has a client ask before it is welcomed: the
// first frame that comes back decides which dialect it speaks.
func TestAnswersComeBehindTheWelcome(t *testing.T) {
	b := newBench(t, true, nil)
	for command, answer := range map[string]string{
		`{"type":"ping"}`: wire.TypePong, `{"type":"roster"}`: wire.TypeRoster, `{"type":"history","n":1}`: wire.TypePage,
		`{"type":"dance"}`: wire.TypeRefused, `{"type":"message","id":"x"}`: wire.TypeRefused,
	} {
		for range 10 {
			p := b.dial()
			p.send(`{"username":"eager","homeroom":{"v":1}}`)
			p.send(command)
			if f := p.frame(); f.Type != wire.TypeWelcome {
				t.Fatalf("%s: first came %q", command, f.Type)
			}
			if f := p.frame(); !f.Snapshot {
				t.Fatalf("%s: then came %q", command, f.Type)
			}
			p.wantFrame(answer)
			_ = p.ws.Close()
		}
	}
}

// masked is a client's frame.
func masked(first byte, payload string) []byte {
	f := binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(len(payload)))
	if len(payload) < 126 {
		f = []byte{first, 0x80 | byte(len(payload))}
	}
	return append(append(f, 0, 0, 0, 0), payload...)
}

// opcodes reads frames of a host to the end and returns their first bytes and
// the code of the last one, which closes.
func opcodes(t *testing.T, conn net.Conn) (ops []byte, code int) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("the close frame was lost: %v", err)
	}
	for len(all) > 0 {
		size, skip := int(all[1]), 2
		if size == 126 {
			size, skip = int(binary.BigEndian.Uint16(all[2:])), 4
		}
		ops = append(ops, all[0])
		if all[0] == 0x88 {
			code = int(binary.BigEndian.Uint16(all[skip:]))
		}
		all = all[skip+size:]
	}
	return ops, code
}

// TestFaultIsAnsweredOnce: behind what the member has coming there is one close
// frame, no matter which layer finds the fault, and it is not lost to a reset
// though the member goes on sending.
func TestFaultIsAnsweredOnce(t *testing.T) {
	b := newBench(t, true, nil)
	for name, c := range map[string]struct {
		frame []byte
		code  int
	}{
		"too big":        {masked(0x81, strings.Repeat("x", netchat.MaxFrame+1)), 1009},
		"huge length":    {[]byte{0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}, 1009},
		"reserved bit":   {masked(0xC1, ""), 1002},
		"opcode":         {masked(0x83, ""), 1002},
		"not masked":     {[]byte{0x81, 2, '{', '}'}, 1002},
		"bad close code": {masked(0x88, "\x00\x01"), 1002},
		"not JSON":       {masked(0x81, "x"), 1007},
		"goodbye":        {masked(0x88, "\x03\xe8"), 1000},
	} {
		p := b.join(name)
		all := slices.Concat(masked(0x81, `{"content":"x"}`), c.frame, bytes.Repeat([]byte{0}, 100_000))
		if _, err := p.conn.Write(all); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ops, code := opcodes(t, p.conn); !bytes.Equal(ops, []byte{0x81, 0x88}) || code != c.code {
			t.Errorf("%s: came frames %x, closed with %d, want %d", name, ops, code, c.code)
		}
		_ = p.conn.Close()
	}
}

// TestSlowRichReaderIsNotCut has a member live on, but read nothing for a
// minute: an app whose window hangs.
func TestSlowRichReaderIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lines = 40
		b := newBench(t, false, nil)
		slow := b.rich("slow", newKey(t), nil)
		slow.frame()
		a := b.rich("a", nil, nil)
		pad := strings.Repeat("x", netchat.MaxText-8)
		for i := range lines {
			a.say(fmt.Sprintf("%04d", i), fmt.Sprintf("%06d %s", i, pad))
			a.wantFrame(wire.TypeEvent)
		}
		for range 12 {
			if err := slow.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			_ = a.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
			time.Sleep(5 * time.Second)
		}
		for i := range lines {
			if got := slow.text(); !strings.HasPrefix(got, fmt.Sprintf("%06d ", i)) {
				t.Fatalf("line %d: got %.10q", i, got)
			}
		}
	})
}

// TestRosterForSlowReader: whoever asks for the roster while it does not read
// gets it in the end, and is not closed for asking.
func TestRosterForSlowReader(t *testing.T) {
	b := newBench(t, true, nil)
	slow := b.rich("slow", newKey(t), nil)
	slow.frame()
	a := b.rich("a", nil, nil)
	pad := strings.Repeat("x", netchat.MaxText-8)
	for i := range 40 {
		a.say(fmt.Sprintf("%04d", i), pad)
		a.wantFrame(wire.TypeEvent)
	}
	for range 1000 {
		slow.command(wire.Command{Type: wire.TypeRoster})
	}
	b.join("late")
	events, late := 0, false
	for events < 40 || !late {
		switch f := slow.frame(); {
		case f.Event != nil:
			events++
		case f.Roster != nil:
			late = late || f.Roster.Members[len(f.Roster.Members)-1].Name == "late"
		case f.Delta != nil:
			late = late || len(f.Delta.Joined) > 0 && f.Delta.Joined[0].Name == "late"
		}
	}
}

// TestManyQuestions asks for far more history than an outbox holds, and reads
// the answers later.
func TestManyQuestions(t *testing.T) {
	const questions = 12
	b := newBench(t, true, nil)
	a := b.rich("a", nil, nil)
	text := strings.Repeat("x", netchat.MaxText)
	for i := range 8 {
		a.say(fmt.Sprintf("%04d", i), text)
		a.wantFrame(wire.TypeEvent)
	}
	p := b.rich("p", nil, nil)
	p.frame()
	for range questions {
		p.command(wire.Command{Type: wire.TypeHistory, N: netchat.MaxPageMessages})
	}
	for n := range questions {
		if page := p.wantFrame(wire.TypePage); len(page.Messages) != 8 {
			t.Fatalf("page %d has %d messages", n, len(page.Messages))
		}
	}
}

// TestAsksButDoesNotRead: its questions stay in the socket, and after a while
// it is closed.
func TestAsksButDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		a := b.rich("a", nil, nil)
		for i := range 8 {
			a.say(fmt.Sprintf("%04d", i), strings.Repeat("x", netchat.MaxText))
			a.wantFrame(wire.TypeEvent)
		}
		p := b.rich("p", nil, nil)
		start := time.Now()
		for n := 0; time.Since(start) < netchat.DeadPeer; n++ {
			if n > 10 {
				t.Fatal("it could ask for more and more")
			}
			p.send(`{"type":"history","n":200}`)
		}
		if code := p.closed(); code != int(netchat.CloseTooSlow) {
			t.Errorf("closed with %d", code)
		}
	})
}

// TestProofIsNotPutOff: who is to prove its key has ten seconds, pings or not.
func TestProofIsNotPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		p := b.dial()
		hello, _ := wire.EncodeHello("p", wire.RichHello{V: 1, Key: newKey(t).Public().(ed25519.PublicKey)})
		p.send(string(hello))
		p.frame()
		start := time.Now()
		pinged := make(chan struct{})
		go func() {
			defer close(pinged)
			for p.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) == nil {
				time.Sleep(time.Second)
			}
		}()
		if code := p.closed(); code != int(netchat.CloseSilent) {
			t.Errorf("closed with %d", code)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("closed after %v", took)
		}
		_ = p.ws.Close()
		<-pinged
	})
}

// TestUnprovenCounts: who has said a name, but not proved its key, counts with
// those who have said nothing, and the newest always gets in.
func TestUnprovenCounts(t *testing.T) {
	b := newBench(t, true, nil)
	b.srv.SetMaxUnjoined(5, 0)
	var waiting []*peer
	for range 5 {
		p := b.dial()
		p.claim(newKey(t))
		p.frame()
		waiting = append(waiting, p)
	}
	for i, p := range waiting {
		b.join("newest") // takes its place only until it has joined
		if i == 0 {
			if code := p.closed(); code != int(netchat.CloseUnjoinedOld) {
				t.Errorf("the oldest was closed with %d", code)
			}
		}
	}
	b.dial()
	b.dial()
	if code := waiting[1].closed(); code != int(netchat.CloseUnjoinedOld) {
		t.Errorf("the next was closed with %d", code)
	}
}

// TestPingsHaveABudget: a flood of pings is read more slowly, and ends.
func TestPingsHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, func(c *server.Config) { c.Rate = server.Rate{} })
		p := b.join("p")
		start := time.Now()
		go func() {
			for p.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Minute)) == nil {
				continue
			}
		}()
		pongs := 0
		p.ws.SetPongHandler(func(string) error { pongs++; return p.ws.SetReadDeadline(time.Time{}) })
		if code := p.closed(); code != int(netchat.CloseFlood) {
			t.Errorf("closed with %d", code)
		}
		took := time.Since(start)
		if took < time.Minute || took > 2*time.Minute {
			t.Errorf("closed after %v", took)
		}
		if most := 200 + int(took.Seconds())*server.DefaultPerSecond + 2; pongs > most {
			t.Errorf("%d pings were read in %v", pongs, took)
		}
	})
}

// TestHalfFramesAreBounded has members send the larger half of a large frame
// each. The oldest go, with a code by which they may come back, whoever sends
// whole frames is not concerned, and who is done counts no more.
func TestHalfFramesAreBounded(t *testing.T) {
	const limit, slack = 1 << 20, 1 << 20
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		b.srv.SetMaxFrames(limit, slack)
		witness := b.rich("witness", nil, nil)
		witness.frame()
		half := masked(0x81, strings.Repeat("x", netchat.MaxFrame))[:netchat.MaxFrame*3/4]
		var halves []*peer
		for range 4 {
			p := b.rich("half", newKey(t), nil)
			p.frame()
			if _, err := p.conn.Write(half); err != nil {
				t.Fatal(err)
			}
			halves = append(halves, p)
			synctest.Wait()
			if held := b.srv.FrameBytes(); held > limit+slack || held < len(halves)*len(half)/2 && len(halves) < 4 {
				t.Errorf("with %d halves %d bytes are held", len(halves), held)
			}
		}
		whole := func(id string) {
			t.Helper()
			witness.say(id, strings.Repeat("w", netchat.MaxText))
			if got := witness.text(); len(got) != netchat.MaxText {
				t.Errorf("%d bytes came", len(got))
			}
		}
		whole("1")
		time.Sleep(6 * time.Second)
		whole("2") // and now nobody may be over the limit any more
		synctest.Wait()
		if held := b.srv.FrameBytes(); held > limit {
			t.Errorf("after a while %d bytes are held", held)
		}
		if n := b.srv.Members(); n != 5 {
			t.Errorf("%d are in the room: those who may come back keep their seats", n)
		}
		for i, p := range halves[:len(halves)-2] {
			if code := p.closed(); code != int(netchat.CloseTooSlow) {
				t.Errorf("half %d was closed with %d", i, code)
			}
		}
		last := halves[len(halves)-1]
		if _, err := last.conn.Write(masked(0x81, strings.Repeat("x", netchat.MaxFrame))[len(half):]); err != nil {
			t.Errorf("the newest is gone: %v", err)
		}
		if code := last.closed(); code != int(netchat.CloseInvalid) { // it is no JSON
			t.Errorf("the newest was closed with %d", code)
		}
		_ = halves[len(halves)-2].conn.Close()
		whole("3")
		time.Sleep(3 * time.Second)
		if held := b.srv.FrameBytes(); held != 0 {
			t.Errorf("in the end %d bytes are held", held)
		}
	})
}

// TestSilentIsToldNothingButTheEnd: there is no system line before the first
// frame, not even when the room is closed.
func TestSilentIsToldNothingButTheEnd(t *testing.T) {
	b := newBench(t, true, nil)
	silent := b.dial()
	done := make(chan error, 1)
	go func() { done <- b.srv.Close() }()
	_ = silent.ws.SetReadDeadline(time.Now().Add(patience))
	_, frame, err := silent.ws.ReadMessage()
	if closed, ok := errors.AsType[*websocket.CloseError](err); !ok || closed.Code != int(netchat.CloseRoomClosed) {
		t.Errorf("got %q, %v", frame, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestFramesWithoutEnd: a message in pieces without end costs next to nothing and
// ends, before a join and after it.
func TestFramesWithoutEnd(t *testing.T) {
	b := newBench(t, true, withKey(t))
	for name, piece := range map[string][]byte{
		"empty": masked(0x00, ""), "of a byte": masked(0x00, " "), "pings": masked(0x89, ""), "pongs": masked(0x8A, "x"),
	} {
		for _, joined := range []bool{false, true} {
			p := b.dial()
			if joined {
				p = b.join(name)
			}
			flood := append(masked(0x01, ""), bytes.Repeat(piece, 2*netchat.MaxFragments)...)
			if _, err := p.conn.Write(flood); err != nil {
				t.Fatal(err)
			}
			if code := p.closed(); code != int(netchat.CloseTooBig) {
				t.Errorf("%s, joined %v: closed with %d", name, joined, code)
			}
		}
	}
	good := b.join("good")
	good.send(`{"type":"public","content":"hello"}`)
	good.wantContent("public", "hello")
}

// TestHalfAFirstFrameEnds: silence has no time-out, half a frame has.
func TestHalfAFirstFrameEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, false, nil)
		silent, half := b.dial(), b.dial()
		if _, err := half.conn.Write(masked(0x81, `{"username":"half"}`)[:10]); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if code := half.closed(); code != int(netchat.CloseSilent) || time.Since(began) != netchat.MessageTime {
			t.Errorf("closed with %d after %v", code, time.Since(began))
		}
		time.Sleep(time.Hour)
		silent.send(`{"username":"late"}`)
		silent.untilLine(wire.SystemJoined("late"))
	})
}

// TestOneQuestion: a connection that asks without end is not answered without end.
func TestOneQuestion(t *testing.T) {
	b := newBench(t, true, nil)
	conn, err := b.dialConn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, strings.Repeat("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 3))
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	all, err := io.ReadAll(conn)
	if n := bytes.Count(all, []byte("HTTP/1.1 200")); n != 1 {
		t.Errorf("%d answers, %v", n, err)
	}
}
