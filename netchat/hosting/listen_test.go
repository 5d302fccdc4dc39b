package hosting

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/discovery"
)

func TestListenFromTakesTheNextFreePort(t *testing.T) {
	first := occupy(t)
	ln, err := listenFrom(t.Context(), first, MaxPortTries)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	got := ln.Addr().(*net.TCPAddr)
	if got.Port <= first || got.Port >= first+MaxPortTries || !got.IP.IsUnspecified() {
		t.Errorf("from %d on: %s", first, got)
	}
}

func TestListenFromGivesUp(t *testing.T) {
	first := occupy(t)
	_, err := listenFrom(t.Context(), first, 1)
	if err == nil || !strings.Contains(err.Error(), "listen on :") || strings.Count(err.Error(), "listen") != 1 {
		t.Errorf("%v", err)
	}
}

// occupy listens on every address and returns the port.
func occupy(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().(*net.TCPAddr).Port
}

func TestDialable(t *testing.T) {
	prefixes := func(all ...string) []netip.Prefix {
		var out []netip.Prefix
		for _, p := range all {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	interfaces := []discovery.Interface{
		{Name: "eth0", Addrs: prefixes("192.168.1.5/24", "fd00::5/64", "fe80::5/64")},
		{Name: "wlan0", Addrs: prefixes("10.0.0.7/8")},
	}
	for _, c := range []struct {
		any  string
		want []string
	}{
		{"::", []string{"192.168.1.5", "10.0.0.7", "fd00::5", "127.0.0.1"}},
		{"0.0.0.0", []string{"192.168.1.5", "10.0.0.7", "127.0.0.1"}},
	} {
		var got []string
		for _, a := range dialable(interfaces, netip.MustParseAddr(c.any)) {
			got = append(got, a.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.any, got, c.want)
		}
	}
	for at, want := range map[string]int{"::": 2, "0.0.0.0": 2, "10.0.0.7": 1, "fe80::5%eth0": 1, "10.0.0.8": 0} {
		if got := leadingTo(netip.MustParseAddr(at), interfaces); len(got) != want {
			t.Errorf("%d interfaces lead to %s", len(got), at)
		}
	}
	if got := dialable(nil, netip.MustParseAddr("::")); len(got) != 1 {
		t.Errorf("without interfaces: %v", got)
	}
}
