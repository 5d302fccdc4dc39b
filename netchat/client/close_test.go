package client_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestCloseIsACleanLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		began := time.Now()
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > 0 {
			t.Errorf("took %v although the host hangs up at once", d)
		}
		if code := peer.Ended(); code != 1000 {
			t.Errorf("closed with %d", code)
		}
		k.rec.Done(t)
		updates := k.rec.Updates()
		last, ok := updates[len(updates)-1].(*netchat.StateChange)
		if !ok || *last != (netchat.StateChange{State: netchat.StateClosed}) {
			t.Errorf("the last update is %+v", last)
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseIsBounded has a host that takes our goodbye and does not hang up.
func TestCloseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newHost(t)
		proxy := netchattest.NewProxy(t, host.Dial)
		k, _ := joinRichAt(t, host, func(c *client.Config) { c.Dial = proxy.Dial })
		synctest.Wait()
		proxy.Hold()
		began := time.Now()
		_ = k.Close()
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("took %v", d)
		}
	})
}

func TestCloseWithUnreadEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newHost(t)
		var c *client.Client
		joined := make(chan error, 1)
		go func() {
			var err error
			c, err = client.Join(t.Context(), client.Config{Dial: host.Dial, Name: "x"})
			joined <- err
		}()
		peer := host.Accept()
		peer.Hello()
		peer.Rich(welcome(someone(1), 0, false))
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true})
		if err := <-joined; err != nil {
			t.Fatal(err)
		}
		sent := make(chan struct{})
		go func() { // more than fits: the writes block
			defer close(sent)
			for seq := range uint64(1000) {
				frame, _ := wire.EncodeEvent(event(seq+1, someone(2).ID, "x"))
				if !peer.TrySend(frame) {
					return
				}
			}
		}()
		synctest.Wait()
		select {
		case <-sent:
			t.Fatal("the client goes on reading what nobody takes")
		default:
		}
		<-time.After(time.Minute) // its own pings keep it alive all the same
		if n := peer.Pings(); n < 5 {
			t.Errorf("%d pings in a minute", n)
		}
		began := time.Now()
		_ = c.Close()
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("Close took %v", d)
		}
		<-sent
		var last netchat.Update
		n := 0
		for u := range c.Events() {
			last = u
			n++
		}
		if s, ok := last.(*netchat.StateChange); !ok || s.State != netchat.StateClosed || n < 256 {
			t.Errorf("the last of %d is %+v", n, last)
		}
	})
}

// TestJoinEnds stops Join at each of its steps.
func TestJoinEnds(t *testing.T) {
	for step := range 4 {
		synctest.Test(t, func(t *testing.T) {
			host := newHost(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			joined := make(chan error, 1)
			go func() {
				_, err := client.Join(ctx, client.Config{Dial: func(ctx context.Context) (net.Conn, error) {
					switch step {
					case 0: // connecting
						<-ctx.Done()
						return nil, ctx.Err()
					case 1: // upgrading
						ours, theirs := net.Pipe()
						t.Cleanup(func() { _ = theirs.Close() })
						return ours, nil
					}
					return host.Dial(ctx)
				}, Name: "x", Key: newKey(t)})
				joined <- err
			}()
			if step >= 2 {
				peer := host.Accept()
				peer.Hello()
				if step == 3 {
					peer.Rich(wire.ServerFrame{Type: wire.TypeChallenge, Nonce: make([]byte, wire.NonceSize), RoomID: testRoom})
					peer.Command()
				}
				<-time.After(time.Hour) // a host may take its time
				defer peer.Ended()
			}
			synctest.Wait()
			cancel()
			began := time.Now()
			err := <-joined
			if !errors.Is(err, context.Canceled) || time.Since(began) > time.Second {
				t.Errorf("step %d ended with %v after %v", step, err, time.Since(began))
			}
		})
	}
}

func TestJoinFails(t *testing.T) {
	noAnswer := func(*netchattest.Peer) {}
	for name, test := range map[string]struct {
		edit  func(*client.Config)
		host  func(*netchattest.Peer)
		want  error // nil: whichever
		times int   // how often it comes; 0: once
	}{
		"name too long":     {func(c *client.Config) { c.Name = string(make([]byte, netchat.MaxName+1)) }, nil, netchat.ErrBadHello, 1},
		"unreached":         {func(c *client.Config) { c.Dial = failing }, nil, netchat.ErrUnreached, 1},
		"silent host":       {nil, func(p *netchattest.Peer) { p.Mute() }, netchat.ErrSlow, 3},
		"cut":               {nil, func(p *netchattest.Peer) { p.Cut() }, netchat.ErrUnreached, 1},
		"full":              {nil, func(p *netchattest.Peer) { p.Close(netchat.CloseFull, "") }, netchat.ErrFull, 1},
		"refused":           {nil, func(p *netchattest.Peer) { p.Close(netchat.CloseBadHello, "") }, netchat.ErrBadHello, 1},
		"no room":           {nil, func(p *netchattest.Peer) { p.Send([]byte(`"hello"`)) }, nil, 1},
		"other room":        {func(c *client.Config) { c.Room = otherRoom }, nil, netchat.ErrChangedKey, 1},
		"not who it was":    {nil, func(p *netchattest.Peer) { p.Rich(calledOtherwise(welcome(someone(1), 1, false))) }, nil, 1},
		"another id":        {nil, func(p *netchattest.Peer) { p.Rich(withID(welcome(someone(1), 1, false), otherRoom)) }, nil, 1},
		"plain after all":   {nil, func(p *netchattest.Peer) { p.List(someone(1)) }, nil, 1},
		"silence, then ctx": {nil, noAnswer, context.DeadlineExceeded, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				host := newHost(t)
				cfg := client.Config{Dial: host.Dial, Name: "x", Key: newKey(t)}
				if test.edit != nil {
					test.edit(&cfg)
				}
				if test.host != nil {
					go func() {
						for range max(1, test.times) {
							peer := host.Accept()
							peer.Hello()
							test.host(peer)
						}
					}()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				c, err := client.Join(ctx, cfg)
				if err == nil {
					_ = c.Close()
				}
				if err == nil || (test.want != nil && !errors.Is(err, test.want)) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			})
		})
	}
}

// TestBackoff looks at the pauses between tries: random, below a limit that
// doubles, and small again after a connection that lasted.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := newHost(t)
		var down atomic.Bool
		tries := make(chan time.Time, 1000)
		k, peer := joinRichAt(t, host, func(c *client.Config) {
			c.Random = ones{} // the longest pause each time
			c.Dial = func(ctx context.Context) (net.Conn, error) {
				tries <- time.Now()
				if down.Load() {
					return nil, net.ErrClosed
				}
				return host.Dial(ctx)
			}
		})
		<-tries
		down.Store(true)
		last := time.Now()
		peer.Cut()
		for i, limit := range []time.Duration{200, 400, 800, 1600, 3200, 5000, 5000} {
			at := <-tries
			if got, want := at.Sub(last), limit*time.Millisecond; got > want || got < want*9/10 {
				t.Errorf("pause %d is %v, want about %v", i, got, want)
			}
			last = at
		}
		down.Store(false)
		peer = host.Accept()
		<-tries
		k.admit(peer, welcome(k.self(), 10, true))
		<-time.After(11 * time.Second)
		last = time.Now()
		peer.Cut()
		if got := (<-tries).Sub(last); got > 200*time.Millisecond {
			t.Errorf("the first pause after a good connection is %v", got)
		}
		k.admit(host.Accept(), welcome(k.self(), 10, true))
		netchattest.WaitOf[*netchat.Welcome](t, k.rec, 3)
		if n := len(netchattest.Of[*netchat.StateChange](k.rec)); n != 2 {
			t.Errorf("%d changes of state, want one for each break", n)
		}
	})
}

// TestWakingEndsThePause comes back at once, whatever the backoff says.
func TestWakingEndsThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wall := newWall()
		k, peer := joinRich(t, func(c *client.Config) {
			c.Now = wall.now
			c.Random = ones{}
			c.Backoff = client.Backoff{Min: time.Hour}
		})
		peer.Cut()
		<-time.After(time.Minute + time.Second/2)
		wall.sleep(time.Minute)
		began := time.Now()
		k.admit(k.host.Accept(), welcome(k.self(), 10, true))
		if d := time.Since(began); d > time.Second {
			t.Errorf("back after %v", d)
		}
		netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
	})
}

// TestCloseWhileReconnecting closes while a try is under way and in between.
func TestCloseWhileReconnecting(t *testing.T) {
	for _, wait := range []time.Duration{0, 100 * time.Millisecond, 6 * time.Second} { // pausing up to 200 ms, then dialling
		synctest.Test(t, func(t *testing.T) {
			host := newHost(t)
			var down atomic.Bool
			k, peer := joinRichAt(t, host, func(c *client.Config) {
				c.Random = ones{}
				c.Dial = func(ctx context.Context) (net.Conn, error) {
					if down.Load() {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return host.Dial(ctx)
				}
			})
			down.Store(true)
			peer.Cut()
			<-time.After(wait)
			began := time.Now()
			_ = k.Close()
			if d := time.Since(began); d > 0 {
				t.Errorf("Close took %v", d)
			}
		})
	}
}

// ones is randomness at its largest.
type ones struct{}

func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0xFF
	}
	return len(p), nil
}

// calledOtherwise is f with another name for the room.
func calledOtherwise(f wire.ServerFrame) wire.ServerFrame {
	room := *f.Room
	room.Name += "?"
	f.Room = &room
	return f
}

// withID is f of another room.
func withID(f wire.ServerFrame, id netchat.RoomID) wire.ServerFrame {
	room := *f.Room
	room.ID = id
	f.Room = &room
	return f
}
