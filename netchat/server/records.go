package server

import (
	"encoding/binary"
	"errors"
)

// maxUselessRecords bounds the records of TLS on one connection, beyond those by
// which something of the application came: those of the handshake, and new keys.
// A handshake has about six; and crypto/tls reads ahead, at times 32 KiB, in which
// more than a thousand of the smallest may wait.
const maxUselessRecords = 2048

// recordHeader is the length of a record's header, whose last two bytes are the
// record's own length (RFC 8446, section 5.1).
const recordHeader = 5

var errRecords = errors.New("too many records of TLS that bring nothing")

// records counts those that come on one connection. crypto/tls takes 16 in a row that
// bring nothing, but again behind each byte that does, and as many pieces of a
// handshake as somebody likes to make of it. Each costs as much as one that brings
// 16 KiB, new keys ten times that. One goroutine at a time reads.
type records struct {
	head    [recordHeader]byte
	have    int // bytes of head
	left    int // bytes of the record to come
	useless int
}

// newRecords begins behind the first record, which was peeked at.
func newRecords() *records {
	return &records{useless: 1}
}

// pass takes in what was read and reports whether it is within the bounds.
func (r *records) pass(p []byte) bool {
	for len(p) > 0 {
		if r.have < recordHeader {
			n := copy(r.head[r.have:], p)
			r.have += n
			p = p[n:]
			if r.have < recordHeader {
				break
			}
			r.left = int(binary.BigEndian.Uint16(r.head[3:]))
			r.useless++
		}
		n := min(r.left, len(p))
		r.left -= n
		p = p[n:]
		if r.left == 0 {
			r.have = 0
		}
	}
	return r.useless <= maxUselessRecords
}

// useful says that something of the application came.
func (r *records) useful() { r.useless = max(0, r.useless-1) }
