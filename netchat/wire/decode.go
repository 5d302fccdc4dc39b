package wire

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// ErrInvalid is what every decoder of this package returns, wrapped with the
// cause, for a frame that is not what it should be.
var ErrInvalid = errors.New("invalid frame")

// maxValues bounds the values in a frame: rows of a few bytes would become many times
// as much in memory. A delta in which all of MaxMembers come and all go has 95,000.
const maxValues = 128 << 10

// decode reads one JSON object into dst. It is strict where encoding/json is
// not: bad UTF-8, lone surrogates, doubled keys, trailing data, nesting
// deeper than netchat.MaxDepth and more than maxValues are errors, and so is null in any field that dst
// has. Keys match by case. Options loosen that.
func decode(frame []byte, dst any, options ...json.Options) error {
	if err := checkShape(frame); err != nil {
		return err
	}
	return unmarshal(frame, dst, options...)
}

// unmarshal is decode for what has the right shape already. Few frames have
// the word null anywhere: only those pay for looking where it stands.
func unmarshal(value []byte, dst any, options ...json.Options) error {
	if bytes.Contains(value, []byte("null")) {
		options = append(options, json.WithUnmarshalers(json.UnmarshalFromFunc(refuseNull)))
	}
	if err := json.Unmarshal(value, dst, options...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// refuseNull is called in front of every value that is read into a field. The
// json package would take null for an absent one, so that a message to null
// would be one to everybody.
func refuseNull(dec *jsontext.Decoder, field any) error {
	switch field.(type) {
	case *shown, *present:
	default:
		if dec.PeekKind() == 'n' {
			return fmt.Errorf("%w: null", ErrInvalid)
		}
	}
	return errors.ErrUnsupported // let the usual reading go on
}

// checkShape refuses, before any parsing, what is no UTF-8, no object, nested too
// deep or of too many values. The parser has a limit of 10,000 levels of its own, which
// is far more than a peer may make us keep on a stack.
func checkShape(frame []byte) error {
	if !utf8.Valid(frame) {
		return fmt.Errorf("%w: not UTF-8", ErrInvalid)
	}
	if firstByte(frame) != '{' {
		return fmt.Errorf("%w: not a JSON object", ErrInvalid)
	}
	depth, values, inString, escaped := 0, 0, false, false
	for _, c := range frame {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > netchat.MaxDepth {
				return fmt.Errorf("%w: nested too deep", ErrInvalid)
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values > maxValues {
				return fmt.Errorf("%w: too many values", ErrInvalid)
			}
		}
	}
	return nil
}

func firstByte(frame []byte) byte {
	for _, c := range frame {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

// text is a JSON string that tells an absent field from an empty one and
// refuses null and every other type, which plain Go strings take as "".
type text struct {
	Value string
	Set   bool
}

// present is true if its field is there, with whatever value.
type present bool

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (p *present) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*p = true
	return dec.SkipValue()
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (t *text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '"' {
		return fmt.Errorf("%w: a string is wanted", ErrInvalid)
	}
	t.Value, t.Set = token.String(), true
	return nil
}
