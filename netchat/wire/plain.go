package wire

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// The types of plain frames.
const (
	TypeUserList = "user_list"
	TypeSystem   = "system"
	TypePublic   = "public"
	TypePrivate  = "private"
)

// TimestampLayout is how the plain dialect writes times, in the host's zone.
const TimestampLayout = "2006-01-02 15:04:05"

// AppendUserRow appends one row of a user_list.
func AppendUserRow(dst []byte, m netchat.Member) []byte {
	dst = append(dst, `{"client_id":`...)
	dst = appendString(dst, string(m.Label))
	dst = append(dst, `,"username":`...)
	dst = appendString(dst, m.Name)
	return append(dst, '}')
}

// EncodeUserList writes the plain list of members in the order given.
func EncodeUserList(members []netchat.Member) []byte {
	dst := append(make([]byte, 0, 32+64*len(members)), `{"type":"user_list","users":[`...)
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendUserRow(dst, m)
	}
	return append(dst, "]}"...)
}

// EncodeSystem writes a plain system line.
func EncodeSystem(content string, at time.Time) []byte {
	dst := append(make([]byte, 0, 96+len(content)), `{"type":"system","content":`...)
	dst = appendString(dst, content)
	return appendTimestamp(dst, at)
}

// EncodePublic writes a plain public message.
func EncodePublic(from netchat.Label, name, content string, at time.Time) []byte {
	dst := append(make([]byte, 0, 160+len(content)), `{"type":"public","from":`...)
	dst = appendString(dst, string(from))
	return appendMessage(dst, name, content, at)
}

// EncodePrivate writes a plain private message, the same for the recipient and
// for its echo to the sender.
func EncodePrivate(from, to netchat.Label, name, content string, at time.Time) []byte {
	dst := append(make([]byte, 0, 176+len(content)), `{"type":"private","from":`...)
	dst = appendString(dst, string(from))
	dst = append(dst, `,"to":`...)
	dst = appendString(dst, string(to))
	return appendMessage(dst, name, content, at)
}

// SystemJoined and SystemLeft are the plain dialect's words for a join and a
// leave; its clients show them as they are.
func SystemJoined(name string) string { return name + joinedSuffix }

// SystemLeft is described at SystemJoined.
func SystemLeft(name string) string { return name + leftSuffix }

const (
	joinedSuffix = " 进入聊天室"
	leftSuffix   = " 已离开"
)

func appendMessage(dst []byte, name, content string, at time.Time) []byte {
	dst = append(dst, `,"sender_name":`...)
	dst = appendString(dst, name)
	dst = append(dst, `,"content":`...)
	dst = appendString(dst, content)
	return appendTimestamp(dst, at)
}

func appendTimestamp(dst []byte, at time.Time) []byte {
	dst = append(dst, `,"timestamp":"`...)
	dst = at.Local().AppendFormat(dst, TimestampLayout)
	return append(dst, `"}`...)
}

// appendString appends s as a JSON string. The error of AppendQuote, bad
// UTF-8, cannot happen to text that came through decode; it would put U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
