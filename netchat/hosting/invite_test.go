package hosting_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/hosting"
)

func TestInvites(t *testing.T) {
	here := open(t, hosting.Options{Room: "R"})
	if got := here.Invite(); got != here.Code().String() {
		t.Errorf("for this machine alone: %q, code %s", got, here.Code())
	}
	lan := open(t, hosting.Options{Room: "R", Listen: "0.0.0.0:0"})
	code, place, ok := netchat.ParseCode(lan.Invite())
	if !ok || code != lan.Code() {
		t.Fatalf("%q, code %s", lan.Invite(), lan.Code())
	}
	interfaces, err := discovery.SystemInterfaces()
	if err != nil {
		t.Fatal(err)
	}
	var own []netip.Prefix
	for _, i := range interfaces {
		own = append(own, i.Addrs...)
	}
	hasIPv4 := slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Addr().Is4() })
	if (place != "") != hasIPv4 {
		t.Fatalf("the place is %q for %v", place, own)
	}
	leads := slices.ContainsFunc(discovery.DecodePlace(place, own), func(at netip.AddrPort) bool {
		return at.String() == lan.Addrs()[0]
	})
	if hasIPv4 && !leads {
		t.Errorf("%q leads to %v, not to %s", place, discovery.DecodePlace(place, own), lan.Addrs()[0])
	}
}
