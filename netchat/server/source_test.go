package server

import (
	"math"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestSources(t *testing.T) {
	for hostport, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7", "127.0.0.1:1": "127.0.0.1",
		"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "[2001:db8:1:2::1]:80": "2001:db8:1:2::/64", "[2001:db8:1:3::1]:80": "2001:db8:1:3::/64",
		"[fe80::1%eth0]:80": "fe80::/64", "pipe": "", "": "", "@": "",
	} {
		if got := sourceOf(hostport); got != want {
			t.Errorf("%s: %q, want %q", hostport, got, want)
		}
	}
}

func TestMachines(t *testing.T) {
	for hostport, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7", "[2001:db8:1:2::1]:80": "2001:db8:1:2::1",
		"[fe80::1%eth0]:80": "fe80::1", "pipe": "", "": "",
	} {
		if got := machineOf(hostport); got != want {
			t.Errorf("%s: %q, want %q", hostport, got, want)
		}
	}
}

func TestCapacity(t *testing.T) {
	all := capacity{math.MaxInt, netchat.MaxMembers, netchat.MaxUnjoined, maxArriving}
	for descriptors, want := range map[int]capacity{
		0:    all,
		1:    {1, 1, 1, 1},
		64:   {32, 24, 8, 8},
		256:  {208, 156, 52, 52},
		4096: {4048, 3036, 1012, 1012},
	} {
		if got := capacityOf(descriptors); got != want {
			t.Errorf("%d: %+v, want %+v", descriptors, got, want)
		}
	}
	for _, enough := range []int{20_000, 1 << 20, math.MaxInt32} {
		all.connections = enough - descriptorReserve
		if got := capacityOf(enough); got != all {
			t.Errorf("%d: %+v", enough, got)
		}
	}
}

func TestStrains(t *testing.T) {
	var told []netchat.Strain
	s := &strains{of: 100, tell: func(now netchat.Strain) { told = append(told, now) }}
	for _, c := range []struct {
		taken, largest int
		want           bool // the host is told who holds the seats
	}{{10, 10, false}, {49, 49, false}, {50, 50, true}, {60, 45, true}, {90, 45, true}, {90, 39, true}, {80, 39, false}, {80, 45, false}, {100, 1, true}, {95, 1, true}, {80, 1, false}} {
		s.seats(c.taken, []netchat.Held{{Address: "a", Seats: c.largest}})
		if got := len(s.last.Held) > 0; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if n := len(told); n != 8 || told[n-1].Any() {
		t.Errorf("told %+v", told)
	}
	s.descriptors(true)
	s.seats(20, nil)
	s.descriptors(false)
	if n := len(told); n != 11 || !told[n-2].Descriptors || told[n-1].Any() {
		t.Errorf("told %+v", told)
	}
}
