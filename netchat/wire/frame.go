package wire

import (
	"encoding/binary"

	"github.com/homeroomchat/homeroom/netchat"
)

// Opcodes of RFC 6455, section 5.2, that a host sends by itself.
const (
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xA

	finalBit = 0x80

	maxControl = 125 // bytes of payload of a control frame (section 5.5)
)

// A Framed is one or more whole WebSocket frames from a host, ready to be
// written: frames of a host are not masked, so one encoding serves everybody.
// It is immutable and shared.
type Framed []byte

// FrameText frames payload as one text message.
func FrameText(payload []byte) Framed { return frame(opText, payload) }

// FramePing frames a ping without payload.
func FramePing() Framed { return frame(opPing, nil) }

// FramePong frames the answer to a ping with that payload.
func FramePong(payload []byte) Framed { return frame(opPong, payload[:min(len(payload), maxControl)]) }

// FrameClose frames a close with code and reason, which is cut to what fits.
func FrameClose(code netchat.CloseCode, reason string) Framed {
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return frame(opClose, append(payload, cutText(reason, maxControl-len(payload))...))
}

// cutText shortens s to at most n bytes without cutting a character.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func frame(op byte, payload []byte) Framed {
	out := make([]byte, 0, len(payload)+10)
	out = append(out, finalBit|op)
	switch n := len(payload); {
	case n <= 125:
		out = append(out, byte(n))
	case n <= 0xFFFF:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}
