//go:build netns && linux

package hosting_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// What an attacker does with a connection.
const (
	relays  = "relay" // passes everything on as it is
	relaysT = "mitm"  // ends TLS with a certificate of its own and passes on what was inside, over TLS of its own
	imitate = "fake"  // ends TLS with a certificate of its own and pretends to be the room
	strips  = "strip" // hangs up on TLS and passes on the rest
	denies  = "deny"  // answers TLS in clear, as a server that knows none, and passes on the rest
	strips2 = "bare"  // the same as that, and takes out the header that tells of TLS
	lures   = "lure"  // the same, and passes on what a member says over TLS of its own
)

// An attackerPart is somebody who takes the room's place at port 8000.
type attackerPart struct {
	Upstream string           // where the room is
	Room     netchat.RoomInfo // whom to imitate
}

// maxHaul bounds what an attacker keeps, in bytes.
const maxHaul = 1 << 20

// A haul is what an attacker got to know.
type haul struct {
	Conns        int    // connections
	TLS          int    // of those, begun with TLS
	Certificates int    // of members
	Inside       []byte // all that came to it in clear, or inside of TLS that it ended
}

type attacker struct {
	attackerPart
	server, guest *tls.Config
	done          sync.WaitGroup

	mu   sync.Mutex
	mode string
	got  haul
	open map[net.Conn]bool
}

// playAttacker takes a mode from each line and says "so"; to "cut" it resets all
// connections, to "haul" it says what it got in JSON and begins anew.
func playAttacker() int {
	p, err := part[attackerPart]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	a := &attacker{attackerPart: p, mode: relays, open: make(map[net.Conn]bool)}
	if a.server, err = identity.ServerConfig(newDevice()); err == nil {
		a.guest, err = identity.ClientConfig(nil, func(ed25519.PublicKey) error { return nil })
	}
	if err != nil {
		return netchattest.FailRole(err)
	}
	a.server.VerifyConnection = func(state tls.ConnectionState) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.got.Certificates += len(state.PeerCertificates)
		return nil
	}
	ln, err := net.Listen("tcp", ":8000")
	if err != nil {
		return netchattest.FailRole(err)
	}
	a.done.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			a.done.Go(func() { a.serve(conn) })
		}
	})
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		a.obey(lines.Text())
	}
	_ = ln.Close()
	a.reset()
	a.done.Wait()
	return netchattest.EndRole()
}

func (a *attacker) obey(line string) {
	switch line {
	case "cut":
		a.reset()
		fmt.Println("so")
	case "haul":
		a.mu.Lock()
		got, err := json.Marshal(a.got)
		a.got = haul{}
		a.mu.Unlock()
		fmt.Println("haul", string(got), err)
	default:
		a.mu.Lock()
		a.mode = line
		a.mu.Unlock()
		a.reset()
		fmt.Println("so")
	}
}

// reset breaks all connections as a machine does that knows of none.
func (a *attacker) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c := range a.open {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
}

// track has reset break c, until it is untracked.
func (a *attacker) track(c net.Conn) (untrack func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[c] = true
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.open, c)
		_ = c.Close()
	}
}

// Write notes what is said to the attacker.
func (a *attacker) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.got.Inside) < maxHaul {
		a.got.Inside = append(a.got.Inside, p...)
	}
	return len(p), nil
}

func (a *attacker) serve(raw net.Conn) {
	defer a.track(raw)()
	in := bufio.NewReader(raw)
	first, err := in.Peek(1)
	if err != nil {
		return
	}
	secure := first[0] == identity.FirstByte
	a.mu.Lock()
	mode := a.mode
	a.got.Conns++
	if secure {
		a.got.TLS++
	}
	a.mu.Unlock()
	below := peeked{Conn: raw, in: in}
	switch {
	case mode == relays:
		a.pass(below, false, "")
	case !secure && (mode == strips || mode == denies || mode == relaysT):
		a.pass(below, false, "")
	case !secure && (mode == strips2 || mode == lures):
		a.pass(below, mode == lures, wire.UpgradeHeader)
	case !secure:
		a.imitate(below)
	case mode == strips:
		return
	case mode == denies || mode == strips2 || mode == lures:
		_, _ = io.WriteString(raw, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		return
	default:
		inside := tls.Server(below, a.server)
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		if inside.HandshakeContext(ctx) != nil {
			return
		}
		if mode == relaysT {
			a.pass(inside, true, "")
		} else {
			a.imitate(inside)
		}
	}
}

// peeked is a connection whose first bytes were looked at.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

// pass passes a connection on to the room, and notes what it can read. without
// is a header that it takes out of the answer.
func (a *attacker) pass(member net.Conn, secure bool, without string) {
	room, err := net.DialTimeout("tcp", a.Upstream, deadline)
	if err != nil {
		return
	}
	defer a.track(room)()
	if secure {
		room = tls.Client(room, a.guest)
	}
	a.done.Go(func() {
		defer room.Close()
		_, _ = io.Copy(io.MultiWriter(a, room), member) // noted before the room answers
	})
	back := bufio.NewReader(room)
	for without != "" {
		line, err := back.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasPrefix(line, without+":") {
			_, _ = io.WriteString(member, line)
		}
		if line == "\r\n" {
			break
		}
	}
	_, _ = io.Copy(member, back)
	_ = member.Close()
}

// imitate answers as the room does, with its names and its id.
func (a *attacker) imitate(member net.Conn) {
	in := bufio.NewReader(io.TeeReader(member, a))
	request, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	if request.URL.Path == "/hello" {
		body := fmt.Sprintf(`{"homeroom":1,"room_id":%q,"name":%q,"host":%q,"members":2,"rich":true,"tls":true}`, a.Room.ID, a.Room.Name, a.Room.Host)
		_, _ = fmt.Fprintf(member, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
		return
	}
	header := wire.EncodeUpgrade(wire.Upgrade{V: wire.Version, TLS: true, Name: a.Room.Name, Host: a.Room.Host})
	_, _ = fmt.Fprintf(member, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s: %s\r\n\r\n",
		acceptKey(request.Header.Get("Sec-WebSocket-Key")), wire.UpgradeHeader, header)
	_, _ = io.Copy(io.Discard, in) // what comes is noted
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func (h haul) String() string {
	return fmt.Sprintf("%d connections, %d with TLS, %d certificates, %q", h.Conns, h.TLS, h.Certificates, h.Inside)
}

// contains reports whether the haul has any of the words in it, as they are, or
// masked as frames of WebSocket clients are.
func (h haul) contains(words ...string) error {
	for _, w := range words {
		if bytes.Contains(h.Inside, []byte(w)) || bytes.Contains(unmasked(h.Inside), unmasked([]byte(w))) {
			return fmt.Errorf("it got %q", w)
		}
	}
	return nil
}

var errHaul = errors.New("no haul")

// haul asks an attacker what it got since it was last asked.
func takeHaul(r *netchattest.Role) (haul, error) {
	if _, err := io.WriteString(r.Stdin, "haul\n"); err != nil {
		return haul{}, err
	}
	timeout := time.After(deadline)
	for {
		select {
		case line, ok := <-r.Lines:
			rest, is := strings.CutPrefix(line, "haul ")
			if !ok {
				return haul{}, errHaul
			}
			if !is {
				continue
			}
			var got haul
			return got, json.NewDecoder(strings.NewReader(rest)).Decode(&got)
		case <-timeout:
			return haul{}, errHaul
		}
	}
}
