package joining

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/known"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// roomKey returns the private key of the n-th room.
func roomKey(n int) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint32(seed, uint32(n))
	return ed25519.NewKeyFromSeed(seed)
}

func keyOf(n int) ed25519.PublicKey { return roomKey(n).Public().(ed25519.PublicKey) }

func idOf(n int) netchat.RoomID { return netchat.RoomIDFromKey(keyOf(n)) }

func codeOf(n int) netchat.RoomCode { return identity.Code(keyOf(n)) }

func memory(t *testing.T) *known.Rooms {
	t.Helper()
	rooms, err := known.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A network is one on which rooms are at addresses. It stands for client.Join and
// what that calls.
type network struct {
	rooms  map[string]client.Proven // by address
	plain  []string                 // addresses of hosts without TLS
	refuse error                    // what the rooms say, once they are proved
	joined []client.Config
	trust  netchat.Trust // of the last join
}

func (n *network) enter(ctx context.Context, cfg client.Config) (*client.Client, error) {
	n.joined = append(n.joined, cfg)
	failure := error(netchat.ErrUnreached)
	for _, addr := range append([]string{cfg.Target}, cfg.Addrs...) {
		p, ok := n.rooms[addr]
		switch {
		case !ok && slices.Contains(n.plain, addr) && cfg.Plain:
			n.trust = netchat.TrustNone
			return nil, nil
		case !ok:
		case cfg.Room != "" && cfg.Room != netchat.RoomIDFromKey(p.Key):
			failure = netchat.ErrChangedKey
		default:
			p.Addr = addr
			trust, err := cfg.Vet(ctx, p)
			if err == nil {
				n.trust = trust
				return nil, n.refuse
			}
			failure = err
		}
	}
	return nil, failure
}

func (n *network) join(t *testing.T, o Options) error {
	t.Helper()
	j := newJoiner(o)
	j.enter = n.enter
	_, err := j.join(t.Context())
	return err
}

func room(n int, name, host string) client.Proven {
	return client.Proven{Key: keyOf(n), Room: netchat.RoomInfo{ID: idOf(n), Name: name, Host: host}}
}

func TestTheThreeStates(t *testing.T) {
	const addr = "10.0.0.1:8000"
	n := &network{rooms: map[string]client.Proven{addr: room(1, "Class", "Ada")}}
	rooms := memory(t)
	for _, want := range []netchat.Trust{netchat.TrustFirst, netchat.TrustKnown} {
		if err := n.join(t, Options{Target: addr, Known: rooms}); err != nil || n.trust != want {
			t.Errorf("%q, %v; want %q", n.trust, err, want)
		}
	}
	if err := n.join(t, Options{Target: addr, Known: rooms, Code: codeOf(1)}); err != nil || n.trust != netchat.TrustVerified {
		t.Errorf("%q, %v", n.trust, err)
	}
	if err := n.join(t, Options{Target: addr, Known: rooms}); err != nil || n.trust != netchat.TrustVerified {
		t.Errorf("by the address again: %q, %v", n.trust, err)
	}
	n.rooms[addr] = room(2, "class", "Ada")
	err := n.join(t, Options{Target: addr, Known: rooms})
	changed, ok := errors.AsType[*known.ChangedError](err)
	if !ok || !errors.Is(err, netchat.ErrChangedKey) || changed.Known.Info.ID != idOf(1) {
		t.Errorf("another key: %v", err)
	}
	if err := n.join(t, Options{Target: addr, Known: rooms, Code: codeOf(2)}); err != nil || n.trust != netchat.TrustVerified {
		t.Errorf("another key by its code: %q, %v", n.trust, err)
	}
	if all := rooms.All(); len(all) != 2 || all[0].Info.ID != idOf(2) || !all[0].Verified {
		t.Errorf("known are %+v", all)
	}
}

func TestAKnownRoomIsNamedWhenAnotherAnswers(t *testing.T) {
	n := &network{rooms: map[string]client.Proven{"10.0.0.1:8000": room(2, "Other", "Cy")}}
	rooms := memory(t)
	must(t, rooms.Note(keyOf(1), netchat.RoomInfo{Name: "Class", Host: "Ada"}, "", true))
	err := n.join(t, Options{Target: "10.0.0.1:8000", Room: idOf(1), Known: rooms})
	changed, ok := errors.AsType[*known.ChangedError](err)
	if !ok || !errors.Is(err, netchat.ErrChangedKey) || changed.Known.Info.Name != "Class" {
		t.Error(err)
	}
	err = n.join(t, Options{Target: "10.0.0.1:8000", Room: idOf(3), Known: rooms})
	if _, ok := errors.AsType[*known.ChangedError](err); ok || !errors.Is(err, netchat.ErrChangedKey) {
		t.Error(err)
	}
}

func TestWrongCode(t *testing.T) {
	n := &network{rooms: map[string]client.Proven{"10.0.0.1:8000": room(1, "Class", "Ada"), "10.0.0.2:8000": room(2, "Class", "Ada")}}
	rooms := memory(t)
	if err := n.join(t, Options{Target: "10.0.0.1:8000", Code: codeOf(2), Known: rooms}); !errors.Is(err, netchat.ErrWrongCode) {
		t.Error(err)
	}
	if all := rooms.All(); len(all) != 0 {
		t.Errorf("known are %+v", all)
	}
	err := n.join(t, Options{Target: "10.0.0.1:8000", Addrs: []string{"10.0.0.2:8000"}, Code: codeOf(2), Known: rooms})
	if err != nil || len(rooms.All()) != 1 || rooms.All()[0].Addrs[0] != "10.0.0.2:8000" {
		t.Errorf("%v, %+v", err, rooms.All())
	}
	if err := n.join(t, Options{Target: "10.0.0.1:8000", Code: "abc"}); !errors.Is(err, netchat.ErrWrongCode) {
		t.Error(err)
	}
}

func TestWhenAPlainSocketWillDo(t *testing.T) {
	rooms := memory(t)
	must(t, rooms.Note(keyOf(1), netchat.RoomInfo{Name: "Class", Host: "Ada"}, "10.0.0.1:8000", false))
	for _, c := range []struct {
		name string
		o    Options
		want bool
	}{
		{"typed", Options{Target: "10.0.0.2:8000"}, true},
		{"nothing known", Options{Target: "10.0.0.1:8000"}, false},
		{"without a port", Options{Target: "10.0.0.1"}, false},
		{"a link", Options{Target: "ws://10.0.0.1:8000/ws"}, false},
		{"another address", Options{Target: "10.0.0.2:8000", Addrs: []string{"10.0.0.1:8000"}}, false},
		{"announced", Options{Target: "10.0.0.2:8000", TLSOnly: true}, false},
		{"found", Options{Target: "10.0.0.2:8000", Room: idOf(2)}, false},
		{"by code", Options{Target: "10.0.0.2:8000", Code: codeOf(2)}, false},
	} {
		n := &network{plain: []string{"10.0.0.2:8000", "10.0.0.1:8000"}}
		c.o.Known = rooms
		err := n.join(t, c.o)
		if len(n.joined) != 1 || n.joined[0].Plain != c.want || (err == nil) != c.want {
			t.Errorf("%s: %+v, %v", c.name, n.joined, err)
		}
	}
	if len(rooms.All()) != 1 {
		t.Errorf("a room without a key is known: %+v", rooms.All())
	}
}

func TestWithoutKnownRoomsAReconnectIsKnown(t *testing.T) {
	n := &network{rooms: map[string]client.Proven{"10.0.0.1:8000": room(1, "Class", "Ada")}}
	if err := n.join(t, Options{Target: "10.0.0.1:8000"}); err != nil || n.trust != netchat.TrustFirst {
		t.Errorf("%q, %v", n.trust, err)
	}
	trust, err := n.joined[0].Vet(t.Context(), room(1, "Class, renamed", "Ada"))
	if trust != netchat.TrustKnown || err != nil {
		t.Errorf("%q, %v", trust, err)
	}
	if _, err := n.joined[0].Vet(t.Context(), room(2, "Class", "Ada")); !errors.Is(err, netchat.ErrChangedKey) {
		t.Error(err)
	}
}

func TestInvites(t *testing.T) {
	for _, c := range []struct {
		typed, target string
		code          netchat.RoomCode
		place         string
		err           error
	}{
		{typed: " 10.0.0.1:8000 ", target: "10.0.0.1:8000"},
		{typed: "http://10.0.0.1:8000/", target: "http://10.0.0.1:8000/"},
		{typed: "http://10.0.0.1:8000/#", target: "http://10.0.0.1:8000/"},
		{typed: "http://10.0.0.1:8000/#ABCDEFGHJK", target: "http://10.0.0.1:8000/", code: "ABCDEFGHJK"},
		{typed: "http://[fd00::1]:8000/#abcde-fghjk", target: "http://[fd00::1]:8000/", code: "ABCDEFGHJK"},
		{typed: "10.0.0.1:8000#2X-ABCDE-FGHJK", target: "10.0.0.1:8000", code: "ABCDEFGHJK", place: "2X"},
		{typed: "http://10.0.0.1:8000/＃ＡＢＣＤＥＦＧＨＪＫ", target: "http://10.0.0.1:8000/", code: "ABCDEFGHJK"},
		{typed: "http://10.0.0.1:8000/#ABCDEFGHJ", err: netchat.ErrNoCode},
		{typed: "http://10.0.0.1:8000/#chat", err: netchat.ErrNoCode},
		{typed: "#ABCDEFGHJK", err: netchat.ErrNoCode},
		{typed: "ABCDE-FGHJK", code: "ABCDEFGHJK"},
		{typed: "abcde-fghjk", code: "ABCDEFGHJK"},
		{typed: "abcde — fghjk", code: "ABCDEFGHJK"},
		{typed: "2x-abcde-fghjk", code: "ABCDEFGHJK", place: "2X"},
		{typed: "2x ａｂｃｄｅ－ｆｇｈｊｋ", code: "ABCDEFGHJK", place: "2X"},
		{typed: "2GF2HZ-ABCDE-FGHJK", code: "ABCDEFGHJK", place: "2GF2HZ"},
		{typed: "ABCDEFGHJK", code: "ABCDEFGHJK"},
		{typed: "ABCDE FGHJK", code: "ABCDEFGHJK"},
		{typed: "ABCDE-FGHJK-J", code: "ABCDEFGHJK"},
		{typed: "abcdefghjkj", code: "ABCDEFGHJK"},
		{typed: "047BY2R97MX2", code: "7BY2R97MX2", place: "04"},
		{typed: "04 7BY2 R97M X2", code: "7BY2R97MX2", place: "04"},
		{typed: "“04-7by2r-97mx2”。", code: "7BY2R97MX2", place: "04"},
		{typed: "04_7BY2R−97MX2", code: "7BY2R97MX2", place: "04"},
		{typed: "O4-7BY2R-97MX2", code: "7BY2R97MX2", place: "04"},
		{typed: "04-7BY2R-97MX2-2", err: netchat.ErrMistypedCode},
		{typed: "047BY2R97MX22", err: netchat.ErrMistypedCode},
		{typed: "7BY2R-97MX", err: netchat.ErrNoCode},
		{typed: "7BY2R97MX", err: netchat.ErrNoCode},
		{typed: "7BYUR-97MX2", err: netchat.ErrMistypedCode},
		{typed: "http://10.0.0.1:8000/#7BY2R97MX22", err: netchat.ErrMistypedCode},
		{typed: "http://10.0.0.1:8000/#“ABCDEFGHJK”", target: "http://10.0.0.1:8000/", code: "ABCDEFGHJK"},
		{typed: "MATHS-CLASS", code: "MATHSC1ASS"},
		{typed: "DESKTOP-7K3M9QX", code: "T0P7K3M9QX", place: "DESK"},
		{typed: "CLASSROOM-12", target: "CLASSROOM-12"},
		{typed: "3B-MATHS-2026", target: "3B-MATHS-2026"},
		{typed: "MATHS-STUDY", target: "MATHS-STUDY"},
		{typed: "teacher-pc", target: "teacher-pc"},
		{typed: "2026-09-01", target: "2026-09-01"},
		{typed: "192.168.1.10", target: "192.168.1.10"},
		{typed: "classroom-3", code: "C1ASSR00M3"}, // and a name
		{typed: "classroom-33", target: "classroom-33"},
		{typed: "pc-lab-07", target: "pc-lab-07"},
		{typed: "ABCDE-FGHJU", target: "ABCDE-FGHJU"},
		{typed: "X-ABCDE-FGHJK", target: "X-ABCDE-FGHJK"},
		{typed: "教室-3", target: "教室-3"},
		{typed: "", err: netchat.ErrNoCode},
		{typed: "  ", err: netchat.ErrNoCode},
		{typed: "#", err: netchat.ErrNoCode},
	} {
		got, err := ParseInvite(c.typed)
		if !errors.Is(err, c.err) || err == nil && (got.Target != c.target || got.Code != c.code || got.Place != c.place) {
			t.Errorf("%q: %+v, %v", c.typed, got, err)
		}
	}
}

// FuzzInvite: whatever is typed, what is read as a code is one, and what had a #
// does not lose its code silently.
func FuzzInvite(f *testing.F) {
	f.Add("http://10.0.0.1:8000/#ABCDE-FGHJK")
	f.Add("2x-abcde-fghjk")
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := ParseInvite(typed)
		if err != nil {
			return
		}
		if got.Code != "" && !got.Code.Valid() || got.Code == "" && (got.Place != "" || got.Target == "") {
			t.Errorf("%q: %+v", typed, got)
		}
		if got.Code == "" {
			return
		}
		again, err := ParseInvite(got.Code.At(got.Place))
		if err != nil || again.Form != netchat.CodeChecked || again.Code != got.Code || again.Place != got.Place || again.Target != "" {
			t.Errorf("%q is not read as it is shown: %+v, %v", got.Code, again, err)
		}
	})
}
