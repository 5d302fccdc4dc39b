package wire

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of one message of a host, in bytes. Its type says which holds. A frame
// of more than headSize bytes has its type in front, as every host of either
// dialect sends it; what has not is as good as of an unknown type.
const (
	headSize     = 512
	maxPage      = 8 << 20   // of a page or hits: SnapshotBytes with each byte as \u00XX fits, and the rest of MaxPageMessages
	maxPlainSaid = 1 << 20   // kept of what a plain server passes on: a text, a name and some ids
	maxPlain     = 256 << 20 // of a plain frame on its way: what is too long in it is left out, not held
	rawByte      = 6         // how much a byte of text takes in JSON at most: \u00XX
)

// A holding says how much of a message is held.
type holding struct {
	most int // bytes held
	cut  int // bytes of each string in it; 0: strings are held whole
}

// holdings has a row for each type. A rich host keeps to the limits, so one frame
// over them ends it. The original server has none: it takes frames of 16 MiB from
// any client and passes them on to everybody, in names, too. One member must not
// keep all of our clients out of such a room, so there the strings are cut as they
// come, and what is still too much is skipped. A string keeps one byte more than is
// shown: it can be seen that it was cut.
var holdings = map[string]holding{
	TypeWelcome:     {most: netchat.MaxServerFrame},
	TypeRoster:      {most: netchat.MaxServerFrame},
	TypeRosterDelta: {most: netchat.MaxServerFrame},
	TypePage:        {most: maxPage},
	TypeHits:        {most: maxPage},
	TypeUserList:    {most: netchat.MaxServerFrame, cut: rawByte * (netchat.MaxName + 1)},
	TypeSystem:      {most: maxPlainSaid, cut: rawByte * (netchat.MaxText + 1)},
	TypePublic:      {most: maxPlainSaid, cut: rawByte * (netchat.MaxText + 1)},
	TypePrivate:     {most: maxPlainSaid, cut: rawByte * (netchat.MaxText + 1)},
}

// An intake holds a message of a host while it comes, and no more of it than may be.
type intake struct {
	held    []byte
	total   int // bytes that came
	known   bool
	rule    holding
	skipped bool // a plain frame that is too much even when cut: nothing of it is held

	inString bool
	cutting  bool // the rest of the string is left out
	start    int  // of held: where the string begins
	safe     int  // of held: up to where the string is whole characters
	escape   int  // hex digits of an escape that are still to come
}

// take takes the next piece, and reports whether the message may go on.
func (in *intake) take(piece []byte) bool {
	in.total += len(piece)
	if !in.known {
		in.held = append(in.held, piece...)
		if len(in.held) < headSize {
			return true
		}
		piece, in.held = in.held, nil
		in.known, in.rule = true, holdingOf(piece)
	}
	switch {
	case in.rule.cut == 0:
		in.held = append(in.held, piece...)
		return len(in.held) <= in.rule.most
	case !in.skipped:
		in.takeCut(piece)
		if len(in.held) > in.rule.most {
			in.skipped, in.held = true, nil
		}
	}
	return in.total <= maxPlain
}

// holdingOf returns the row for a message that begins with head.
func holdingOf(head []byte) holding {
	dec := jsontext.NewDecoder(bytes.NewReader(head))
	for _, want := range []string{"{", "type"} {
		if token, err := dec.ReadToken(); err != nil || token.String() != want {
			return holding{most: netchat.MaxFrame}
		}
	}
	if token, err := dec.ReadToken(); err == nil {
		if row, ok := holdings[token.String()]; ok {
			return row
		}
	}
	return holding{most: netchat.MaxFrame}
}

// What of an escape in a string is still to come, if no hex digits are.
const (
	noEscape    = 0
	escapeBegan = -1
	hexDigits   = 4 // behind \u
)

// takeCut takes a piece of JSON, and of its strings only the beginning.
func (in *intake) takeCut(piece []byte) {
	for _, c := range piece {
		if !in.inString || c == '"' && in.escape == noEscape {
			in.held = append(in.held, c)
			if c == '"' {
				in.inString, in.cutting = !in.inString, false
				in.start, in.safe = len(in.held), len(in.held)
			}
			continue
		}
		begins := in.escape == noEscape && utf8.RuneStart(c)
		in.unescape(c)
		if in.cutting {
			continue
		}
		if begins {
			in.safe = len(in.held)
		}
		in.held = append(in.held, c)
		if len(in.held)-in.start > in.rule.cut {
			in.held, in.cutting = in.held[:in.safe], true
		}
	}
}

// unescape follows the escapes of a string.
func (in *intake) unescape(c byte) {
	switch {
	case in.escape > 0:
		in.escape--
	case in.escape == noEscape && c == '\\':
		in.escape = escapeBegan
	case in.escape == escapeBegan && c == 'u':
		in.escape = hexDigits
	default:
		in.escape = noEscape
	}
}
