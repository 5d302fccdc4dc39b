package identity

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// ALPN is the protocol that our own clients and hosts agree on in TLS. Its
// version grows with what cannot be read by those before.
const ALPN = "homeroom/1"

// FirstByte is the first byte of every TLS connection (RFC 8446, section 5.1: a
// handshake record), which no HTTP request begins with.
const FirstByte = 0x16

// serverChain is how many certificates a host shows: its leaf and its room's.
const serverChain = 2

// Errors of a handshake, besides those of crypto/tls.
var (
	ErrNotHomeroom = errors.New("the other end speaks TLS, but not as Homeroom does")
	ErrCertificate = errors.New("a certificate is not as Homeroom makes them")
)

// ServerConfig returns what a host of the room with that key listens with. Each
// call makes a fresh leaf. Clients may show a device key; MemberKey tells which.
func ServerConfig(room ed25519.PrivateKey) (*tls.Config, error) {
	chain, err := newChain(room)
	if err != nil {
		return nil, fmt.Errorf("certificate of the room: %w", err)
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{ALPN},
		Certificates:           []tls.Certificate{chain},
		ClientAuth:             tls.RequestClientCert,
		SessionTicketsDisabled: true, // every connection proves its keys anew
		// What waits for a member is written with few calls, not in small packets.
		DynamicRecordSizingDisabled: true,
		VerifyConnection:            verifyClient,
	}, nil
}

// ClientConfig returns what a client dials with. vet is called with the key of
// the room that the host claims to be of, before anything that says who we are is
// sent; its error ends the handshake and is what it fails with. That the host has
// that key is proved only when the handshake has succeeded, and if it has not,
// nothing is sent either. device is nil for a member without a key.
func ClientConfig(device ed25519.PrivateKey, vet func(room ed25519.PublicKey) error) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS13,
		NextProtos:         []string{ALPN},
		InsecureSkipVerify: true, // no authority of this system counts: VerifyConnection checks all there is
		VerifyConnection: func(state tls.ConnectionState) error {
			room, err := RoomKey(state)
			if err != nil {
				return err
			}
			return vet(room)
		},
	}
	if device == nil {
		return config, nil
	}
	own, err := newDeviceCertificate(device)
	if err != nil {
		return nil, fmt.Errorf("certificate of the device: %w", err)
	}
	// Certificates would be left out where the host names authorities.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	return config, nil
}

// RoomKey returns the key of the room that the host at the other end has proved
// to have.
func RoomKey(state tls.ConnectionState) (ed25519.PublicKey, error) {
	if state.NegotiatedProtocol != ALPN {
		return nil, ErrNotHomeroom
	}
	if len(state.PeerCertificates) != serverChain {
		return nil, fmt.Errorf("%w: %d of them", ErrCertificate, len(state.PeerCertificates))
	}
	leaf, ca := state.PeerCertificates[0], state.PeerCertificates[1]
	room, ok := ca.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: the room's key is of another kind", ErrCertificate)
	}
	if err := CheckKey(room); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if err := leaf.CheckSignatureFrom(ca); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if _, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || leaf.IsCA {
		return nil, fmt.Errorf("%w: the host's key is of another kind", ErrCertificate)
	}
	return room, nil
}

// MemberKey returns the device key that the client at the other end has proved
// to have; false if it has shown none, or one that is not sound.
func MemberKey(state tls.ConnectionState) (ed25519.PublicKey, bool) {
	if len(state.PeerCertificates) != 1 {
		return nil, false
	}
	key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok || CheckKey(key) != nil {
		return nil, false
	}
	return key, true
}

func verifyClient(state tls.ConnectionState) error {
	if state.NegotiatedProtocol != ALPN {
		return ErrNotHomeroom
	}
	if _, ok := MemberKey(state); !ok && len(state.PeerCertificates) != 0 {
		return fmt.Errorf("%w: no device key in it", ErrCertificate)
	}
	return nil
}

// never is the date of a certificate without an end (RFC 5280, section 4.1.2.5).
func never() time.Time { return time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC) }

// newChain makes the certificates of a host.
func newChain(room ed25519.PrivateKey) (tls.Certificate, error) {
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Homeroom room"}, NotAfter: never(),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caRaw, err := x509.CreateCertificate(rand.Reader, ca, ca, room.Public(), room)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Homeroom host"}, NotAfter: never(),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafRaw, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), room)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leafRaw, caRaw}, PrivateKey: key}, nil
}

func newDeviceCertificate(device ed25519.PrivateKey) (tls.Certificate, error) {
	own := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Homeroom device"}, NotAfter: never(),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, own, own, device.Public(), device)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: device}, nil
}
