package server

import (
	"errors"
	"net"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// fault says how to close a connection whose reader ended with err; 0: not at
// all, for it is gone or was told already.
func fault(err error) (netchat.CloseCode, string) {
	switch {
	case errors.Is(err, wire.ErrInvalid):
		return netchat.CloseInvalid, "not a frame of this protocol"
	case errors.Is(err, wire.ErrBinary):
		return netchat.CloseNotText, "text frames only"
	case errors.Is(err, wire.ErrTooBig):
		return netchat.CloseTooBig, "too big"
	case errors.Is(err, wire.ErrPieces):
		return netchat.CloseTooBig, "in too many pieces"
	case errors.Is(err, wire.ErrUnfinished):
		return netchat.CloseSilent, "half a message for too long"
	case isProtocolError(err):
		return closeProtocol, "no WebSocket frame"
	case errors.Is(err, errProof):
		return netchat.CloseBadHello, "the device key is not proved"
	case errors.Is(err, netchat.ErrFlood):
		return netchat.CloseFlood, "too much for too long"
	case isTimeout(err):
		return netchat.CloseSilent, "no sign of life"
	}
	return 0, ""
}

// isTimeout reports whether a Read came to its deadline.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// isProtocolError reports whether a Read failed because of what the peer sent,
// and not because the connection broke. gorilla gives such errors no type.
func isProtocolError(err error) bool {
	cause := errors.Unwrap(err)
	return cause != nil && strings.HasPrefix(cause.Error(), "websocket: ")
}

// The codes of RFC 6455, section 7.4.1, besides those of netchat: the first is
// ours to send, the others are a peer's that left on purpose.
const (
	closeProtocol  = 1002
	closeNormal    = 1000
	closeGoingAway = 1001
	closeNoStatus  = 1005 // a close frame without a code
	closeAbnormal  = 1006 // no close frame at all
)

// goodbye returns the code that answers the close frame of a peer; 0: it sent
// none.
func goodbye(err error) netchat.CloseCode {
	closed, ok := errors.AsType[*netchat.CloseError](err)
	switch {
	case !ok || closed.Code == closeAbnormal:
		return 0
	case closed.Code == closeNoStatus:
		return closeNormal
	}
	return closed.Code
}

// clean reports whether the reader ended because the peer said goodbye or was
// at fault: it will not come back to this seat, as one that was silent may.
func clean(err error) bool {
	var closed *netchat.CloseError
	if errors.As(err, &closed) {
		return closed.Code == closeNormal || closed.Code == closeGoingAway || closed.Code == closeNoStatus
	}
	code, _ := fault(err)
	return code != 0 && code != netchat.CloseSilent
}
