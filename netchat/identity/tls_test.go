package identity_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat/identity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newLeafKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func serverConfig(t *testing.T, room ed25519.PrivateKey) *tls.Config {
	t.Helper()
	config, err := identity.ServerConfig(room)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func clientConfig(t *testing.T, device ed25519.PrivateKey, vet func(ed25519.PublicKey) error) *tls.Config {
	t.Helper()
	config, err := identity.ClientConfig(device, vet)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func anyRoom(ed25519.PublicKey) error { return nil }

// shaken is what came of a handshake at both ends.
type shaken struct {
	host, guest       tls.ConnectionState
	hostErr, guestErr error
}

// connect returns both ends of a connection that holds what is not read yet, as
// that of alerts which cross each other.
func connect(t *testing.T) (here, there net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if there, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if here, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return here, there
}

// shake lets both ends shake hands.
func shake(t *testing.T, server, client *tls.Config) shaken {
	t.Helper()
	here, there := connect(t)
	for _, c := range []net.Conn{here, there} {
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	var s shaken
	host, guest := tls.Server(here, server), tls.Client(there, client)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if s.hostErr = host.Handshake(); s.hostErr == nil {
			_, _ = host.Write([]byte("x"))
		}
		_ = here.Close()
	}()
	if s.guestErr = guest.Handshake(); s.guestErr == nil {
		_, s.guestErr = guest.Read(make([]byte, 1)) // a client's certificate is refused behind its own end of the handshake
	}
	_ = there.Close()
	<-ended
	s.host, s.guest = host.ConnectionState(), guest.ConnectionState()
	return s
}

func TestBothEndsProveTheirKeys(t *testing.T) {
	room, device := newKey(t), newKey(t)
	var vetted ed25519.PublicKey
	s := shake(t, serverConfig(t, room), clientConfig(t, device, func(k ed25519.PublicKey) error {
		vetted = k
		return nil
	}))
	if s.hostErr != nil || s.guestErr != nil {
		t.Fatal(s.hostErr, s.guestErr)
	}
	key, err := identity.RoomKey(s.guest)
	if err != nil || !key.Equal(room.Public()) || !vetted.Equal(room.Public()) {
		t.Errorf("the room's key is %x, vetted %x, %v", key, vetted, err)
	}
	if key, ok := identity.MemberKey(s.host); !ok || !key.Equal(device.Public()) {
		t.Errorf("the member's key is %x, %v", key, ok)
	}
	if s.host.Version != tls.VersionTLS13 || s.host.ServerName != "" {
		t.Errorf("TLS %x for %q", s.host.Version, s.host.ServerName)
	}
}

func TestAMemberMayHaveNoKey(t *testing.T) {
	s := shake(t, serverConfig(t, newKey(t)), clientConfig(t, nil, anyRoom))
	if key, ok := identity.MemberKey(s.host); ok || s.hostErr != nil || s.guestErr != nil {
		t.Errorf("%x, %v, %v, %v", key, ok, s.hostErr, s.guestErr)
	}
}

// TestNothingIsSaidToAnotherRoom: its host doesn't learn our key either.
func TestNothingIsSaidToAnotherRoom(t *testing.T) {
	other := errors.New("another room")
	s := shake(t, serverConfig(t, newKey(t)), clientConfig(t, newKey(t), func(ed25519.PublicKey) error { return other }))
	if !errors.Is(s.guestErr, other) || s.hostErr == nil || len(s.host.PeerCertificates) != 0 {
		t.Errorf("%v, %v, %d certificates", s.guestErr, s.hostErr, len(s.host.PeerCertificates))
	}
}

// issue makes a certificate as the test likes it.
func issue(t *testing.T, template, parent *x509.Certificate, key, signer any) []byte {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func template() *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(3), NotAfter: time.Now().AddDate(1, 0, 0), BasicConstraintsValid: true}
}

// authority is a template that may sign others.
func authority() *x509.Certificate {
	ca := template()
	ca.IsCA, ca.KeyUsage = true, x509.KeyUsageCertSign
	return ca
}

func TestForgedCertificates(t *testing.T) {
	room, mine, own := newKey(t), newKey(t), newLeafKey(t)
	honest, forged := serverConfig(t, room).Certificates[0], serverConfig(t, mine).Certificates[0]
	stolen := honest.Certificate[1] // everybody gets to see it
	ca, err := x509.ParseCertificate(stolen)
	if err != nil {
		t.Fatal(err)
	}
	// It names the room's certificate as its issuer, which did not sign it.
	claims := template()
	claims.AuthorityKeyId = ca.SubjectKeyId
	issuer := authority()
	issuer.Subject = ca.Subject
	for name, chain := range map[string]tls.Certificate{
		"a leaf that claims the room": {Certificate: [][]byte{issue(t, claims, issuer, own.Public(), mine), stolen}, PrivateKey: own},
		"another room's leaf":         {Certificate: [][]byte{forged.Certificate[0], stolen}, PrivateKey: forged.PrivateKey},
		"a leaf alone":                {Certificate: [][]byte{issue(t, template(), template(), own.Public(), own)}, PrivateKey: own},
		"one too many":                {Certificate: [][]byte{honest.Certificate[0], stolen, stolen}, PrivateKey: honest.PrivateKey},
		"no authority":                {Certificate: [][]byte{issue(t, template(), template(), own.Public(), mine), issue(t, template(), template(), mine.Public(), mine)}, PrivateKey: own},
		"an authority of another kind": {
			Certificate: [][]byte{issue(t, template(), authority(), own.Public(), own), issue(t, authority(), authority(), own.Public(), own)}, PrivateKey: own,
		},
		"a leaf of another kind":          {Certificate: [][]byte{issue(t, template(), authority(), mine.Public(), room), stolen}, PrivateKey: mine},
		"an authority for a leaf":         {Certificate: [][]byte{issue(t, authority(), authority(), own.Public(), room), stolen}, PrivateKey: own},
		"the room's leaf without its key": {Certificate: honest.Certificate, PrivateKey: own},
	} {
		t.Run(name, func(t *testing.T) {
			server := serverConfig(t, room)
			server.Certificates = []tls.Certificate{chain}
			vetted := false
			s := shake(t, server, clientConfig(t, nil, func(ed25519.PublicKey) error {
				vetted = true
				return nil
			}))
			if s.guestErr == nil {
				t.Errorf("it is believed, vetted %v", vetted)
			}
		})
	}
}

func TestOtherTLS(t *testing.T) {
	room := newKey(t)
	for name, change := range map[string]func(*tls.Config){
		"no ALPN":    func(c *tls.Config) { c.NextProtos = nil },
		"other ALPN": func(c *tls.Config) { c.NextProtos = []string{"h2", "http/1.1"} },
		"TLS 1.2":    func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
	} {
		t.Run("client with "+name, func(t *testing.T) {
			client := clientConfig(t, nil, anyRoom)
			client.VerifyConnection = nil
			change(client)
			if s := shake(t, serverConfig(t, room), client); s.hostErr == nil {
				t.Error("it is let in")
			}
		})
		t.Run("host with "+name, func(t *testing.T) {
			server := serverConfig(t, room)
			server.VerifyConnection = nil
			change(server)
			if s := shake(t, server, clientConfig(t, nil, anyRoom)); s.guestErr == nil {
				t.Error("it is believed")
			}
		})
	}
	t.Run("client with a certificate of another kind", func(t *testing.T) {
		own := newLeafKey(t)
		client := clientConfig(t, nil, anyRoom)
		client.Certificates = []tls.Certificate{{Certificate: [][]byte{issue(t, template(), template(), own.Public(), own)}, PrivateKey: own}}
		if s := shake(t, serverConfig(t, room), client); !errors.Is(s.hostErr, identity.ErrCertificate) {
			t.Errorf("%v", s.hostErr)
		}
	})
}

func TestCodes(t *testing.T) {
	// A key's code is for ever: people have it on paper.
	known := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	if code := identity.Code(public(known)); code != "3DE8S55VVC" {
		t.Errorf("%q", string(code))
	}
	if one, other := identity.Code(public(newKey(t))), identity.Code(public(newKey(t))); !one.Valid() || one == other {
		t.Errorf("%s, %s", one, other)
	}
}
