package discovery

import (
	"net/netip"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// maxPlaces bounds the addresses that one place may stand for.
const maxPlaces = 32

// A placeForm is how long a place may be, and how many of the lowest bits of an
// IPv4 address and of a port are in it: the port is counted from DefaultPort on,
// unless all of it is there.
type placeForm struct {
	digits           int
	addrBits, ofPort int
}

// placeForms are shortest first.
func placeForms() []placeForm {
	return []placeForm{{2, 8, 2}, {4, 16, 4}, {6, 24, 6}, {10, 32, 16}}
}

// firstPort is the port that is 0 in a place of that form.
func (f placeForm) firstPort() uint32 {
	if f.ofPort == 16 {
		return 0
	}
	return netchat.DefaultPort
}

// EncodePlace returns the address part of a room's code for those who are in the
// same network, whose first bits bits are the same in all its addresses: the
// shortest that says where the room is. There is none for an IPv6 address.
func EncodePlace(at netip.AddrPort, bits int) (string, bool) {
	addr := at.Addr().Unmap()
	if !addr.Is4() || at.Port() == 0 || bits < 0 || bits > 32 {
		return "", false
	}
	raw := addr.As4()
	whole := uint64(raw[0])<<24 | uint64(raw[1])<<16 | uint64(raw[2])<<8 | uint64(raw[3])
	for _, f := range placeForms() {
		port := uint32(at.Port()) - f.firstPort() // what is below it becomes very large
		if 32-bits > f.addrBits || port >= 1<<f.ofPort {
			continue
		}
		low := whole & (1<<f.addrBits - 1)
		return netchat.EncodeBase32(low<<f.ofPort|uint64(port), f.digits), true
	}
	return "", false
}

// DecodePlace returns where the room may be that a code's address part tells of,
// seen from a machine with these addresses: one for each of its IPv4 addresses,
// without doubles. None if it is no address part, or if all are IPv6.
func DecodePlace(place string, own []netip.Prefix) []netip.AddrPort {
	n, ok := netchat.DecodeBase32(place)
	i := slices.IndexFunc(placeForms(), func(f placeForm) bool { return f.digits == len(place) })
	if !ok || i < 0 {
		return nil
	}
	f := placeForms()[i]
	port := uint32(n&(1<<f.ofPort-1)) + f.firstPort()
	low := n >> f.ofPort
	if low >= 1<<f.addrBits || port == 0 || port > 65535 {
		return nil
	}
	if f.addrBits == 32 {
		own = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0)} // nothing is to be completed
	}
	var at []netip.AddrPort
	for _, p := range own {
		addr := p.Addr().Unmap()
		if !addr.Is4() || len(at) >= maxPlaces {
			continue
		}
		raw := addr.As4()
		mine := uint64(raw[0])<<24 | uint64(raw[1])<<16 | uint64(raw[2])<<8 | uint64(raw[3])
		whole := mine>>f.addrBits<<f.addrBits | low
		there := netip.AddrFrom4([4]byte{byte(whole >> 24), byte(whole >> 16), byte(whole >> 8), byte(whole)})
		if found := netip.AddrPortFrom(there, uint16(port)); usablePlace(there) && !slices.Contains(at, found) {
			at = append(at, found)
		}
	}
	return at
}

// usablePlace reports whether a room may be there.
func usablePlace(addr netip.Addr) bool {
	return !addr.IsUnspecified() && !addr.IsMulticast() && addr != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
