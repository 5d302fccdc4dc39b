package joining_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/joining"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// deadline bounds what must not take long.
const deadline = 20 * time.Second

func open(t *testing.T) *hosting.Room {
	t.Helper()
	room, err := hosting.Open(t.Context(), hosting.Options{
		Room: "Class", Host: "Ada", Keyring: keyring.Temporary(), Listen: "127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := room.Close(); err != nil {
			t.Error(err)
		}
	})
	return room
}

// join joins until the test ends, and returns the Welcome.
func join(t *testing.T, o joining.Options) (*netchat.Welcome, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	c, err := joining.Join(ctx, o)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	w, ok := (<-c.Events()).(*netchat.Welcome)
	if !ok {
		t.Fatal("the first update is no welcome")
	}
	return w, nil
}

// claiming finds one room that claims that code.
func claiming(code netchat.RoomCode, addrs ...string) func(context.Context) <-chan []netchat.Advert {
	return func(ctx context.Context) <-chan []netchat.Advert {
		out := make(chan []netchat.Advert, 1)
		out <- []netchat.Advert{{Addrs: addrs, Code: code, TLS: true}}
		context.AfterFunc(ctx, func() { close(out) })
		return out
	}
}

// TestTheRealRoomIsFoundAmongFakes: one has the names and another key, one takes
// connections and is silent, one is not there.
func TestTheRealRoomIsFoundAmongFakes(t *testing.T) {
	real, fake := open(t), open(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	rooms, err := known.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := keyring.Temporary().Device()
	if err != nil {
		t.Fatal(err)
	}
	o := joining.Options{
		Name: "Cy", Key: key, Code: real.Code(), Known: rooms,
		Find: claiming(real.Code(), silent.Addr().String(), fake.Addr(), "127.0.0.1:1", real.Addr()),
	}
	w, err := join(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if w.Room.ID != real.Info().ID || w.Security.Trust != netchat.TrustVerified || !w.Security.TLS || real.Members() != 1 || fake.Members() != 0 {
		t.Errorf("%+v; %d and %d are in", w, real.Members(), fake.Members())
	}
	all := rooms.All()
	if len(all) != 1 || !all[0].Verified || all[0].Info.ID != real.Info().ID || all[0].Addrs[0] != real.Addr() {
		t.Errorf("known are %+v", all)
	}

	// From now on the fake is told apart by its names.
	o.Code, o.Find, o.Target = "", nil, fake.Addr()
	_, err = join(t, o)
	if changed, ok := errors.AsType[*known.ChangedError](err); !ok || changed.Known.Info.ID != real.Info().ID {
		t.Errorf("the fake: %v", err)
	}
	o.Target, o.Code = fake.Addr(), real.Code()
	if _, err = join(t, o); !errors.Is(err, netchat.ErrWrongCode) || fake.Members() != 0 {
		t.Errorf("the fake by the code: %v", err)
	}
	o.Target, o.Code = real.Addr(), ""
	if w, err = join(t, o); err != nil || w.Security.Trust != netchat.TrustVerified {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestAPlainServerIsJoinedWhereNoRoomIsKnown(t *testing.T) {
	addr := netchattest.NewPlainServer(t).ListenTCP(t)
	rooms, err := known.Open("")
	if err != nil {
		t.Fatal(err)
	}
	o := joining.Options{Target: addr, Name: "Cy", Known: rooms}
	if w, err := join(t, o); err != nil || w.Security.TLS || w.Security.Trust != netchat.TrustNone || len(rooms.All()) != 0 {
		t.Errorf("%+v, %v", w, err)
	}
	if err := rooms.Note(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey), netchat.RoomInfo{Name: "Class"}, addr, false); err != nil {
		t.Fatal(err)
	}
	for _, o := range []joining.Options{
		o,
		{Target: addr, Name: "Cy", TLSOnly: true},
		{Target: addr, Name: "Cy", Code: "ABCDEFGHJK"},
		{Target: addr, Name: "Cy", Room: open(t).Info().ID},
	} {
		if _, err := join(t, o); err == nil {
			t.Errorf("joined with %+v", o)
		}
	}
}

func TestTheHostsOwnLink(t *testing.T) {
	room := open(t)
	key, err := keyring.Temporary().Device()
	if err != nil {
		t.Fatal(err)
	}
	c, err := joining.Own(t.Context(), room.Dial, room.Info(), "Ada", key, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, ok := (<-c.Events()).(*netchat.Welcome)
	if !ok || w.Security.Trust != netchat.TrustOwn || !w.Security.TLS || !w.Self.Host {
		t.Errorf("%+v", w)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
