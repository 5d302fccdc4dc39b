package netchat

import (
	"strings"
	"unicode"
)

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

// String returns c as it is shown everywhere: two groups, and the character by
// which typing errors are noticed.
func (c RoomCode) String() string { return c.At("") }

// At returns c with an address part in front, as it is shown.
func (c RoomCode) At(place string) string {
	if !c.Valid() {
		return string(c)
	}
	check := string(codeAlphabet[codeSum(place+string(c))])
	shown := string(c[:CodeLength/2] + "-" + c[CodeLength/2:] + "-" + RoomCode(check))
	if place != "" {
		shown = place + "-" + shown
	}
	return shown
}

// codeSum returns the sum of the digits of s, each taken for an element of the
// field GF(32) and multiplied by a power of the field's primitive element: the
// last by the first power, the one before it by the second, and so on. The
// character behind s that has this value makes the sum of all of them 0, itself by
// the power 0. Any other character in one place, or any two in each other's, make
// another sum, since the powers differ for up to 31 places, and there are 21.
func codeSum(s string) (sum int) {
	for i := range len(s) {
		sum ^= strings.IndexByte(codeAlphabet, s[i])
		if sum <<= 1; sum > 31 {
			sum ^= codeField
		}
	}
	return sum
}

// codeField is x^5+x^2+1, by which GF(32) is counted here: the primitive
// polynomial 45 (octal) in the tables of Peterson and Weldon, Error-Correcting
// Codes, Appendix C.
const codeField = 0b100101

// A CodeForm says what is to be thought of something typed in place of a code.
type CodeForm int

// The forms. An odd number of characters has the one behind it by which typing
// errors are noticed; version 0.1 showed codes without it.
const (
	CodeNone      CodeForm = iota // no code, whatever it is
	CodeShort                     // too few characters of a code, or too many
	CodeMistyped                  // one character is wrong or missing
	CodeUnchecked                 // as 0.1 showed it, or with one character missing
	CodeChecked
)

// A TypedCode is what somebody typed in place of a code.
type TypedCode struct {
	Form  CodeForm
	Code  RoomCode // of CodeUnchecked and CodeChecked
	Place string   // the address part, which package discovery makes and understands
	// Shaped says that the characters look like those of a code and like no usual
	// name: a digit stands in front of a letter, and dashes where codes have them, or
	// nowhere.
	Shaped bool
	// Nameable says that it is safe to take the characters for the name of something:
	// nobody who copies a code from a screen types them. They have an I, L, O or U,
	// and no digits, or dashes elsewhere than in a code; or they are digits alone.
	Nameable bool
}

// An Invite is what somebody typed who was told where to go.
type Invite struct {
	Target    string // an address, or the name of a room or of a machine; may be empty if there is a code
	TypedCode        // besides, or what may be one
}

// ReadCode reads a RoomCode as people type it, with dashes and blanks anywhere,
// small letters, full-width ones, O for 0 and I or L for 1. An address part, an
// even number of up to ten characters, may stand in front of it.
func ReadCode(typed string) TypedCode {
	var read reading
	for _, r := range strings.Trim(typed, aroundCode) {
		if !read.take(r) {
			return TypedCode{}
		}
	}
	t := judgeCode(string(read.all))
	t.Shaped = read.mixed && (len(read.groups) == 1 || read.asShown() || t.Form == CodeShort && read.oneShort())
	t.Nameable = read.alias && (read.digits == 0 || len(read.groups) > 1 && !read.asShown()) || read.digits == len(read.all)
	return t
}

// A reading is what has been seen of something typed in place of a code.
type reading struct {
	all    []byte
	groups []int // how many characters each has
	inside bool  // a group
	digits int
	alias  bool // there is a letter that no code has
	mixed  bool // there is a letter behind a digit
}

// take reads one more character and reports whether it may be in a code.
func (read *reading) take(r rune) bool {
	if isCodeGap(r) {
		read.inside = read.inside && unicode.Is(unicode.Cf, r)
		return true
	}
	c, ok := codeDigit(r)
	if !ok || len(read.all) >= maxTypedCode {
		return false
	}
	if !read.inside {
		read.groups, read.inside = append(read.groups, 0), true
	}
	read.groups[len(read.groups)-1]++
	read.all = append(read.all, c.value)
	read.alias = read.alias || c.alias
	if c.digit {
		read.digits++
	} else if read.digits > 0 {
		read.mixed = true
	}
	return true
}

// asShown reports whether the groups are those of a code: five and five, maybe one
// more, maybe the address part in front.
func (read *reading) asShown() bool {
	const half = CodeLength / 2
	groups := read.groups
	if len(groups) > 2 && groups[0] != half && groups[0]%2 == 0 {
		groups = groups[1:]
	}
	switch len(groups) {
	case 2:
		return groups[0] == half && (groups[1] == half || groups[1] == half+1)
	case 3:
		return groups[0] == half && groups[1] == half && groups[2] == 1
	}
	return false
}

// oneShort reports whether the groups are those of a code without one character.
func (read *reading) oneShort() bool {
	const half = CodeLength / 2
	g := read.groups
	return len(g) == 2 && g[0]+g[1] == CodeLength-1 && max(g[0], g[1]) == half
}

// maxTypedCode is one character more than the longest code has.
const maxTypedCode = CodeLength + maxPlaceLength + 2

// minTypedCode is what a code with characters missing has at least.
const minTypedCode = 7

// judgeCode takes all the characters of what may be a code apart.
func judgeCode(all string) TypedCode {
	bare, form := all, CodeUnchecked
	if len(all)%2 == 1 {
		bare, form = all[:len(all)-1], CodeChecked
	}
	at := len(bare) - CodeLength
	switch {
	case len(all) < minTypedCode:
		return TypedCode{}
	case at != 0 && at != 2 && at != 4 && at != 6 && at != maxPlaceLength:
		return TypedCode{Form: CodeShort}
	case strings.Contains(all, "U"), form == CodeChecked && codeSum(bare) != strings.IndexByte(codeAlphabet, all[len(all)-1]):
		return TypedCode{Form: CodeMistyped}
	}
	return TypedCode{Form: form, Code: RoomCode(bare[at:]), Place: bare[:at]}
}

// ParseCode is ReadCode of what has to be a code.
func ParseCode(typed string) (code RoomCode, place string, ok bool) {
	t := ReadCode(typed)
	return t.Code, t.Place, t.Form == CodeUnchecked || t.Form == CodeChecked
}

// aroundCode may stand around a code.
const aroundCode = " \t\u3000\"'`<>()[]{}“”‘’«»「」『』《》【】（）,;:.，。；：、!?！？*#＃"

// isCodeGap reports whether r may stand anywhere in a code: blanks, dashes of all
// kinds, and what is invisible.
func isCodeGap(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || r == '−' || r == '_' || r == '·' || r == 'ー'
}

// A typedDigit is a character of a code as somebody typed it.
type typedDigit struct {
	value byte // in codeAlphabet
	digit bool // it was typed as a digit
	alias bool // as a letter that no code has
}

// codeDigit returns what somebody meant who typed r, if that is in a code.
func codeDigit(r rune) (d typedDigit, ok bool) {
	if r >= '！' && r <= '～' { // the full-width forms of '!' to '~'
		r += '!' - '！'
	}
	if r >= 'a' && r <= 'z' {
		r += 'A' - 'a'
	}
	switch r {
	case 'O':
		return typedDigit{'0', false, true}, true
	case 'I', 'L':
		return typedDigit{'1', false, true}, true
	case 'U': // a slip of the finger: it stands for nothing
		return typedDigit{'U', false, true}, true
	}
	if r > unicode.MaxASCII || strings.IndexByte(codeAlphabet, byte(r)) < 0 {
		return typedDigit{}, false
	}
	return typedDigit{byte(r), r <= '9', false}, true
}
