package hosting_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// deadline bounds what must not take long.
const deadline = 20 * time.Second

func open(t *testing.T, opts hosting.Options) *hosting.Room {
	t.Helper()
	if opts.Keyring == nil {
		opts.Keyring = keyring.Temporary()
	}
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	room, err := hosting.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := room.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return room
}

func join(t *testing.T, cfg client.Config) *client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	c, err := client.Join(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// await returns the first Update of type U that is accepted.
func await[U netchat.Update](t *testing.T, c *client.Client, accept func(U) bool) U {
	t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case u, ok := <-c.Events():
			if !ok {
				t.Fatal("the events ended")
			}
			if wanted, ok := u.(U); ok && accept(wanted) {
				return wanted
			}
		case <-timeout:
			t.Fatalf("no %T", *new(U))
		}
	}
}

func any[U netchat.Update](U) bool { return true }

func TestHostAndGuestMeet(t *testing.T) {
	room := open(t, hosting.Options{Room: "教室", Host: "teacher"})
	if info := room.Info(); !info.ID.Valid() || info.Name != "教室" || info.Host != "teacher" {
		t.Errorf("%+v", info)
	}
	host := join(t, client.Config{Dial: room.Dial, Name: "teacher"})
	guest := join(t, client.Config{Target: room.Addr(), Name: "guest"})
	if w := await(t, host, any[*netchat.Welcome]); !w.Self.Host || w.Room != room.Info() {
		t.Errorf("the host's own welcome: %+v", w)
	}
	if w := await(t, guest, any[*netchat.Welcome]); w.Self.Host || len(w.Roster.Members) != 2 {
		t.Errorf("the guest's welcome: %+v", w)
	}
	if err := guest.Send(netchat.Post{ID: "00000000000000000000000000000001", Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	e := await(t, host, any[*netchat.Event])
	if m, ok := netchat.MessageOf(e); !ok || m.Text != "hi" || m.Name != "guest" {
		t.Errorf("%+v", m)
	}
	if n := room.Members(); n != 2 {
		t.Errorf("%d members", n)
	}
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	end := await(t, guest, func(s *netchat.StateChange) bool { return s.State == netchat.StateClosed })
	if !errors.Is(end.Err, netchat.ErrRoomClosed) {
		t.Errorf("the guest was told %v", end.Err)
	}
}

func TestHelloAnswersForTheRoom(t *testing.T) {
	room := open(t, hosting.Options{Room: "R", Host: "h"})
	advert, err := discovery.Hello(t.Context(), room.Addr())
	if err != nil || advert.Room != room.Info() || advert.Members != 0 || !advert.Rich {
		t.Errorf("%+v, %v", advert, err)
	}
}

func TestTakenAddressIsNamed(t *testing.T) {
	room := open(t, hosting.Options{Room: "R"})
	_, err := hosting.Open(t.Context(), hosting.Options{Room: "S", Listen: room.Addr(), Keyring: keyring.Temporary()})
	var taken *hosting.ListenError
	if !errors.As(err, &taken) || taken.Addr != room.Addr() || !strings.Contains(err.Error(), room.Addr()) {
		t.Errorf("%v", err)
	}
}

func TestAddrs(t *testing.T) {
	room := open(t, hosting.Options{Room: "R"})
	if got := room.Addrs(); !slices.Equal(got, []string{room.Addr()}) || room.Announced() {
		t.Errorf("loopback: %v, announced %v", got, room.Announced())
	}
	every := open(t, hosting.Options{Room: "R", Listen: ":0"})
	addrs := every.Addrs()
	if every.Port() == 0 || every.Announced() {
		t.Errorf("port %d, announced %v", every.Port(), every.Announced())
	}
	for _, addr := range addrs {
		conn, err := net.DialTimeout("tcp", addr, deadline)
		if err != nil {
			t.Errorf("%s cannot be dialed: %v", addr, err)
			continue
		}
		_ = conn.Close()
	}
	if last := addrs[len(addrs)-1]; !strings.HasPrefix(last, "127.0.0.1:") {
		t.Errorf("the last is %s", last)
	}
}

func TestLoopbackIsNotAnnounced(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "localhost:0"} {
		if room := open(t, hosting.Options{Room: "R", Listen: listen, Announce: true}); room.Announced() {
			t.Errorf("%s is announced", listen)
		}
	}
}

func TestClosedRoomIsGone(t *testing.T) {
	room := open(t, hosting.Options{Room: "R"})
	for range 2 {
		if err := room.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := room.Dial(t.Context()); !errors.Is(err, netchat.ErrClosed) {
		t.Errorf("dial in process: %v", err)
	}
	if _, err := net.Dial("tcp", room.Addr()); err == nil {
		t.Error("the address still answers")
	}
}

func TestBadOptions(t *testing.T) {
	for name, opts := range map[string]hosting.Options{
		"no keyring":    {Room: "R", Listen: "127.0.0.1:0"},
		"long name":     {Room: strings.Repeat("x", netchat.MaxRoomName+1), Keyring: keyring.Temporary()},
		"bad address":   {Room: "R", Listen: "nonsense", Keyring: keyring.Temporary()},
		"bad announced": {Room: "a\xff", Listen: ":0", Announce: true, Keyring: keyring.Temporary()},
	} {
		if room, err := hosting.Open(t.Context(), opts); err == nil {
			t.Errorf("%s: opened %s", name, room.Addr())
		}
	}
}

func TestSameKeyringSameRoom(t *testing.T) {
	keys := keyring.Temporary()
	first := open(t, hosting.Options{Room: "R", Keyring: keys})
	again := open(t, hosting.Options{Room: "R", Keyring: keys})
	other := open(t, hosting.Options{Room: "S", Keyring: keys})
	if first.Info().ID != again.Info().ID || first.Info().ID == other.Info().ID {
		t.Errorf("%s, %s, %s", first.Info().ID, again.Info().ID, other.Info().ID)
	}
}
