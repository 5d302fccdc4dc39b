package client_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		a, b := k.say(1, "a"), k.say(2, "b")
		peer.Command()
		peer.Command()
		peer.Event(event(11, someone(7).ID, "seen"))
		netchattest.WaitOf[*netchat.Event](t, k.rec, 1)
		peer.Cut()
		lost := netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)
		if lost[0].State != netchat.StateReconnecting || !errors.Is(lost[0].Err, netchat.ErrUnreached) {
			t.Errorf("got %+v", lost[0])
		}
		c := k.say(3, "c") // said while away

		peer = k.host.Accept()
		hello := k.admit(peer, welcome(k.self(), 13, true))
		at := event(11, "", "").Position()
		if r := hello.Rich.Resume; r == nil || *r != (wire.Position{Epoch: at.Epoch, Seq: at.Seq, Mark: at.Mark}) {
			t.Errorf("resumed from %+v", hello.Rich.Resume)
		}
		for _, p := range []netchat.Post{a, b, c} { // again, in order, with the same ids
			if got := peer.Command(); got.ID != p.ID || got.Text != p.Text {
				t.Errorf("got %+v, want %+v", got, p)
			}
		}
		peer.Rich(wire.ServerFrame{Type: wire.TypeAck, ID: a.ID, Seq: 12}) // before the tail
		peer.Event(own(12, k.self().ID, a))
		peer.Event(event(13, someone(7).ID, "missed"))
		peer.Event(own(14, k.self().ID, b))
		peer.Event(own(15, k.self().ID, c))
		if err := k.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		netchattest.WaitOf[*netchat.Acked](t, k.rec, 3)
		if got := k.rec.Texts(); !slices.Equal(got, []string{"seen", "a", "missed", "b", "c"}) {
			t.Errorf("shown: %q", got)
		}
		if ws := netchattest.Of[*netchat.Welcome](k.rec); len(ws) != 2 || !ws[1].Recovered {
			t.Errorf("welcomes %+v", ws)
		}
	})
}

func TestNotRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		a, b, c := k.say(1, "a"), k.say(2, "b"), k.say(3, "c")
		for range 3 {
			peer.Command()
		}
		peer.Cut()

		// This time the connection breaks before the snapshot: nothing to resume from.
		peer = k.host.Accept()
		k.admit(peer, welcome(k.self(), 30, false))
		netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
		peer.Cut()
		peer = k.host.Accept()
		if hello := k.admit(peer, welcome(k.self(), 40, false)); hello.Rich.Resume != nil {
			t.Errorf("resumed from %+v without a snapshot", hello.Rich.Resume)
		}
		synctest.Wait()
		if peer.Waiting() != 0 {
			t.Error("posts were sent before the snapshot that may hold them")
		}
		m, _ := netchat.MessageOf(own(20, k.self().ID, a))
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true, Messages: wire.FromMessages([]netchat.Message{m})})
		if got := peer.Command(); got.ID != b.ID { // a is in the room
			t.Errorf("got %+v", got)
		}
		peer.Command()
		peer.Rich(wire.ServerFrame{Type: wire.TypeAck, ID: b.ID, Seq: 15}) // older than the snapshot
		peer.Event(own(41, k.self().ID, c))
		acked := netchattest.WaitOf[*netchat.Acked](t, k.rec, 3)
		for i, want := range []netchat.Acked{{ID: a.ID, Seq: 20}, {ID: b.ID, Seq: 15}, {ID: c.ID, Seq: 41}} {
			if *acked[i] != want {
				t.Errorf("acked %+v, want %+v", acked[i], want)
			}
		}
		peer.Cut()
		peer = k.host.Accept()
		if hello := k.admit(peer, welcome(k.self(), 41, true)); hello.Rich.Resume == nil || hello.Rich.Resume.Seq != 41 {
			t.Errorf("resumed from %+v", hello.Rich.Resume)
		}
	})
}

func TestKeylessPostsAreUncertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer, joined := begin(t, func(c *client.Config) { c.Key = nil })
		k.admit(peer, welcome(someone(1), 10, false))
		joined()
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true})
		a := k.say(1, "a")
		peer.Command()
		peer.Cut()
		refused := netchattest.WaitOf[*netchat.Refused](t, k.rec, 1)
		if *refused[0] != (netchat.Refused{ID: a.ID, Reason: netchat.RefusedUncertain}) {
			t.Errorf("got %+v", refused[0])
		}
		b := k.say(2, "b")
		peer = k.host.Accept()
		k.admit(peer, welcome(someone(2), 10, true))
		if got := peer.Command(); got.ID != b.ID {
			t.Errorf("got %+v", got)
		}
	})
}

func TestCloseCodes(t *testing.T) {
	for _, code := range []netchat.CloseCode{1000, 1001, 1005, netchat.CloseTooBig, netchat.CloseTooSlow, netchat.CloseFull, netchat.CloseFlood, 4499} {
		t.Run("again", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, peer := joinRich(t, nil)
				peer.Close(code, "")
				peer.Ended()
				k.admit(k.host.Accept(), welcome(k.self(), 10, true))
				netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
			})
		})
	}
	for code, want := range map[netchat.CloseCode]error{
		netchat.CloseRoomClosed: netchat.ErrRoomClosed, netchat.CloseTakenOver: netchat.ErrTakenOver,
		netchat.CloseBadHello: netchat.ErrBadHello, 4999: nil,
	} {
		t.Run("final", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, peer := joinRich(t, nil)
				peer.Close(code, "for people")
				if got := peer.Ended(); got != code {
					t.Errorf("the close was answered with %d", got)
				}
				k.rec.Done(t)
				last := netchattest.Of[*netchat.StateChange](k.rec)
				var closed *netchat.CloseError
				if len(last) != 1 || last[0].State != netchat.StateClosed || !errors.As(last[0].Err, &closed) || closed.Code != code {
					t.Fatalf("got %+v", last)
				}
				if want != nil && !errors.Is(last[0].Err, want) {
					t.Errorf("%v is not %v", last[0].Err, want)
				}
				if err := k.Send(netchat.Post{ID: eventID(1)}); !errors.Is(err, netchat.ErrClosed) {
					t.Errorf("Send: %v", err)
				}
			})
		})
	}
}

func TestAFinalRefusalEndsReconnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		peer.Cut()
		peer = k.host.Accept()
		peer.Hello()
		peer.Close(netchat.CloseFull, "") // not final
		peer = k.host.Accept()
		peer.Hello()
		peer.Close(netchat.CloseRoomClosed, "")
		k.rec.Done(t)
		changes := netchattest.Of[*netchat.StateChange](k.rec)
		if len(changes) != 3 || !errors.Is(changes[1].Err, netchat.ErrFull) || !errors.Is(changes[2].Err, netchat.ErrRoomClosed) {
			t.Errorf("got %s", netchattest.Describe(k.rec.Updates()))
		}
	})
}

// TestAnotherRoom stands at the address after a break: it learns nothing, and
// the client waits for its own.
func TestAnotherRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		peer.Cut()
		peer = k.host.Accept()
		peer.Hello()
		peer.Rich(wire.ServerFrame{Type: wire.TypeChallenge, Nonce: make([]byte, wire.NonceSize), RoomID: otherRoom})
		peer.Ended()
		if peer.Waiting() != 0 {
			t.Errorf("another room was told %s", peer.Read())
		}
		peer = k.host.Accept()
		peer.Hello()
		peer.List(someone(1)) // a plain server is another room too
		peer.Ended()
		k.admit(k.host.Accept(), welcome(k.self(), 10, true))
		netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
		changes := netchattest.Of[*netchat.StateChange](k.rec)
		if len(changes) != 3 || !errors.Is(changes[1].Err, netchat.ErrNotFound) {
			t.Errorf("got %s", netchattest.Describe(k.rec.Updates()))
		}
	})
}

func TestHostsThatBreakTheProtocol(t *testing.T) {
	for name, frame := range map[string]string{
		"no JSON":            `{`,
		"event without one":  `{"type":"event"}`,
		"ack of nothing":     `{"type":"ack"}`,
		"delta without one":  `{"type":"roster_delta"}`,
		"roster without one": `{"type":"roster"}`,
		"second snapshot":    `{"type":"page","snapshot":true}`,
		"a wrong type":       `{"type":"ack","id":7}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, peer := joinRich(t, nil)
				peer.Send([]byte(frame))
				peer.Ended()
				k.admit(k.host.Accept(), welcome(k.self(), 10, true))
				netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
			})
		})
	}
}

func TestSilentHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		began := time.Now()
		for peer.Pings() < 12 { // two minutes in which nobody says anything
			<-time.After(time.Second)
		}
		if d := time.Since(began); d > 12*netchat.PingEvery+2*time.Second || len(netchattest.Of[*netchat.StateChange](k.rec)) != 0 {
			t.Fatalf("12 pings in %v, then %s", d, netchattest.Describe(k.rec.Updates()))
		}
		peer.Mute()
		began = time.Now()
		lost := netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)
		if d := time.Since(began); d > netchat.DeadHost || !errors.Is(lost[0].Err, netchat.ErrUnreached) {
			t.Errorf("found after %v: %v", d, lost[0].Err)
		}
		k.admit(k.host.Accept(), welcome(k.self(), 10, true))
		netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
	})
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wall := newWall()
		k, peer := joinRich(t, func(c *client.Config) { c.Now = wall.now })
		<-time.After(time.Second)
		pings := peer.Pings()
		wall.sleep(time.Hour)
		<-time.After(1100 * time.Millisecond)
		if got := peer.Pings() - pings; got != 1 {
			t.Fatalf("%d pings after sleep, want 1", got)
		}
		<-time.After(time.Minute) // the host answered: all is well
		if len(netchattest.Of[*netchat.StateChange](k.rec)) != 0 {
			t.Fatal("a host that answers was given up")
		}
		peer.Mute()
		wall.sleep(time.Hour)
		began := time.Now()
		netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)
		if d := time.Since(began); d > 3*time.Second+time.Millisecond {
			t.Errorf("found after %v", d)
		}
		k.admit(k.host.Accept(), welcome(k.self(), 10, true))
		netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)
	})
}
