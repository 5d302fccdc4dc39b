package netchattest

import (
	"crypto/ed25519"
	"crypto/tls"
	"net"
	"net/http"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// NewSecureHost starts a Host that speaks TLS with the key of its room, and
// nothing else. Its answer to an upgrade tells the names of info.
func NewSecureHost(tb testing.TB, room ed25519.PrivateKey, info netchat.RoomInfo) *Host {
	tb.Helper()
	config, err := identity.ServerConfig(room)
	if err != nil {
		tb.Fatal(err)
	}
	return NewHostWith(tb, config, UpgradeHeader(wire.Upgrade{V: wire.Version, TLS: true, Name: info.Name, Host: info.Host}))
}

// NewHostWith starts a Host that listens with config, nil for plain sockets, and
// answers upgrades with the header.
func NewHostWith(tb testing.TB, config *tls.Config, header http.Header) *Host {
	h := &Host{tb: tb, peers: make(chan *Peer, maxFrames)}
	h.sockets = listenSockets(tb, config, header, h.serve)
	return h
}

// UpgradeHeader is what a host answers an upgrade with.
func UpgradeHeader(u wire.Upgrade) http.Header {
	header := make(http.Header)
	header.Set(wire.UpgradeHeader, wire.EncodeUpgrade(u))
	return header
}

// Device returns the device key that the client's certificate has proved, and
// whether there was one.
func (p *Peer) Device() (ed25519.PublicKey, bool) {
	secure, ok := p.ws.NetConn().(secureConn)
	if !ok {
		return nil, false
	}
	return identity.MemberKey(secure.Conn.ConnectionState())
}

// A secureListener accepts connections with TLS. Their handshakes happen at the
// first Read.
type secureListener struct {
	net.Listener
	config *tls.Config
}

// Accept implements net.Listener.
func (l secureListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return secureConn{Conn: tls.Server(raw, l.config)}, nil
}

// A secureConn hides from net/http, which has no use for our ALPN, that it is
// TLS.
type secureConn struct{ *tls.Conn }

// Close breaks the connection without a word.
func (c secureConn) Close() error { return c.NetConn().Close() }
