package model

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// maxAddress bounds an address, in bytes.
const maxAddress = 300

// usualPath is where a room's WebSockets are unless an address says otherwise.
const usualPath = "ws"

// around is what may stand around an address, and is no part of one.
const around = " \"'<>“”‘’«»「」《》,;"

// What can be wrong with what was typed.
var (
	ErrNoAddress     = errors.New("this is no address")
	ErrBadPort       = errors.New("a port is a number from 1 to 65535")
	ErrSecureAddress = errors.New("a room has no https address")
)

// ParseAddress reads the address of a room as people type and paste it: with a
// scheme or without one, with a port or without one, with full-width characters
// of a Chinese keyboard, with blanks and quotation marks around. It returns
// "host:port" or, where the room is off the usual path,
// "ws://host:port/path". It fails with ErrNoAddress, ErrBadPort or
// ErrSecureAddress.
func ParseAddress(typed string) (string, error) {
	s := tidy(typed)
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "ws", s
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "ws", "http":
	case "wss", "https":
		return "", ErrSecureAddress
	default:
		return "", ErrNoAddress
	}
	rest, _, _ = strings.Cut(rest, "#")
	hostport, path, _ := strings.Cut(rest, "/")
	host, port, err := splitAddress(hostport)
	if err != nil {
		return "", err
	}
	addr := host + ":" + port
	if path = strings.Trim(path, around); scheme == "ws" && path != "" && path != usualPath {
		addr = "ws://" + addr + "/" + path
	}
	if len(addr) > maxAddress {
		return "", ErrNoAddress
	}
	return addr, nil
}

// ParsePort reads a port to listen on. Nothing typed is an empty port. It
// fails with ErrBadPort.
func ParsePort(typed string) (string, error) {
	s := tidy(typed)
	if s == "" {
		return "", nil
	}
	return portNumber(s)
}

func portNumber(s string) (string, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return "", ErrBadPort
	}
	return strconv.FormatUint(n, 10), nil
}

// tidy makes full-width characters narrow and drops what is invisible or only
// stands around an address.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // the full-width forms of '!' to '~'
			return r - '！' + '!'
		case r == '。', r == '｡':
			return '.'
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Trim(s, around)
}

// splitAddress returns a host, in brackets if it is an IPv6 address, and a
// port, the usual one if there is none.
func splitAddress(s string) (host, port string, err error) {
	s = strings.ReplaceAll(s, "%25", "%") // how a zone stands in a URL
	port = strconv.Itoa(netchat.DefaultPort)
	bare := strings.Join(strings.Fields(s), "")
	if ip, err := netip.ParseAddr(bracketed(bare)); err == nil && hostOnly(ip.Zone()) {
		return inBrackets(ip), port, nil
	}
	host = strings.TrimSpace(s)
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host, port = host[:i], strings.TrimSpace(host[i+1:])
	} else if i := strings.LastIndexByte(host, ' '); i >= 0 && digits(host[i+1:]) {
		host, port = host[:i], host[i+1:]
	}
	if port, err = portNumber(port); err != nil {
		if digits(port) || !strings.ContainsAny(host, " ") {
			return "", "", ErrBadPort
		}
		return "", "", ErrNoAddress
	}
	host = joinDots(host)
	if ip, err := netip.ParseAddr(bracketed(host)); err == nil && hostOnly(ip.Zone()) {
		return inBrackets(ip), port, nil
	}
	if host == "" || !hostOnly(host) || strings.Contains(host, ":") {
		return "", "", ErrNoAddress
	}
	return host, port, nil
}

// bracketed returns what the brackets of an IPv6 address enclose.
func bracketed(s string) string {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return s[1 : len(s)-1]
	}
	return s
}

func inBrackets(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	return "[" + ip.String() + "]"
}

// joinDots takes out the blanks around the dots of an address.
func joinDots(host string) string {
	parts := strings.Split(host, ".")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ".")
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// hostOnly reports whether all of s may stand in a host or a zone.
func hostOnly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("/?#@[]\\"+around, r)
	})
}
