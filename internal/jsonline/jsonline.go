// Package jsonline writes values as JSON, one a line, so that the lines are harmless
// in a terminal, too: whatever a terminal would obey, or would reorder or hide other
// text, is written as \uXXXX, which is the same value.
package jsonline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Write writes v as one line with one call.
func Write(w io.Writer, v any) error {
	line, err := Encode(v)
	if err != nil {
		return err
	}
	if _, err := w.Write(line); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// Encode returns v as one line, its end included.
func Encode(v any) ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return escape(line.Bytes()), nil
}

// escape returns a line of JSON with what is hidden in its strings escaped. Outside of
// strings, JSON has nothing of the kind but the line's end.
func escape(line []byte) []byte {
	at := bytes.IndexFunc(line, hidden)
	if at < 0 {
		return line
	}
	out := append(make([]byte, 0, 2*len(line)), line[:at]...)
	for rest := line[at:]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch high, low := utf16.EncodeRune(r); {
		case !hidden(r):
			out = append(out, rest[:size]...)
		case high != unicode.ReplacementChar:
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		rest = rest[size:]
	}
	return out
}

// hidden reports whether r is nothing to see and may have its own effect: a control
// character, a separator of lines, what sets a direction, or what is ignored. Joiners
// and variation selectors have none but on their neighbours, and emoji and several
// scripts are full of them; the signs around Arabic numbers are visible.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r >= ' ' && r < 0x7F:
		return false
	case r == '\u200C', r == '\u200D', unicode.In(r, unicode.Variation_Selector, unicode.Prepended_Concatenation_Mark):
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}
