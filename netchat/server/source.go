package server

import (
	"net/netip"
)

// machineBits is what of an address of IPv6 says whose it is: behind that one machine
// has as many as it likes.
const machineBits = 64

// sourceOf returns the address, of "host:port", that shares budgets and seats: all
// of IPv4, the network of IPv6. It is empty if there is none.
func sourceOf(hostport string) string {
	at, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return ""
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.Prefix(machineBits)
	if err != nil {
		return ""
	}
	return network.String()
}
