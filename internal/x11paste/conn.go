package x11paste

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Bounds of a connection to an X server.
const (
	patience     = time.Second // for each answer
	maxSetup     = 1 << 18     // bytes of what the server says of itself: 16 bits of words
	maxReply     = 16 << 20    // bytes of a reply
	maxAuthority = 1 << 20     // bytes of the file with the keys of displays
	maxEvents    = 1_000       // that are passed over while one waits for another
	blockSize    = 32          // of events, errors and the fixed part of replies
)

// le is the byte order that the connection asks for.
var le = binary.LittleEndian

// A conn is a connection to an X server. One goroutine uses it.
type conn struct {
	net    net.Conn
	base   uint32 // of the ids that it may give
	mask   uint32 // of the part of an id that it chooses itself
	root   uint32
	events [][]byte // that came before a reply
}

// dial connects to the display of that name, such as ":0".
func dial(display string) (*conn, error) {
	host, rest, ok := cutLast(display, ":")
	number, _, _ := strings.Cut(rest, ".")
	n, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil || strings.HasPrefix(host, "/") {
		return nil, fmt.Errorf("x11: no such display: %q", display)
	}
	network, addr := "tcp", net.JoinHostPort(host, strconv.FormatUint(6000+n, 10))
	if host == "" || host == "unix" {
		network, addr = "unix", "/tmp/.X11-unix/X"+number
	}
	c, err := net.DialTimeout(network, addr, patience)
	if err != nil && network == "unix" {
		c, err = net.DialTimeout(network, "@"+addr, patience)
	}
	if err != nil {
		return nil, fmt.Errorf("x11: %w", err)
	}
	x := &conn{net: c}
	if err := x.greet(cookie(number)); err != nil {
		return nil, errors.Join(fmt.Errorf("x11: greet: %w", err), c.Close())
	}
	return x, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// cookieName is the one way to prove oneself to a display that is used here.
const cookieName = "MIT-MAGIC-COOKIE-1"

// cookie returns the key of a display of this user, empty if there is none.
func cookie(number string) []byte {
	path := os.Getenv("XAUTHORITY")
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil
		}
		path = filepath.Join(home, ".Xauthority")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxAuthority))
	return findCookie(data, number)
}

// findCookie returns the key of a display out of such a file: of entries with a
// family, then an address, a display's number, a name and a key, each with its length.
func findCookie(data []byte, number string) []byte {
	for len(data) >= 2 {
		data = data[2:]
		var parts [4][]byte
		for i := range parts {
			if len(data) < 2 {
				return nil
			}
			n := int(binary.BigEndian.Uint16(data))
			if data = data[2:]; len(data) < n {
				return nil
			}
			parts[i], data = data[:n], data[n:]
		}
		if of := string(parts[1]); (of == "" || of == number) && string(parts[2]) == cookieName {
			return parts[3]
		}
	}
	return nil
}

// greet opens the connection and learns what ids it may use.
func (x *conn) greet(key []byte) error {
	var name string
	if len(key) > 0 {
		name = cookieName
	}
	b := le.AppendUint16([]byte{'l', 0}, 11)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, uint16(len(name)))
	b = le.AppendUint16(b, uint16(len(key)))
	b = append(b, 0, 0)
	b = append(padded(append(b, name...)), key...)
	if err := x.send(padded(b)); err != nil {
		return err
	}
	head, err := x.read(8)
	if err != nil {
		return err
	}
	body, err := x.read(4 * int(le.Uint16(head[6:])))
	switch {
	case err != nil:
		return err
	case head[0] != 1:
		return errors.New("the server refuses")
	case len(body) < 32:
		return errShort
	}
	x.base, x.mask = le.Uint32(body[4:]), le.Uint32(body[8:])
	screens := 32 + (int(le.Uint16(body[16:]))+3)&^3 + 8*int(body[21])
	if len(body) < screens+4 {
		return errShort
	}
	x.root = le.Uint32(body[screens:])
	return nil
}

var errShort = errors.New("the answer is too short")

func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (x *conn) send(b []byte) error {
	if err := x.net.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := x.net.Write(b)
	return err
}

func (x *conn) read(n int) ([]byte, error) {
	if n > maxReply {
		return nil, fmt.Errorf("an answer of %d bytes", n)
	}
	if err := x.net.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(x.net, b)
	return b, err
}

// request sends a request: its code, the byte that goes with it, and its words.
func (x *conn) request(code, data byte, words ...uint32) error {
	b := le.AppendUint16([]byte{code, data}, uint16(len(words)+1))
	for _, w := range words {
		b = le.AppendUint32(b, w)
	}
	return x.send(b)
}

// reply returns the answer to the request that was sent last. Events that come
// before are kept for event.
func (x *conn) reply() ([]byte, error) {
	for range maxEvents {
		b, err := x.block()
		if err != nil {
			return nil, err
		}
		if b[0] == 1 {
			return b, nil
		}
		x.events = append(x.events, b)
	}
	return nil, errors.New("no reply among many events")
}

// event waits for an event for which ok holds, and drops those before it.
func (x *conn) event(ok func(b []byte) bool) ([]byte, error) {
	for range maxEvents {
		var b []byte
		if len(x.events) > 0 {
			b, x.events = x.events[0], x.events[1:]
		} else {
			var err error
			if b, err = x.block(); err != nil {
				return nil, err
			}
		}
		if ok(b) {
			return b, nil
		}
	}
	return nil, errors.New("not among many events")
}

// block reads an event, or a reply with what follows it. An error of the server's
// is one.
func (x *conn) block() ([]byte, error) {
	b, err := x.read(blockSize)
	if err != nil {
		return nil, err
	}
	switch b[0] {
	case 0:
		return nil, fmt.Errorf("the server says error %d", b[1])
	case 1:
		words := le.Uint32(b[4:])
		if words > maxReply/4 {
			return nil, fmt.Errorf("a reply of %d words", words)
		}
		more, err := x.read(4 * int(words))
		return append(b, more...), err
	}
	return b, nil
}
