package client_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

func TestJoinRich(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer, joined := begin(t, nil)
		hello := k.admit(peer, welcome(k.self(), 10, false, someone(7)))
		joined()
		if hello.Name != "张飞" || hello.Rich.V != wire.Version || hello.Rich.Resume != nil {
			t.Errorf("the first frame is %+v", hello)
		}
		said := event(9, someone(7).ID, "before")
		m, _ := netchat.MessageOf(said)
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true, Messages: wire.FromMessages([]netchat.Message{m}), More: true})
		peer.Event(event(11, someone(7).ID, "live"))
		netchattest.WaitOf[*netchat.Event](t, k.rec, 1)

		updates := k.rec.Updates()
		w, ok := updates[0].(*netchat.Welcome)
		if !ok || !w.Rich || w.Recovered || w.Self != k.self() || w.Room.ID != testRoom || len(w.Roster.Members) != 2 {
			t.Errorf("the first update is %+v", updates[0])
		}
		if page, ok := updates[1].(*netchat.Page); !ok || !page.Snapshot || !page.More {
			t.Errorf("the second update is %+v", updates[1])
		}
		if got := k.rec.Texts(); !slices.Equal(got, []string{"before", "live"}) {
			t.Errorf("shown: %q", got)
		}
	})
}

func TestOwnEventIsTheAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		p := k.say(1, "hi")
		c := peer.Command()
		if c.Type != wire.TypeMessage || c.ID != p.ID || c.Text != "hi" || c.To != nil {
			t.Fatalf("the command is %+v", c)
		}
		if k.Pending() != 1 {
			t.Errorf("pending: %d", k.Pending())
		}
		peer.Event(own(11, k.self().ID, p))
		if err := k.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		acked := netchattest.WaitOf[*netchat.Acked](t, k.rec, 1)
		if *acked[0] != (netchat.Acked{ID: p.ID, Seq: 11}) {
			t.Errorf("got %+v", acked[0])
		}
		updates := k.rec.Updates()
		if _, ok := updates[len(updates)-2].(*netchat.Event); !ok {
			t.Errorf("the ack does not follow its event:%s", netchattest.Describe(updates))
		}
	})
}

func TestAnswersToPosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		stored, coming, refused := k.say(1, "stored"), k.say(2, "coming"), k.say(3, "refused")
		for range 3 {
			peer.Command()
		}
		peer.Rich(wire.ServerFrame{Type: wire.TypeAck, ID: stored.ID, Seq: 4})
		peer.Rich(wire.ServerFrame{Type: wire.TypeAck, ID: coming.ID, Seq: 11}) // its event is still to come
		peer.Rich(wire.ServerFrame{Type: wire.TypeRefused, Of: wire.TypeMessage, ID: refused.ID, Reason: netchat.RefusedNoRecipient})
		peer.Rich(wire.ServerFrame{Type: wire.TypeRefused, Of: wire.TypeMessage, ID: eventID(5), Reason: netchat.RefusedInvalid}) // not ours
		peer.Rich(wire.ServerFrame{Type: "of a later version"})
		peer.Event(own(11, k.self().ID, coming))
		drain(t, k.Client, k.rec)
		synctest.Wait()
		var order []uint64
		for _, u := range k.rec.Updates() {
			switch u := u.(type) {
			case *netchat.Acked:
				order = append(order, u.Seq)
			case *netchat.Event:
				order = append(order, u.Seq*100)
			}
		}
		if !slices.Equal(order, []uint64{4, 1100, 11}) {
			t.Errorf("acks and events in the order %d", order)
		}
		got := netchattest.Of[*netchat.Refused](k.rec)
		if len(got) != 1 || *got[0] != (netchat.Refused{ID: refused.ID, Reason: netchat.RefusedNoRecipient}) {
			t.Errorf("refused %+v", got)
		}
	})
}

func TestNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		for _, seq := range []uint64{9, 10, 11, 11, 13, 12, 14} { // 10 is in the snapshot
			peer.Event(event(seq, someone(7).ID, "x"))
		}
		peer.Event(event(15, someone(7).ID, "end"))
		k.rec.Wait(t, "the end", func(r *netchattest.Recorder) bool {
			texts := r.Texts()
			return len(texts) > 0 && texts[len(texts)-1] == "end"
		})
		var seqs []uint64
		for _, e := range netchattest.Of[*netchat.Event](k.rec) {
			seqs = append(seqs, e.Seq)
		}
		if !slices.Equal(seqs, []uint64{11, 13, 14, 15}) {
			t.Errorf("told %d", seqs)
		}
	})
}

func TestRosterDeltas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		at := time.UnixMilli(1_700_000_000_000).UTC()
		delta := func(d netchat.RosterDelta) {
			d.Time = at
			peer.Rich(wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: wire.FromDelta(&d)})
		}
		away := someone(7)
		away.Presence = netchat.Reconnecting
		delta(netchat.RosterDelta{Version: 6, Joined: []netchat.Member{someone(7)}})
		delta(netchat.RosterDelta{Version: 7, Changed: []netchat.Member{away}})
		delta(netchat.RosterDelta{Version: 8, Left: []netchat.MemberID{someone(7).ID}})
		lines := netchattest.WaitOf[*netchat.SystemLine](t, k.rec, 2)
		want := []netchat.SystemLine{
			{What: netchat.SystemJoined, Name: "member 7", Text: "member 7 进入聊天室", Time: at},
			{What: netchat.SystemLeft, Name: "member 7", Text: "member 7 已离开", Time: at},
		}
		if *lines[0] != want[0] || *lines[1] != want[1] {
			t.Errorf("lines %+v %+v", lines[0], lines[1])
		}
		if n := len(netchattest.Of[*netchat.RosterDelta](k.rec)); n != 3 {
			t.Errorf("%d deltas", n)
		}

		// A gap: the roster is asked for, once, and replaces what is known.
		delta(netchat.RosterDelta{Version: 11, Joined: []netchat.Member{someone(9)}})
		delta(netchat.RosterDelta{Version: 12, Joined: []netchat.Member{someone(10)}})
		if c := peer.Command(); c.Type != wire.TypeRoster {
			t.Fatalf("got %+v", c)
		}
		roster := netchat.Roster{Version: 12, Members: []netchat.Member{k.self(), someone(9), someone(10)}}
		peer.Rich(wire.ServerFrame{Type: wire.TypeRoster, Roster: wire.FromRoster(roster)})
		delta(netchat.RosterDelta{Version: 12, Joined: []netchat.Member{someone(10)}}) // old
		delta(netchat.RosterDelta{Version: 13, Left: []netchat.MemberID{someone(9).ID}})
		lines = netchattest.WaitOf[*netchat.SystemLine](t, k.rec, 3)
		if lines[2].Name != "member 9" || len(netchattest.Of[*netchat.Roster](k.rec)) != 1 {
			t.Errorf("after the gap: %s", netchattest.Describe(k.rec.Updates()))
		}
		if peer.Waiting() != 0 {
			t.Error("the roster was asked for twice")
		}
	})
}

func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		if err := k.History(7, 10_000); err != nil {
			t.Fatal(err)
		}
		if c := peer.Command(); c.Type != wire.TypeHistory || c.Before != 7 || c.N != netchat.MaxPageMessages {
			t.Fatalf("got %+v", c)
		}
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, More: true})
		if err := k.History(3, 1); err != nil {
			t.Fatal(err)
		}
		peer.Command()
		peer.Rich(wire.ServerFrame{Type: wire.TypeRefused, Of: wire.TypeHistory, Reason: netchat.RefusedInvalid})
		pages := netchattest.WaitOf[*netchat.Page](t, k.rec, 3)
		if pages[1].Snapshot || !pages[1].More || !pages[2].More {
			t.Errorf("pages %+v", pages)
		}

		if pages[1].Of.Before != 7 || pages[2].Of.Before != 3 || !errors.Is(pages[2].Err, netchat.ErrUnsupported) {
			t.Errorf("pages %+v", pages)
		}

		// What breaks off is asked again, but not behind a new snapshot.
		_ = k.History(2, 1)
		peer.Command()
		peer.Cut()
		peer = k.host.Accept()
		k.admit(peer, welcome(k.self(), 10, true))
		if c := peer.Command(); c.Type != wire.TypeHistory || c.Before != 2 {
			t.Fatalf("got %+v", c)
		}
		peer.Cut()
		peer = k.host.Accept()
		k.admit(peer, welcome(k.self(), 20, false))
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true})
		k.say(1, "x")
		if c := peer.Command(); c.Type != wire.TypeMessage {
			t.Fatalf("got %+v", c)
		}
		peer.Mute()
		for range 16 {
			if err := k.History(1, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.History(1, 1); !errors.Is(err, netchat.ErrOutboxFull) {
			t.Errorf("one question too many: %v", err)
		}
	})
}

// TestTurns asks for what lies after and around a message, in the order of asking,
// of a host that knows such questions, also if the connection breaks in between.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		said := wire.FromMessages([]netchat.Message{{Seq: 8, Text: "x"}})
		ask := func() {
			for _, err := range []error{k.Around(7, 0), k.After(8, 10_000), k.Search("x", 3), k.History(5, 4)} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		want := []wire.Command{
			{Type: wire.TypeHistory, Around: 7, N: 1},
			{Type: wire.TypeHistory, After: 8, N: netchat.MaxPageMessages},
			{Type: wire.TypeSearch, Text: "x", N: 3},
			{Type: wire.TypeHistory, Before: 5, N: 4},
		}
		check := func() {
			t.Helper()
			for _, want := range want {
				if c := peer.Command(); !reflect.DeepEqual(c, want) {
					t.Fatalf("got %+v, want %+v", c, want)
				}
			}
		}
		ask()
		check()
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, More: true, PageEnds: wire.PageEnds{Newer: true}, Messages: said})
		want = want[1:]
		netchattest.WaitOf[*netchat.Page](t, k.rec, 2)
		peer.Cut()
		peer = k.host.Accept()
		k.admit(peer, welcome(k.self(), 10, true))
		check()
		peer.Rich(wire.ServerFrame{Type: wire.TypeRefused, Of: wire.TypeHistory, Reason: netchat.RefusedInvalid})
		peer.Rich(wire.ServerFrame{Type: wire.TypeHits, Messages: said})
		peer.Rich(wire.ServerFrame{Type: wire.TypePage})
		pages := netchattest.WaitOf[*netchat.Page](t, k.rec, 4)
		found := netchattest.WaitOf[*netchat.Hits](t, k.rec, 1)[0]
		if p := pages[1]; p.Of != (netchat.PageAsk{Around: 7}) || !p.More || !p.Newer || p.Err != nil || len(p.Messages) != 1 {
			t.Errorf("around: %+v", p)
		}
		if p := pages[2]; p.Of != (netchat.PageAsk{After: 8}) || !errors.Is(p.Err, netchat.ErrUnsupported) {
			t.Errorf("after: %+v", p)
		}
		if p := pages[3]; p.Of != (netchat.PageAsk{Before: 5}) || p.More || p.Newer || p.Err != nil {
			t.Errorf("before: %+v", p)
		}
		if found.Text != "x" || len(found.Messages) != 1 || found.Err != nil {
			t.Errorf("hits: %+v", found)
		}

		// A host without search would answer with its newest page.
		peer.Cut()
		peer = k.host.Accept()
		old := welcome(k.self(), 10, true)
		old.Types = slices.DeleteFunc(slices.Clone(old.Types), func(name string) bool { return name == wire.TypeSearch })
		k.admit(peer, old)
		ask()
		if c := peer.Command(); c.Type != wire.TypeHistory || c.Before != 5 {
			t.Errorf("got %+v", c)
		}
		for _, p := range netchattest.WaitOf[*netchat.Page](t, k.rec, 6)[4:] {
			if !errors.Is(p.Err, netchat.ErrUnsupported) {
				t.Errorf("an old host: %+v", p)
			}
		}
		if h := netchattest.WaitOf[*netchat.Hits](t, k.rec, 2)[1]; !errors.Is(h.Err, netchat.ErrUnsupported) {
			t.Errorf("an old host: %+v", h)
		}
	})
}

func TestSendLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinRich(t, nil)
		peer.Cut() // so that nothing is written
		long := netchat.Post{ID: eventID(1), Text: string(make([]byte, netchat.MaxText+1))}
		if err := k.Send(long); !errors.Is(err, netchat.ErrTooLong) {
			t.Errorf("too long: %v", err)
		}
		if err := k.Send(netchat.Post{ID: "x"}); !errors.Is(err, client.ErrInvalidPost) {
			t.Errorf("bad id: %v", err)
		}
		if err := k.Send(netchat.Post{ID: eventID(1), To: make([]netchat.MemberID, netchat.MaxRecipients+1)}); !errors.Is(err, client.ErrInvalidPost) {
			t.Errorf("too many recipients: %v", err)
		}
		text := string(make([]byte, netchat.MaxText))
		n := 0
		for ; n < 10_000; n++ {
			if err := k.Send(netchat.Post{ID: eventID(n), Text: text}); errors.Is(err, netchat.ErrOutboxFull) {
				break
			}
		}
		if n != (16<<20)/netchat.MaxText || k.Pending() != n {
			t.Errorf("%d large posts fit, %d pending", n, k.Pending())
		}
		if err := k.Send(netchat.Post{ID: eventID(0), Text: text}); err != nil {
			t.Errorf("one that waits already: %v", err)
		}
		_ = k.Close()
		if err := k.Send(netchat.Post{ID: eventID(1)}); !errors.Is(err, netchat.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := k.History(0, 1); !errors.Is(err, netchat.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := k.Drain(t.Context()); !errors.Is(err, netchat.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
