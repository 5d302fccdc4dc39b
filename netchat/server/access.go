package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Who may talk to us over HTTP. A web page in a member's browser must not join
// for them (cross-site WebSockets), nor reach us under a name of its own that
// resolves to us (DNS rebinding): hence Origin and Host are looked at. Programs
// send no Origin and are not the target of either attack.

// hostAllowed reports whether the Host header names us: an IP address,
// localhost, or one of names.
func hostAllowed(hostport string, names []string) bool {
	host := hostOnly(hostport)
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || slices.ContainsFunc(names, func(n string) bool {
		n = strings.ToLower(n)
		return host == n || host == n+".local"
	})
}

// setStrictHeaders has a browser do nothing with an answer but show it.
func setStrictHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// socketPath is where WebSockets are.
const socketPath = "/ws"

// requestStatus says with which HTTP status a request is refused; 0: it is not.
func requestStatus(r *http.Request, names []string) int {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "", "none", "same-origin":
		default: // a page of another site, in a browser that says so
			return http.StatusForbidden
		}
		// A page opens no WebSocket without an Origin, but it may fetch from its
		// own host without one, and that host may be us under its name.
		if r.URL.Path != socketPath && !hostAllowed(r.Host, names) {
			return http.StatusMisdirectedRequest
		}
		return 0
	}
	if !hostAllowed(r.Host, names) {
		return http.StatusMisdirectedRequest
	}
	if len(origins) > 1 {
		return http.StatusForbidden
	}
	origin, err := url.Parse(origins[0])
	if err != nil || (origin.Scheme != "http" && origin.Scheme != "https") || origin.Host == "" ||
		origin.User != nil || origin.Path != "" {
		return http.StatusForbidden
	}
	if loopback(origin.Hostname()) || sameHost(origin, r) {
		return 0
	}
	return http.StatusForbidden
}

// loopback is what a page under development is served from.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func sameHost(origin *url.URL, r *http.Request) bool {
	return strings.EqualFold(withPort(origin.Host, origin.Scheme), withPort(r.Host, origin.Scheme))
}

func withPort(hostport, scheme string) string {
	if _, _, err := net.SplitHostPort(hostport); err == nil {
		return hostport
	}
	port := "80"
	if scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(hostport, "[]"), port)
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}
