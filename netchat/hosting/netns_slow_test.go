//go:build netns && linux

package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/joining"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// A joinersPart are people who type the address of a room for the first time, or
// its code with the address in it, all at once.
type joinersPart struct {
	Target string
	Code   netchat.RoomCode
	Place  string
	Count  int
}

// slowJoin bounds one join on a slow network.
const slowJoin = 60 * time.Second

// playJoiners joins and says of each how that went: "in DURATION TLS" or "out
// DURATION KIND", and "done" behind the last.
func playJoiners() int {
	p, err := part[joinersPart]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	var all sync.WaitGroup
	for i := range p.Count {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), slowJoin)
			defer cancel()
			began := time.Now()
			c, err := joining.Join(ctx, joining.Options{Target: p.Target, Code: p.Code, Place: p.Place, Name: fmt.Sprint("joiner ", i)})
			took := time.Since(began).Round(time.Millisecond)
			if err != nil {
				kind := kindOf(err)
				if errors.Is(err, netchat.ErrSlow) || errors.Is(err, netchat.ErrBusy) {
					kind = "slow"
				}
				fmt.Println("out", took, kind, err)
				return
			}
			w, _ := (<-c.Events()).(*netchat.Welcome)
			fmt.Println("in", took, w != nil && w.Security.TLS)
			_ = c.Close()
			for range c.Events() {
			}
		})
	}
	all.Wait()
	fmt.Println("done")
	return netchattest.EndRole()
}

// TestNetSlow: whatever a network loses and however long it takes, nobody is told of
// an attack, nobody joins in clear, and nearly everybody gets in.
func TestNetSlow(t *testing.T) {
	for i, test := range []struct {
		wire netchattest.SlowWire
		in   int // of 20, at least
	}{
		{netchattest.SlowWire{Loss: 0.2, Delay: 200 * time.Millisecond}, 18},
		{netchattest.SlowWire{Loss: 0.2, Delay: 50 * time.Millisecond}, 18},
		{netchattest.SlowWire{Delay: 900 * time.Millisecond}, 20},
	} {
		t.Run(fmt.Sprintf("%.0f%%, %v", test.wire.Loss*100, test.wire.Delay), func(t *testing.T) {
			t.Parallel()
			c := &classroom{LAN: netchattest.NewLAN(t, fmt.Sprint("slow", i), 2), room: roomPart{Name: roomName, Host: hostName, Data: t.TempDir()}}
			c.Lay(test.wire, 0, 1)
			c.Machine("h", roomIP)
			c.Machine("m", "none")
			c.Plug("m", 1, "10.79.0.2/24")
			const count = 20
			room := c.open()
			say(room, "code")
			byCode := joinersPart{Code: netchat.RoomCode(room.Rest(slow, "code ")), Count: count / 2}
			byCode.Place, _ = discovery.EncodePlace(netip.MustParseAddrPort(roomAt), 8)
			joiners := c.play("m", "joiners", joinersPart{Target: roomAt, Count: count / 2})
			others := c.play("m", "joiners", byCode)
			in := 0
			for _, line := range append(joiners.Line(2*slowJoin, "done"), others.Line(2*slowJoin, "done")...) {
				t.Log(line)
				word := strings.Fields(line)
				switch {
				case word[0] == "in" && word[2] == "true":
					in++
				case word[0] == "out" && (word[2] == "slow" || word[2] == "unreached"):
				default:
					t.Errorf("a false alarm: %s", line)
				}
			}
			if in < test.in {
				t.Errorf("%d of %d got in", in, count)
			}
		})
	}
}
