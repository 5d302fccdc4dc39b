package server

import (
	"net/netip"
)

// machineBits is what of an address of IPv6 says whose it is: behind that one machine
// has as many as it likes.
const machineBits = 64

// machineOf returns the address, of "host:port", that shares budgets. Those of IPv6 are
// whole: on one network all machines have the same beginning, and who floods must not
// slow down the others. It is empty if there is none.
func machineOf(hostport string) string {
	addr, ok := addrOf(hostport)
	if !ok {
		return ""
	}
	return addr.String()
}

func addrOf(hostport string) (netip.Addr, bool) {
	at, err := netip.ParseAddrPort(hostport)
	return at.Addr().Unmap().WithZone(""), err == nil
}

// sourceOf returns the address, of "host:port", that shares seats and places: all of
// IPv4, the network of IPv6. It is empty if there is none.
func sourceOf(hostport string) string {
	addr, ok := addrOf(hostport)
	if !ok || addr.Is4() {
		return machineOf(hostport)
	}
	network, err := addr.Prefix(machineBits)
	if err != nil {
		return ""
	}
	return network.String()
}
