// Package address reads the address of a room as people type, paste and dictate
// it. Both programs and everything that compares addresses read them here, so
// that one address is one place everywhere.
package address

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// MaxLength bounds an Address as it is written, in bytes.
const MaxLength = 300

// maxTyped bounds what is read at all, in bytes.
const maxTyped = 16 * MaxLength

// UsualPath is where a room's WebSockets are unless an address says otherwise.
const UsualPath = "/ws"

// What can be wrong with what was typed.
var (
	ErrNoAddress = errors.New("this is no address")
	ErrBadPort   = errors.New("a port is a number from 1 to 65535")
	ErrSecure    = errors.New("a room has no https address")
	ErrBadIP     = errors.New("an IPv4 address is four numbers from 0 to 255")
)

// An Address is where a room may be. Two of them are the same place as far as
// their texts can tell if they are equal.
type Address struct {
	Host string // an IP address without brackets, maybe with a zone, or the name of a machine
	Port uint16
	Path string // of the WebSockets, and maybe a query; begins with a slash
}

// Parse reads an address: with a scheme or without one, with a port or without
// one, with full-width characters of a Chinese keyboard, with blanks, and with the
// quotation marks and full stops of a sentence around it. What an Address is
// written as is read as the same Address. It fails with ErrNoAddress, ErrBadPort,
// ErrSecure or ErrBadIP.
func Parse(typed string) (Address, error) {
	a, _, err := parse(typed)
	return a, err
}

// Obvious reports whether typed can only be meant as an address, a wrong one
// maybe: it is a URL, an IP address or has a port. Anything else may as well be a
// name that people gave to something.
func Obvious(typed string) bool {
	_, obvious, _ := parse(typed)
	return obvious
}

// ParsePort reads a port. Nothing typed is 0. It fails with ErrBadPort.
func ParsePort(typed string) (uint16, error) {
	s := tidy(typed)
	if s == "" {
		return 0, nil
	}
	return portNumber(s)
}

// HostPort returns "host:port", as the system takes it.
func (a Address) HostPort() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// String returns "host:port" or, where the room is off the usual path,
// "ws://host:port/path".
func (a Address) String() string {
	if a.Path == UsualPath || a.Path == "" {
		return a.HostPort()
	}
	host, zone, zoned := strings.Cut(a.HostPort(), "%")
	if zoned {
		host += "%25" + zone
	}
	return "ws://" + host + a.Path
}

// IsIP reports whether the host is an IP address.
func (a Address) IsIP() bool {
	_, err := netip.ParseAddr(a.Host)
	return err == nil
}

func parse(typed string) (a Address, obvious bool, err error) {
	if len(typed) > maxTyped {
		return Address{}, false, ErrNoAddress
	}
	scheme, rest := cutScheme(tidy(typed))
	switch scheme {
	case "", "ws", "http":
	case "wss", "https":
		return Address{}, true, ErrSecure
	default:
		return Address{}, true, ErrNoAddress
	}
	rest, _, _ = strings.Cut(rest, "#")
	place, path, _ := strings.Cut(rest, "/")
	a, obvious, err = parsePlace(unwrapped(place), scheme != "")
	obvious = obvious || scheme != ""
	if err != nil {
		return Address{}, obvious, err
	}
	a.Path = UsualPath
	if path = trim(path); scheme != "http" && path != "" && strings.TrimRight(path, "/") != UsualPath[1:] {
		a.Path = "/" + path
	}
	if len(a.String()) > MaxLength {
		return Address{}, obvious, ErrNoAddress
	}
	return a, obvious, nil
}

// cutScheme returns the scheme in small letters, which may be wanting, and what
// follows it. One slash will do, or two backslashes.
func cutScheme(s string) (scheme, rest string) {
	scheme, rest, ok := strings.Cut(s, ":/")
	if ok && letters(scheme) {
		return lower(scheme), trim(strings.TrimLeft(rest, "/"))
	}
	return "", trim(strings.TrimLeft(s, "/"))
}

// unwrapped takes off brackets around what is no IPv6 address.
func unwrapped(s string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if len(inner) == len(s)-2 && !strings.ContainsAny(inner, "[]") && strings.Count(inner, ":") < 2 {
		return trim(inner)
	}
	return s
}

// parsePlace reads a host and maybe a port behind a colon or a blank.
func parsePlace(s string, inURL bool) (a Address, obvious bool, err error) {
	a.Port = netchat.DefaultPort
	bare := s
	if strings.Count(s, ":") < 2 {
		bare = strings.Join(strings.Fields(s), "")
	}
	if ip, ok := parseIP(bare, inURL); ok {
		a.Host = ip
		return a, true, nil
	}
	host, port, colon := cutPort(s)
	host = joinDots(host)
	if a.Host, err = parseHost(host, inURL); err == nil || errors.Is(err, ErrBadIP) {
		obvious = a.IsIP() || host == "localhost" || looksIPv4(host) ||
			colon && digits(port) && !strings.Contains(s, " ") && !digits(host)
	}
	if colon || port != "" {
		n, bad := portNumber(port)
		if a.Port = n; bad != nil {
			err = blame(host, port, a.IsIP())
		}
	}
	if err != nil {
		return Address{}, obvious, err
	}
	return a, obvious, nil
}

// blame says what a port that is no number makes of all that was typed.
func blame(host, port string, isIP bool) error {
	wordy := strings.Contains(host+port, " ") && !digits(port)
	if isIP || host != "" && !strings.Contains(host, ":") && !wordy {
		return ErrBadPort
	}
	return ErrNoAddress
}

// parseHost reads an IP address or the name of a machine.
func parseHost(s string, inURL bool) (string, error) {
	ip, ok := parseIP(s, inURL)
	switch {
	case ok:
		return ip, nil
	case endsInNumber(s):
		return "", ErrBadIP
	case isName(s):
		return lower(s), nil
	}
	return "", ErrNoAddress
}

// cutPort parts a host from the port behind a blank, if it is a number, or else
// behind the last colon outside of brackets.
func cutPort(s string) (host, port string, colon bool) {
	end := strings.LastIndexByte(s, ']') + 1
	i, j := strings.LastIndexByte(s[end:], ':'), strings.LastIndexByte(s[end:], ' ')
	if j >= 0 && digits(s[end+j+1:]) && !strings.HasSuffix(strings.TrimRight(s[:end+j], " "), ":") {
		return strings.TrimSpace(s[:end+j]), s[end+j+1:], false
	}
	if i >= 0 {
		return strings.TrimSpace(s[:end+i]), strings.Trim(s[end+i+1:], " ."), true
	}
	return strings.TrimSpace(s), "", false
}

func portNumber(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, ErrBadPort
	}
	return uint16(n), nil
}
