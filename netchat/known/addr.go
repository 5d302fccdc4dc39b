package known

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// canonical returns an address as "host:port": without what stands around it in a
// URL, with the usual port if it has none, and always the same for the same IP
// address. It returns nothing for what is no address.
func canonical(addr string) string {
	addr = strings.TrimSpace(addr)
	if _, rest, ok := strings.Cut(addr, "://"); ok {
		addr = rest
	}
	if end := strings.IndexAny(addr, "/?#"); end >= 0 {
		addr = addr[:end]
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(addr, "["), "]"), strconv.Itoa(netchat.DefaultPort)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if host == "" || err != nil || strings.ContainsFunc(host, noHostRune) {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	addr = strings.ToLower(net.JoinHostPort(host, strconv.FormatUint(number, 10)))
	if len(addr) > maxAddress {
		return ""
	}
	return addr
}

// noHostRune reports whether r stands in no host.
func noHostRune(r rune) bool {
	return r == unicode.ReplacementChar || unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("/?#@[]", r)
}
