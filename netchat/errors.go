package netchat

import (
	"errors"
	"fmt"
)

// A CloseCode is the WebSocket close code by which a host ends a connection.
// 4000 to 4499: try again after a pause. 4500 to 4999: final, do not come back
// by yourself. A host never uses 1000 or 1001: the original console client
// says nothing about those.
type CloseCode int

// The close codes of a host.
const (
	CloseNotText     CloseCode = 1003 // a binary frame
	CloseInvalid     CloseCode = 1007 // no JSON object, bad UTF-8, a field of the wrong type
	CloseTooBig      CloseCode = 1009 // a frame or a plain message over its limit, or a message in over MaxFragments frames
	CloseTooSlow     CloseCode = 4000 // a plain member does not read; a rich one asks and does not read the answers; either sends half a large frame
	CloseUnjoinedOld CloseCode = 4001 // silent too long while others want in
	CloseFull        CloseCode = 4002 // MaxMembers is reached
	CloseFlood       CloseCode = 4003 // sustained sending over the budget, or too many joins from one address
	CloseTrouble     CloseCode = 4004 // a fault of the host's own
	CloseSilent      CloseCode = 4005 // no sign of life for DeadPeer, no answer to the challenge, or half a message for MessageTime
	CloseAddressFull CloseCode = 4006 // the address holds its share of the seats, or the most, and others want in
	CloseRoomClosed  CloseCode = 4500 // the host closed the room
	CloseTakenOver   CloseCode = 4501 // the same device key joined again elsewhere
	CloseBadHello    CloseCode = 4502 // the first frame cannot be accepted: a name over MaxName, a key that is not proved
)

// Final reports whether a client must not reconnect by itself.
func (c CloseCode) Final() bool { return c >= 4500 && c <= 4999 }

// CloseError is why a host ended a connection. errors.Is matches it with the
// sentinel of its code.
type CloseError struct {
	Code CloseCode
	Text string // for people, in the host's words; may be empty
}

func (e *CloseError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("closed by the host (%d)", e.Code)
	}
	return fmt.Sprintf("closed by the host (%d): %s", e.Code, e.Text)
}

// Is makes errors.Is(err, ErrRoomClosed) and its like true by code.
func (e *CloseError) Is(target error) bool {
	switch target {
	case ErrRoomClosed:
		return e.Code == CloseRoomClosed
	case ErrTakenOver:
		return e.Code == CloseTakenOver
	case ErrFull:
		return e.Code == CloseFull
	case ErrAddressFull:
		return e.Code == CloseAddressFull
	case ErrFlood:
		return e.Code == CloseFlood
	case ErrTooSlow:
		return e.Code == CloseTooSlow
	case ErrBadHello:
		return e.Code == CloseBadHello
	}
	return false
}

// What can go wrong, for errors.Is. Packages wrap them with what they did.
var (
	ErrClosed      = errors.New("closed")                                                // used after Close
	ErrRoomClosed  = errors.New("the host closed the room")                              // final
	ErrTakenOver   = errors.New("the same identity joined from elsewhere")               // final
	ErrBadHello    = errors.New("the room does not accept this name")                    // final
	ErrFull        = errors.New("the room is full")                                      //
	ErrAddressFull = errors.New("too many are in the room from this address")            // others still get in
	ErrFlood       = errors.New("too many messages for too long")                        //
	ErrTooSlow     = errors.New("too slow to follow the room")                           //
	ErrTooLong     = errors.New("the text is over the limit")                            // MaxText
	ErrOutboxFull  = errors.New("too many messages are waiting to be sent")              //
	ErrNotFound    = errors.New("no such room or member")                                //
	ErrNotUnique   = errors.New("more than one goes by that name")                       //
	ErrUnreached   = errors.New("the host did not answer")                               //
	ErrSlow        = errors.New("something is there, but nothing comes through in time") // also ErrUnreached
	ErrBusy        = errors.New("the host has too much to do to answer")                 // also ErrUnreached; it has said so itself
	ErrAway        = errors.New("the host is not there")                                 // what is shown is what this machine has
	ErrUnsupported = errors.New("the room does not know this command")                   //
	ErrProtocol    = errors.New("the host does not keep to the protocol")                // or to a limit
	ErrNotARoom    = errors.New("something answered that is no chat room")               //

	// A room that cannot prove to be the one that is meant is not joined, and
	// nothing is said to it.
	ErrChangedKey   = errors.New("the room has another key than it should have")              // somebody else's host, or a new key
	ErrWrongCode    = errors.New("no room with that code answers")                            //
	ErrNoTLS        = errors.New("the connection is not encrypted though it ought")           // something on the way prevents TLS, or takes the room's place
	ErrStripped     = errors.New("a room answers in clear, though every host of one has TLS") // our name was said, nothing else
	ErrAppOnly      = errors.New("the room lets in the app alone")                            // and we came without TLS
	ErrNoCode       = errors.New("this is no code of a room")                                 // too short, too long
	ErrMistypedCode = errors.New("a character of the code is wrong or missing")               // by its last character
)

// A RefusalReason says why a host refused one command. It is final for that
// command and never closes the connection.
type RefusalReason string

// The refusals.
const (
	RefusedTooLong     RefusalReason = "too_long"     // over MaxText
	RefusedNoRecipient RefusalReason = "no_recipient" // nobody addressed is in the room
	RefusedInvalid     RefusalReason = "invalid"      // a field is missing or malformed; a name is blank or over MaxName
	RefusedUnknownType RefusalReason = "unknown_type" // the host does not know this command
	RefusedNotStored   RefusalReason = "not_stored"   // the Log could not take it
	RefusedUncertain   RefusalReason = "uncertain"    // a plain server's connection broke before it came back
)
