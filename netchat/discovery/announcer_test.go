package discovery

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// fakeRegistrar keeps what is announced now, by interface name.
type fakeRegistrar struct {
	mu    sync.Mutex
	live  map[string]Registration
	calls []string // "+eth0", "-eth0", "!eth0" for a failure
	fail  bool
}

func (f *fakeRegistrar) Register(r Registration) (func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := r.Interface.Name
	if f.fail {
		f.calls = append(f.calls, "!"+name)
		return nil, errors.New("no network")
	}
	if _, twice := f.live[name]; twice {
		panic("announced twice on " + name)
	}
	f.calls = append(f.calls, "+"+name)
	f.live[name] = r
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.calls = append(f.calls, "-"+name)
		delete(f.live, name)
	}, nil
}

// took returns the calls since it was last asked.
func (f *fakeRegistrar) took() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.calls)
	s := strings.Join(f.calls, " ")
	f.calls = nil
	return s
}

func (f *fakeRegistrar) setFail(fail bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

// fakeInterfaces is a machine's list of interfaces.
type fakeInterfaces struct {
	mu   sync.Mutex
	list []Interface
	err  error
	wait time.Duration // how long listing takes
}

func (f *fakeInterfaces) get() ([]Interface, error) {
	f.mu.Lock()
	list, err, wait := slices.Clone(f.list), f.err, f.wait
	f.wait = 0
	f.mu.Unlock()
	time.Sleep(wait) // on the bubble's clock
	return list, err
}

// delay has the next listing take that long.
func (f *fakeInterfaces) delay(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wait = d
}

func (f *fakeInterfaces) set(list ...Interface) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = list
}

func iface(index int, name, prefix string) Interface {
	return Interface{Index: index, Name: name, Addrs: []netip.Prefix{netip.MustParsePrefix(prefix)}}
}

type announced struct {
	*Announcer
	reg *fakeRegistrar
	net *fakeInterfaces
}

// announce starts an Announcer on fakes; within a bubble.
func announce(t *testing.T, list ...Interface) announced {
	t.Helper()
	a := announced{reg: &fakeRegistrar{live: make(map[string]Registration)}, net: &fakeInterfaces{list: list}}
	var err error
	a.Announcer, err = Announce(t.Context(), Announcement{
		Room: netchat.RoomInfo{ID: roomID(1), Name: "教室 3.5"}, Port: 8000,
		Interfaces: a.net.get, Registrar: a.reg,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	synctest.Wait()
	return a
}

// after lets d of the bubble's time pass and checks what was called.
func (a announced) after(t *testing.T, d time.Duration, want string) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
	if got := a.reg.took(); got != want {
		t.Fatalf("after %v: calls %q, want %q", d, got, want)
	}
}

func TestAnnouncesOnEachInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := announce(t, iface(2, "eth0", "10.0.0.1/24"), iface(3, "wlan0", "10.9.0.1/24"))
		a.after(t, 0, "+eth0 +wlan0")
		r := a.reg.live["wlan0"]
		if r.Instance != "hr-"+string(roomID(1)) || r.Port != 8000 || r.Interface.fingerprint() != iface(3, "wlan0", "10.9.0.1/24").fingerprint() {
			t.Errorf("announced %+v", r)
		}
		if said, err := decodeText(r.Text); err != nil || said.Room != (netchat.RoomInfo{ID: roomID(1), Name: "教室 3.5"}) || !said.TLS {
			t.Errorf("TXT %q: %+v, %v", r.Text, said, err)
		}
		a.after(t, time.Minute, "")
		_ = a.Close()
		a.after(t, 0, "-eth0 -wlan0")
		_ = a.Close()
	})
}

func TestAnnouncerRebuildsOnlyWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eth, wlan := iface(2, "eth0", "10.0.0.1/24"), iface(3, "wlan0", "10.9.0.1/24")
		a := announce(t, eth, wlan)
		a.after(t, pollEvery/2, "+eth0 +wlan0")

		a.net.set(eth, iface(3, "wlan0", "10.9.0.7/24"))
		a.after(t, pollEvery, "") // not settled yet
		a.after(t, pollEvery, "+wlan0 -wlan0")
		if got := a.reg.live["wlan0"].Interface.Addrs[0].String(); got != "10.9.0.7/24" {
			t.Errorf("announced with %s", got)
		}

		a.net.set(eth) // gone for one poll is nothing
		a.after(t, pollEvery, "")
		a.net.set(eth, iface(3, "wlan0", "10.9.0.7/24"))
		a.after(t, 3*pollEvery, "")

		a.net.set(eth)
		a.after(t, 2*pollEvery, "-wlan0")
		a.net.set(eth, iface(5, "wlan0", "10.9.0.7/24")) // made anew
		a.after(t, 2*pollEvery, "+wlan0")
	})
}

func TestAnnouncerWithoutNetworkAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := announce(t)
		a.after(t, time.Minute, "")
		a.net.set(iface(2, "eth0", "10.0.0.1/24"))
		a.after(t, 2*pollEvery, "+eth0")
	})
}

func TestAnnouncerRetriesWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := announce(t)
		a.reg.setFail(true)
		a.net.set(iface(2, "eth0", "10.0.0.1/24"))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := strings.Count(a.reg.took(), "!"); n < 20 || n > 25 { // after 1, 2, 4, 8, 16, 32, 32, … s
			t.Errorf("tried %d times in 10 minutes", n)
		}
		a.reg.setFail(false)
		a.after(t, retryMost+pollEvery, "+eth0")
	})
}

func TestAnnouncerStartsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := announce(t, iface(2, "eth0", "10.0.0.1/24"))
		a.after(t, rebuildEvery-pollEvery, "+eth0")
		a.after(t, 2*pollEvery, "+eth0 -eth0")

		a.net.delay(2 * wakeGap) // as if the machine had slept
		a.after(t, 2*wakeGap+2*pollEvery, "+eth0 -eth0")
	})
}

func TestAnnouncerOutlivesAFailingList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := announce(t, iface(2, "eth0", "10.0.0.1/24"))
		a.net.mu.Lock()
		a.net.err = errors.New("no such luck")
		a.net.mu.Unlock()
		a.after(t, 5*time.Second, "+eth0")
	})
}

func TestAnnouncerEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		reg := &fakeRegistrar{live: make(map[string]Registration)}
		a, err := Announce(ctx, Announcement{
			Room: netchat.RoomInfo{ID: roomID(1)}, Port: 1, Registrar: reg,
			Interfaces: (&fakeInterfaces{list: lan()}).get,
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		<-a.done
		if len(reg.live) != 0 {
			t.Errorf("still announced: %v", reg.live)
		}
	})
}

func TestAnnounceRefuses(t *testing.T) {
	good := Announcement{Room: netchat.RoomInfo{ID: roomID(1), Name: "x"}, Port: 8000}
	cases := map[string]func(*Announcement){
		"no id":      func(a *Announcement) { a.Room.ID = "" },
		"no port":    func(a *Announcement) { a.Port = 0 },
		"a big port": func(a *Announcement) { a.Port = 65536 },
		"a name too long": func(a *Announcement) {
			a.Room.Name = strings.Repeat("x", netchat.MaxRoomName+1)
		},
		"bad UTF-8": func(a *Announcement) { a.Room.Name = "\xff" },
	}
	for name, spoil := range cases {
		a := good
		spoil(&a)
		if got, err := Announce(t.Context(), a); err == nil {
			_ = got.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSystemInterfaces(t *testing.T) {
	list, err := SystemInterfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Index == 0 || i.Name == "" || len(i.Addrs) == 0 || len(i.Addrs) > maxInterfaceAddrs {
			t.Errorf("%+v", i)
		}
		for _, p := range i.Addrs {
			if p.Addr().IsLoopback() || !p.IsValid() {
				t.Errorf("%s has %s", i.Name, fmt.Sprint(p))
			}
		}
	}
}
