package server

import (
	"bytes"
	"testing"
)

// record is one of TLS with n bytes in it.
func record(n int) []byte {
	return append([]byte{23, 3, 3, byte(n >> 8), byte(n)}, make([]byte, n)...)
}

func TestUselessRecordsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		records []byte
		useful  bool // each of them brings something
		want    bool
	}{
		"handshake":           {bytes.Repeat(record(500), 6), false, true},
		"as many as may be":   {bytes.Repeat(record(27), maxUselessRecords), false, true},
		"new keys":            {bytes.Repeat(record(27), maxUselessRecords+1), false, false},
		"empty":               {bytes.Repeat(record(0), maxUselessRecords+1), false, false},
		"useful":              {bytes.Repeat(record(18), 10*maxUselessRecords), true, true},
		"of the largest size": {bytes.Repeat(record(1<<14+256), 10), false, true},
	} {
		for _, piece := range []int{1, 4, 999} {
			r, ok := newRecords(), true
			first := recordHeader + int(c.records[3])<<8 + int(c.records[4])
			for rest := c.records[first:]; len(rest) > 0 && ok; {
				n := min(piece, len(rest))
				ok = r.pass(rest[:n])
				rest = rest[n:]
				if c.useful {
					for range n/len(record(18)) + 1 {
						r.useful()
					}
				}
			}
			if ok != c.want {
				t.Errorf("%s, in pieces of %d: %v", name, piece, ok)
			}
		}
	}
}
