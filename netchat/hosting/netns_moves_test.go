//go:build netns && linux

package hosting_test

import (
	"strings"
	"testing"
	"time"
)

// TestNetAddressesChange: the machine of the host, and then that of a member, get
// other addresses. Nobody is asked to do anything, nobody leaves, and nothing is
// lost.
func TestNetAddressesChange(t *testing.T) {
	t.Parallel()
	const movedTo, memberAt, memberTo = "10.79.0.2/24", "10.79.0.9/24", "10.79.0.19/24"
	c := newClassroom(t, "mv")
	c.Machine("m", memberAt)
	c.Machine("n", "10.79.0.8/24")
	room := c.open()
	member := c.expect("m", memberPart{Target: roomAt, Name: "moves", Data: t.TempDir(), Find: true}, "in first true")
	witness := c.expect("n", memberPart{Target: roomAt, Name: "witness", Data: t.TempDir(), Find: true}, "in first true")
	say(member, "say before")
	witness.Line(slow, "heard moves: before")
	for _, move := range []struct{ machine, from, to string }{{"h", roomIP, movedTo}, {"m", memberAt, memberTo}} {
		began := time.Now()
		c.In(move.machine, "addr", "del", move.from, "dev", "eth0")
		c.In(move.machine, "addr", "add", move.to, "dev", "eth0")
		say(member, "say behind "+move.to)
		before := witness.Line(slow, "heard moves: behind "+move.to)
		for _, line := range before {
			if strings.HasPrefix(line, "here ") || strings.HasPrefix(line, "heard ") {
				t.Errorf("%s moved: %q", move.machine, line)
			}
		}
		t.Logf("%s has another address: %v until it is said and heard again", move.machine, time.Since(began))
	}
	witness.Close()
	member.Close()
	room.Close()
}

// TestNetCableCut: a member whose cable is pulled is known to be away within the
// promised time at both ends, and back, with all that was said meanwhile, when it is
// plugged in again.
func TestNetCableCut(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, "cc")
	c.Machine("m", "10.79.0.9/24")
	c.Machine("n", "10.79.0.8/24")
	room := c.open()
	member := c.expect("m", memberPart{Target: roomAt, Name: "cut", Data: t.TempDir(), Find: true}, "in first true")
	witness := c.expect("n", memberPart{Target: roomAt, Name: "witness", Data: t.TempDir()}, "in first true")
	say(member, "say before")
	witness.Line(slow, "heard cut: before")
	began := time.Now()
	c.IP("link", "set", c.Cable("m", 0), "nomaster")
	member.Rest(slow, "state reconnecting ")
	t.Logf("the member knows after %v", time.Since(began))
	say(member, "say written meanwhile")
	say(witness, "say said meanwhile")
	witness.Line(slow, "now cut reconnecting")
	t.Logf("the room knows after %v", time.Since(began))
	c.IP("link", "set", c.Cable("m", 0), "master", c.Bridge(0))
	plugged := time.Now()
	member.Line(slow, "heard witness: said meanwhile")
	witness.Line(slow, "heard cut: written meanwhile")
	t.Logf("all is said %v after it was plugged in", time.Since(plugged))
	witness.Close()
	member.Close()
	room.Close()
}
