package identity_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"testing"

	"filippo.io/edwards25519"

	"github.com/homeroomchat/homeroom/netchat/identity"
)

// unsound are all encodings of points of small order that crypto/ed25519 decodes:
// the eight right ones, and those with y over the prime or the sign of x = 0.
// "Taming the Many EdDSAs", table 1.
var unsound = map[string]string{
	"order 1":                         "0100000000000000000000000000000000000000000000000000000000000000",
	"order 2":                         "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"order 4":                         "0000000000000000000000000000000000000000000000000000000000000000",
	"order 4, negative":               "0000000000000000000000000000000000000000000000000000000000000080",
	"order 8":                         "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"order 8, negative":               "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"order 8, other":                  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"order 8, other, negative":        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"order 1, sign of zero":           "0100000000000000000000000000000000000000000000000000000000000080",
	"order 2, sign of zero":           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"order 4, y over p":               "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"order 4, y over p, negative":     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"order 1, y over p":               "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"order 1, y over p, sign of zero": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"large order, y over p":           "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"large order, y over p, negative": "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"not on the curve":                "0200000000000000000000000000000000000000000000000000000000000000",
	"none":                            "",
	"too short":                       "01",
	"too long":                        "010000000000000000000000000000000000000000000000000000000000000000",
	"y = 2^255 - 1":                   "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
}

func TestUnsoundKeys(t *testing.T) {
	for name, encoded := range unsound {
		key, err := hex.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if err := identity.CheckKey(key); !errors.Is(err, identity.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMixedOrder: to a sound key each of the points of small order is added.
func TestMixedOrder(t *testing.T) {
	sound := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	point, err := new(edwards25519.Point).SetBytes(sound)
	if err != nil {
		t.Fatal(err)
	}
	eighth, err := hex.DecodeString(unsound["order 8"])
	if err != nil {
		t.Fatal(err)
	}
	torsion, err := new(edwards25519.Point).SetBytes(eighth)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 8 {
		if err := identity.CheckKey(point.Bytes()); err != nil {
			t.Errorf("with %d times the point of order 8: %v", n, err)
		}
		point.Add(point, torsion)
	}
	if !bytes.Equal(point.Bytes(), sound) {
		t.Error("eight times made another key")
	}
}

func TestSoundKeys(t *testing.T) {
	for n := range 256 {
		seed := make([]byte, ed25519.SeedSize)
		seed[n%len(seed)] = byte(n)
		key := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		if err := identity.CheckKey(key); err != nil {
			t.Errorf("%x: %v", key, err)
		}
	}
}

func BenchmarkCheckKey(b *testing.B) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	for b.Loop() {
		if err := identity.CheckKey(key); err != nil {
			b.Fatal(err)
		}
	}
}

// A forged signer signs without a secret, as a key of small order lets everybody.
type forged struct{ key ed25519.PublicKey }

func (f forged) Public() crypto.PublicKey { return f.key }

func (f forged) Sign(_ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	return append(append([]byte{}, f.key...), make([]byte, ed25519.SeedSize)...), nil
}

// identityPoint signs every message, not just one in eight.
func identityPoint(t *testing.T) forged {
	t.Helper()
	key, err := hex.DecodeString(unsound["order 1"])
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := forged{key}.Sign(nil, nil, nil)
	if !ed25519.Verify(key, []byte("anything"), signed) {
		t.Fatal("it does not sign everything")
	}
	return forged{key}
}

// TestNobodyIsASmallKey: neither a member nor a room can be one.
func TestNobodyIsASmallKey(t *testing.T) {
	nobody := identityPoint(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	own, err := x509.CreateCertificate(rand.Reader, template, template, nobody.key, nobody)
	if err != nil {
		t.Fatal(err)
	}
	device := clientConfig(t, nil, anyRoom)
	device.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: [][]byte{own}, PrivateKey: nobody}, nil
	}
	if s := shake(t, serverConfig(t, newKey(t)), device); !errors.Is(s.hostErr, identity.ErrCertificate) {
		t.Errorf("as a device: %v", s.hostErr)
	}
	key := newLeafKey(t)
	leafTemplate := &x509.Certificate{SerialNumber: big.NewInt(2), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
	leaf, err := x509.CreateCertificate(rand.Reader, leafTemplate, template, key.Public(), nobody)
	if err != nil {
		t.Fatal(err)
	}
	room := serverConfig(t, newKey(t))
	room.Certificates = []tls.Certificate{{Certificate: [][]byte{leaf, own}, PrivateKey: key}}
	s := shake(t, room, clientConfig(t, nil, func(ed25519.PublicKey) error {
		t.Error("the key came as far as being judged")
		return nil
	}))
	if !errors.Is(s.guestErr, identity.ErrKey) {
		t.Errorf("as a room: %v", s.guestErr)
	}
}
