package discovery

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestFinderFirstSight(t *testing.T) {
	n := newFakeNet()
	n.host(1, "教室 3.5", "10.1.0.5")
	n.host(2, "教室 3.5", "10.1.0.6") // another room of the same name
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, func(list []netchat.Advert) bool {
			return len(list) == 2 && list[0].Room.Name == "教室 3.5" && list[1].Room.Name == "教室 3.5" &&
				list[0].Room.ID == roomID(1) && list[0].Members == 1 && list[0].Rich &&
				slices.Equal(list[1].Addrs, []string{"10.1.0.6:8000"})
		})
		nothing(t, lists, time.Minute) // nothing changed
	})
}

func TestFinderLateHost(t *testing.T) {
	n := newFakeNet()
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		nothing(t, lists, 5*time.Minute)
		n.host(1, "late", "10.1.0.5")
		if took := await(t, lists, 10*time.Second, hasRooms(1)); took > 5*time.Second+roundWindow {
			t.Errorf("took %v", took)
		}
	})
}

func TestFinderListsNobodyWhoDoesNotAnswer(t *testing.T) {
	n := newFakeNet()
	n.host(1, "dead", "10.1.0.5")
	n.host(2, "silent", "10.1.0.6")
	n.host(3, "claims to be 4", "10.1.0.7")
	n.change(func() {
		delete(n.hosts, "10.1.0.5:8000")
		n.hosts["10.1.0.6:8000"].silent = true
		n.hosts["10.1.0.7:8000"].advert.Room.ID = roomID(4)
		n.announced = append(n.announced, Sighting{Port: 8000, Text: []string{"v=1", "id=nonsense"}, Addrs: addrs("10.1.0.7")})
	})
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		nothing(t, lists, time.Minute)
	})
}

func TestFinderLosesAKilledHost(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5", "fd00::5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasRooms(1))
		n.kill("10.1.0.5")
		if took := await(t, lists, time.Minute, hasRooms(0)); took > 2*helloEvery {
			t.Errorf("refused: took %v", took)
		}
		n.host(1, "room", "10.1.0.5") // and it comes back
		await(t, lists, 10*time.Second, hasRooms(1))
		n.change(func() { n.announced, n.hosts["10.1.0.5:8000"].silent = nil, true })
		took := await(t, lists, time.Minute, hasRooms(0))
		if took <= helloEvery || took > 2*helloEvery+HelloTimeout {
			t.Errorf("silent: took %v", took)
		}
	})
}

func TestFinderForgivesOneMiss(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasRooms(1))
		for range 5 {
			var host *fakeHost
			n.change(func() { host = n.hosts["10.1.0.5:8000"]; delete(n.hosts, "10.1.0.5:8000") })
			nothing(t, lists, helloEvery-time.Second) // one hello at most
			n.change(func() { n.hosts["10.1.0.5:8000"] = host })
			nothing(t, lists, helloEvery+time.Second) // one at least
		}
	})
}

func TestFinderFollowsChanges(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasRooms(1))
		n.change(func() { n.hosts["10.1.0.5:8000"].advert.Members = 17 })
		if took := await(t, lists, time.Minute, func(l []netchat.Advert) bool { return l[0].Members == 17 }); took > helloEvery {
			t.Errorf("members: took %v", took)
		}
		n.change(func() { n.hosts["10.1.0.5:8000"].advert.Room.Name = "renamed" })
		await(t, lists, 2*helloEvery, func(l []netchat.Advert) bool { return l[0].Room.Name == "renamed" })
	})
}

func TestFinderJoinsAddresses(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "172.17.0.9", "10.1.0.5") // the other subnet announced first
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasAddrs("10.1.0.5:8000", "172.17.0.9:8000"))
		n.kill("10.1.0.5")
		n.host(1, "room", "10.1.0.77") // its address changed
		// The address that still answers keeps the room while the dead one goes.
		await(t, lists, 15*time.Second, hasAddrs("10.1.0.77:8000", "172.17.0.9:8000"))
	})
}

// An address that takes packets no more is silent, not refused; and the next
// address answers before that can be known.
func TestFinderDropsASilentFirstAddress(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5", "10.1.0.6")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasAddrs("10.1.0.5:8000", "10.1.0.6:8000"))
		n.change(func() { n.announced, n.hosts["10.1.0.5:8000"].silent = nil, true })
		await(t, lists, 2*helloEvery+2*HelloTimeout, hasAddrs("10.1.0.6:8000"))
		n.change(func() {
			if n.hellos > 12 {
				t.Errorf("%d hellos until then", n.hellos)
			}
		})
		nothing(t, lists, time.Minute)
	})
}

func TestFinderAddsZones(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "fe80::9")
	n.change(func() { n.hosts["[fe80::9%wlan0]:8000"] = n.hosts["fe80::9:8000"] })
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasAddrs("[fe80::9%wlan0]:8000"))
	})
}

func TestFinderRounds(t *testing.T) {
	n := newFakeNet()
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		start := time.Now()
		nothing(t, lists, time.Minute)
		n.change(func() {
			if len(n.rounds) < 3 || n.rounds[0] != start || n.rounds[1] != start.Add(roundWindow) {
				t.Errorf("rounds %v", n.rounds)
			}
			for i, at := range n.rounds[1:] {
				if pause := at.Sub(n.rounds[i]) - roundWindow; pause > 5*time.Second || pause < 0 {
					t.Errorf("a pause of %v", pause)
				}
			}
			n.rounds = nil
		})
		n.set(lan()[0]) // another network: at once, from the start
		nothing(t, lists, 4*roundWindow)
		n.change(func() {
			if len(n.rounds) < 3 {
				t.Errorf("%d rounds after a change of network", len(n.rounds))
			}
		})
	})
}

func TestFinderWithoutMulticast(t *testing.T) {
	n := newFakeNet()
	n.broken = true
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		nothing(t, lists, time.Minute)
		n.change(func() {
			if len(n.rounds) > 20 {
				t.Errorf("%d rounds in a minute", len(n.rounds))
			}
			n.broken = false
		})
		n.host(1, "room", "10.1.0.5")
		await(t, lists, 10*time.Second, hasRooms(1))
	})
}

func TestFinderIsBounded(t *testing.T) {
	n := newFakeNet()
	for i := range 3 * MaxRooms {
		ip := fmt.Sprintf("10.1.%d.%d", 1+i/200, 1+i%200)
		n.host(i, "room", ip)
		n.hosts[ip+":8000"].delay = 50 * time.Millisecond
	}
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 30*time.Second, hasRooms(MaxRooms))
		nothing(t, lists, 20*time.Second)
		n.change(func() {
			if n.mostOpen > maxProbes+maxHellos {
				t.Errorf("%d hellos at once", n.mostOpen)
			}
		})
	})
}

// Also when they come faster than hellos that nobody answers end.
func TestFinderUnderAFlood(t *testing.T) {
	n := newFakeNet()
	n.host(1, "real", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasRooms(1))
		n.change(func() { n.hosts["10.1.0.5:8000"].advert.Members, n.flood = 2, true })
		await(t, lists, 2*helloEvery, func(l []netchat.Advert) bool { return l[0].Members == 2 })
	})
}

// Rooms that are proven at the same time must not add up to more.
func TestFinderIsBoundedInSteps(t *testing.T) {
	n := newFakeNet()
	open := func(from, to int) {
		for i := from; i < to; i++ {
			ip := fmt.Sprintf("10.1.%d.%d", 1+i/200, 1+i%200)
			n.host(i, "room", ip)
			n.change(func() { n.hosts[ip+":8000"].delay = time.Second })
		}
	}
	open(0, MaxRooms-10)
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 20*time.Second, hasRooms(MaxRooms-10))
		open(MaxRooms-10, MaxRooms+100)
		await(t, lists, 20*time.Second, hasRooms(MaxRooms))
		nothing(t, lists, 20*time.Second)
	})
}

// A room that is listed keeps being asked while others make up announcements.
func TestFinderUnderFalseAnnouncements(t *testing.T) {
	n := newFakeNet()
	n.host(1, "real", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, 2*time.Second, hasRooms(1))
		for i := range 3 * maxUnproven {
			ip := fmt.Sprintf("10.1.%d.%d", 1+i/200, 1+i%200)
			n.host(1000+i, "false", ip)
			n.hosts[ip+":8000"].silent = true
		}
		nothing(t, lists, 20*time.Second)
		n.kill("10.1.0.5")
		if took := await(t, lists, time.Minute, hasRooms(0)); took > 2*helloEvery {
			t.Errorf("took %v", took)
		}
	})
}

func TestFinderForSlowReaders(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		time.Sleep(time.Minute) // nobody reads
		n.host(2, "other", "10.1.0.6")
		time.Sleep(time.Minute)
		if list := <-lists; len(list) != 2 {
			t.Errorf("an old list: %+v", list)
		}
		nothing(t, lists, time.Minute)
	})
}

func TestFinderDialsAListedRoomOnce(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5", "fd00::5", "10.1.0.6", "10.1.0.7")
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		nothingElse := time.After(time.Minute)
		for done := false; !done; {
			select {
			case <-lists:
			case <-nothingElse:
				done = true
			}
		}
		// 20 rounds in a minute, four of them to all of its addresses, and fd00::5,
		// which the fake knows by another spelling, once in each search.
		n.change(func() {
			if n.hellos > 20+4*3+15 {
				t.Errorf("%d hellos in a minute", n.hellos)
			}
		})
	})
}

// An address that is announced while another one is being asked counts too.
func TestFinderAsksALaterAddress(t *testing.T) {
	n := newFakeNet()
	n.host(1, "room", "10.1.0.5")
	n.host(1, "room", "10.1.0.6")
	n.change(func() { n.hosts["10.1.0.5:8000"].silent = true })
	inBubble(t, n, func(t *testing.T, lists <-chan []netchat.Advert) {
		await(t, lists, HelloTimeout+roundWindow, hasAddrs("10.1.0.6:8000"))
	})
}
