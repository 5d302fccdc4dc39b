package history

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/homeroomchat/homeroom/netchat"
)

// ErrAltered says that an Event is not as it was stored.
var ErrAltered = errors.New("altered since it was stored")

// Verify checks that events follow one another, and the Event with the Chain
// previous (empty: the start of the Log), exactly as they were stored. It
// returns how many from the first on do; the error, which wraps ErrAltered, is
// about the one after them. An Event whose Body and Salt are erased is as good
// as any other. It can tell only of a row without gaps, which no member has.
func Verify(previous []byte, events []*netchat.Event) (good int, err error) {
	for i, e := range events {
		switch {
		case i > 0 && e.Seq != events[i-1].Seq+1, len(previous) == 0 && e.Seq != 1:
			err = fmt.Errorf("out of order: %w", ErrAltered)
		case !erased(e) && (len(e.Salt) != netchat.SaltSize || !bytes.Equal(e.Digest, netchat.DigestOf(e.Salt, e.Body))):
			err = fmt.Errorf("body: %w", ErrAltered)
		case !bytes.Equal(e.Chain, e.ChainAfter(previous)):
			err = fmt.Errorf("chain: %w", ErrAltered)
		}
		if err != nil {
			return i, fmt.Errorf("verify event %d: %w", e.Seq, err)
		}
		previous = e.Chain
	}
	return len(events), nil
}

// erased reports whether only the envelope of e is left.
func erased(e *netchat.Event) bool { return len(e.Body) == 0 && len(e.Salt) == 0 }
