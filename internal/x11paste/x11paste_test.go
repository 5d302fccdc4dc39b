package x11paste

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fakeX is an X server on which one program offers a text.
type fakeX struct {
	text    string
	target  uint32 // the form that it has it in; 0: UTF8_STRING
	piece   int    // bytes handed over at once; 0: all of them
	owner   uint32 // 0: nobody offers anything
	mute    bool   // the owner does not answer
	garbage []byte // sent in place of the reply to GetProperty

	conn  net.Conn
	atoms map[string]uint32
	left  []string // pieces
	seq   uint16
}

const (
	fakeBase = 0x0200_0000
	fakeMask = 0x001f_ffff
	fakeRoot = 0x123
	other    = 0x0400_0007 // a window of another program
)

// start serves one connection and returns the display's name.
func (f *fakeX) start(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		f.conn = c
		_ = f.serve() // ends when the reader closes
		_ = c.Close()
	}()
	t.Cleanup(func() { _ = ln.Close(); <-ended })
	return fmt.Sprintf("127.0.0.1:%d.0", ln.Addr().(*net.TCPAddr).Port-6000)
}

func (f *fakeX) put(b []byte) { _, _ = f.conn.Write(b) }

// block makes an event, or the fixed part of a reply.
func (f *fakeX) block(code, data byte, words map[int]uint32) []byte {
	b := make([]byte, blockSize)
	b[0], b[1] = code, data
	le.PutUint16(b[2:], f.seq)
	for at, w := range words {
		le.PutUint32(b[at:], w)
	}
	return b
}

func (f *fakeX) serve() error {
	head := make([]byte, 12)
	if _, err := io.ReadFull(f.conn, head); err != nil {
		return err
	}
	keys := (int(le.Uint16(head[6:]))+3)&^3 + (int(le.Uint16(head[8:]))+3)&^3
	if _, err := io.CopyN(io.Discard, f.conn, int64(keys)); err != nil {
		return err
	}
	body := make([]byte, 32+4+8+40)
	le.PutUint32(body[4:], fakeBase)
	le.PutUint32(body[8:], fakeMask)
	le.PutUint16(body[16:], 3) // "abc" and a byte
	body[20], body[21] = 1, 1
	le.PutUint32(body[44:], fakeRoot)
	f.put(append([]byte{1, 0, 11, 0, 0, 0, byte(len(body) / 4), 0}, body...))
	f.atoms = make(map[string]uint32)
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(f.conn, head); err != nil {
			return err
		}
		rest := make([]byte, 4*(int(le.Uint16(head[2:]))-1))
		if _, err := io.ReadFull(f.conn, rest); err != nil {
			return err
		}
		f.seq++
		f.handle(head[0], rest)
	}
}

func (f *fakeX) handle(code byte, rest []byte) {
	word := func(i int) uint32 { return le.Uint32(rest[4*i:]) }
	switch code {
	case internAtom:
		name := string(rest[4 : 4+word(0)])
		f.atoms[name] = uint32(100 + len(f.atoms))
		f.put(f.block(1, 0, map[int]uint32{8: f.atoms[name]}))
	case getSelectionOwner:
		f.put(f.block(12, 0, nil)) // an event that nobody asked for
		f.put(f.block(1, 0, map[int]uint32{8: f.owner}))
	case createWindow:
		if word(0)&^fakeMask != fakeBase || word(1) != fakeRoot {
			f.put(f.block(0, 14, nil))
		}
	case convertSelection:
		if f.mute {
			return
		}
		want, property := f.target, word(3)
		if want == 0 {
			want = f.atoms["UTF8_STRING"]
		}
		if word(2) != want {
			property = 0
		} else {
			f.left = []string{f.text}
			if f.piece > 0 {
				f.left = []string{"size"}
			}
			f.put(f.block(propertyNotify, 0, map[int]uint32{4: word(0), 8: property}))
		}
		f.put(f.block(0x80|selectionNotify, 0, map[int]uint32{8: word(0), 12: word(1), 16: word(2), 20: property}))
	case getProperty:
		f.property(word(0), word(1))
	}
}

// property answers with the next part of the text, and offers the one after it.
func (f *fakeX) property(window, name uint32) {
	if f.garbage != nil {
		f.put(f.garbage)
		return
	}
	part, kind := "", f.target
	if kind == 0 {
		kind = f.atoms["UTF8_STRING"]
	}
	if len(f.left) > 0 {
		part, f.left = f.left[0], f.left[1:]
	}
	if f.piece > 0 {
		if part == "size" {
			kind = f.atoms["INCR"]
			for text := f.text; text != ""; {
				n := min(f.piece, len(text))
				f.left, text = append(f.left, text[:n]), text[n:]
			}
			f.left = append(f.left, "")
		}
	}
	data := padded([]byte(part))
	b := f.block(1, 8, map[int]uint32{4: uint32(len(data) / 4), 8: kind, 16: uint32(len(part))})
	f.put(append(b, data...))
	if f.piece > 0 {
		deleted := f.block(propertyNotify, 0, map[int]uint32{4: window, 8: name})
		deleted[16] = 1
		f.put(deleted)
		if len(f.left) > 0 {
			f.put(f.block(propertyNotify, 0, map[int]uint32{4: window, 8: name}))
		}
	}
}

// TestText: every byte arrives, those behind a NUL too.
func TestText(t *testing.T) {
	long := strings.Repeat("行\x00", 200_000)
	for name, c := range map[string]struct {
		x    fakeX
		want string
	}{
		"plain":                  {fakeX{owner: other, text: "hello"}, "hello"},
		"a NUL":                  {fakeX{owner: other, text: "before\x00behind\x00\x00end\x00"}, "before\x00behind\x00\x00end\x00"},
		"NUL first":              {fakeX{owner: other, text: "\x00x"}, "\x00x"},
		"no UTF-8":               {fakeX{owner: other, text: "a\xff\x00b"}, "a\xff\x00b"},
		"long":                   {fakeX{owner: other, text: long}, long},
		"in pieces":              {fakeX{owner: other, text: long, piece: 65_536}, long},
		"in pieces that end NUL": {fakeX{owner: other, text: "ab\x00cd\x00e", piece: 3}, "ab\x00cd\x00e"},
		"empty":                  {fakeX{owner: other}, ""},
		"nobody":                 {fakeX{}, ""},
		"Latin-1 alone":          {fakeX{owner: other, text: "caf\xe9\x00x", target: atomString}, "café\x00x"},
		"another form":           {fakeX{owner: other, text: "x", target: 99}, ""},
	} {
		got, err := Text(c.x.start(t), fakeBase|5)
		if err != nil || got != c.want {
			t.Errorf("%s: %d bytes %.40q, %v; want %d", name, len(got), got, err, len(c.want))
		}
	}
}

// TestBadServers: whatever is wrong is an error, soon.
func TestBadServers(t *testing.T) {
	reply := func(words, n uint32, format byte, left uint32) []byte {
		f := &fakeX{}
		return f.block(1, format, map[int]uint32{4: words, 12: left, 16: n})
	}
	for name, x := range map[string]*fakeX{
		"does not answer":    {owner: other, mute: true},
		"an endless reply":   {owner: other, garbage: reply(1<<31, 0, 8, 0)},
		"more than there is": {owner: other, garbage: reply(0, 1<<30, 8, 0)},
		"an odd format":      {owner: other, garbage: reply(0, 8, 255, 0)},
		"too long":           {owner: other, garbage: reply(0, 0, 8, 1)},
		"an error":           {owner: other, garbage: (&fakeX{}).block(0, 3, nil)},
	} {
		if got, err := Text(x.start(t), 0); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	own := &fakeX{owner: fakeBase | 77, text: "mine"}
	if _, err := Text(own.start(t), fakeBase|5); !errors.Is(err, ErrOwn) {
		t.Errorf("one's own: %v", err)
	}
	for _, display := range []string{"", "x", ":", ":x", ":-1", "/private/tmp/org.xquartz:0", "127.0.0.1:70000", "127.0.0.1:1"} {
		if got, err := Text(display, 0); err == nil {
			t.Errorf("%q: %q", display, got)
		}
	}
}

func TestCookie(t *testing.T) {
	entry := func(parts ...string) string {
		b := "\x01\x00"
		for _, p := range parts {
			b += string([]byte{byte(len(p) >> 8), byte(len(p))}) + p
		}
		return b
	}
	file := entry("pc", "1", "XDM", "no") + entry("pc", "1", cookieName, "one") + entry("pc", "", cookieName, "any")
	for number, want := range map[string]string{"1": "one", "0": "any"} {
		if got := findCookie([]byte(file), number); string(got) != want {
			t.Errorf("display %s: %q", number, got)
		}
	}
	for n := range file {
		findCookie([]byte(file[:n]), "7")
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XAUTHORITY", path)
	if got := cookie("1"); string(got) != "one" {
		t.Errorf("%q", got)
	}
	t.Setenv("XAUTHORITY", path+"-none")
	if got := cookie("1"); got != nil {
		t.Errorf("%q", got)
	}
}
