package lineedit

import (
	"strings"
	"unicode/utf8"
)

// A key is one key press, decoded from what the terminal sends for it.
type key int

const (
	keyNone  key = iota // to be ignored
	keyText             // a character, in keyPress.text
	keyBreak            // a line break inside a paste
	keyEnter
	keyInterrupt
	keyEnd
	keyHome
	keyLeft
	keyRight
	keyWordLeft
	keyWordRight
	keyUp
	keyDown
	keyBackspace
	keyDelete
	keyDeleteOrEOF
	keyKillLeft
	keyKillRight
	keyKillWord
	keyRedraw
)

type keyPress struct {
	key  key
	text rune
}

// maxSequence bounds an escape sequence in bytes: what is longer is no key.
const maxSequence = 32

// controlKeys are the keys that terminals send as one control character; they
// mean what they mean in a shell.
var controlKeys = map[byte]key{
	0x01: keyHome, 0x02: keyLeft, 0x03: keyInterrupt, 0x04: keyDeleteOrEOF, 0x05: keyEnd,
	0x06: keyRight, 0x08: keyBackspace, 0x0A: keyEnter, 0x0B: keyKillRight, 0x0C: keyRedraw,
	0x0D: keyEnter, 0x0E: keyDown, 0x10: keyUp, 0x15: keyKillLeft, 0x17: keyKillWord, 0x7F: keyBackspace,
}

// sequenceKeys are the keys that terminals send as ESC and this.
var sequenceKeys = map[string]key{
	"[A": keyUp, "OA": keyUp, "[B": keyDown, "OB": keyDown,
	"[C": keyRight, "OC": keyRight, "[D": keyLeft, "OD": keyLeft,
	"[H": keyHome, "OH": keyHome, "[1~": keyHome, "[7~": keyHome,
	"[F": keyEnd, "OF": keyEnd, "[4~": keyEnd, "[8~": keyEnd,
	"[3~": keyDelete, "[1;5C": keyWordRight, "[1;5D": keyWordLeft, "[1;3C": keyWordRight, "[1;3D": keyWordLeft,
	"b": keyWordLeft, "f": keyWordRight, "\x7f": keyKillWord,
}

const (
	pasteStart = "[200~"
	pasteEnd   = "[201~"
)

// A decoder turns the bytes of a terminal into key presses. A sequence or
// character may be split anywhere between two feeds.
type decoder struct {
	pending []byte
	pasting bool
	sawCR   bool // the last byte was CR: an LF right after it belongs to it
}

// feed adds bytes; the presses that they complete are handed to press.
func (d *decoder) feed(chunk []byte, press func(keyPress)) {
	d.pending = append(d.pending, chunk...)
	rest := d.pending
	for len(rest) > 0 {
		p, used := d.next(rest)
		if used == 0 {
			break
		}
		rest = rest[used:]
		if p.key != keyNone {
			press(p)
		}
	}
	d.pending = append(d.pending[:0], rest...)
}

// next decodes one press and says how many bytes it took; 0 means that more
// bytes are needed.
func (d *decoder) next(b []byte) (keyPress, int) {
	afterCR := d.sawCR
	d.sawCR = b[0] == '\r'
	switch {
	case b[0] == 0x1B:
		return d.escape(b)
	case b[0] == '\n' && afterCR:
		return keyPress{}, 1
	case d.pasting && (b[0] == '\r' || b[0] == '\n'):
		return keyPress{key: keyBreak}, 1
	case b[0] == '\t':
		return keyPress{key: keyText, text: '\t'}, 1
	case b[0] < 0x20 || b[0] == 0x7F:
		if d.pasting {
			return keyPress{}, 1 // a paste types text, it presses no keys
		}
		return keyPress{key: controlKeys[b[0]]}, 1
	case !utf8.FullRune(b):
		return keyPress{}, 0
	}
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size == 1 {
		return keyPress{}, 1
	}
	return keyPress{key: keyText, text: r}, size
}

func (d *decoder) escape(b []byte) (keyPress, int) {
	n, complete := sequenceLength(b)
	if !complete {
		return keyPress{}, 0
	}
	switch body := string(b[1:n]); {
	case body == pasteStart:
		d.pasting = true
	case body == pasteEnd:
		d.pasting = false
	case !d.pasting:
		return keyPress{key: sequenceKeys[body]}, n
	}
	return keyPress{}, n
}

// sequenceLength returns how long the escape sequence at the start of b is.
func sequenceLength(b []byte) (n int, complete bool) {
	if len(b) < 2 {
		return 0, false
	}
	switch b[1] {
	case 0x1B:
		return 1, true // a lone ESC before another one
	case 'O':
		return 3, len(b) >= 3
	case '[':
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7E {
				return i + 1, true
			}
			if i >= maxSequence {
				return i, true
			}
		}
		return 0, false
	}
	if strings.IndexByte("bf\x7f", b[1]) >= 0 {
		return 2, true
	}
	return 1, true // ESC alone, then something typed
}
