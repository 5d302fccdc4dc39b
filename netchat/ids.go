package netchat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Lengths in hexadecimal digits of the identifiers below.
const (
	idDigits    = 32 // MemberID, RoomID, EventID: 128 bits
	labelDigits = 8  // Label: 32 bits, the plain dialect's client_id
)

// A MemberID says who somebody is in a Room: the first 128 bits of SHA-256 of
// their device key in lower-case hex, or 128 random bits for a member without
// a key. On a plain server, which knows no such thing, it is the Label.
type MemberID string

// A RoomID is the first 128 bits of SHA-256 of the room's public key in
// lower-case hex. It is empty on a plain server.
type RoomID string

// An EventID is 128 random bits in lower-case hex, drawn by the sender. It is
// unique per author for ever, so a command sent twice makes one Event.
type EventID string

// A Label is the plain dialect's client_id: 8 lower-case hex digits. It is for
// people to read and for plain clients to address; it proves nothing.
type Label string

// MemberIDFromKey returns the id of the member with that Ed25519 public key.
func MemberIDFromKey(public []byte) MemberID { return MemberID(keyID(public)) }

// RoomIDFromKey returns the id of the room with that Ed25519 public key.
func RoomIDFromKey(public []byte) RoomID { return RoomID(keyID(public)) }

func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:idDigits/2])
}

// RandomMemberID draws the id of a member without a key. It fails only if
// random does.
func RandomMemberID(random io.Reader) (MemberID, error) {
	s, err := randomHex(random, idDigits)
	return MemberID(s), err
}

// RandomEventID draws an id for a new Event. It fails only if random does.
func RandomEventID(random io.Reader) (EventID, error) {
	s, err := randomHex(random, idDigits)
	return EventID(s), err
}

// RandomLabel draws a Label. It fails only if random does.
func RandomLabel(random io.Reader) (Label, error) {
	s, err := randomHex(random, labelDigits)
	return Label(s), err
}

func randomHex(random io.Reader, digits int) (string, error) {
	raw := make([]byte, digits/2)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw random bytes: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// Valid reports whether id has the form that hosts give out.
func (id MemberID) Valid() bool { return isHex(string(id), idDigits) }

// Valid reports whether id has the form of an EventID.
func (id EventID) Valid() bool { return isHex(string(id), idDigits) }

// Valid reports whether id has the form of a RoomID.
func (id RoomID) Valid() bool { return isHex(string(id), idDigits) }

// Valid reports whether l is 8 lower-case hex digits.
func (l Label) Valid() bool { return isHex(string(l), labelDigits) }

// Label returns the label that a member gets if nobody present has it.
func (id MemberID) Label() Label {
	return Label(id[:min(len(id), labelDigits)])
}

func isHex(s string, digits int) bool {
	if len(s) != digits {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// An Epoch names one unbroken life of a Log: a generation that only grows and
// a random tag, written "<generation>-<16 hex digits>". It is new when the Log
// is new, cut, restored or taken over; positions of different epochs do not
// compare.
type Epoch string

const epochTagDigits = 16

// NewEpoch makes the epoch of the given generation with a fresh random tag.
func NewEpoch(generation uint32, random io.Reader) (Epoch, error) {
	tag, err := randomHex(random, epochTagDigits)
	if err != nil {
		return "", err
	}
	return Epoch(strconv.FormatUint(uint64(generation), 10) + "-" + tag), nil
}

// Generation returns the growing part, or 0 if e is malformed.
func (e Epoch) Generation() uint32 {
	gen, tag, _ := strings.Cut(string(e), "-")
	n, err := strconv.ParseUint(gen, 10, 32)
	if err != nil || !isHex(tag, epochTagDigits) {
		return 0
	}
	return uint32(n)
}

// Valid reports whether e has the form that NewEpoch gives.
func (e Epoch) Valid() bool {
	gen, tag, _ := strings.Cut(string(e), "-")
	return isHex(tag, epochTagDigits) && gen == strconv.FormatUint(uint64(e.Generation()), 10)
}
