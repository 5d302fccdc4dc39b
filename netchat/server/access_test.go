package server_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat/server"
)

func TestWhoMayConnect(t *testing.T) {
	b := newBench(t, true, func(c *server.Config) { c.Hostnames = []string{"classroom"} })
	for _, c := range []struct {
		path, host, origin string
		want               int
	}{
		{"/ws", "127.0.0.1:8000", "", 101},
		{"/ws?x=1", "127.0.0.1:8000", "", 101},
		{"/ws", "any.example:8000", "", 101}, // a program
		{"/ws", "localhost:8000", "http://localhost:4200", 101},
		{"/ws", "192.168.1.20:8000", "http://127.0.0.1:4200", 101},
		{"/ws", "192.168.1.20:8000", "http://192.168.1.20:8000", 101},
		{"/ws", "192.168.1.20", "http://192.168.1.20", 101},
		{"/ws", "classroom:8000", "http://classroom:8000", 101},
		{"/ws", "Classroom.local:8000", "http://CLASSROOM.local:8000", 101},
		{"/ws", "[::1]:8000", "http://[::1]:8000", 101},
		{"/ws", "192.168.1.20:8000", "http://evil.example", 403},
		{"/ws", "192.168.1.20:8000", "http://192.168.1.20:8001", 403},
		{"/ws", "192.168.1.20:8000", "null", 403},
		{"/ws", "192.168.1.20:8000", "file://", 403},
		{"/ws", "192.168.1.20:8000", "http://localhost.evil.example", 403},
		{"/ws", "evil.example:8000", "http://evil.example:8000", 421}, // DNS rebinding
		{"/ws", "evil.example:8000", "http://localhost:4200", 421},
		{"/", "127.0.0.1:8000", "", 404},
		{"/wsx", "127.0.0.1:8000", "", 404},
		{"/ws/x", "127.0.0.1:8000", "", 404},
		{"/hello", "127.0.0.1:8000", "", 200},
		{"/hello", "evil.example:8000", "", 421},
	} {
		if got := upgrade(t, b.tcp, c.path, c.host, c.origin); got != c.want {
			t.Errorf("%s Host %q Origin %q: %d, want %d", c.path, c.host, c.origin, got, c.want)
		}
	}
}

// upgrade sends a handshake as written and returns the status of the answer.
func upgrade(t *testing.T, addr, path, host, origin string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if origin != "" {
		origin = "Origin: " + origin + "\r\n"
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%sUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n", path, host, origin)
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if ext := reply.Header.Get("Sec-WebSocket-Extensions"); ext != "" {
		t.Errorf("negotiated %q", ext)
	}
	return reply.StatusCode
}
