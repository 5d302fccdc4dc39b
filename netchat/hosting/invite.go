package hosting

import (
	"net/netip"

	"github.com/homeroomchat/homeroom/netchat/discovery"
)

// Invite returns what others type to join: the room's code, behind an address
// part that leads those in the same network here even where they find nothing by
// themselves. Like Code it takes a moment when it is called first.
func (r *Room) Invite() string {
	code := r.Code()
	at := r.bound()
	if at.Addr().IsLoopback() {
		return code.String()
	}
	interfaces, err := r.reachedBy()
	if err != nil {
		return code.String()
	}
	for _, i := range interfaces {
		for _, prefix := range i.Addrs {
			if place, ok := discovery.EncodePlace(netip.AddrPortFrom(prefix.Addr(), at.Port()), prefix.Bits()); ok && !prefix.Addr().IsLoopback() {
				return code.At(place)
			}
		}
	}
	return code.String()
}
