//go:build netns && linux

package discovery

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestNetRoomsComeAndGo(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "a", 1)
	l.Machine("h1", "10.77.0.1/24")
	l.Machine("h2", "10.77.0.2/24")
	l.Machine("h3", "10.77.0.3/24")
	l.Machine("f", "10.77.0.9/24")
	long := strings.Repeat("长", 20) + strings.Repeat("x", 40) + `"quotes" \ `[:10]
	one := l.host("h1", 1, "教室 3.5")
	two := l.host("h2", 2, "教室 3.5")
	f := l.find("f")
	f.names("first sight of two rooms of one name", 5*time.Second, "教室 3.5", "教室 3.5")
	three := l.host("h3", 3, long)
	f.names("a late host", 10*time.Second, "教室 3.5", "教室 3.5", long)
	one.Kill()
	f.names("a killed host gone", 10*time.Second, "教室 3.5", long)
	two.Close()
	f.names("a closed host gone", 10*time.Second, long)
	l.Unplug("h3", 0)
	f.names("an unplugged host gone", 10*time.Second)
	l.Plug("h3", 0, "10.77.0.3/24")
	f.names("back on a new interface", 15*time.Second, long)
	three.Close()
	f.Close()
}

func TestNetAddressChanges(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "b", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.reachedAt("first sight", 5*time.Second, "10.77.0.1:8000")
	l.In("h", "addr", "del", "10.77.0.1/24", "dev", "eth0")
	l.In("h", "addr", "add", "10.77.0.50/24", "dev", "eth0")
	f.reachedAt("a changed address", 15*time.Second, "10.77.0.50:8000")
	f.Close()
	h.Close()
}

func TestNetStartsWithoutNetwork(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "c", 1)
	l.Machine("h", "none")
	l.Machine("f", "none")
	h, f := l.host("h", 1, "room"), l.find("f")
	l.Plug("h", 0, "10.77.0.1/24")
	l.Plug("f", 0, "10.77.0.9/24")
	f.names("first sight after plugging in", 10*time.Second, "room")
	f.Close()
	h.Close()
}

func TestNetLinkLocalAlone(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "d", 1)
	l.Machine("h", "")
	l.Machine("f", "")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.list("first sight over IPv6 link-local", 10*time.Second, func(list []netchat.Advert) bool {
		return len(list) == 1 && strings.HasPrefix(list[0].Addrs[0], "[fe80::") && strings.HasSuffix(list[0].Addrs[0], "%eth0]:8000")
	})
	f.Close()
	h.Close()
}

// Each of two networks has to learn the address that the host has there.
func TestNetHostOnTwoNetworks(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "e", 2)
	l.Machine("h", "10.77.0.1/24", "10.78.0.1/24")
	l.Machine("f0", "10.77.0.9/24")
	l.Machine("f1", "none", "10.78.0.9/24")
	h := l.host("h", 1, "room")
	l.find("f0").names("first sight", 5*time.Second, "room")
	h.settle()
	f0, f1 := l.find("f0"), l.find("f1")
	told := l.start("f0", "sniff")
	f0.reachedAt("on the first network", 5*time.Second, "10.77.0.1:8000")
	f1.reachedAt("on the second network", 5*time.Second, "10.78.0.1:8000")
	told.Tell("addresses", "told 10.77.0.1") // and not the one on the other network
	told.Close()
	f0.Close()
	f1.Close()
	h.Close()
}

func TestNetSeveralOnOneMachine(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "f", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	one, two := l.host("h", 1, "one"), l.host("h", 2, "two")
	same, again, other := l.find("h"), l.find("h"), l.find("f")
	for _, f := range []*role{same, again, other} {
		f.names("two rooms of one machine", 5*time.Second, "one", "two")
	}
	one.Close() // its goodbye must not take the other one along
	for _, f := range []*role{same, again, other} {
		f.names("one of them closed", 10*time.Second, "two")
		f.Close()
	}
	f := l.find("f")
	f.reachedAt("the other one found anew", 5*time.Second, "10.77.0.1:8001")
	f.Close()
	two.Close()
}

// The interface of whoever looks goes away and comes back as another one.
func TestNetFinderIsReplugged(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "g", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.names("first sight", 5*time.Second, "room")
	l.Unplug("f", 0)
	f.names("unplugged oneself: gone", 10*time.Second)
	l.Plug("f", 0, "10.77.0.9/24")
	f.names("plugged in again: back", 10*time.Second, "room")
	f.Close()
	h.Close()
}

// The switch drops what is for many: only what is remembered is found.
func TestNetRememberedWithoutMulticast(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "i", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	l.IP("link", "set", "ihv0", "type", "bridge_slave", "mcast_flood", "off")
	l.IP("link", "set", "ifv0", "type", "bridge_slave", "mcast_flood", "off")
	at := func(id int, addr string) netchat.Advert {
		return netchat.Advert{Room: netchat.RoomInfo{ID: roomID(id)}, Addrs: []string{addr}}
	}
	h := l.host("h", 1, "room")
	stranger := l.find("f")
	f := l.find("f", at(1, "10.77.0.250:8000"), at(2, "10.77.0.1:8000"), at(1, "10.77.0.1:8000"))
	f.reachedAt("a remembered room without multicast", 5*time.Second, "10.77.0.1:8000")
	h.Kill()
	f.names("killed", 10*time.Second)
	h = l.host("h", 1, "room")
	f.names("late", 10*time.Second, "room")
	stranger.quiet("who remembers nothing", 4*time.Second)
	stranger.Close()
	f.Close()
	h.Close()
}

// A window does not list its own room; others on the same machine do.
func TestNetOwnRoom(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "j", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	own := l.open("host and find", "h", 1, "my own")
	far := l.host("f", 2, "another's")
	beside, other := l.find("h"), l.find("f")
	for _, f := range []*role{beside, other} {
		f.names("seen by another program", 5*time.Second, "another's", "my own")
	}
	own.names("seen by its host's program", 5*time.Second, "another's")
	own.keeps("its host's program", time.Second, "another's")
	for _, r := range []*role{beside, other, own, far} {
		r.Close()
	}
}

// Who stops reading holds up nobody, and ends as the others do.
func TestNetStalledReader(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "k", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	h := l.host("h", 1, "one")
	f := l.search("stall and find", "f") // two searches in one program; one is not read
	f.names("beside a reader that stopped", 5*time.Second, "one")
	h2 := l.host("h", 2, "two")
	f.names("a late host beside it", 10*time.Second, "one", "two")
	f.Close()
	h.Close()
	h2.Close()
}

// The library panics if it is stopped while it starts.
func TestNetClosedAtOnce(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "m", 1)
	l.Machine("h", "10.77.0.1/24")
	// The race detector sees it too, whose reports make it likely; what
	// matters is that nothing panics.
	h := l.start("h", "churn", "GORACE=exitcode=0 log_path=/dev/null")
	h.Line(20*time.Second, "churned")
	h.Close()
}

func TestNetNames(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "n", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	names := []string{
		strings.Repeat("长", 70), strings.Repeat("x", 70), strings.Repeat("y", netchat.MaxRoomName),
		"`'\"quotes\"'\\ \\\\ \\065 and = and a.b..c", "👩‍🏫 Klasse 3️⃣🏳️‍🌈", "צוות \u202eabc\u202c فصل ٣", " ", "_homeroom._tcp.local.",
	}
	var hosts []*role
	for i, name := range names {
		hosts = append(hosts, l.host("h", i+1, name))
	}
	f := l.find("f")
	f.names("names of every kind", 5*time.Second, names...)
	f.Close()
	for _, h := range hosts {
		h.Close()
	}
}

// A machine that sleeps says nothing and hears nothing; the clock on the wall
// goes on.
func TestNetAfterSleep(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "o", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.reachedAt("first sight", 5*time.Second, "10.77.0.1:8000")
	f.Signal(syscall.SIGSTOP)
	h.Signal(syscall.SIGSTOP)
	l.In("h", "addr", "del", "10.77.0.1/24", "dev", "eth0")
	l.In("h", "addr", "add", "10.77.0.50/24", "dev", "eth0")
	f.quiet("asleep", wakeGap+2*pollEvery)
	h.Signal(syscall.SIGCONT)
	f.Signal(syscall.SIGCONT)
	f.reachedAt("found elsewhere after a sleep", 10*time.Second, "10.77.0.50:8000")
	f.Close()
	h.Close()
}

// told returns the IPv4 addresses among those heard, each once.
func told(heard []Sighting) string {
	var v4 []string
	for _, s := range heard {
		for _, a := range s.Addrs {
			if a.Is4() && !slices.Contains(v4, a.String()) {
				v4 = append(v4, a.String())
			}
		}
	}
	slices.Sort(v4)
	return "told " + strings.Join(v4, " ")
}
