//go:build netns && linux

package hosting_test

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

// captureBuffer holds the packets that are not read yet.
const captureBuffer = 64 << 20

// A capture has every packet that crossed some cables, as somebody sees them who
// listens there.
type capture struct {
	mu      sync.Mutex
	packets [][]byte
	stop    chan struct{}
	done    sync.WaitGroup
}

// listenOn begins a capture, which ends with the test.
func listenOn(t *testing.T, cables ...string) *capture {
	t.Helper()
	c := &capture{stop: make(chan struct{})}
	for _, name := range cables {
		cable, err := net.InterfaceByName(name)
		if err != nil {
			t.Fatal(err)
		}
		const all = syscall.ETH_P_ALL>>8 | syscall.ETH_P_ALL&0xff<<8 // in the network's byte order
		fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, all)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(
			syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: cable.Index}),
			syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, captureBuffer),
			syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 50_000}),
		); err != nil {
			t.Fatal(err)
		}
		c.done.Go(func() { c.read(fd) })
	}
	t.Cleanup(func() {
		close(c.stop)
		c.done.Wait()
	})
	return c
}

func (c *capture) read(fd int) {
	defer syscall.Close(fd)
	packet := make([]byte, 1<<17)
	for {
		n, _, err := syscall.Recvfrom(fd, packet, 0)
		if err == nil {
			c.mu.Lock()
			c.packets = append(c.packets, slices.Clone(packet[:n]))
			c.mu.Unlock()
			continue
		}
		select {
		case <-c.stop:
			return
		default: // the time-out, by which stop is looked at
		}
	}
}

// all returns the packets until now, and what TCP made of them: one piece for
// each direction of each connection. It fails for one with a gap, in which a
// word could hide.
func (c *capture) all() (packets, streams [][]byte, err error) {
	c.mu.Lock()
	packets = slices.Clone(c.packets)
	c.mu.Unlock()
	flows := make(map[string][]segment)
	for _, p := range packets {
		if flow, s, ok := parseSegment(p); ok {
			flows[flow] = append(flows[flow], s)
		}
	}
	for _, flow := range slices.Sorted(maps.Keys(flows)) {
		stream, ok := reassemble(flows[flow])
		if !ok {
			err = errors.Join(err, fmt.Errorf("a gap in the capture of %s", flow))
		}
		streams = append(streams, stream)
	}
	return packets, streams, err
}

// settled waits until nothing that belongs to a connection has come for a moment.
func (c *capture) settled() (packets, streams [][]byte, err error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(deadline)
	for last := -1; ; {
		packets, streams, err = c.all()
		if n := len(bytes.Join(streams, nil)); err == nil && n == last {
			return packets, streams, nil
		} else {
			last = n
		}
		select {
		case <-tick.C:
		case <-timeout:
			return packets, streams, err
		}
	}
}

// A segment is the payload of one packet of TCP.
type segment struct {
	seq  uint32
	syn  bool
	data []byte
}

// parseSegment takes an Ethernet frame apart that holds IPv4 or IPv6 and TCP.
func parseSegment(frame []byte) (flow string, s segment, ok bool) {
	if len(frame) < 14 {
		return "", s, false
	}
	kind, packet := binary.BigEndian.Uint16(frame[12:]), frame[14:]
	var from, to net.IP
	var tcp []byte
	switch {
	case kind == syscall.ETH_P_IP && len(packet) >= 20 && packet[9] == syscall.IPPROTO_TCP:
		size := int(binary.BigEndian.Uint16(packet[2:]))
		from, to, tcp = packet[12:16], packet[16:20], packet[int(packet[0]&15)*4:min(size, len(packet))]
	case kind == syscall.ETH_P_IPV6 && len(packet) >= 40 && packet[6] == syscall.IPPROTO_TCP:
		size := 40 + int(binary.BigEndian.Uint16(packet[4:]))
		from, to, tcp = packet[8:24], packet[24:40], packet[40:min(size, len(packet))]
	}
	if len(tcp) < 20 {
		return "", s, false
	}
	flow = fmt.Sprintf("%s:%d > %s:%d", from, binary.BigEndian.Uint16(tcp), to, binary.BigEndian.Uint16(tcp[2:]))
	s = segment{seq: binary.BigEndian.Uint32(tcp[4:]), syn: tcp[13]&2 != 0, data: tcp[min(int(tcp[12]>>4)*4, len(tcp)):]}
	return flow, s, true
}

// reassemble puts the segments of one direction together.
func reassemble(segments []segment) (stream []byte, ok bool) {
	begin := slices.IndexFunc(segments, func(s segment) bool { return s.syn })
	if begin < 0 {
		return nil, false
	}
	first := segments[begin].seq + 1
	slices.SortStableFunc(segments, func(a, b segment) int { return cmp.Compare(int32(a.seq-first), int32(b.seq-first)) })
	for _, s := range segments {
		at := int(int32(s.seq - first))
		if s.syn || len(s.data) == 0 || at+len(s.data) <= len(stream) {
			continue
		}
		if at > len(stream) {
			return stream, false
		}
		stream = append(stream, s.data[len(stream)-at:]...)
	}
	return stream, true
}

// unmasked is what stays the same however WebSocket masks a frame: the mask has
// four bytes, so they drop out of each byte XORed with the fourth behind it.
func unmasked(b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	out := make([]byte, len(b)-4)
	for i := range out {
		out[i] = b[i] ^ b[i+4]
	}
	return out
}

// forms returns what a secret may look like on the wire without being encrypted.
func forms(secret string) [][]byte {
	raw := []byte(secret)
	all := [][]byte{raw, []byte(hex.EncodeToString(raw)), []byte(strings.ToUpper(hex.EncodeToString(raw)))}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 { // where in a longer text it may begin; what hangs on its neighbors is left out
			encoded := e.EncodeToString(append(make([]byte, shift), raw...))
			all = append(all, []byte(encoded[(shift*8+5)/6:(shift+len(raw))*8/6]))
		}
	}
	var escaped strings.Builder
	var little []byte
	for _, unit := range utf16.Encode([]rune(secret)) {
		fmt.Fprintf(&escaped, `\u%04x`, unit)
		little = binary.LittleEndian.AppendUint16(little, unit)
	}
	return append(all, []byte(escaped.String()), []byte(strings.ReplaceAll(strings.ToUpper(escaped.String()), `\U`, `\u`)), little)
}

// find returns in which form a secret stands in one of the pieces, and in how
// many of them.
func find(pieces [][]byte, secret string) (form string, count int) {
	for _, piece := range pieces {
		below := unmasked(piece)
		for _, f := range forms(secret) {
			if bytes.Contains(piece, f) || bytes.Contains(below, unmasked(f)) {
				form = string(f)
				count++
				break
			}
		}
	}
	return form, count
}

// acceptKey is the answer to a WebSocket's key (RFC 6455, section 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
