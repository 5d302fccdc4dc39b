package server_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
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

// TestEveryPathIsGuarded: a page of another origin gets nothing from any path,
// over TLS neither, and no answer lets a browser do anything with it.
func TestEveryPathIsGuarded(t *testing.T) {
	b := newBench(t, true, withKey(t))
	dials := map[string]func() (net.Conn, error){
		"in clear": func() (net.Conn, error) { return b.dialConn(t.Context()) },
		"over TLS": func() (net.Conn, error) {
			conn, err := b.dialConn(t.Context())
			if err != nil {
				return nil, err
			}
			return secure(t.Context(), conn, nil)
		},
	}
	for _, c := range []struct {
		request string // line and headers
		want    int
	}{
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000", 200},
		{"HEAD /hello HTTP/1.1\nHost: 127.0.0.1:8000", 200},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000\nSec-Fetch-Site: none", 200},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000\nSec-Fetch-Site: same-origin", 200},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000\nSec-Fetch-Site: cross-site", 403},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000\nSec-Fetch-Site: same-site", 403},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000\nOrigin: http://evil.example", 403},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1:8000\nOrigin: null", 403},
		{"GET /hello HTTP/1.1\nHost: evil.example:8000", 421},
		{"GET /hello HTTP/1.1\nHost: evil.example:8000\nOrigin: http://evil.example:8000", 421},
		{"GET http://evil.example:8000/hello HTTP/1.1\nHost: 127.0.0.1", 421},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1.evil.example", 421},
		{"GET /hello HTTP/1.1\nHost: user@evil.example", 400},
		{"GET /hello HTTP/1.1\nHost: 127.0.0.1\nHost: evil.example", 400},
		{"GET /hello HTTP/1.1", 400},
		{"POST /hello HTTP/1.1\nHost: 127.0.0.1:8000\nContent-Length: 0", 405},
		{"DELETE /ws HTTP/1.1\nHost: 127.0.0.1:8000", 405},
		{"OPTIONS /ws HTTP/1.1\nHost: 127.0.0.1:8000\nOrigin: http://evil.example\nAccess-Control-Request-Method: GET", 403},
		{"GET / HTTP/1.1\nHost: 127.0.0.1:8000", 404},
		{"GET / HTTP/1.1\nHost: evil.example", 421},
		{"GET /anything HTTP/1.1\nHost: 127.0.0.1:8000\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate", 403},
		{"GET /ws HTTP/1.1\nHost: any.example\nSec-Fetch-Site: cross-site", 403},
		{"GET /ws HTTP/1.1\nHost: 127.0.0.1:8000\nOrigin: http://127.0.0.1:8000\nOrigin: http://evil.example", 403},
		{"GET /ws HTTP/1.1\nHost: 127.0.0.1:8000\nOrigin: http://evil.example@127.0.0.1:8000", 403},
		{"GET /ws HTTP/1.1\nHost: 127.0.0.1:8000\nOrigin: http://localhost:4200\nSec-Fetch-Site: same-site", 400}, // no upgrade, but let in
	} {
		for how, dial := range dials {
			reply := ask(t, dial, c.request)
			if reply.StatusCode != c.want {
				t.Errorf("%s: %q: %d, want %d", how, c.request, reply.StatusCode, c.want)
			}
			if reply.StatusCode == 400 {
				continue // not asked for anything
			}
			for name, value := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "", "Server": "", "Set-Cookie": "",
			} {
				if got := reply.Header.Get(name); got != value {
					t.Errorf("%q: %s is %q, want %q", c.request, name, got, value)
				}
			}
			if policy := reply.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("%q: policy %q", c.request, policy)
			}
		}
	}
}

// ask sends a request as written and returns the answer.
func ask(t *testing.T, dial func() (net.Conn, error), request string) *http.Response {
	t.Helper()
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "%s\r\n\r\n", strings.ReplaceAll(request, "\n", "\r\n"))
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	_ = conn.Close() // of a HEAD there is no body to wait for
	_ = reply.Body.Close()
	return reply
}
