//go:build soak

package main

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// TestSoakKilledHost kills a host 25 times while members talk: nothing that was
// acknowledged is lost, nothing is there twice, and everybody goes on exactly,
// within 5 s of the host's being there again.
func TestSoakKilledHost(t *testing.T) { killRounds(t, 25, 6, 5*time.Second) }

// TestSoakStorm has 500 members come back to a host that was killed, within 10 s.
func TestSoakStorm(t *testing.T) {
	tr := newKillTrial(t, 10*time.Second)
	talkers := make([]*talker, 500)
	for i := range talkers {
		talkers[i] = newTalker(t, tr.addr, fmt.Sprint(i))
	}
	var pause sync.RWMutex
	for _, k := range talkers {
		if err := k.talk(t.Context(), 1, &pause, toAll); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range talkers {
		k.wait(t, patience, "all is answered", func() bool { return len(k.window) == 0 })
	}
	tr.kill(t)
	tr.resume(t, talkers, 2, &pause)
	waitForLast(t, talkers[:20], &pause)
	tr.kill(t)
	lines := tr.check(t, talkers)
	for _, k := range talkers {
		if !k.recovered {
			t.Error("one of them could not go on")
		}
	}
	t.Logf("%d messages", len(lines))
}

// A relay passes bytes on to a host and breaks connections.
type relay struct {
	to string
	ln net.Listener

	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	running sync.WaitGroup
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{to: to, ln: ln, conns: make(map[net.Conn]struct{})}
	r.running.Go(r.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		r.cut()
		r.running.Wait()
	})
	return r
}

func (r *relay) accept() {
	for {
		conn, err := r.ln.Accept()
		if err != nil {
			return
		}
		host, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = conn.Close()
			continue
		}
		r.mu.Lock()
		r.conns[conn], r.conns[host] = struct{}{}, struct{}{}
		r.mu.Unlock()
		for _, pair := range [][2]net.Conn{{conn, host}, {host, conn}} {
			r.running.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				_ = pair[0].Close()
				_ = pair[1].Close()
			})
		}
	}
}

// cut breaks all connections.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.conns {
		_ = conn.Close()
		delete(r.conns, conn)
	}
}

// talkRound is how many messages each member says before all wait for one another,
// so that nobody falls too far behind for a tail.
const talkRound = 10

// cutPatience bounds one round, in which a connection may break many times.
const cutPatience = 2 * time.Minute

// TestSoakCuts has 50 members say 200 messages each, while their connections break
// at random: in the end everybody has the same log, byte for byte.
func TestSoakCuts(t *testing.T) {
	const members, messages = 50, 200
	tr := newKillTrial(t, patience)
	talkers, relays := make([]*talker, members), make([]*relay, members)
	for i := range talkers {
		relays[i] = newRelay(t, tr.addr)
		talkers[i] = newTalker(t, relays[i].ln.Addr().String(), fmt.Sprint(i))
	}
	var pause sync.RWMutex
	random := netchattest.Random(t)
	for range messages / talkRound {
		var talking sync.WaitGroup
		for _, k := range talkers {
			cut := relays[random.IntN(members)]
			talking.Go(func() {
				if err := k.talk(t.Context(), talkRound, &pause, toAll); err != nil {
					t.Error(err)
				}
				cut.cut()
			})
		}
		talking.Wait()
		for _, k := range talkers {
			k.wait(t, cutPatience, "all is answered", func() bool { return len(k.window) == 0 })
		}
	}
	waitForLast(t, talkers, &pause)
	tr.kill(t)
	lines := tr.check(t, talkers)
	if len(lines) != members*(messages+1) {
		t.Errorf("%d messages, not %d", len(lines), members*(messages+1))
	}
	cuts := 0
	for _, k := range talkers {
		k.checkSeen(t, lines)
		cuts += k.welcomes - 1
	}
	t.Logf("%d messages, %d reconnections", len(lines), cuts)
}
