package identity

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"

	"filippo.io/edwards25519"
)

// ErrKey says that an Ed25519 public key is none, or one under which anybody can sign.
var ErrKey = errors.New("not a sound Ed25519 key")

// CheckKey fails, with an error that wraps ErrKey, unless key is the one right
// encoding of a point of large order. Every public key from elsewhere has to pass
// it before it counts as somebody's.
//
// RFC 8032 asks for no such check, and crypto/ed25519 makes none. Under a key of
// small order anybody can sign anything: with S = 0, and the key for R, each eighth
// message at least is signed. See Chalkias, Garillot, Nikolaenko: "Taming the Many
// EdDSAs" (2020), where table 1 lists them.
//
// A key of mixed order, a good one with a point of small order added, passes: nobody
// signs under it without the secret of the good one, and that one secret has
// eight keys then is no more than having eight secrets.
func CheckKey(key []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	point, err := new(edwards25519.Point).SetBytes(key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	if !bytes.Equal(point.Bytes(), key) {
		return fmt.Errorf("%w: not encoded as it should be", ErrKey)
	}
	if new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return fmt.Errorf("%w: of small order", ErrKey)
	}
	return nil
}
