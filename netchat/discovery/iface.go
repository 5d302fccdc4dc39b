package discovery

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// maxInterfaceAddrs bounds how many addresses of one interface are used, so
// that an announcement fits one packet.
const maxInterfaceAddrs = 8

// An Interface is a network interface that others can be met on.
type Interface struct {
	Index int
	Name  string // also the zone of its link-local addresses
	Addrs []netip.Prefix
}

// SystemInterfaces returns the usable interfaces of this machine in order of
// their index: up, running, able to multicast, no loopback, with an IPv4 or an
// IPv6 link-local address. None is no error.
func SystemInterfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	const needed = net.FlagUp | net.FlagRunning | net.FlagMulticast
	var usable []Interface
	for _, ifi := range all {
		if ifi.Flags&needed != needed || ifi.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := ifi.Addrs()
		if err != nil {
			continue // it went away just now
		}
		if kept := usableAddrs(addrs); len(kept) > 0 {
			usable = append(usable, Interface{Index: ifi.Index, Name: ifi.Name, Addrs: kept})
		}
	}
	slices.SortFunc(usable, func(a, b Interface) int { return a.Index - b.Index })
	return usable, nil
}

// usableAddrs returns the addresses of an interface sorted, IPv4 first, or
// nothing if there is neither IPv4 nor IPv6 link-local among them.
func usableAddrs(addrs []net.Addr) []netip.Prefix {
	var kept []netip.Prefix
	reachable := false
	for _, a := range addrs {
		ipNet, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(ipNet.IP)
		if !ok || ip.IsLoopback() {
			continue
		}
		ip = ip.Unmap()
		ones, _ := ipNet.Mask.Size()
		reachable = reachable || ip.Is4() || ip.IsLinkLocalUnicast()
		kept = append(kept, netip.PrefixFrom(ip, ones))
	}
	if !reachable {
		return nil
	}
	slices.SortFunc(kept, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return kept[:min(len(kept), maxInterfaceAddrs)]
}

// fingerprint tells an interface from any other and from itself with other
// addresses.
func (i Interface) fingerprint() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", i.Index, i.Name)
	for _, a := range i.Addrs {
		fmt.Fprintf(&b, " %s", a)
	}
	return b.String()
}

// fingerprints is fingerprint of a whole list.
func fingerprints(list []Interface) string {
	var b strings.Builder
	for _, i := range list {
		b.WriteString(i.fingerprint())
		b.WriteByte('\n')
	}
	return b.String()
}
