package client

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// MaxAddrs bounds the addresses of one room that are tried.
const MaxAddrs = 16

// defaultPath is where a room's WebSockets are.
const defaultPath = "/ws"

// A target is where a room may be.
type target struct {
	addr string // "host:port"
	path string
}

// parseTarget reads "host", "host:port", "[v6]:port", "ws://host:port/path" or
// the "http://host:port" of a browser's address bar.
func parseTarget(s string) (target, error) {
	s = strings.TrimSpace(s)
	t := target{path: defaultPath}
	hostport := s
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if scheme != "ws" && scheme != "http" {
			return target{}, fmt.Errorf("address %q: ws:// is wanted", s)
		}
		rest, _, _ = strings.Cut(rest, "#")
		var path string
		hostport, path, _ = strings.Cut(rest, "/")
		if scheme == "ws" && path != "" {
			t.path = "/" + path
		}
	}
	host, port, err := splitPort(hostport)
	if err != nil {
		return target{}, fmt.Errorf("address %q: %w", s, err)
	}
	t.addr = net.JoinHostPort(host, port)
	return t, nil
}

// splitPort adds the default port where there is none, and takes a bare IPv6
// address for what it is.
func splitPort(hostport string) (host, port string, err error) {
	host, port = hostport, strconv.Itoa(netchat.DefaultPort)
	bare := hostport
	if strings.HasPrefix(bare, "[") && strings.HasSuffix(bare, "]") {
		bare = bare[1 : len(bare)-1]
	}
	// To netip a zone may hold anything, "]:8000" too.
	if addr, err := netip.ParseAddr(bare); err == nil && !strings.ContainsFunc(addr.Zone(), noHostRune) {
		return addr.String(), port, nil
	}
	if strings.Contains(hostport, ":") {
		if host, port, err = net.SplitHostPort(hostport); err != nil {
			return "", "", err
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", errors.New("a port from 1 to 65535 is wanted")
	}
	if host == "" || strings.ContainsFunc(host, noHostRune) {
		return "", "", errors.New("a host is wanted")
	}
	return host, port, nil
}

// noHostRune reports whether r stands in no host and no zone.
func noHostRune(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("/?#@[]", r)
}

// parseTargets reads what Config gives, without doubles.
func parseTargets(first string, others []string) ([]target, error) {
	var all []target
	for _, s := range append([]string{first}, others...) {
		if s == "" && len(others) > 0 {
			continue
		}
		t, err := parseTarget(s)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, t) && len(all) < MaxAddrs {
			all = append(all, t)
		}
	}
	return all, nil
}

// url is what the handshake asks for. The host may be an IPv6 address with a
// zone, which must be escaped there.
func (t target) url() string {
	path, query, _ := strings.Cut(t.path, "?")
	return (&url.URL{Scheme: "ws", Host: t.addr, Path: path, RawQuery: query}).String()
}
