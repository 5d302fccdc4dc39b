package wire

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// A PlainFrame is a frame from a plain host: the fields of all types together.
type PlainFrame struct {
	Type       string
	Users      []PlainUser // user_list
	From, To   string      // public, private
	SenderName string      // public, private
	Content    string      // public, private, system
	Time       time.Time   // public, private, system; zero if absent or malformed
}

// A PlainUser is a row of a user_list.
type PlainUser struct {
	Label netchat.Label
	Name  string
}

// DecodePlainFrame reads a frame from a plain host. Timestamps have no zone on
// the wire: they are taken in the reader's own, as the original clients do.
// Its errors wrap ErrInvalid.
func DecodePlainFrame(frame []byte) (PlainFrame, error) {
	var raw struct {
		Type  text `json:"type"`
		Users []struct {
			ClientID text  `json:"client_id"`
			Username shown `json:"username"`
		} `json:"users"`
		From       text  `json:"from"`
		To         text  `json:"to"`
		SenderName shown `json:"sender_name"`
		Content    shown `json:"content"`
		Timestamp  text  `json:"timestamp"`
	}
	// The original server passes on lone surrogates; they show as U+FFFD.
	if err := decode(frame, &raw, jsontext.AllowInvalidUTF8(true)); err != nil {
		return PlainFrame{}, err
	}
	if !raw.Type.Set {
		return PlainFrame{}, fmt.Errorf("%w: no type", ErrInvalid)
	}
	f := PlainFrame{
		Type: raw.Type.Value, From: raw.From.Value, To: raw.To.Value,
		SenderName: string(raw.SenderName), Content: string(raw.Content),
	}
	if at, err := time.ParseInLocation(TimestampLayout, raw.Timestamp.Value, time.Local); err == nil {
		f.Time = at
	}
	for _, u := range raw.Users {
		f.Users = append(f.Users, PlainUser{Label: netchat.Label(u.ClientID.Value), Name: string(u.Username)})
	}
	return f, nil
}

// shown is what one member wrote for others to see. The original server passes
// it on whatever its type, and a member who is called 5 must not keep our
// clients out of the room: what is no string shows as its JSON, null as nothing.
type shown string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (s *shown) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '"':
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		*s = shown(token.String())
		return nil
	case 'n':
		*s = ""
		return dec.SkipValue()
	}
	value, err := dec.ReadValue()
	*s = shown(value)
	return err
}

// ParseSystem tells what a plain system line says, by the words that the
// original server and ours use.
func ParseSystem(content string) (what netchat.SystemWhat, name string) {
	if name, ok := strings.CutSuffix(content, joinedSuffix); ok {
		return netchat.SystemJoined, name
	}
	if name, ok := strings.CutSuffix(content, leftSuffix); ok {
		return netchat.SystemLeft, name
	}
	return netchat.SystemOther, ""
}
