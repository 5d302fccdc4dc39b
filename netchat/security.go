package netchat

// A Trust says how sure it is that a room is the one that it is taken for. It
// is about the room's key, which the host has proved to have.
type Trust string

// The trusts. That a room has another key than it ought to have is no Trust but
// ErrChangedKey: such a room is not joined.
const (
	TrustNone     Trust = ""         // nothing was proved: a plain socket
	TrustFirst    Trust = "first"    // the key was seen for the first time and is remembered from now on
	TrustKnown    Trust = "known"    // the same key as before
	TrustVerified Trust = "verified" // somebody compared its RoomCode, or joined by it
	TrustOwn      Trust = "own"      // the room is open in this process
)

// A Security says how the connection to a room is protected. The zero value is
// a plain socket: an open padlock.
type Security struct {
	TLS   bool // nobody between the host and us can read it
	Trust Trust
	Key   []byte // the room's Ed25519 public key; nil without TLS
}
