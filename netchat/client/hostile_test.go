package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// TestAHostOverALimitIsGivenUp has a host send, in a room that was joined, what no
// host may send.
func TestAHostOverALimitIsGivenUp(t *testing.T) {
	crowd := func(n int) (all []netchat.Member) {
		for i := range n {
			all = append(all, someone(100+i))
		}
		return all
	}
	rich := func(f wire.ServerFrame) func(*netchattest.Peer) {
		return func(p *netchattest.Peer) {
			frame, _ := wire.EncodeServer(f)
			p.TrySend(frame)
		}
	}
	raw := func(again ...byte) func(*netchattest.Peer) {
		return func(p *netchattest.Peer) {
			many := bytes.Repeat(again, 4096)
			for p.TryRaw(many) {
				continue
			}
		}
	}
	for name, attack := range map[string]func(*netchattest.Peer){
		"a long text": func(p *netchattest.Peer) { p.Event(event(11, someone(7).ID, strings.Repeat("x", netchat.MaxText+1))) },
		"a huge text": func(p *netchattest.Peer) {
			p.TrySend(fmt.Appendf(nil, `{"type":"event","x":"%s"}`, strings.Repeat("x", 1<<20)))
		},
		"an unknown one": func(p *netchattest.Peer) {
			p.TrySend(fmt.Appendf(nil, `{"type":"later","x":"%s"}`, strings.Repeat("x", 1<<20)))
		},
		"a page unasked for": rich(wire.ServerFrame{Type: wire.TypePage}),
		"hits unasked for":   rich(wire.ServerFrame{Type: wire.TypeHits}),
		"a second snapshot":  rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true}),
		"a roster unasked":   rich(wire.ServerFrame{Type: wire.TypeRoster, Roster: wire.FromRoster(netchat.Roster{Version: 9})}),
		"another log": func(p *netchattest.Peer) {
			e := event(11, someone(7).ID, "x")
			e.Epoch = "2-0123456789abcdef"
			p.Event(e)
		},
		"too many by deltas": func(p *netchattest.Peer) {
			p.Rich(wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(&netchat.RosterDelta{Version: 6, Joined: crowd(netchat.MaxMembers)})})
		},
		"binary":                    func(p *netchattest.Peer) { p.TryRaw([]byte{0x82, 1, 'x'}) },
		"empty fragments":           func(p *netchattest.Peer) { p.TryRaw([]byte{0x01, 0}); raw(0, 0)(p) },
		"fragments of nothing much": func(p *netchattest.Peer) { p.TryRaw([]byte{0x01, 1, '{'}); raw(0, 1, ' ')(p) },
		"pings without end":         raw(append([]byte{0x89, 125}, make([]byte, 125)...)...),
		"pongs without end":         raw(0x8A, 0),
		"pings in a message":        func(p *netchattest.Peer) { p.TryRaw([]byte{0x01, 1, '{'}); raw(0x89, 0)(p) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, peer := joinRich(t, func(cfg *client.Config) { cfg.Backoff = client.Backoff{Min: time.Hour, Max: time.Hour} })
				attack(peer)
				lost := netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)[0]
				if lost.State != netchat.StateReconnecting || !errors.Is(lost.Err, netchat.ErrProtocol) {
					t.Errorf("%s: %v", lost.State, lost.Err)
				}
			})
		})
	}
}

// TestAHostOverALimitIsNotJoined has it do so before the welcome, and in it.
func TestAHostOverALimitIsNotJoined(t *testing.T) {
	for name, attack := range map[string]func(*talk, *netchattest.Peer){
		"a huge frame": func(_ *talk, p *netchattest.Peer) {
			p.TrySend(fmt.Appendf(nil, `{"type":"challenge","x":"%s"}`, strings.Repeat("x", 1<<20)))
		},
		"too many members": func(k *talk, p *netchattest.Peer) {
			w := welcome(k.self(), 10, false)
			for i := range netchat.MaxMembers {
				w.Roster.Members = append(w.Roster.Members, wire.FromMember(someone(100+i)))
			}
			p.Rich(w)
		},
		"empty fragments": func(_ *talk, p *netchattest.Peer) {
			p.TryRaw([]byte{0x01, 0})
			for p.TryRaw(make([]byte, 4096)) {
				continue
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				host := newHost(t)
				k := &talk{t: t, host: host, key: newKey(t)}
				failed := make(chan error, 1)
				go func() {
					_, err := client.Join(t.Context(), client.Config{Dial: host.Dial, Name: "x", Key: k.key})
					failed <- err
				}()
				peer := host.Accept()
				peer.Hello()
				attack(k, peer)
				if err := <-failed; !errors.Is(err, netchat.ErrProtocol) {
					t.Errorf("joined with %v", err)
				}
			})
		})
	}
}

// TestAMessageWithoutEndIsGivenUp comes byte by byte, so that the host is never silent.
func TestAMessageWithoutEndIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, func(cfg *client.Config) { cfg.Backoff = client.Backoff{Min: time.Hour, Max: time.Hour} })
		peer.TryRaw(append([]byte{0x81, 126, 0xFF, 0xFF}, `{"type":"event",`...))
		began := time.Now()
		for peer.TryRaw([]byte(" ")) {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took < time.Minute || took > 3*time.Minute {
			t.Errorf("it took %v", took)
		}
		if lost := netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)[0]; !errors.Is(lost.Err, netchat.ErrProtocol) {
			t.Errorf("lost by %v", lost.Err)
		}
	})
}

// TestALargeFrameMayBeSlow is a roster of thousands over a network of 64 KiB a second, in
// fragments of a kilobyte, with pings in between.
func TestALargeFrameMayBeSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		d := &netchat.RosterDelta{Version: 6}
		for i := range netchat.MaxMembers - 1 {
			d.Joined = append(d.Joined, someone(100+i))
		}
		frame, err := wire.EncodeServer(wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(d)})
		if err != nil {
			t.Fatal(err)
		}
		for op := byte(1); len(frame) > 0; op = 0 {
			n := min(len(frame), 1024)
			if n == len(frame) {
				op |= 0x80
			}
			peer.TryRaw(append([]byte{op, 126, byte(n >> 8), byte(n)}, frame[:n]...))
			peer.TryRaw([]byte{0x89, 0})
			frame = frame[n:]
			time.Sleep(time.Second / 64)
		}
		if got := netchattest.WaitOf[*netchat.RosterDelta](t, k.rec, 1)[0]; len(got.Joined) != len(d.Joined) {
			t.Errorf("%d came", len(got.Joined))
		}
	})
}

// TestWhatIsUnreadIsBoundedInBytes has nobody read what happens while whole schools
// come and go.
func TestWhatIsUnreadIsBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newHost(t)
		k := &talk{t: t, host: host, key: newKey(t)}
		var taken atomic.Int64
		go func() {
			peer := host.Accept()
			k.admit(peer, welcome(k.self(), 10, false))
			peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true})
			for version := uint64(6); peer.TrySend(schools(version)); version++ {
				taken.Add(1)
			}
		}()
		c, err := client.Join(t.Context(), client.Config{Dial: host.Dial, Name: "x", Key: k.key})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if n := taken.Load(); n < 2 || n > 6 {
			t.Errorf("%d lists of 3 MB each were taken, and nobody has read one", n)
		}
		for range 50 { // who reads them gets them
			<-c.Events()
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// schools makes a delta in which thousands come, and those of the one before go.
func schools(version uint64) []byte {
	d := &netchat.RosterDelta{Version: version}
	for i := range netchat.MaxMembers - 1 {
		m := someone(int(version)*10_000 + i)
		m.Name = strings.Repeat("n", netchat.MaxName)
		d.Joined = append(d.Joined, m)
		d.Left = append(d.Left, someone(int(version-1)*10_000+i).ID)
	}
	frame, _ := wire.EncodeServer(wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(d)})
	return frame
}
