package discovery

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
)

// whole is the place of an address and a port in full.
func whole(addr uint32, port uint16) string {
	return netchat.EncodeBase32(uint64(addr)<<16|uint64(port), 10)
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		at   string
		bits int
		want string // "": none
	}{
		{"192.168.1.0:8000", 24, "00"},
		{"192.168.1.23:8001", 24, "2X"},
		{"192.168.1.255:8003", 24, "ZZ"},
		{"192.168.1.23:8004", 24, "04BM"},
		{"192.168.1.23:8000", 32, "2W"},
		{"192.168.1.23:8000", 23, "04BG"},
		{"10.20.30.40:8000", 8, "2GF2G0"},
		{"10.20.30.40:8063", 8, "2GF2HZ"},
		{"10.20.30.40:8064", 8, whole(0x0a141e28, 8064)},
		{"10.20.30.40:80", 24, whole(0x0a141e28, 80)},
		{"10.20.30.40:8000", 0, whole(0x0a141e28, 8000)},
		{"[::ffff:192.168.1.23]:8000", 24, "2W"},
		{"[fd00::1]:8000", 64, ""},
		{"192.168.1.23:0", 24, ""},
		{"192.168.1.23:8000", 33, ""},
		{"192.168.1.23:8000", -1, ""},
	} {
		at := netip.MustParseAddrPort(c.at)
		got, ok := EncodePlace(at, c.bits)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s/%d: %q, %v; want %q", c.at, c.bits, got, ok, c.want)
		}
	}
}

func TestPlacesFromHere(t *testing.T) {
	own := []netip.Prefix{
		netip.MustParsePrefix("fe80::1/64"), netip.MustParsePrefix("192.168.1.77/24"),
		netip.MustParsePrefix("10.1.2.3/8"), netip.MustParsePrefix("192.168.1.78/24"),
	}
	for _, c := range []struct {
		place string
		own   []netip.Prefix
		want  []string
	}{
		{"2X", own, []string{"192.168.1.23:8001", "10.1.2.23:8001"}},
		{"04BM", own, []string{"192.168.1.23:8004", "10.1.1.23:8004"}},
		{"2X", own[:1], nil},
		{"2X", nil, nil},
		{whole(0x0a141e28, 80), nil, []string{"10.20.30.40:80"}},
		{whole(0x0a141e28, 0), nil, nil},
		{"ZZZZZZZZZZ", own, nil},
		{whole(0xe0000001, 80), nil, nil},
		{"", own, nil},
		{"2", own, nil},
		{"2X2X2X2X", own, nil},
		{"2x", own, nil},
		{"!!", own, nil},
	} {
		var got []string
		for _, at := range DecodePlace(c.place, c.own) {
			got = append(got, at.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.place, got, c.want)
		}
	}
}

// TestPlacesLeadBack: who is in the same network finds the way by the place.
func TestPlacesLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.Uint32Range(0x01000000, 0xdfffffff).Draw(t, "host")
		bits := rapid.IntRange(0, 32).Draw(t, "bits")
		ports := rapid.OneOf(rapid.Uint16Range(7990, 8080), rapid.Uint16Range(1, 65535))
		at := netip.AddrPortFrom(addrOf(raw), ports.Draw(t, "port"))
		place, ok := EncodePlace(at, bits)
		if !ok {
			t.Fatalf("none for %s/%d", at, bits)
		}
		mask := uint32(uint64(1)<<(32-bits) - 1)
		mine := raw&^mask | rapid.Uint32().Draw(t, "guest")&mask
		own := []netip.Prefix{netip.MustParsePrefix("169.254.3.4/16"), netip.PrefixFrom(addrOf(mine), bits)}
		if got := DecodePlace(place, own); !slices.Contains(got, at) {
			t.Fatalf("%s/%d is %q, which from %s is %v", at, bits, place, own[1], got)
		}
		_, read, ok := netchat.ParseCode(place + "-ABCDE-FGHJK")
		if !ok || read != place {
			t.Fatalf("%q is read as %q in a code", place, read)
		}
	})
}

func addrOf(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// FuzzPlace: what somebody types leads to a few addresses at most, each of which
// may be one.
func FuzzPlace(f *testing.F) {
	f.Add("2X", uint32(0xc0a8014d))
	f.Add("ZZZZZZZZZZ", uint32(1))
	f.Fuzz(func(t *testing.T, place string, mine uint32) {
		own := []netip.Prefix{netip.PrefixFrom(addrOf(mine), 24), netip.PrefixFrom(addrOf(mine+256), 24)}
		all := DecodePlace(place, own)
		if len(all) > len(own) {
			t.Errorf("%q leads to %v", place, all)
		}
		for _, at := range all {
			if !at.IsValid() || at.Port() == 0 || !at.Addr().Is4() {
				t.Errorf("%q leads to %v", place, at)
			}
			if again, ok := EncodePlace(at, 0); !ok || !slices.Contains(DecodePlace(again, nil), at) {
				t.Errorf("%v is %q as a whole", at, again)
			}
		}
	})
}
