package client

import (
	"fmt"
	"time"
)

// Bounds of what a host may send that says nothing: control frames, and fragments
// of next to nothing. Its bytes cost us as much as others, and no message ever comes
// of them. A host of ours sends a ping of two bytes every ten seconds.
const (
	ballastBurst  = 64 << 10        // bytes
	ballastRate   = 4 << 10         // bytes a second that are forgiven
	ballastShare  = 4               // one byte is forgiven for so many of a message
	wholeMessage  = 2 * time.Minute // from its first frame to its last: the largest there are, at a few KiB a second
	ballastAtOnce = 4 << 10         // bytes that may have come early, of the messages behind
)

// A ballast weighs what comes of a connection against what it says. The goroutine
// that reads owns it.
type ballast struct {
	over  int // bytes that said nothing and are not forgiven yet
	since time.Time
	began time.Time // of the message that is being read; zero: none is
}

// came says that n bytes came. It fails if the host has sent too many that say
// nothing, or takes too long for a message.
func (b *ballast) came(n int) error {
	now := time.Now()
	if forgiven := int(min(now.Sub(b.since), time.Minute).Seconds() * ballastRate); forgiven > 0 {
		b.over, b.since = max(b.over-forgiven, -ballastAtOnce), now
	}
	b.over += n
	switch {
	case b.over > ballastBurst:
		return fmt.Errorf("%w: it sends frames without end that say nothing", errProtocol)
	case !b.began.IsZero() && now.Sub(b.began) > wholeMessage:
		return fmt.Errorf("%w: a message that does not end", errProtocol)
	}
	return nil
}

// said says that n of the bytes were of a message, and whether they were its last.
func (b *ballast) said(n int, last bool) {
	b.over = max(b.over-n-n/ballastShare, -ballastAtOnce)
	switch {
	case last:
		b.began = time.Time{}
	case b.began.IsZero():
		b.began = time.Now()
	}
}
