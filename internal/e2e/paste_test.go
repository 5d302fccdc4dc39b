//go:build e2e

package e2e

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"testing"
)

// The codes of the X protocol that an offer needs.
const (
	xCreateWindow      = 1
	xInternAtom        = 16
	xChangeProperty    = 18
	xSetSelectionOwner = 22
	xSendEvent         = 25
	xSelectionRequest  = 30
	xSelectionNotify   = 31
	xInputOnly         = 2
)

// An offer is another program with a text on the clipboard.
type offer struct {
	t    *testing.T
	conn net.Conn
}

// offerText has a text to be pasted until the test ends. No program that comes with
// the system offers one with a NUL.
func offerText(t *testing.T, text string) {
	t.Helper()
	c, err := net.Dial("unix", "/tmp/.X11-unix/X"+os.Getenv("DISPLAY")[1:])
	if err != nil {
		t.Fatal(err)
	}
	o := &offer{t, c}
	_, _ = c.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	head := o.read(8)
	setup := o.read(4 * int(binary.LittleEndian.Uint16(head[6:])))
	screens := 32 + (int(binary.LittleEndian.Uint16(setup[16:]))+3)&^3 + 8*int(setup[21])
	root, window := binary.LittleEndian.Uint32(setup[screens:]), binary.LittleEndian.Uint32(setup[4:])|1
	clipboard, utf8 := o.atom("CLIPBOARD"), o.atom("UTF8_STRING")
	o.request(xCreateWindow, nil, window, root, 0, 1|1<<16, xInputOnly<<16, 0, 0)
	o.request(xSetSelectionOwner, nil, window, clipboard, 0)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.serve(text, utf8)
	}()
	t.Cleanup(func() { _ = c.Close(); <-ended })
}

func (o *offer) read(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(o.conn, b); err != nil {
		return nil
	}
	return b
}

func (o *offer) request(code byte, data []byte, words ...uint32) {
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	b := binary.LittleEndian.AppendUint16([]byte{code, 0}, uint16(1+len(words)+len(data)/4))
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	_, _ = o.conn.Write(append(b, data...))
}

func (o *offer) atom(name string) uint32 {
	o.request(xInternAtom, []byte(name), uint32(len(name)))
	return binary.LittleEndian.Uint32(o.read(32)[8:])
}

// serve hands the text to whoever asks for it as UTF-8, until the connection ends.
func (o *offer) serve(text string, utf8 uint32) {
	for b := o.read(32); b != nil; b = o.read(32) {
		if b[0] != xSelectionRequest {
			continue
		}
		word := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
		asker, target, property := word(12), word(20), word(24)
		if target == utf8 {
			data := []byte(text)
			o.request(xChangeProperty, data, asker, property, utf8, 8, uint32(len(data)))
		} else {
			property = 0
		}
		event := append([]byte{xSelectionNotify, 0, 0, 0}, make([]byte, 28)...)
		for at, w := range map[int]uint32{4: word(4), 8: asker, 12: word(16), 16: target, 20: property} {
			binary.LittleEndian.PutUint32(event[at:], w)
		}
		o.request(xSendEvent, event, asker, 0)
	}
}

// TestPasteWithNUL: what stands behind a NUL is sent too; and a text that the window
// itself has copied is pasted.
func TestPasteWithNUL(t *testing.T) {
	addr := freePort(t)
	host := open(t, 0, 0, width, height, "--lang", "en", "--name", "Ada", "--host", "--room", "Hall", "--listen", addr, "--data", t.TempDir())
	eventually(t, "the window hosts", func() bool { return listening(addr) })
	witness := join(t, addr, "Witness")
	witness.awaitMembers(2)
	host.focus()
	host.click(composerX, composerY)
	offerText(t, "before\x00behind 你好\x00")
	host.do("key", "ctrl+v", "Return")
	witness.awaitMessage("public", "Ada", "beforebehind 你好")
	host.do("key", "shift+Insert", "ctrl+a", "ctrl+c", "End", "ctrl+v", "Return")
	witness.awaitMessage("public", "Ada", "beforebehind 你好beforebehind 你好")
	screenshot(t, "pasted")
}
