package discovery

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// searchInBubble is inBubble with a Search that remembers something.
func searchInBubble(t *testing.T, n *fakeNet, remembered []netchat.Advert, f func(t *testing.T, s *Search)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := n.finder().Search(ctx, remembered)
		f(t, s)
		cancel()
		for range s.Rooms() { // until closed; the bubble fails if a goroutine is left
		}
	})
}

func remember(id int, addrs ...string) netchat.Advert {
	return netchat.Advert{Room: netchat.RoomInfo{ID: roomID(id), Name: "as it was called"}, Addrs: addrs}
}

// quietHost opens a room that nobody hears announced.
func (n *fakeNet) quietHost(id int, name string, at ...string) {
	n.host(id, name, at...)
	n.change(func() { n.announced = nil })
}

// asked returns how many hellos went to an address since it was last called.
func (n *fakeNet) asked(addr string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := n.askedAt[addr]
	delete(n.askedAt, addr)
	return count
}

func (n *fakeNet) roundsSince(start time.Time) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, at := range n.rounds {
		if !at.Before(start) {
			count++
		}
	}
	return count
}

func TestRememberedWithoutMulticast(t *testing.T) {
	n := newFakeNet()
	n.broken = true
	n.quietHost(1, "now called so", "10.1.0.5", "10.1.0.6")
	n.quietHost(2, "another one", "10.1.0.7")
	n.quietHost(3, "no id known", "10.1.0.8")
	list := []netchat.Advert{
		remember(1, "10.1.0.99:8000", "10.1.0.5:8000", "10.1.0.6:8000"),
		remember(9, "10.1.0.7:8000"), // another room has that address now
		{Addrs: []string{"10.1.0.8:8000"}},
		{Addrs: []string{"10.1.0.9:8000"}}, // a plain server: answers no hello
	}
	searchInBubble(t, n, list, func(t *testing.T, s *Search) {
		list[0].Addrs[1] = "10.1.0.98:8000" // theirs again
		took := await(t, s.Rooms(), time.Second, func(l []netchat.Advert) bool {
			return len(l) == 2 && l[0].Room.Name == "no id known" && l[1].Room.Name == "now called so" &&
				slices.Equal(l[1].Addrs, []string{"10.1.0.5:8000", "10.1.0.6:8000"})
		})
		if took > 0 {
			t.Errorf("took %v", took)
		}
		nothing(t, s.Rooms(), time.Minute)
	})
}

func TestRememberedComesAndGoes(t *testing.T) {
	for _, silent := range []bool{false, true} {
		n := newFakeNet()
		n.change(func() {
			if silent {
				n.hosts["10.1.0.5:8000"] = &fakeHost{silent: true}
			}
		})
		searchInBubble(t, n, []netchat.Advert{remember(1, "10.1.0.5:8000")}, func(t *testing.T, s *Search) {
			nothing(t, s.Rooms(), 5*time.Minute)
			if hellos := n.asked("10.1.0.5:8000"); hellos > 5*60/6+3 {
				t.Errorf("%d hellos in five minutes", hellos)
			}
			n.quietHost(1, "room", "10.1.0.5")
			if took := await(t, s.Rooms(), time.Minute, hasRooms(1)); took > 10*time.Second {
				t.Errorf("found after %v", took)
			}
			n.asked("10.1.0.5:8000")
			nothing(t, s.Rooms(), time.Minute)
			if hellos := n.asked("10.1.0.5:8000"); hellos > 21 {
				t.Errorf("%d hellos a minute while it is listed", hellos)
			}
			n.kill("10.1.0.5")
			if took := await(t, s.Rooms(), time.Minute, hasRooms(0)); took > 2*helloEvery {
				t.Errorf("lost after %v", took)
			}
			n.quietHost(1, "room", "10.1.0.5")
			await(t, s.Rooms(), 10*time.Second, hasRooms(1))
		})
	}
}

// A room that moved is found by multicast while its old address stays silent.
func TestRememberedElsewhere(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.6")
	n.change(func() { n.hosts["10.1.0.5:8000"] = &fakeHost{silent: true} })
	searchInBubble(t, n, []netchat.Advert{remember(1, "10.1.0.5:8000")}, func(t *testing.T, s *Search) {
		if took := await(t, s.Rooms(), time.Second, hasAddrs("10.1.0.6:8000")); took > roundWindow {
			t.Errorf("took %v", took)
		}
		nothing(t, s.Rooms(), time.Minute)
	})
}

func TestRememberedIsBounded(t *testing.T) {
	n := newFakeNet()
	n.broken = true
	var list []netchat.Advert
	for i := range 3 * MaxRemembered {
		var at []string
		for j := range 3 * maxRecallAddrs {
			at = append(at, fmt.Sprintf("10.1.%d.%d:8000", 1+i, 1+j))
			n.hosts[at[j]] = &fakeHost{silent: true}
		}
		list = append(list, remember(i, at...))
	}
	// The last that counts, at the last address that counts.
	n.quietHost(MaxRemembered-1, "last", fmt.Sprintf("10.1.%d.%d", MaxRemembered, maxRecallAddrs))
	searchInBubble(t, n, list, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 10*time.Second, hasRooms(1))
		nothing(t, s.Rooms(), 7*time.Second)
		n.change(func() {
			if n.mostOpen > maxRecalls+maxHellos {
				t.Errorf("%d hellos at once", n.mostOpen)
			}
			for addr := range n.askedAt {
				ip := netip.MustParseAddrPort(addr).Addr().As4()
				if ip[2] > MaxRemembered || ip[3] > maxRecallAddrs {
					t.Fatalf("asked %s", addr)
				}
			}
		})
	})
}

func TestRememberedAddresses(t *testing.T) {
	n := newFakeNet()
	n.quietHost(1, "room", "10.1.0.5")
	n.change(func() {
		n.hosts["[fe80::9%wlan0]:8000"] = n.hosts["10.1.0.5:8000"]
		delete(n.hosts, "10.1.0.5:8000")
	})
	list := []netchat.Advert{
		{Room: netchat.RoomInfo{ID: "nonsense"}, Addrs: []string{"10.1.0.5:8000"}},
		remember(2), remember(3, "", "name:8000", "10.1.0.5", "10.1.0.5:0", "0.0.0.0:8000", "224.0.0.251:8000", "[::]:1"),
		remember(1, "[fe80::9%the-interface-of-then]:8000"),
	}
	searchInBubble(t, n, list, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), time.Second, hasAddrs("[fe80::9%wlan0]:8000"))
		nothing(t, s.Rooms(), 30*time.Second)
		n.change(func() {
			for addr := range n.askedAt {
				if addr != "[fe80::9%wlan0]:8000" && addr != "[fe80::9%eth0]:8000" {
					t.Errorf("asked %s", addr)
				}
			}
		})
	})
}

// They do not come on top of the bounds of the list.
func TestRememberedOnAFullList(t *testing.T) {
	n := newFakeNet()
	for i := range MaxRooms {
		n.host(i, "room", fmt.Sprintf("10.1.1.%d", i))
	}
	var list []netchat.Advert
	for i := range MaxRemembered - 1 {
		ip := fmt.Sprintf("10.1.2.%d", i)
		list = append(list, remember(1000+i, ip+":8000"))
	}
	searchInBubble(t, n, list, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 10*time.Second, hasRooms(MaxRooms))
		for i, a := range list {
			n.change(func() {
				n.hosts[a.Addrs[0]] = &fakeHost{advert: netchat.Advert{Room: netchat.RoomInfo{ID: roomID(1000 + i)}}}
			})
		}
		nothing(t, s.Rooms(), 7*time.Second)
	})
}

func TestRememberedUnderManyAddresses(t *testing.T) {
	n := newFakeNet()
	var list []netchat.Advert
	for i := range MaxRemembered {
		ip := fmt.Sprintf("10.1.2.%d", i)
		n.quietHost(1, "room", ip)
		list = append(list, netchat.Advert{Addrs: []string{ip + ":8000"}})
	}
	searchInBubble(t, n, list, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), time.Second, func(l []netchat.Advert) bool { return len(l[0].Addrs) == maxRoomAddrs })
		nothing(t, s.Rooms(), 7*time.Second)
	})
}

func TestRememberedAfterPluggingIn(t *testing.T) {
	n := newFakeNet()
	n.set()
	searchInBubble(t, n, []netchat.Advert{remember(1, "10.1.0.5:8000")}, func(t *testing.T, s *Search) {
		nothing(t, s.Rooms(), 5*time.Minute)
		for range 5 { // wherever in the sequence of pauses it happens
			n.set(lan()...)
			time.Sleep(3 * pollEvery / 2)
			n.asked("10.1.0.5:8000")
			n.set()
			time.Sleep(3 * pollEvery / 2)
			if n.asked("10.1.0.5:8000") == 0 {
				t.Error("not asked")
			}
			time.Sleep(100 * time.Second)
		}
	})
}

// What the network makes up must not keep a remembered room from being found.
func TestRememberedUnderAFlood(t *testing.T) {
	n := newFakeNet()
	n.forge = forgeries{every: time.Millisecond, silent: true}
	n.quietHost(1, "room", "10.1.0.5")
	searchInBubble(t, n, nil, func(t *testing.T, s *Search) {
		nothing(t, s.Rooms(), 5*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		again := n.finder().Search(ctx, []netchat.Advert{remember(1, "10.1.0.5:8000")})
		if took := await(t, again.Rooms(), 5*time.Second, hasRooms(1)); took > 0 {
			t.Errorf("took %v", took)
		}
		cancel()
		for range again.Rooms() {
		}
	})
}

func TestSearchRefresh(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	gone := []netchat.Advert{remember(7, "10.1.0.77:8000")}
	searchInBubble(t, n, gone, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 2*time.Second, hasRooms(1))
		nothing(t, s.Rooms(), time.Minute+4*time.Second)
		n.asked("10.1.0.5:8000")
		n.asked("10.1.0.77:8000")
		start := time.Now()
		s.Refresh()
		synctest.Wait()
		if a, b, c := n.asked("10.1.0.5:8000"), n.asked("10.1.0.77:8000"), n.roundsSince(start); a != 1 || b != 1 || c != 1 {
			t.Errorf("at once: %d hellos to the listed room, %d to the remembered one, %d rounds", a, b, c)
		}
		time.Sleep(4 * roundWindow)
		if c := n.roundsSince(start); c < 3 {
			t.Errorf("%d rounds: the sequence did not start over", c)
		}
	})
}

// A round that has gone on for a while is cut short, one that has just begun
// stands for the new one.
func TestSearchRefreshWithinARound(t *testing.T) {
	for after, want := range map[time.Duration]int{roundLeast / 2: 1, roundLeast: 2} {
		n := newFakeNet()
		searchInBubble(t, n, nil, func(t *testing.T, s *Search) {
			time.Sleep(after)
			s.Refresh()
			synctest.Wait()
			if c := n.roundsSince(time.Time{}); c != want {
				t.Errorf("after %v: %d rounds", after, c)
			}
		})
	}
}

// Cut short or not, the same sequence begins.
func TestSearchRefreshBeginsTheSequence(t *testing.T) {
	for _, into := range []time.Duration{roundLeast, roundWindow + time.Second} {
		n := newFakeNet()
		searchInBubble(t, n, nil, func(t *testing.T, s *Search) {
			time.Sleep(time.Minute)
			for began := time.Now(); n.roundsSince(began) == 0; {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(into)
			start := time.Now()
			s.Refresh()
			time.Sleep(3 * roundWindow)
			if c := n.roundsSince(start); c != 3 {
				t.Errorf("%v into a round: %d rounds", into, c)
			}
		})
	}
}

func TestSearchRefreshIsBounded(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	searchInBubble(t, n, []netchat.Advert{remember(7, "10.1.0.77:8000")}, func(t *testing.T, s *Search) {
		go func() {
			for range s.Rooms() {
			}
		}()
		for range 1000 {
			s.Refresh()
			s.SetHidden(true)
			s.SetHidden(false)
			time.Sleep(10 * time.Millisecond)
		}
		for what, count := range map[string]int{
			"rounds": n.roundsSince(time.Time{}), "hellos": n.asked("10.1.0.5:8000"), "recalls": n.asked("10.1.0.77:8000"),
		} {
			if count > 22 || count < 15 {
				t.Errorf("%d %s in 10 s", count, what)
			}
		}
	})
}

func TestSearchHidden(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	searchInBubble(t, n, []netchat.Advert{remember(7, "10.1.0.77:8000")}, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 2*time.Second, hasRooms(1))
		nothing(t, s.Rooms(), time.Minute)
		start := time.Now()
		s.SetHidden(true)
		nothing(t, s.Rooms(), 10*time.Second) // a hello that was due is still said
		if c := n.roundsSince(start); c > 0 {
			t.Errorf("%d rounds after it was hidden", c)
		}
		n.asked("10.1.0.5:8000")
		n.asked("10.1.0.77:8000")
		start = time.Now()
		nothing(t, s.Rooms(), 10*time.Minute)
		for what, count := range map[string]int{
			"rounds": n.roundsSince(start), "hellos": n.asked("10.1.0.5:8000"), "recalls": n.asked("10.1.0.77:8000"),
		} {
			if count < 9 || count > 10 {
				t.Errorf("%d %s in ten minutes", count, what)
			}
		}
		n.host(2, "new", "10.1.0.6")
		s.SetHidden(false)
		if took := await(t, s.Rooms(), time.Minute, hasRooms(2)); took > 0 {
			t.Errorf("after it was shown again: took %v", took)
		}
		n.kill("10.1.0.6")
		if took := await(t, s.Rooms(), time.Minute, hasRooms(1)); took > 2*helloEvery {
			t.Errorf("a room was lost after %v", took)
		}
	})
}

func TestSearchAfterSleep(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	searchInBubble(t, n, nil, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 2*time.Second, hasRooms(1))
		nothing(t, s.Rooms(), time.Minute)
		for range 20 { // a poll late by less than that is nothing
			n.fakeInterfaces.delay(wakeGap - 2*pollEvery)
			time.Sleep(wakeGap)
		}
		n.host(2, "new", "10.1.0.6")
		n.fakeInterfaces.delay(2 * wakeGap) // as if the machine had slept
		start := time.Now()
		await(t, s.Rooms(), time.Minute, hasRooms(2))
		time.Sleep(3 * roundWindow)
		if c := n.roundsSince(start); c < 3 {
			t.Errorf("%d rounds: the sequence did not start over", c)
		}
	})
}

func TestSearchIgnores(t *testing.T) {
	n := newFakeNet()
	n.host(1, "my own", "10.1.0.5")
	n.host(2, "another's", "10.1.0.6")
	n.ignored = map[netchat.RoomID]bool{roomID(1): true}
	searchInBubble(t, n, []netchat.Advert{remember(1, "10.1.0.5:8000")}, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 2*time.Second, hasAddrs("10.1.0.6:8000"))
		nothing(t, s.Rooms(), time.Minute)
		n.change(func() { n.ignored = nil }) // closed here, opened elsewhere
		await(t, s.Rooms(), 10*time.Second, hasRooms(2))
		n.change(func() { n.ignored = map[netchat.RoomID]bool{roomID(2): true} })
		if took := await(t, s.Rooms(), time.Minute, hasAddrs("10.1.0.5:8000")); took > pollEvery {
			t.Errorf("took %v", took)
		}
	})
}

// A thousand forged announcements a second, of rooms at machines that refuse:
// the rooms on the list stay there, and nobody is asked more than a little.
func TestSearchUnderForgeries(t *testing.T) {
	n := newFakeNet()
	n.host(1, "real", "10.1.0.5")
	searchInBubble(t, n, nil, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 2*time.Second, hasRooms(1))
		n.change(func() { n.hellos, n.forge = 0, forgeries{every: time.Millisecond, id: 1} })
		const long = 10 * time.Second
		nothing(t, s.Rooms(), long)
		n.change(func() {
			if limit := probeBurst + (probesPerSecond+2)*int(long/time.Second); n.hellos > limit {
				t.Errorf("%d hellos in %v", n.hellos, long)
			}
			n.hosts["10.1.0.5:8000"].advert.Members = 2
		})
		await(t, s.Rooms(), 2*helloEvery, func(l []netchat.Advert) bool { return l[0].Members == 2 })
		n.change(func() {
			delete(n.hosts, "10.1.0.5:8000")
			n.announced = nil
		})
		if took := await(t, s.Rooms(), time.Minute, hasRooms(0)); took > 10*time.Second {
			t.Errorf("a killed host is gone after %v", took)
		}
	})
}

// One machine cannot fill the list.
func TestSearchBoundsOneMachine(t *testing.T) {
	n := newFakeNet()
	for i := range 3 * maxNeighbors {
		n.change(func() {
			n.announced = append(n.announced, Sighting{Port: 8000 + i, Text: encodeText(netchat.RoomInfo{ID: roomID(i)}), Addrs: addrs("10.1.0.5")})
			n.hosts[fmt.Sprintf("10.1.0.5:%d", 8000+i)] = &fakeHost{advert: netchat.Advert{Room: netchat.RoomInfo{ID: roomID(i)}}}
		})
	}
	n.host(1000, "another", "10.1.0.6")
	searchInBubble(t, n, nil, func(t *testing.T, s *Search) {
		await(t, s.Rooms(), 10*time.Second, hasRooms(maxNeighbors+1))
		nothing(t, s.Rooms(), time.Minute)
	})
}
