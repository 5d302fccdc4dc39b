package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
)

// A taken connection is that of a request to upgrade.
type taken struct {
	http.ResponseWriter
	conn net.Conn
}

func (w taken) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

// watched returns a host's end over conn, from which the answer to the upgrade has
// been written.
func watched(t *testing.T, conn net.Conn, onControl func()) *Conn {
	t.Helper()
	header := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	up := websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}
	ws, err := up.Upgrade(Watched(taken{conn: conn}), &http.Request{Method: http.MethodGet, Header: header}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := NewHostConn(ws, func([]byte) { onControl() }, onControl, nil)
	if c.watch == nil {
		t.Fatal("it is not watched")
	}
	return c
}

// A script is a connection from which bytes come in pieces of a size, and then the
// end.
type script struct {
	net.Conn
	bytes []byte
	piece int
	asked func() // before each read
}

func (s *script) Read(p []byte) (int, error) {
	s.asked()
	n := copy(p[:min(len(p), s.piece)], s.bytes)
	s.bytes = s.bytes[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (*script) Write(p []byte) (int, error)      { return len(p), nil }
func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

// frameOf is a client's frame of up to 125 bytes.
func frameOf(first byte, payload string) string {
	return string([]byte{first, maskBit | byte(len(payload)), 0, 0, 0, 0}) + payload
}

func TestPiecesAreBounded(t *testing.T) {
	const most = netchat.MaxFragments
	begin, empty, end := frameOf(0x01, "a"), frameOf(0x00, ""), frameOf(0x80, "z")
	for name, c := range map[string]struct {
		bytes string
		piece int
		want  error // of the first Read; nil: it is a message
	}{
		"one frame":            {frameOf(0x81, "x"), 1, nil},
		"most":                 {begin + strings.Repeat(empty, most-2) + end, 999, nil},
		"too many empty":       {begin + strings.Repeat(empty, most), 999, ErrPieces},
		"too many of a byte":   {begin + strings.Repeat(frameOf(0, "x"), most), 999, ErrPieces},
		"empty from the first": {frameOf(0x01, "") + strings.Repeat(empty, most), 1 << 20, ErrPieces},
		"too many pings":       {begin + strings.Repeat(frameOf(0x89, ""), most) + end, 999, ErrPieces},
		"too many pongs":       {begin + strings.Repeat(frameOf(0x8A, "x"), most) + end, 999, ErrPieces},
		"pings in front":       {strings.Repeat(frameOf(0x89, "x"), 3*most) + frameOf(0x81, "x"), 999, nil},
		"single bytes":         {frameOf(0x01, strings.Repeat("x", 100)) + strings.Repeat(frameOf(0, strings.Repeat("x", 100)), 15) + end, 1, nil},
		"too many reads":       {frameOf(0x01, strings.Repeat("x", 100)) + strings.Repeat(frameOf(0, strings.Repeat("x", 100)), 20) + end, 1, ErrPieces},
	} {
		conn := watched(t, &script{bytes: []byte(c.bytes), piece: c.piece, asked: func() {}}, func() {})
		if _, err := conn.Read(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHalfAMessageEnds: what has begun has to be there in time, whatever comes
// meanwhile and however long one would wait for it to begin.
func TestHalfAMessageEnds(t *testing.T) {
	for name, c := range map[string]struct{ start, drip string }{
		"a byte of a header": {"\x81", ""},
		"half a header":      {"\x81\xfe\x01", ""},
		"half a frame":       {frameOf(0x81, "0123456789")[:10], ""},
		"half a ping":        {frameOf(0x89, "0123456789")[:10], ""},
		"a fragment":         {frameOf(0x01, "x"), ""},
		"a slow one":         {string([]byte{0x81, 0xfe, 0x10, 0, 0, 0, 0, 0}), "x"},
		"empty ones":         {frameOf(0x01, "x"), frameOf(0x00, "")},
		"pings":              {frameOf(0x01, "x"), frameOf(0x89, "")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				defer theirs.Close()
				go func() { _, _ = io.Copy(io.Discard, theirs) }() // the answer to the upgrade
				var conn *Conn
				alive := func() { _ = conn.SetReadDeadline(time.Now().Add(time.Hour)) }
				conn = watched(t, ours, alive)
				defer conn.Close()
				time.Sleep(10 * time.Minute) // nothing has begun
				failed := make(chan error)
				go func() {
					_, err := conn.Read()
					failed <- err
				}()
				began := time.Now()
				if _, err := io.WriteString(theirs, c.start); err != nil {
					t.Fatal(err)
				}
				for {
					select {
					case err := <-failed:
						if took := time.Since(began); !errors.Is(err, ErrUnfinished) || took < netchat.MessageTime || took > netchat.MessageTime+time.Second {
							t.Errorf("after %v: %v", took, err)
						}
						return
					case <-time.After(time.Second):
						if c.drip != "" {
							_ = theirs.SetWriteDeadline(time.Now().Add(time.Second))
							_, _ = io.WriteString(theirs, c.drip)
						}
					}
				}
			})
		})
	}
}

// TestUnreadTimeDoesNotCount: a message of which nobody has read the rest yet gets its
// whole time once somebody does.
func TestUnreadTimeDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		conn := watched(t, ours, func() {})
		defer conn.Close()
		second := frameOf(0x81, "second")
		go func() {
			_, _ = io.WriteString(theirs, frameOf(0x81, "first")+second[:3])
			_, _ = io.WriteString(theirs, second[3:4]) // waits for the next Read
			time.Sleep(netchat.MessageTime / 2)
			_, _ = io.WriteString(theirs, second[4:])
		}()
		if got, err := conn.Read(); err != nil || string(got) != "first" {
			t.Fatalf("%q, %v", got, err)
		}
		time.Sleep(2 * netchat.MessageTime)
		if got, err := conn.Read(); err != nil || string(got) != "second" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// FuzzWatch: what is counted below gorilla is what gorilla reads. After each message,
// and each control frame between two, nothing is under way, and while it waits for
// more of one, something is; and no input keeps a Read from ending.
func FuzzWatch(f *testing.F) {
	for _, frames := range []string{
		frameOf(0x81, "x"), frameOf(0x01, "") + frameOf(0x00, "") + frameOf(0x89, "p") + frameOf(0x80, "x") + frameOf(0x8A, ""),
		frameOf(0x88, "\x03\xe8"), "\x81\xfe\x00\x03\x01\x02\x03\x04abc", "\x81\xff\x00\x00\x00\x00\x00\x00\x00\x01aaaa-" + frameOf(0x81, ""),
		"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff1234", "\x81\x01x", "\xc1\x80aaaa", strings.Repeat(frameOf(0x01, ""), 3),
		frameOf(0x01, "") + strings.Repeat(frameOf(0x00, ""), 2*netchat.MaxFragments),
		frameOf(0x01, "") + strings.Repeat(frameOf(0x89, ""), 2*netchat.MaxFragments),
	} {
		f.Add([]byte(frames), byte(1))
		f.Add([]byte(frames), byte(200))
	}
	f.Fuzz(func(t *testing.T, frames []byte, piece byte) {
		var conn *Conn
		between, waits := true, 0 // nothing is under way for gorilla; reads since then
		control := 0
		from := &script{bytes: frames, piece: int(piece)%64 + 1}
		from.asked = func() {
			if conn == nil || from.piece > 1 {
				return
			}
			if between = between && waits == 0; between == conn.watch.frames.underWay() {
				t.Fatalf("%d bytes before the end: under way: %v", len(from.bytes), !between)
			}
			waits++
		}
		whole := func() { between, waits = true, 0 }
		conn = watched(t, from, func() {
			if control++; !conn.watch.frames.open {
				whole()
			}
		})
		conn.SetReadLimit(netchat.MaxFirstFrame)
		for reads := 0; ; reads++ {
			if reads > len(frames) {
				t.Fatal("more messages than bytes")
			}
			if _, err := conn.Read(); err != nil {
				break
			}
			whole()
		}
		if control > len(frames)/6 {
			t.Errorf("%d control frames", control)
		}
	})
}

// TestCountInAnyPieces: where the reads end does not matter.
func TestCountInAnyPieces(t *testing.T) {
	all := []byte(frameOf(0x01, "ab") + frameOf(0x89, "ping") + frameOf(0x00, "") + "\x80\xfe\x00\x03\x01\x02\x03\x04abc" + frameOf(0x81, "x") + frameOf(0x01, "y"))
	for piece := 1; piece <= len(all); piece++ {
		var count frameCount
		for rest := all; len(rest) > 0; {
			n := min(piece, len(rest))
			if !count.pass(bytes.Clone(rest[:n])) {
				t.Fatal("over the bounds")
			}
			rest = rest[n:]
		}
		if count.count != 1 || !count.open || count.left != 0 {
			t.Errorf("in pieces of %d: %+v", piece, count)
		}
	}
}
