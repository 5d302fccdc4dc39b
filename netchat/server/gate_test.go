package server_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/server"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// withKey gives the room a key, and its id by it.
func withKey(t *testing.T) func(*server.Config) {
	key := newKey(t)
	return func(c *server.Config) {
		c.Key = key
		c.Room.ID = netchat.RoomIDFromKey(publicOf(key))
	}
}

// secure shakes hands as a device, nil for none.
func secure(ctx context.Context, conn net.Conn, device ed25519.PrivateKey) (*tls.Conn, error) {
	config, err := identity.ClientConfig(device, func(ed25519.PublicKey) error { return nil })
	if err != nil {
		return nil, err
	}
	over := tls.Client(conn, config)
	if err := over.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return over, nil
}

// dialTLS upgrades over TLS.
func (b *bench) dialTLS(device ed25519.PrivateKey) *peer {
	b.t.Helper()
	return b.dialBy(func(ctx context.Context) (net.Conn, error) {
		conn, err := b.dialConn(ctx)
		if err != nil {
			return nil, err
		}
		return secure(ctx, conn, device)
	})
}

// member joins over TLS.
func (b *bench) member(name string, device ed25519.PrivateKey) *peer {
	b.t.Helper()
	p := b.dialTLS(device)
	p.sendJSON(map[string]any{"username": name, "homeroom": map[string]any{"v": 1}})
	if p.first = p.frame(); p.first.Type != wire.TypeWelcome {
		b.t.Fatalf("got %q, want a welcome", p.first.Type)
	}
	p.self = p.first.Self
	return p
}

// rowOf returns the member of that name in the roster that p asks for.
func (p *peer) rowOf(name string) wire.Member {
	p.t.Helper()
	p.command(wire.Command{Type: wire.TypeRoster})
	for _, m := range p.wantFrame(wire.TypeRoster).Roster.Members {
		if m.Name == name {
			return m
		}
	}
	p.t.Fatalf("%s is not there", name)
	return wire.Member{}
}

func TestTLSProvesTheDevice(t *testing.T) {
	b := newBench(t, true, withKey(t))
	key := newKey(t)
	p := b.member("张飞", key)
	if want := netchat.MemberIDFromKey(publicOf(key)); p.self.ID != want || !p.self.Keyed || !p.self.TLS {
		t.Errorf("%+v, want the id %s", p.self, want)
	}
	b.join("plain")
	other := b.rich("rich", newKey(t), nil)
	if other.self.TLS || p.rowOf("plain").TLS || p.rowOf("rich").TLS || !other.rowOf("张飞").TLS {
		t.Error("who has TLS is told wrongly")
	}
	keyless := b.member("keyless", nil)
	if keyless.self.Keyed || !keyless.self.TLS {
		t.Errorf("%+v", keyless.self)
	}
	p.say("aa", "hello")
	for _, who := range []*peer{p, other, keyless} {
		if got := who.text(); got != "hello" {
			t.Errorf("%q", got)
		}
	}
}

// TestKeyOfTheFirstFrame: TLS has proved one, so no other can be claimed, and
// where it has proved none there none can be claimed at all.
func TestKeyOfTheFirstFrame(t *testing.T) {
	b := newBench(t, true, withKey(t))
	mine, other := newKey(t), newKey(t)
	hello := func(key ed25519.PrivateKey) string {
		frame, err := wire.EncodeHello("x", wire.RichHello{V: 1, Key: publicOf(key)})
		if err != nil {
			t.Fatal(err)
		}
		return string(frame)
	}
	p := b.dialTLS(mine)
	p.send(hello(mine))
	if f := p.frame(); f.Type != wire.TypeWelcome || f.Self.ID != netchat.MemberIDFromKey(publicOf(mine)) {
		t.Errorf("with the same key: %+v", f)
	}
	for name, proved := range map[string]ed25519.PrivateKey{"with another key": mine, "without a certificate": nil} {
		p = b.dialTLS(proved)
		p.send(hello(other))
		if code := p.closed(); code != int(netchat.CloseBadHello) {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
}

// TestTakeOverByTLS: a device is in the room once, however it comes.
func TestTakeOverByTLS(t *testing.T) {
	b := newBench(t, true, withKey(t))
	key := newKey(t)
	plain := b.rich("plain", key, nil)
	first := b.member("first", key)
	if code := plain.closed(); code != int(netchat.CloseTakenOver) {
		t.Errorf("the plain one was closed with %d", code)
	}
	second := b.member("second", key)
	if code := first.closed(); code != int(netchat.CloseTakenOver) {
		t.Errorf("the first was closed with %d", code)
	}
	pipe := b.dialBy(func(ctx context.Context) (net.Conn, error) {
		conn, err := b.srv.DialInProcess(ctx)
		if err != nil {
			return nil, err
		}
		return secure(ctx, conn, key)
	})
	pipe.sendJSON(map[string]any{"username": "own", "homeroom": map[string]any{"v": 1}})
	if f := pipe.frame(); f.Type != wire.TypeWelcome || !f.Self.Host || !f.Self.TLS || f.Self.ID != second.self.ID {
		t.Errorf("%+v", f)
	}
	if code := second.closed(); code != int(netchat.CloseTakenOver) {
		t.Errorf("the second was closed with %d", code)
	}
	if n := b.srv.Members(); n != 1 {
		t.Errorf("%d members", n)
	}
	// Back in clear the padlock opens for all to see.
	if again := b.rich("again", key, nil); again.self.TLS {
		t.Errorf("%+v", again.self)
	}
}

func TestAppOnly(t *testing.T) {
	b := newBench(t, true, func(c *server.Config) {
		withKey(t)(c)
		c.Room.AppOnly = true
	})
	reply, err := http.Get("http://" + b.tcp + "/ws")
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	if reply.StatusCode != http.StatusForbidden || !strings.Contains(string(said), "app only") {
		t.Errorf("%s: %s", reply.Status, said)
	}
	if got := upgrade(t, b.tcp, "/ws", b.tcp, ""); got != http.StatusForbidden {
		t.Errorf("an upgrade in clear: %d", got)
	}
	if got := upgrade(t, b.tcp, "/hello", b.tcp, ""); got != http.StatusOK {
		t.Errorf("/hello: %d", got)
	}
	p := b.member("x", newKey(t))
	if !p.first.Room.AppOnly {
		t.Error("the welcome does not say so")
	}
}

func TestUpgradeTellsOfTheRoom(t *testing.T) {
	for _, keyed := range []bool{true, false} {
		b := newBench(t, true, func(c *server.Config) {
			if keyed {
				withKey(t)(c)
			}
		})
		ws, reply, err := websocket.DefaultDialer.Dial("ws://"+b.tcp+"/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = ws.Close()
		about, err := wire.DecodeUpgrade(reply.Header.Get(wire.UpgradeHeader))
		if err != nil || about != (wire.Upgrade{V: wire.Version, TLS: keyed, Name: testRoom.Name, Host: testRoom.Host}) {
			t.Errorf("%+v, %v", about, err)
		}
	}
}

// TestNoTLSWithoutAKey: such a server ends the connection, and goes on.
func TestNoTLSWithoutAKey(t *testing.T) {
	b := newBench(t, true, nil)
	conn, err := b.dialConn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secure(t.Context(), conn, nil); err == nil {
		t.Error("it speaks TLS")
	}
	b.join("plain")
}

// crowd opens many connections that say start and then nothing, until they are
// closed.
func crowd(tb testing.TB, addr string, n int, start string) (hangUp func()) {
	tb.Helper()
	var mu sync.Mutex
	var conns []net.Conn
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range n / 8 {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					tb.Error(err)
					return
				}
				_, _ = io.WriteString(conn, start)
				mu.Lock()
				conns = append(conns, conn)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// halves are connections that begin and do not go on.
func halves() map[string]string {
	return map[string]string{
		"silent":       "",
		"half headers": "GET /ws HTTP/1.1\r\nHost: x\r\nX: ",
		"half TLS":     "\x16\x03\x01\x02\x00\x01",
	}
}

func TestJoinAmongTheSilent(t *testing.T) {
	b := newBench(t, true, withKey(t))
	for _, start := range halves() {
		t.Cleanup(crowd(t, b.tcp, 1000, start))
	}
	p := b.member("good", newKey(t))
	p.say("aa", "hello")
	if got := p.text(); got != "hello" {
		t.Errorf("%q", got)
	}
	b.join("plain")
}

// BenchmarkJoinAmongSilent joins over TLS with nobody else there, and among
// 1,000 silent connections and 1,000 with half a header. Those end after five
// seconds, so they are opened anew for each join.
func BenchmarkJoinAmongSilent(b *testing.B) {
	for _, c := range []struct {
		name  string
		crowd int
	}{{"alone", 0}, {"among=2000", 1000}} {
		b.Run(c.name, func(b *testing.B) {
			addr, stop := startSecure(b)
			defer stop()
			for b.Loop() {
				b.StopTimer()
				silent := crowd(b, addr, c.crowd, halves()["silent"])
				half := crowd(b, addr, c.crowd, halves()["half headers"])
				b.StartTimer()
				ws := joinTLS(b, addr)
				b.StopTimer()
				_ = ws.Close()
				silent()
				half()
				b.StartTimer()
			}
		})
	}
}

// startSecure starts a room over TLS on loopback.
func startSecure(tb testing.TB) (addr string, stop func()) {
	tb.Helper()
	log, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		tb.Fatal(err)
	}
	srv, err := server.New(server.Config{Room: testRoom, Log: log, Key: key, Rate: server.Rate{Off: true}})
	if err != nil {
		tb.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	return ln.Addr().String(), func() {
		if err := errors.Join(srv.Close(), <-served, log.Close()); err != nil {
			tb.Error(err)
		}
	}
}

// joinTLS joins as a new device and returns behind the welcome.
func joinTLS(tb testing.TB, addr string) *websocket.Conn {
	tb.Helper()
	_, device, err := ed25519.GenerateKey(nil)
	if err != nil {
		tb.Fatal(err)
	}
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		return secure(ctx, conn, device)
	}}
	ws, _, err := dialer.Dial("ws://"+addr+"/ws", nil)
	if err != nil {
		tb.Fatal(err)
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"username":"x","homeroom":{"v":1}}`)); err != nil {
		tb.Fatal(err)
	}
	if _, _, err := ws.ReadMessage(); err != nil {
		tb.Fatal(err)
	}
	return ws
}

// TestTheOldestArrivalGoes: never the newest.
func TestTheOldestArrivalGoes(t *testing.T) {
	b := newBench(t, true, func(c *server.Config) { withKey(t)(c) })
	b.srv.SetMaxArriving(4, 0)
	var silent []net.Conn
	for range 5 {
		conn, err := b.dialConn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		silent = append(silent, conn)
	}
	p := b.member("good", newKey(t)) // the newest
	p.say("aa", "hello")
	if got := p.text(); got != "hello" {
		t.Errorf("%q", got)
	}
	_ = silent[0].SetReadDeadline(time.Now().Add(patience))
	if _, err := silent[0].Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the oldest is still there: %v", err)
	}
	if n := b.srv.Arriving(); n > 4 {
		t.Errorf("%d are arriving", n)
	}
}

// TestSilenceEnds: each beginning that does not go on ends by itself.
func TestSilenceEnds(t *testing.T) {
	for name, start := range halves() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, false, withKey(t))
				conn, err := b.dialConn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if _, err := io.WriteString(conn, start); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, _ = io.Copy(io.Discard, conn) // until it is closed
				if took := time.Since(began); took > 11*time.Second {
					t.Errorf("it took %v", took)
				}
				synctest.Wait()
				if n := b.srv.Arriving(); n != 0 {
					t.Errorf("%d are arriving", n)
				}
			})
		})
	}
}

// A moody listener fails now and then.
type moody struct {
	net.Listener
	mu    sync.Mutex
	fails int
}

var errMood = errors.New("too many open files")

func (l *moody) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails > 0 {
		l.fails--
		return nil, errMood
	}
	return l.Listener.Accept()
}

func TestFailedAccepts(t *testing.T) {
	b := newBench(t, true, withKey(t))
	for fails, survives := range map[int]bool{3: true, 1 << 20: false} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		if !survives { // its pauses add up: in a bubble they cost nothing
			synctest.Test(t, func(t *testing.T) {
				inside := newBench(t, false, withKey(t))
				if err := inside.srv.Serve(&moody{Listener: &memListener{done: make(chan struct{})}, fails: fails}); !errors.Is(err, errMood) {
					t.Errorf("%v", err)
				}
			})
			_ = ln.Close()
			continue
		}
		go func() { served <- b.srv.Serve(&moody{Listener: ln, fails: fails}) }()
		joinTLS(t, ln.Addr().String())
		if err := b.srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Errorf("%v", err)
		}
	}
}

// TestManyReturnAtOnce: a school's whole room behind one address.
func TestManyReturnAtOnce(t *testing.T) {
	const members = 500
	b := newBench(t, true, func(c *server.Config) {
		withKey(t)(c)
		c.Rate = server.Rate{}
	})
	devices := make([]ed25519.PrivateKey, members)
	for i := range devices {
		devices[i] = newKey(t)
	}
	for range 2 { // the second time they take over what is left of the first
		began := time.Now()
		var all sync.WaitGroup
		for i, device := range devices {
			all.Go(func() {
				conn, err := b.dialConn(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				over, err := secure(t.Context(), conn, device)
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { _ = conn.Close() })
				_ = over.SetDeadline(time.Now().Add(patience))
				fmt.Fprintf(over, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
					"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
				read := bufio.NewReader(over)
				reply, err := http.ReadResponse(read, nil)
				if err != nil || reply.StatusCode != http.StatusSwitchingProtocols {
					t.Error(err)
					return
				}
				_, err = over.Write(masked(0x81, fmt.Sprintf(`{"username":"m%d","homeroom":{"v":1}}`, i)))
				if err == nil {
					_, err = read.ReadByte() // the welcome
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		t.Logf("%d joined in %v", members, time.Since(began))
		if n := b.srv.Members(); n != members {
			t.Errorf("%d members", n)
		}
	}
}

// FuzzGate: whatever a connection begins with, it ends, and the others do not
// notice.
func FuzzGate(f *testing.F) {
	for _, start := range halves() {
		f.Add([]byte(start))
	}
	f.Add([]byte("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	f.Add([]byte("POST http://evil.example/ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	f.Add([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"))
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	log, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		f.Fatal(err)
	}
	srv, err := server.New(server.Config{Room: testRoom, Log: log, Key: key, Rate: server.Rate{Off: true}})
	if err != nil {
		f.Fatal(err)
	}
	// In memory: real sockets would use up the ports of the machine.
	mem := &memListener{conns: make(chan net.Conn), done: make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(mem) }()
	f.Cleanup(func() {
		if err := errors.Join(srv.Close(), <-served, log.Close()); err != nil {
			f.Error(err)
		}
	})
	dial := func() net.Conn {
		ours, theirs := net.Pipe()
		mem.conns <- theirs
		_ = ours.SetDeadline(time.Now().Add(patience))
		return ours
	}
	f.Fuzz(func(t *testing.T, start []byte) {
		conn := dial()
		var answer sync.WaitGroup
		answer.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		if _, err := conn.Write(start); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("it is not read, and does not end")
		}
		_ = conn.Close()
		answer.Wait()
		other := dial()
		defer other.Close()
		_, _ = io.WriteString(other, "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		reply, err := http.ReadResponse(bufio.NewReader(other), nil)
		if err != nil || reply.StatusCode != http.StatusOK {
			t.Fatalf("the others notice: %v", err)
		}
		_ = reply.Body.Close()
	})
}

// TestHalfHandshakesCostNothing: somebody behind the same address who begins
// handshakes and does not go on keeps nobody out.
func TestHalfHandshakesCostNothing(t *testing.T) {
	b := newBench(t, true, func(c *server.Config) {
		withKey(t)(c)
		c.Rate = server.Rate{}
	})
	for range 1000 { // five times what an address may begin at once
		conn, err := b.dialConn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, "\x16\x03\x01\x02\x00\x01\x00")
	}
	began := time.Now()
	b.member("behind the same address", newKey(t))
	if took := time.Since(began); took > patience/2 {
		t.Errorf("it took %v", took)
	}
}

// TestTooManyHandshakesAreSaid: who cannot be afforded is told so, and can tell it
// from somebody who cuts connections.
func TestTooManyHandshakesAreSaid(t *testing.T) {
	b := newBench(t, true, func(c *server.Config) {
		withKey(t)(c)
		c.Rate = server.Rate{PerSecond: 0.1} // for an address 10 at once, then one a second
	})
	var busy, in atomic.Int64
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			conn, err := b.dialConn(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			switch over, err := secure(t.Context(), conn, newKey(t)); {
			case err == nil:
				in.Add(1)
				_ = over.Close()
			case identity.IsBusy(err):
				busy.Add(1)
			default:
				t.Errorf("neither: %v", err)
			}
		})
	}
	all.Wait()
	if in.Load() < 10 || busy.Load() < 10 {
		t.Errorf("%d were let in, %d told", in.Load(), busy.Load())
	}
}
