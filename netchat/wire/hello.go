package wire

import (
	"crypto/ed25519"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
)

// Version is the version of the rich dialect that this package speaks.
const Version = 1

// A Hello is the first frame of a connection, decoded.
type Hello struct {
	Name    string
	HasName bool       // false: the frame had no "username"
	Rich    *RichHello // nil: the plain dialect
}

// A RichHello is what a rich client adds to the first frame under "homeroom".
type RichHello struct {
	V      int               `json:"v"`
	Key    ed25519.PublicKey `json:"key,omitempty"`    // the device key; absent: a member without one
	Resume *Position         `json:"resume,omitempty"` // how far it has followed this room
}

// Position is a netchat.Position in a frame.
type Position struct {
	Epoch netchat.Epoch `json:"epoch"`
	Seq   uint64        `json:"seq"`
	Mark  string        `json:"chain"`
}

// DecodeHello reads the first frame of a connection. Other keys than
// "username" and "homeroom" are ignored, whatever they hold. Its errors wrap
// ErrInvalid.
func DecodeHello(frame []byte) (Hello, error) {
	var raw struct {
		Username text           `json:"username"`
		Homeroom jsontext.Value `json:"homeroom"`
	}
	if err := decode(frame, &raw); err != nil {
		return Hello{}, err
	}
	hello := Hello{Name: raw.Username.Value, HasName: raw.Username.Set}
	if raw.Homeroom == nil {
		return hello, nil
	}
	if raw.Homeroom.Kind() != '{' {
		return Hello{}, fmt.Errorf("%w: homeroom is no object", ErrInvalid)
	}
	var rich RichHello
	if err := unmarshal(raw.Homeroom, &rich); err != nil {
		return Hello{}, err
	}
	if rich.V < 1 {
		return Hello{}, fmt.Errorf("%w: homeroom object", ErrInvalid)
	}
	// An empty key is no absent one: whoever verified by it would panic.
	if rich.Key != nil {
		if err := identity.CheckKey(rich.Key); err != nil {
			return Hello{}, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	hello.Rich = &rich
	return hello, nil
}

// EncodeHello writes the first frame of a rich client. A plain server reads
// the name in it and ignores the rest.
func EncodeHello(name string, rich RichHello) ([]byte, error) {
	return json.Marshal(struct {
		Username string    `json:"username"`
		Homeroom RichHello `json:"homeroom"`
	}{name, rich})
}

// proofDomain separates join proofs from every other signature of a device key.
const proofDomain = "homeroom proof 1"

// NonceSize is the length in bytes of a Challenge's nonce.
const NonceSize = 32

// ProofMessage is what a device key signs to prove itself to one host once:
// the room's id keeps a host from using the proof in another room.
func ProofMessage(room netchat.RoomID, nonce []byte) []byte {
	return fmt.Appendf(nil, "%s\n%s\n%x", proofDomain, room, nonce)
}
