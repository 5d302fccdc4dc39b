package discovery

import (
	"cmp"
	"net/netip"
)

// candidates returns where a Sighting may be reached from a machine with these
// interfaces, best first, at most maxRoomAddrs. A link-local IPv6 address is
// tried on every interface: the library does not say on which it was heard.
// Addresses outside local networks are dropped: an announcement must not make
// a classroom send requests to some machine on the internet, nor to the
// services that a machine keeps to itself.
func candidates(s Sighting, on []Interface) []netip.AddrPort {
	if s.Port < 1 || s.Port > 65535 {
		return nil
	}
	var at []netip.AddrPort
	for _, addr := range s.Addrs {
		if len(at) >= maxRoomAddrs {
			break
		}
		addr = addr.Unmap().WithZone("")
		switch {
		case !addr.IsValid(), addr.IsLoopback(), addr.IsMulticast(), addr.IsUnspecified():
		case addr.Is6() && addr.IsLinkLocalUnicast():
			for _, i := range on {
				if i.hasLinkLocal() {
					at = append(at, netip.AddrPortFrom(addr.WithZone(i.Name), uint16(s.Port)))
				}
			}
		case addr.IsPrivate(), addr.IsLinkLocalUnicast(), onSubnet(addr, on):
			at = append(at, netip.AddrPortFrom(addr, uint16(s.Port)))
		}
	}
	return at[:min(len(at), maxRoomAddrs)]
}

func (i Interface) hasLinkLocal() bool {
	for _, p := range i.Addrs {
		if p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
			return true
		}
	}
	return false
}

func onSubnet(addr netip.Addr, on []Interface) bool {
	for _, i := range on {
		for _, p := range i.Addrs {
			if p.Contains(addr) {
				return true
			}
		}
	}
	return false
}

// preference orders addresses as seen from a machine with these interfaces, each
// in its place.
func preference(on []Interface) func(a, b netip.AddrPort) int {
	nearer := nearness(on)
	return func(a, b netip.AddrPort) int { return cmp.Or(nearer(a, b), a.Compare(b)) }
}

// nearness compares addresses as seen from a machine with these interfaces: own
// subnet first, IPv4 before IPv6, link-local IPv6 (which people can't type) last.
func nearness(on []Interface) func(a, b netip.AddrPort) int {
	rank := func(addr netip.Addr) int {
		switch {
		case addr.Is6() && addr.IsLinkLocalUnicast():
			return 4
		case onSubnet(addr, on) && addr.Is4():
			return 0
		case onSubnet(addr, on):
			return 1
		case addr.Is4():
			return 2
		}
		return 3
	}
	return func(a, b netip.AddrPort) int { return rank(a.Addr()) - rank(b.Addr()) }
}
