//go:build netns && linux

package discovery

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grandcat/zeroconf"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// How the attacker sends: in bursts, because no timer is that fine.
const (
	attackEvery   = 10 * time.Millisecond
	attackBurst   = 100 // 10,000 a second
	attackSeed    = 1   // the same packets each time
	attackerAddr  = "10.77.0.66"
	maxBombed     = 700 // services and addresses: each such packet becomes 12 MB; with twice as many the race detector itself needs a GB
	bombsAtOnce   = 3
	maxHostileRSS = 1280 << 20 // under the race detector, which needs several times as much, on a busy machine
)

// playAttacker sends to each line "KIND DURATION" and says then "sent".
func playAttacker() int {
	conn, err := dialMulticast(attackerAddr)
	if err != nil {
		return netchattest.FailRole(err)
	}
	random := rand.New(rand.NewPCG(attackSeed, attackSeed))
	seeds := packetSeeds()
	kinds := map[string]struct {
		burst int
		make  func() []byte
	}{
		"mutants":   {attackBurst, func() []byte { return mutated(random, seeds) }},
		"forgeries": {attackBurst, func() []byte { return forgery(random) }},
		"bombs":     {bombsAtOnce, func() []byte { return bomb(maxBombed, uint16(random.Uint32())) }},
		"goodbyes":  {1, func() []byte { return announcementOf(roomID(1), "room", hostsAddr, 0) }},
		"edits":     {1, func() []byte { return edited(random) }},
		"moves":     {1, moved},
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var name, long string
		_, _ = fmt.Sscan(lines.Text(), &name, &long)
		kind, known := kinds[name]
		during, err := time.ParseDuration(long)
		if err != nil || !known {
			return netchattest.FailRole(errors.New(lines.Text()))
		}
		tick := time.NewTicker(attackEvery)
		for end := time.Now().Add(during); time.Now().Before(end); <-tick.C {
			for range kind.burst {
				if _, err := conn.Write(kind.make()); err != nil {
					fmt.Fprintln(os.Stderr, err) // a full queue is none of ours
				}
			}
		}
		tick.Stop()
		fmt.Println("sent")
	}
	_ = conn.Close()
	return netchattest.EndRole()
}

// forgery announces a room that is none, at a machine that is none, at one that
// refuses, or at one that is asked already.
func forgery(random *rand.Rand) []byte {
	ips := []string{"10.77.0.1", attackerAddr, fmt.Sprintf("10.77.0.%d", 100+random.IntN(100))}
	at := netip.AddrPortFrom(netip.MustParseAddr(ips[random.IntN(len(ips))]), uint16(9000+random.IntN(1000)))
	id := roomID(1)
	if random.IntN(4) > 0 {
		id = roomID(1000 + random.IntN(1<<30))
	}
	return announcementOf(id, "forged", at, 120)
}

// hostsAddr is where the room is that is attacked.
var hostsAddr = netip.MustParseAddrPort("10.77.0.1:8000")

// moved is the room's announcement with the attacker's address.
func moved() []byte {
	text := encodeText(netchat.RoomInfo{ID: roomID(1), Name: "edited"})
	return announcementWith(roomID(1), text, netip.AddrPortFrom(netip.MustParseAddr(attackerAddr), hostsAddr.Port()), 120)
}

// edited is the announcement of room 1 with something else in it: its name, TLS
// left out, another port, another machine.
func edited(random *rand.Rand) []byte {
	at, text := hostsAddr, encodeText(netchat.RoomInfo{ID: roomID(1), Name: "edited"})
	switch random.IntN(8) {
	case 0:
		text = withoutTLS(text)
	case 1:
		at = netip.AddrPortFrom(at.Addr(), 9000)
	case 2:
	default: // mostly, for a search takes one announcement of a room for all of a round
		at = netip.AddrPortFrom(netip.MustParseAddr(attackerAddr), at.Port())
	}
	return announcementWith(roomID(1), text, at, 120)
}

// Somebody takes the announcement of a room back, changes it, and answers with
// its id: it stays in the list as it is, at its own address first.
func TestNetImpostor(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "q", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	l.Machine("x", attackerAddr+"/24")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.reachedAt("first sight", 5*time.Second, hostsAddr.String())
	f.keeps("at rest", helloEvery+time.Second, "room")
	forger := l.start("x", "attack")
	forger.Tell("goodbyes 1s", "sent")
	f.keeps("under goodbyes", lostAfter*helloEvery, "room")
	impostor := l.openAs("host", "x", 1, "forged", false)
	forger.Tell("edits 3s", "sent")
	for range 2 { // longer than two pauses of a search
		forger.Tell("moves 6s", "sent")
	}
	f.list("two addresses of one id", 10*time.Second, func(list []netchat.Advert) bool {
		if len(list) != 1 || list[0].Room.Name != "room" || !list[0].TLS {
			t.Errorf("the room has become %+v", list)
		}
		v4 := slices.DeleteFunc(list[0].Addrs, func(a string) bool { return strings.HasPrefix(a, "[fe80") })
		return slices.Equal(v4, []string{hostsAddr.String(), attackerAddr + ":8000"})
	})
	f.keeps("beside an impostor", lostAfter*helloEvery, "room")
	for _, r := range []*role{forger, impostor, f, h} {
		r.Close()
	}
}

// A machine on the network says anything, ten thousand times a second: who hosts
// and who looks go on, and stay small.
func TestNetHostilePackets(t *testing.T) {
	t.Parallel()
	l := newLAN(t, "p", 1)
	l.Machine("h", "10.77.0.1/24")
	l.Machine("f", "10.77.0.9/24")
	l.Machine("x", attackerAddr+"/24")
	h, f := l.host("h", 1, "room"), l.find("f")
	f.reachedAt("first sight", 5*time.Second, "10.77.0.1:8000")
	x, ear := l.start("x", "attack"), l.start("f", "sniff")
	for _, attack := range []string{"mutants 3s", "bombs 4s", "forgeries 5s"} {
		before := f.seconds() + h.seconds()
		x.Tell(attack, "sent")
		t.Logf("%s: %.1f s of processor, finder %d MB, host %d MB", attack, f.seconds()+h.seconds()-before, f.memory()>>20, h.memory()>>20)
		f.keeps("under "+attack, time.Second, "room")
	}
	if _, err := io.WriteString(x.Stdin, "forgeries 5s\n"); err != nil {
		t.Fatal(err)
	}
	ear.Tell("bound", "took what it takes at most")
	x.Line(2*netchattest.RoleEnds, "sent")
	for _, r := range []*role{f, h} {
		if at := r.memory(); at > maxHostileRSS {
			t.Errorf("grew to %d MB", at>>20)
		}
	}
	two := l.host("x", 2, "late")
	f.names("a late host after it", 10*time.Second, "late", "room")
	h.Kill()
	f.names("a killed host gone after it", 10*time.Second, "late")
	for _, r := range []*role{x, two, f, ear} {
		r.Close()
	}
}

// memory returns the most memory that the role has had at once, in bytes.
func (r *role) memory() int {
	r.T.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.Cmd.Process.Pid))
	if err != nil {
		r.T.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		r.T.Fatal(err)
	}
	return kilobytes << 10
}

// seconds returns the processor time that the role has used.
func (r *role) seconds() float64 {
	r.T.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Cmd.Process.Pid))
	if err != nil {
		r.T.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err1, err2); err != nil {
		r.T.Fatal(err)
	}
	return float64(user+system) / 100 // the kernel's ticks
}

// FuzzPackets sends packets to the library as this package uses it: a server,
// and a browser whose findings are read as a Finder reads them. Both live in
// goroutines of the library, where a panic ends the program.
func FuzzPackets(f *testing.F) {
	for _, p := range packetSeeds() {
		f.Add(p)
	}
	const addr = "10.66.0.1"
	name, peer := fmt.Sprintf("fz%d", os.Getpid()), fmt.Sprintf("fp%d", os.Getpid())
	for _, args := range [][]string{
		{"link", "add", name, "type", "veth", "peer", "name", peer},
		{"addr", "add", addr + "/24", "dev", name},
		{"link", "set", peer, "up"},
		{"link", "set", name, "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			f.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	f.Cleanup(func() { _ = exec.Command("ip", "link", "del", name).Run() })
	on := usable(f, name)
	stop, err := multicastDNS{}.Register(Registration{Instance: instancePrefix + string(roomID(1)), Port: 8000, Text: encodeText(netchat.RoomInfo{ID: roomID(1)}), Interface: on[0]})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		stop()
		if err := waitGone("zeroconf.(*Server).probe"); err != nil {
			f.Error(err)
		}
	})
	conn, err := dialMulticast(addr)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close() })
	ear := newEar(f, on[0].Index)
	f.Fuzz(func(t *testing.T, packet []byte) {
		if _, err := conn.Write(packet[:min(len(packet), 60000)]); err != nil {
			t.Fatal(err)
		}
		for try := 0; !ear.hears(t, conn, on); try++ {
			if try == 50 {
				t.Fatal("the library hears nothing any more")
			}
		}
	})
}

// usable waits until an interface that was just made carries something.
func usable(f *testing.F, name string) []Interface {
	f.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for timeout := time.After(netchattest.RoleEnds); ; {
		on, err := SystemInterfaces()
		if err != nil {
			f.Fatal(err)
		}
		if on = slices.DeleteFunc(on, func(i Interface) bool { return i.Name != name }); len(on) == 1 {
			return on
		}
		select {
		case <-tick.C:
		case <-timeout:
			f.Fatal("the new interface is not usable")
		}
	}
}

// An ear is the library's browser, with a room whose announcement tells that
// everything before it has been read.
type ear struct {
	entries chan *zeroconf.ServiceEntry
	at      netip.AddrPort
	count   uint16
}

func newEar(f *testing.F, index int) *ear {
	f.Helper()
	ifi, err := net.InterfaceByIndex(index)
	if err != nil {
		f.Fatal(err)
	}
	resolver, err := zeroconf.NewResolver(zeroconf.SelectIPTraffic(zeroconf.IPv4), zeroconf.SelectIfaces([]net.Interface{*ifi}))
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &ear{entries: make(chan *zeroconf.ServiceEntry, entryBuffer), at: netip.MustParseAddrPort("10.66.0.99:1")}
	if err := resolver.Browse(ctx, Service, domain, e.entries); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		cancel()
		for range e.entries {
		}
	})
	return e
}

// goodbye makes the library forget what next announced, which it tells once.
func (e *ear) goodbye() []byte { return announcementOf(roomID(2), "", e.at, 0) }

func (e *ear) next() []byte {
	e.count = e.count%60000 + 1
	e.at = netip.AddrPortFrom(e.at.Addr(), e.count)
	return announcementOf(roomID(2), "", e.at, 120)
}

// hears announces the room and reports whether the library tells it soon: a
// busy machine may lose the packet.
func (e *ear) hears(t *testing.T, conn *net.UDPConn, on []Interface) bool {
	t.Helper()
	for _, p := range [][]byte{e.goodbye(), e.next()} {
		if _, err := conn.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	timeout := time.After(200 * time.Millisecond)
	for {
		select {
		case entry := <-e.entries:
			s := sightingOf(entry)
			if said, err := decodeText(s.Text); err == nil && (!said.Room.ID.Valid() || len(said.Room.Name) > netchat.MaxRoomName) {
				t.Fatalf("read %+v", said)
			}
			if at := candidates(s, on); len(at) > maxRoomAddrs || len(s.Addrs) > 2*maxEntryAddrs {
				t.Fatalf("%d addresses, %d candidates", len(s.Addrs), len(at))
			}
			if entry.Instance == instancePrefix+string(roomID(2)) && s.Port == int(e.count) {
				return true
			}
		case <-timeout:
			return false
		}
	}
}
