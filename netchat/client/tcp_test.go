package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// listenTCP serves each connection of a loopback port with handle and returns
// its address.
func listenTCP(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			handle(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-done
	})
	return ln.Addr().String()
}

// closedPort returns an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

func TestJoinWhatIsNoRoom(t *testing.T) {
	answer := func(text string) string {
		return listenTCP(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 4<<10))
			_, _ = io.WriteString(c, text)
		})
	}
	for name, test := range map[string]struct {
		target       string
		want, secure error // where it may be joined plainly, and where it may not
	}{
		"nobody":       {closedPort(t), netchat.ErrUnreached, netchat.ErrUnreached},
		"hangs up":     {answer(""), netchat.ErrUnreached, netchat.ErrUnreached},
		"a web server": {answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), netchat.ErrNotARoom, netchat.ErrNoTLS},
		"a mail relay": {answer("220 mail.example ESMTP\r\n"), netchat.ErrNotARoom, netchat.ErrNoTLS},
		"no such name": {"no-such-host.invalid", netchat.ErrUnreached, netchat.ErrUnreached},
	} {
		for plain, want := range map[bool]error{true: test.want, false: test.secure} {
			t.Run(fmt.Sprintf("%s, plain %v", name, plain), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), netchattest.Patience)
				defer cancel()
				if _, err := client.Join(ctx, client.Config{Target: test.target, Plain: plain, Name: "x"}); !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			})
		}
	}
	if _, err := client.Join(t.Context(), client.Config{Target: "wss://x", Name: "x"}); err == nil {
		t.Error("a target that cannot be read was joined")
	}
	if _, err := client.Join(t.Context(), client.Config{Target: "x", Key: make([]byte, 5)}); err == nil {
		t.Error("a key of 5 bytes was taken")
	}
}

// TestSeveralAddresses has one that is dead, one that is something else, one
// that is another room, and the room.
func TestSeveralAddresses(t *testing.T) {
	t.Setenv("http_proxy", "http://"+closedPort(t)) // a room is never behind a proxy
	web := listenTCP(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4<<10))
		_ = (&http.Response{StatusCode: http.StatusTeapot, ProtoMajor: 1, ProtoMinor: 1}).Write(c)
	})
	other := netchattest.NewSecureHost(t, newKey(t), roomInfo())
	room := newRealRoom(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	room.serve(ln)
	ctx, cancel := context.WithTimeout(t.Context(), netchattest.Patience)
	defer cancel()
	c, err := client.Join(ctx, client.Config{
		Target: closedPort(t), Addrs: []string{web, other.ListenTCP(t), ln.Addr().String()},
		Room: testRoom, Name: "x", Key: newKey(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := netchattest.Record(c.Events())
	netchattest.WaitOf[*netchat.Page](t, rec, 1)
	_ = c.Close()
	rec.Done(t)
}

// TestOverTCP talks through a proxy that breaks real sockets.
func TestOverTCP(t *testing.T) {
	room := newRealRoom(t)
	room.backoff = client.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	room.serve(ln)
	proxy := netchattest.NewProxy(t, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", ln.Addr().String())
	})
	addr := proxy.ListenTCP(t)
	witness := room.join("witness", newKey(t), room.DialInProcess)
	guest := room.join("guest", newKey(t), func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	})
	for round := range 5 {
		proxy.CutNext(netchattest.Cut{Dir: netchattest.ToClient, Frame: 5 + round, After: round%2 == 0})
		proxy.CutAll()
		for range 10 {
			guest.say(t)
			witness.say(t)
		}
		drain(t, guest.Client, guest.rec)
	}
	same(t, guest, witness)
	began := time.Now()
	_ = guest.Close()
	if d := time.Since(began); d > 500*time.Millisecond {
		t.Errorf("Close took %v", d)
	}
}
