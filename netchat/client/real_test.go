package client_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/server"
)

// A realRoom is the real server, in memory.
type realRoom struct {
	*server.Server
	t       *testing.T
	mem     *netchattest.Listener
	backoff client.Backoff // of its visitors
}

func newRealRoom(t *testing.T) *realRoom {
	t.Helper()
	log, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Config{
		Room: roomInfo(), Key: roomKey(), Log: log, Rate: server.Rate{Off: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &realRoom{Server: srv, t: t, mem: netchattest.Listen()}
	r.serve(r.mem)
	t.Cleanup(func() {
		_ = srv.Close()
		_ = log.Close()
	})
	return r
}

func (r *realRoom) serve(ln net.Listener) {
	served := make(chan error, 1)
	go func() { served <- r.Serve(ln) }()
	r.t.Cleanup(func() {
		_ = r.Close()
		if err := <-served; err != nil {
			r.t.Error(err)
		}
	})
}

// A visitor is a client of the real server with what it was told.
type visitor struct {
	*client.Client
	rec  *netchattest.Recorder
	name string
	said int
}

// handshakeRecords is about how many records of TLS a host sends before its
// welcome.
const handshakeRecords = 6

// maxJoins is how often a visitor tries to join: Join itself tries once.
const maxJoins = 10

func (r *realRoom) join(name string, key ed25519.PrivateKey, dial func(context.Context) (net.Conn, error)) *visitor {
	r.t.Helper()
	c, err := client.Join(r.t.Context(), client.Config{Dial: dial, Name: name, Key: key, Backoff: r.backoff})
	for tries := 1; err != nil && tries < maxJoins; tries++ {
		c, err = client.Join(r.t.Context(), client.Config{Dial: dial, Name: name, Key: key, Backoff: r.backoff})
	}
	if err != nil {
		r.t.Fatal(err)
	}
	v := &visitor{Client: c, rec: netchattest.Record(c.Events()), name: name}
	r.t.Cleanup(func() {
		_ = c.Close()
		v.rec.Done(r.t)
	})
	return v
}

func (v *visitor) say(t *testing.T) {
	t.Helper()
	v.said++
	id, err := netchat.RandomEventID(randomBytes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Send(netchat.Post{ID: id, Text: fmt.Sprintf("%s %03d", v.name, v.said)}); err != nil {
		t.Fatal(err)
	}
}

// randomBytes is cheap randomness.
type randomBytes struct{}

func (randomBytes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(rand.Uint32())
	}
	return len(p), nil
}

// same fails unless all of them show the same, each line once and each
// speaker's in order.
func same(t *testing.T, visitors ...*visitor) {
	t.Helper()
	total := 0
	for _, v := range visitors {
		total += v.said
		drain(t, v.Client, v.rec)
	}
	for _, v := range visitors {
		v.rec.Wait(t, "everything", func(r *netchattest.Recorder) bool {
			return len(r.Shown()) >= total && len(netchattest.Of[*netchat.Acked](r)) >= v.said
		})
	}
	want := visitors[0].rec.Texts()
	for _, v := range visitors {
		if got := v.rec.Texts(); !slices.Equal(got, want) {
			t.Errorf("%s shows %q\n%s shows %q", v.name, got, visitors[0].name, want)
		}
		var own []string
		for _, text := range want {
			if text[:len(v.name)] == v.name {
				own = append(own, text)
			}
		}
		if !slices.IsSorted(own) || len(slices.Compact(own)) != v.said {
			t.Errorf("%s said %q", v.name, own)
		}
		if r := netchattest.Of[*netchat.Refused](v.rec); len(r) != 0 {
			t.Errorf("%s was refused %d times: %s", v.name, len(r), r[0].Reason)
		}
		if acked := netchattest.Of[*netchat.Acked](v.rec); len(acked) != v.said {
			t.Errorf("%s had %d acks for %d posts", v.name, len(acked), v.said)
		}
	}
}

// TestRichCutEverywhere breaks the connection at every frame: nothing is lost
// and nothing doubled, in the room or on the screen.
func TestRichCutEverywhere(t *testing.T) {
	const lines = 6
	for _, cut := range cuts(2*lines + 6 + handshakeRecords) {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := newRealRoom(t)
				proxy := netchattest.NewProxy(t, room.mem.Dial)
				witness := room.join("witness", newKey(t), room.DialInProcess)
				proxy.CutNext(cut)
				guest := room.join("guest", newKey(t), proxy.Dial)
				for range lines {
					guest.say(t)
					witness.say(t)
				}
				same(t, guest, witness)
				if cut.Frame <= lines && proxy.Connections() < 2 {
					t.Error("the cut was never made")
				}
			})
		})
	}
}

// TestRandomCuts has several guests whose connections break again and again.
func TestRandomCuts(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 0))
				room := newRealRoom(t)
				visitors := []*visitor{room.join("witness", newKey(t), room.DialInProcess)}
				for g := range 4 {
					proxy := netchattest.NewProxy(t, room.mem.Dial)
					plan := []netchattest.Cut{{}}
					for range 6 {
						plan = append(plan, netchattest.Cut{
							Dir: netchattest.Direction(random.IntN(2)), Frame: 1 + random.IntN(12), After: random.IntN(2) == 0,
						})
					}
					proxy.CutNext(plan...)
					visitors = append(visitors, room.join(fmt.Sprintf("guest%d", g), newKey(t), proxy.Dial))
					defer time.AfterFunc(time.Second, proxy.CutAll).Stop()
				}
				for range 15 {
					for _, v := range visitors {
						v.say(t)
					}
					<-time.After(time.Duration(random.IntN(300)) * time.Millisecond)
				}
				same(t, visitors...)
			})
		})
	}
}

// TestHostRestarts puts another life of the room behind the same address.
func TestHostRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newRealRoom(t), newRealRoom(t)
		proxyTo := first
		proxy := netchattest.NewProxy(t, func(ctx context.Context) (net.Conn, error) { return proxyTo.mem.Dial(ctx) })
		guest := first.join("guest", newKey(t), proxy.Dial)
		guest.say(t)
		drain(t, guest.Client, guest.rec)
		synctest.Wait()
		proxyTo = second
		proxy.CutAll()
		guest.say(t)
		drain(t, guest.Client, guest.rec)
		netchattest.WaitOf[*netchat.Acked](t, guest.rec, 2)
		if w := netchattest.Of[*netchat.Welcome](guest.rec); len(w) != 2 || w[1].Recovered {
			t.Errorf("welcomes %+v", w)
		}
		if got := guest.rec.Texts(); !slices.Equal(got, []string{"guest 002"}) {
			t.Errorf("shown: %q", got)
		}
	})
}

func TestTakenOverAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := newRealRoom(t)
		key := newKey(t)
		old := room.join("phone", key, room.mem.Dial)
		next := room.join("laptop", key, room.mem.Dial)
		old.rec.Done(t)
		if s := netchattest.Of[*netchat.StateChange](old.rec); len(s) != 1 || !errors.Is(s[0].Err, netchat.ErrTakenOver) {
			t.Errorf("the first ended with %+v", s)
		}
		_ = room.Close()
		next.rec.Done(t)
		if s := netchattest.Of[*netchat.StateChange](next.rec); len(s) != 1 || !errors.Is(s[0].Err, netchat.ErrRoomClosed) {
			t.Errorf("the second ended with %+v", s)
		}
	})
}

// TestPresence sees others come and go, without noise from short breaks.
func TestPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := newRealRoom(t)
		witness := room.join("witness", newKey(t), room.DialInProcess)
		proxy := netchattest.NewProxy(t, room.mem.Dial)
		guest := room.join("guest", newKey(t), proxy.Dial)
		netchattest.WaitOf[*netchat.SystemLine](t, witness.rec, 1)
		proxy.CutAll()
		netchattest.WaitOf[*netchat.Welcome](t, guest.rec, 2)
		_ = guest.Close()
		lines := netchattest.WaitOf[*netchat.SystemLine](t, witness.rec, 2)
		if len(lines) != 2 || lines[0].What != netchat.SystemJoined || lines[1].What != netchat.SystemLeft || lines[1].Name != "guest" {
			t.Errorf("lines %+v %+v", lines[0], lines[1])
		}
		if w := netchattest.Of[*netchat.Welcome](witness.rec); !w[0].Self.Host || w[0].Self.ID == "" {
			t.Errorf("the host is %+v", w[0].Self)
		}
	})
}

// TestSlowReader is told everything although it reads late.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := newRealRoom(t)
		witness := room.join("witness", newKey(t), room.DialInProcess)
		slow, err := client.Join(t.Context(), client.Config{Dial: room.mem.Dial, Plain: true, Name: "slow", Key: newKey(t)})
		if err != nil {
			t.Fatal(err)
		}
		for range 1500 {
			witness.say(t)
		}
		drain(t, witness.Client, witness.rec)
		<-time.After(time.Minute)
		rec := netchattest.Record(slow.Events())
		rec.Wait(t, "everything", func(r *netchattest.Recorder) bool { return len(r.Shown()) == 1500 })
		if got := rec.Texts(); !slices.Equal(got, witness.rec.Texts()) {
			t.Error("the slow reader was told something else")
		}
		_ = slow.Close()
		rec.Done(t)
	})
}
