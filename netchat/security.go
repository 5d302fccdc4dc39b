package netchat

import "strings"

// A Trust says how sure it is that a room is the one that it is taken for. It
// is about the room's key, which the host has proved to have.
type Trust string

// The trusts. That a room has another key than it ought to have is no Trust but
// ErrChangedKey: such a room is not joined.
const (
	TrustNone     Trust = ""         // nothing was proved: a plain socket
	TrustFirst    Trust = "first"    // the key was seen for the first time and is remembered from now on
	TrustKnown    Trust = "known"    // the same key as before
	TrustVerified Trust = "verified" // somebody compared its RoomCode, or joined by it
	TrustOwn      Trust = "own"      // the room is open in this process
)

// A Security says how the connection to a room is protected. The zero value is
// a plain socket: an open padlock.
type Security struct {
	TLS   bool // nobody between the host and us can read it
	Trust Trust
	Key   []byte // the room's Ed25519 public key; nil without TLS
}

// CodeLength is how many characters a RoomCode has: 50 bits.
const CodeLength = 10

// codeAlphabet is Douglas Crockford's base 32, without I, L, O and U.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// maxPlaceLength bounds a code's address part, in characters.
const maxPlaceLength = 10

// A RoomCode is the fingerprint of a room's key that people read from a
// projector: CodeLength characters of Crockford's base 32 in upper case, without
// a dash. It is no secret: it says which room is the right one, not who may join
// it. Package identity makes it of a key.
type RoomCode string

// EncodeRoomCode returns the code that stands for the first 50 bits of sum,
// which has at least 7 bytes.
func EncodeRoomCode(sum []byte) RoomCode {
	var bits uint64
	for _, b := range sum[:7] {
		bits = bits<<8 | uint64(b)
	}
	return RoomCode(EncodeBase32(bits>>6, CodeLength))
}

// EncodeBase32 returns the lowest 5*digits bits of n in Crockford's base 32, as
// so many digits; at most 12 of them hold all of n.
func EncodeBase32(n uint64, digits int) string {
	out := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		out[i] = codeAlphabet[n&31]
		n >>= 5
	}
	return string(out)
}

// DecodeBase32 is the inverse of EncodeBase32 for up to 12 digits in upper case.
func DecodeBase32(s string) (n uint64, ok bool) {
	if len(s) > 12 {
		return 0, false
	}
	for _, c := range []byte(s) {
		digit := strings.IndexByte(codeAlphabet, c)
		if digit < 0 {
			return 0, false
		}
		n = n<<5 | uint64(digit)
	}
	return n, true
}

// Valid reports whether c has the form of a RoomCode.
func (c RoomCode) Valid() bool {
	if len(c) != CodeLength {
		return false
	}
	_, ok := DecodeBase32(string(c))
	return ok
}

// String returns c as it is shown: two groups with a dash between them.
func (c RoomCode) String() string {
	if len(c) != CodeLength {
		return string(c)
	}
	return string(c[:CodeLength/2] + "-" + c[CodeLength/2:])
}

// ParseCode reads a RoomCode as people type it, with dashes and blanks anywhere,
// small letters, full-width ones, O for 0 and I or L for 1. An address part, an
// even number of up to ten characters, may stand in front of it: place is that
// part, which package discovery makes and understands.
func ParseCode(typed string) (code RoomCode, place string, ok bool) {
	var b strings.Builder
	for _, r := range typed {
		if strings.ContainsRune(codeGaps, r) {
			continue
		}
		c, ok := codeDigit(r)
		if !ok || b.Len() > CodeLength+maxPlaceLength {
			return "", "", false
		}
		b.WriteByte(c)
	}
	all := b.String()
	at := len(all) - CodeLength
	if at < 0 || at > maxPlaceLength || at%2 != 0 {
		return "", "", false
	}
	place, code = all[:at], RoomCode(all[at:])
	_, placed := DecodeBase32(place)
	return code, place, placed && code.Valid()
}

// codeGaps may stand anywhere in a code.
const codeGaps = " \t\u3000-–—\u2011－"

// codeDigit returns the digit that somebody meant who typed r; whether there is
// such a digit is not its affair.
func codeDigit(r rune) (digit byte, ok bool) {
	if r >= '！' && r <= '～' { // the full-width forms of '!' to '~'
		r += '!' - '！'
	}
	if r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	return byte(r), r <= 'Z'
}
