package discovery

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A fakeNet is a network of rooms as one machine sees it: a Browser, and hosts
// that answer hellos.
type fakeNet struct {
	fakeInterfaces
	mu        sync.Mutex
	announced []Sighting
	hosts     map[string]*fakeHost // by address
	rounds    []time.Time
	open      int // hellos under way
	mostOpen  int
	hellos    int
	askedAt   map[string]int
	ignored   map[netchat.RoomID]bool
	forge     forgeries
	broken    bool // multicast does not work
	flood     bool // somebody announces room 1 at ever new silent addresses, 20 times a second
}

// forgeries are announcements of rooms that are none.
type forgeries struct {
	every  time.Duration // 0: there are none
	id     int           // every other one claims to be this room; 0: none
	silent bool          // at machines that take connections; otherwise they refuse
	sent   int
}

// A fakeHost answers hellos at one address.
type fakeHost struct {
	advert netchat.Advert
	silent bool          // takes the connection and says nothing
	delay  time.Duration // before it answers
}

func newFakeNet() *fakeNet {
	n := &fakeNet{hosts: make(map[string]*fakeHost), askedAt: make(map[string]int)}
	n.set(lan()...)
	return n
}

func (n *fakeNet) Browse(ctx context.Context, _ []Interface, found func(Sighting)) error {
	n.mu.Lock()
	n.rounds = append(n.rounds, time.Now())
	list, broken := slices.Clone(n.announced), n.broken
	n.mu.Unlock()
	for i := 0; ctx.Err() == nil && n.flooded(found, i); i++ {
		time.Sleep(50 * time.Millisecond) // on the bubble's clock
	}
	for ctx.Err() == nil && n.forged(found) {
	}
	if broken {
		return errors.New("no multicast")
	}
	for _, s := range list {
		found(s)
	}
	<-ctx.Done()
	return nil
}

// flooded tells one false address if there is a flood.
func (n *fakeNet) flooded(found func(Sighting), i int) bool {
	n.mu.Lock()
	flood := n.flood
	ip := netip.AddrFrom4([4]byte{10, 1, 100, byte(i)})
	if flood {
		n.hosts[ip.String()+":8000"] = &fakeHost{silent: true}
	}
	n.mu.Unlock()
	if flood {
		found(Sighting{Port: 8000, Text: encodeText(netchat.RoomInfo{ID: roomID(1)}), Addrs: []netip.Addr{ip}})
	}
	return flood
}

func (n *fakeNet) hello(ctx context.Context, addr string) (netchat.Advert, error) {
	n.mu.Lock()
	n.hellos++
	n.askedAt[addr]++
	n.open++
	n.mostOpen = max(n.mostOpen, n.open)
	h := n.hosts[addr]
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		n.open--
		n.mu.Unlock()
	}()
	if h == nil {
		return netchat.Advert{}, netchat.ErrUnreached // refused
	}
	ctx, cancel := context.WithTimeout(ctx, HelloTimeout)
	defer cancel()
	n.mu.Lock()
	silent, delay, advert := h.silent, h.delay, h.advert
	n.mu.Unlock()
	if silent {
		<-ctx.Done()
		return netchat.Advert{}, ctx.Err()
	}
	// No channel of a timer: with thousands of them in one bubble Go's runtime has
	// crashed under the race detector.
	answered := make(chan struct{})
	timer := time.AfterFunc(delay, func() { close(answered) })
	defer timer.Stop()
	select {
	case <-answered:
		return advert, nil
	case <-ctx.Done():
		return netchat.Advert{}, ctx.Err()
	}
}

// change does f under the lock.
func (n *fakeNet) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// host opens room id on the given addresses and announces it.
func (n *fakeNet) host(id int, name string, at ...string) {
	n.change(func() {
		s := Sighting{Port: 8000, Text: encodeText(netchat.RoomInfo{ID: roomID(id), Name: name})}
		for _, ip := range at {
			s.Addrs = append(s.Addrs, netip.MustParseAddr(ip))
			n.hosts[ip+":8000"] = &fakeHost{advert: netchat.Advert{
				Room: netchat.RoomInfo{ID: roomID(id), Name: name, Host: "h"}, Members: 1, Rich: true,
			}}
		}
		n.announced = append(n.announced, s)
	})
}

// kill ends whatever is at an address: it answers nothing any more, nor does
// its announcer.
func (n *fakeNet) kill(ip string) {
	n.change(func() {
		delete(n.hosts, ip+":8000")
		n.announced = slices.DeleteFunc(n.announced, func(s Sighting) bool {
			return slices.Contains(s.Addrs, netip.MustParseAddr(ip))
		})
	})
}

// forged tells of one forgery if there are any.
func (n *fakeNet) forged(found func(Sighting)) bool {
	n.mu.Lock()
	if n.forge.every == 0 {
		n.mu.Unlock()
		return false
	}
	n.forge.sent++
	i := n.forge.sent
	id, ip := roomID(1_000_000+i), netip.AddrFrom4([4]byte{10, 1, byte(100 + i>>8%100), byte(i)})
	if n.forge.id != 0 && i%2 == 0 {
		id = roomID(n.forge.id)
	}
	if n.forge.silent {
		n.hosts[ip.String()+":9000"] = &fakeHost{silent: true}
	}
	every := n.forge.every
	n.mu.Unlock()
	found(Sighting{Port: 9000, Text: encodeText(netchat.RoomInfo{ID: id}), Addrs: []netip.Addr{ip}})
	time.Sleep(every) // on the bubble's clock
	return true
}

func (n *fakeNet) finder() *Finder {
	return NewFinder(FinderOptions{
		Browser: n, Hello: n.hello, Interfaces: n.get,
		Ignore: func(id netchat.RoomID) bool {
			n.mu.Lock()
			defer n.mu.Unlock()
			return n.ignored[id]
		},
	})
}

func (n *fakeNet) watch(ctx context.Context) <-chan []netchat.Advert { return n.finder().Watch(ctx) }

// await reads lists until one is as wanted, and returns how long that took. It
// fails after limit.
func await(t *testing.T, lists <-chan []netchat.Advert, limit time.Duration, want func([]netchat.Advert) bool) time.Duration {
	t.Helper()
	start := time.Now()
	timeout := time.After(limit)
	var last []netchat.Advert
	for {
		select {
		case list, ok := <-lists:
			if !ok {
				t.Fatalf("the channel was closed; last list %+v", last)
			}
			if last = list; want(list) {
				return time.Since(start)
			}
		case <-timeout:
			t.Fatalf("not within %v; last list %+v", limit, last)
		}
	}
}

// nothing checks that no list comes for d.
func nothing(t *testing.T, lists <-chan []netchat.Advert, d time.Duration) {
	t.Helper()
	select {
	case list := <-lists:
		t.Fatalf("unexpected list %+v", list)
	case <-time.After(d):
	}
}

func hasRooms(n int) func([]netchat.Advert) bool {
	return func(list []netchat.Advert) bool { return len(list) == n }
}

func hasAddrs(addrs ...string) func([]netchat.Advert) bool {
	return func(list []netchat.Advert) bool { return len(list) == 1 && slices.Equal(list[0].Addrs, addrs) }
}

// inBubble runs f with a watched fakeNet, and checks that the watch ends.
func inBubble(t *testing.T, n *fakeNet, f func(t *testing.T, lists <-chan []netchat.Advert)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		lists := n.watch(ctx)
		f(t, lists)
		cancel()
		for range lists { // until closed; the bubble fails if a goroutine is left
		}
	})
}
