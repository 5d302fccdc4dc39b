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
// What is longer than a room of ours lets it be is cut and marked, for the original
// server passes on whatever its clients send: of a list the last MaxMembers are
// left. Its errors wrap ErrInvalid.
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
		Type: raw.Type.Value, From: shorten(raw.From.Value, maxWord), To: shorten(raw.To.Value, maxWord),
		SenderName: shorten(string(raw.SenderName), netchat.MaxName), Content: shorten(string(raw.Content), netchat.MaxText),
	}
	if at, err := time.ParseInLocation(TimestampLayout, raw.Timestamp.Value, time.Local); err == nil {
		f.Time = at
	}
	for _, u := range raw.Users[max(0, len(raw.Users)-netchat.MaxMembers):] { // newcomers stand at the end
		f.Users = append(f.Users, PlainUser{
			Label: netchat.Label(shorten(u.ClientID.Value, maxWord)), Name: shorten(string(u.Username), netchat.MaxName),
		})
	}
	return f, nil
}

// cutMark stands where a text was cut.
const cutMark = "…"

// shorten returns text with at most n bytes: over it the rest is cut off, and a mark
// put there.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return cutText(text, n-len(cutMark)) + cutMark
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
