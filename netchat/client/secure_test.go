package client_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestTrustIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := newRealRoom(t)
		var told client.Proven
		trust := netchat.TrustVerified
		c, err := client.Join(t.Context(), client.Config{
			Dial: room.mem.Dial, Name: "x", Key: newKey(t),
			Vet: func(_ context.Context, p client.Proven) (netchat.Trust, error) {
				told = p
				return trust, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		w, ok := (<-c.Events()).(*netchat.Welcome)
		if !ok || !w.Security.TLS || w.Security.Trust != trust || !told.Key.Equal(ed25519.PublicKey(w.Security.Key)) || !w.Self.TLS {
			t.Errorf("%+v", w)
		}
		if told.Room != roomInfo() || !told.Key.Equal(roomKey().Public()) {
			t.Errorf("%+v", told)
		}
	})
}

// TestUnwantedRoom: who is not let pass by Vet is told nothing.
func TestUnwantedRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newHost(t)
		_, err := client.Join(t.Context(), client.Config{
			Dial: host.Dial, Name: "x", Key: newKey(t),
			Vet: func(context.Context, client.Proven) (netchat.Trust, error) { return "", netchat.ErrWrongCode },
		})
		if !errors.Is(err, netchat.ErrWrongCode) {
			t.Errorf("%v", err)
		}
		peer := host.Accept()
		peer.Ended()
		if n := peer.Waiting(); n != 0 {
			t.Errorf("it was told %q", peer.Read())
		}
	})
}

// A middleman sits between a client and the real room with a certificate of its
// own, and hands on what it can read.
type middleman struct {
	net.Listener
	config *tls.Config
	mu     sync.Mutex
	heard  []byte // of the client
	proved int    // how many certificates of clients it saw
}

func newMiddleman(t *testing.T, to func(context.Context) (net.Conn, error)) *middleman {
	t.Helper()
	config, err := identity.ServerConfig(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &middleman{Listener: ln, config: config}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			done.Go(func() { m.relay(t.Context(), conn, to) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		done.Wait()
	})
	return m
}

func (m *middleman) relay(ctx context.Context, conn net.Conn, to func(context.Context) (net.Conn, error)) {
	defer conn.Close()
	victim := tls.Server(conn, m.config)
	err := victim.Handshake()
	m.mu.Lock()
	m.proved += len(victim.ConnectionState().PeerCertificates)
	m.mu.Unlock()
	if err != nil {
		return
	}
	raw, err := to(ctx)
	if err != nil {
		return
	}
	defer raw.Close()
	config, err := identity.ClientConfig(nil, func(ed25519.PublicKey) error { return nil })
	if err != nil {
		return
	}
	host := tls.Client(raw, config)
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(victim, host) })
	_, _ = io.Copy(host, io.TeeReader(victim, m))
	_ = raw.Close()
	both.Wait()
}

// Write implements io.Writer: it takes down what the client says.
func (m *middleman) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = append(m.heard, p...)
	return len(p), nil
}

func TestManInTheMiddle(t *testing.T) {
	room := newRealRoom(t)
	m := newMiddleman(t, room.mem.Dial)
	_, err := client.Join(t.Context(), client.Config{Target: m.Addr().String(), Room: testRoom, Plain: true, Name: "secret name", Key: newKey(t)})
	if !errors.Is(err, netchat.ErrChangedKey) {
		t.Errorf("%v", err)
	}
	_, err = client.Join(t.Context(), client.Config{
		Target: m.Addr().String(), Plain: true, Name: "secret name", Key: newKey(t),
		Admit: func(ed25519.PublicKey) error { return netchat.ErrWrongCode },
	})
	if !errors.Is(err, netchat.ErrWrongCode) {
		t.Errorf("%v", err)
	}
	if n := room.Members(); n != 0 {
		t.Errorf("%d members", n)
	}
	_ = m.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.proved != 0 || len(m.heard) != 0 {
		t.Errorf("it saw %d certificates and heard %q", m.proved, m.heard)
	}
}

// withoutHeader is what a host answers, without a line that begins with header if
// that is not empty.
func withoutHeader(host io.Reader, header string) io.Reader {
	if header == "" {
		return host
	}
	in := bufio.NewReader(host)
	var head strings.Builder
	for {
		line, err := in.ReadString('\n')
		if !strings.HasPrefix(strings.ToLower(line), strings.ToLower(header)) {
			head.WriteString(line)
		}
		if err != nil || line == "\r\n" {
			return io.MultiReader(strings.NewReader(head.String()), in)
		}
	}
}

// stripped answers TLS as a server that knows none would, and passes on what
// comes in clear, without that header of the host's answer. It counts what clients
// say behind their upgrade.
func stripped(t *testing.T, to func(context.Context) (net.Conn, error), header string) (addr string, said *atomic.Int64) {
	t.Helper()
	said = new(atomic.Int64)
	return listenTCP(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		if first, err := in.Peek(1); err != nil || first[0] == identity.FirstByte {
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
			return
		}
		host, err := to(t.Context())
		if err != nil {
			return
		}
		defer host.Close()
		for { // the request
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(host, line)
			if line == "\r\n" {
				break
			}
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(conn, withoutHeader(host, header)) })
		n, _ := io.Copy(host, in)
		said.Add(n)
		_ = host.Close()
		both.Wait()
	}), said
}

func TestStrippedTLS(t *testing.T) {
	for name, edit := range map[string]func(*client.Config){
		"a known room":   func(c *client.Config) { c.Room, c.Plain = testRoom, true },
		"a new room":     func(*client.Config) {},
		"a typed target": func(c *client.Config) { c.Plain = true }, // the room itself says that it has TLS
	} {
		t.Run(name, func(t *testing.T) {
			room := newRealRoom(t)
			addr, said := stripped(t, room.mem.Dial, "")
			cfg := client.Config{Target: addr, Name: "secret name", Key: newKey(t)}
			edit(&cfg)
			if _, err := client.Join(t.Context(), cfg); !errors.Is(err, netchat.ErrNoTLS) {
				t.Errorf("%v", err)
			}
			if said.Load() != 0 || room.Members() != 0 {
				t.Errorf("it heard %d bytes", said.Load())
			}
		})
	}
}

// TestStrippedTLSAndHeader: whoever takes out all signs of TLS gets the name at a
// typed address, for a server of the plain dialect needs it. What it passes on then
// gives it away, and nothing more is said to it.
func TestStrippedTLSAndHeader(t *testing.T) {
	room := newRealRoom(t)
	addr, said := stripped(t, room.mem.Dial, wire.UpgradeHeader)
	cfg := client.Config{Target: addr, Name: "a name", Key: newKey(t), Plain: true}
	if _, err := client.Join(t.Context(), cfg); !errors.Is(err, netchat.ErrStripped) {
		t.Errorf("%v", err)
	}
	first, err := wire.EncodeHello("a name", wire.RichHello{V: wire.Version})
	if err != nil {
		t.Fatal(err)
	}
	const frameHead, goodbye = 8, 8 // of a masked frame under 64 KiB; a masked close frame with a code
	if n := said.Load(); n > int64(frameHead+len(first)+goodbye) {
		t.Errorf("it heard %d bytes, the first frame has %d", n, len(first))
	}
}

// TestPlainServerIsOpen: joined where that is allowed, and said to be open.
func TestPlainServerIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := netchattest.NewPlainServer(t)
		if _, err := client.Join(t.Context(), client.Config{Dial: srv.Dial, Name: "x"}); err == nil {
			t.Error("it was joined though it has no TLS")
		}
		c, err := client.Join(t.Context(), client.Config{Dial: srv.Dial, Plain: true, Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if w, ok := (<-c.Events()).(*netchat.Welcome); !ok || w.Security.TLS || w.Security.Trust != netchat.TrustNone {
			t.Errorf("%+v", w)
		}
	})
}

// TestSilentTarget may be a plain server, that waits for a line to end.
func TestSilentTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := netchattest.NewPlainServer(t)
		var dials atomic.Int64
		c, err := client.Join(t.Context(), client.Config{Plain: true, Name: "x", Dial: func(ctx context.Context) (net.Conn, error) {
			if dials.Add(1) > 1 {
				return srv.Dial(ctx)
			}
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	})
}

// TestImpostorTakesTheAddress while the room is away: nothing is said to it,
// and what waits arrives once when the room is back.
func TestImpostorTakesTheAddress(t *testing.T) {
	plain := func(t *testing.T) func(context.Context) (net.Conn, error) { return netchattest.NewPlainServer(t).Dial }
	fake := func(t *testing.T) func(context.Context) (net.Conn, error) {
		return netchattest.NewSecureHost(t, newKey(t), roomInfo()).Dial
	}
	for name, c := range map[string]struct {
		impostor func(*testing.T) func(context.Context) (net.Conn, error)
		want     error
	}{"another key": {fake, netchat.ErrChangedKey}, "no TLS": {plain, netchat.ErrNoTLS}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := newRealRoom(t)
				var there atomic.Pointer[func(context.Context) (net.Conn, error)]
				home, other := room.mem.Dial, c.impostor(t)
				there.Store(&home)
				proxy := netchattest.NewProxy(t, func(ctx context.Context) (net.Conn, error) { return (*there.Load())(ctx) })
				guest := room.join("guest", newKey(t), proxy.Dial)
				guest.say(t)
				drain(t, guest.Client, guest.rec)
				there.Store(&other)
				proxy.CutAll()
				guest.say(t)
				<-time.After(time.Minute)
				changes := netchattest.Of[*netchat.StateChange](guest.rec)
				if last := changes[len(changes)-1]; last.State != netchat.StateReconnecting || !errors.Is(last.Err, c.want) {
					t.Errorf("%s", netchattest.Describe(guest.rec.Updates()))
				}
				there.Store(&home)
				drain(t, guest.Client, guest.rec)
				same(t, guest)
			})
		})
	}
}
