package client

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/internal/address"
)

// MaxAddrs bounds the addresses of one room that are tried.
const MaxAddrs = 16

// defaultPath is where a room's WebSockets are.
const defaultPath = address.UsualPath

// A target is where a room may be.
type target struct {
	addr string // "host:port"
	path string
}

// parseTarget reads an address as people type it.
func parseTarget(s string) (target, error) {
	a, err := address.Parse(s)
	if err != nil {
		return target{}, fmt.Errorf("address %q: %w", s, err)
	}
	return target{addr: a.HostPort(), path: a.Path}, nil
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
