package identity

import (
	"crypto/ed25519"

	"golang.org/x/crypto/argon2"

	"github.com/homeroomchat/homeroom/netchat"
)

// The cost of a RoomCode (RFC 9106): it makes each try of somebody who looks for
// another key with the same code as dear as possible, while people wait for it
// once for each room.
const (
	codePasses  = 1
	codeMemory  = 64 << 10 // KiB
	codeThreads = 1        // part of what the code is: the same on every machine
	codeBytes   = 16
	codeSalt    = "homeroom room code/1"
)

// Code returns the code of the room with that key. It takes about 0.1 s and 64
// MiB of memory for that time.
func Code(room ed25519.PublicKey) netchat.RoomCode {
	return netchat.EncodeRoomCode(argon2.IDKey(room, []byte(codeSalt), codePasses, codeMemory, codeThreads, codeBytes))
}
