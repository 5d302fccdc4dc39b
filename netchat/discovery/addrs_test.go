package discovery

import (
	"net/netip"
	"slices"
	"testing"
)

// lan is the machine of most tests: a wired and a wireless interface.
func lan() []Interface {
	return []Interface{
		{Index: 2, Name: "eth0", Addrs: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/16"), netip.MustParsePrefix("fe80::1/64")}},
		{Index: 3, Name: "wlan0", Addrs: []netip.Prefix{netip.MustParsePrefix("141.20.5.9/24"), netip.MustParsePrefix("fe80::2/64")}},
		{Index: 4, Name: "v4only", Addrs: []netip.Prefix{netip.MustParsePrefix("192.168.7.1/24")}},
	}
}

func addrs(list ...string) []netip.Addr {
	out := make([]netip.Addr, len(list))
	for i, s := range list {
		out[i] = netip.MustParseAddr(s)
	}
	return out
}

func TestCandidates(t *testing.T) {
	s := Sighting{Port: 8000, Addrs: append(addrs(
		"fe80::9", "172.17.0.1", "fd00::5", "10.1.9.9", "141.20.5.10", "::ffff:10.1.9.8", // may be a room's
		"8.8.8.8", "2001:db8::1", "127.0.0.1", "::1", "0.0.0.0", "224.0.0.251", "ff02::fb", // may not
	), netip.Addr{})}
	at := candidates(s, lan())
	slices.SortFunc(at, preference(lan()))
	var got []string
	for _, a := range at {
		got = append(got, a.String())
	}
	want := []string{
		"10.1.9.8:8000", "10.1.9.9:8000", "141.20.5.10:8000", "172.17.0.1:8000",
		"[fd00::5]:8000", "[fe80::9%eth0]:8000", "[fe80::9%wlan0]:8000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestCandidatesAreBounded(t *testing.T) {
	s := Sighting{Port: 8000}
	for i := range 100 {
		s.Addrs = append(s.Addrs, netip.AddrFrom4([4]byte{10, 1, 0, byte(i)}))
	}
	if n := len(candidates(s, lan())); n != maxRoomAddrs {
		t.Errorf("%d candidates", n)
	}
	for _, port := range []int{-1, 0, 65536} {
		if at := candidates(Sighting{Port: port, Addrs: s.Addrs}, lan()); at != nil {
			t.Errorf("port %d: %v", port, at)
		}
	}
}
