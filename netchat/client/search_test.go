package client_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

func hits(h *netchat.Hits) (all []string) {
	for _, m := range h.Messages {
		all = append(all, m.Text)
	}
	return all
}

// TestSearch finds in the room what one may see, and on this machine what one has
// seen while there is no host.
func TestSearch(t *testing.T) {
	room := newRealRoom(t)
	witness := room.join("witness", newKey(t), room.DialInProcess)
	other := room.join("other", newKey(t), room.mem.Dial)
	r := newResident(t)
	v := r.start(room.mem.Dial)
	netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
	otherID := netchattest.WaitOf[*netchat.Welcome](t, other.rec, 1)[0].Self.ID
	for i, p := range []netchat.Post{
		{Text: "明天交作业"}, {Text: "nothing of it"}, {Text: "作业 for one alone", To: []netchat.MemberID{otherID}}, {Text: "The homework 作业 is 100% DONE"},
	} {
		p.ID = netchat.EventID(strings.Repeat(string(rune('a'+i)), 32))
		if err := witness.Send(p); err != nil {
			t.Fatal(err)
		}
	}
	drain(t, witness.Client, witness.rec)
	v.rec.Wait(t, "what is for all", func(r *netchattest.Recorder) bool { return len(r.Shown()) == 3 })
	ask := func(text string, n int) *netchat.Hits {
		t.Helper()
		before := len(netchattest.Of[*netchat.Hits](v.rec))
		if err := v.Search(text, n); err != nil {
			t.Fatal(err)
		}
		return netchattest.WaitOf[*netchat.Hits](t, v.rec, before+1)[before]
	}
	check := func() {
		t.Helper()
		for text, want := range map[string][]string{
			"作业": {"The homework 作业 is 100% DONE", "明天交作业"}, " done ": {"The homework 作业 is 100% DONE"}, "absent": nil,
			"100%": {"The homework 作业 is 100% DONE"}, `"of" OR \`: nil,
		} {
			if h := ask(text, 50); h.Err != nil || h.Text != strings.TrimSpace(text) || !slices.Equal(hits(h), want) {
				t.Errorf("%q: %q, %v", text, hits(h), h.Err)
			}
		}
		if h := ask("作业", 1); len(h.Messages) != 1 {
			t.Errorf("%q", hits(h))
		}
	}
	check()
	for _, bad := range []string{"", "  ", strings.Repeat("x", netchat.MaxSearchText+1)} {
		if err := v.Search(bad, 1); !errors.Is(err, netchat.ErrTooLong) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	r.end(v)
	r.edit = func(c *client.Config) { c.Keep.Away, c.Room = true, testRoom }
	v = r.start(func(context.Context) (net.Conn, error) { return nil, net.ErrClosed })
	check()
	r.end(v)
}

// TestQuestionWhileTheHostVanishes: what was on its way to the host then is answered
// from what is kept, as is what is asked later, and what only the host can answer does
// not hold that up.
func TestQuestionWhileTheHostVanishes(t *testing.T) {
	e := event(1, someone(7).ID, "the homework")
	m, _ := netchat.MessageOf(e)
	path := keptBefore(t, netchat.Keeping{Room: roomInfo(), Messages: []netchat.Message{m}, Position: e.Position(), Anew: true})
	host := newHost(t)
	var gone atomic.Bool
	k, peer, joined := beginAt(t, host, func(c *client.Config) {
		c.Keep.Open = func(netchat.RoomID) (client.Store, error) { return history.OpenCopy(path) }
		c.Dial = func(ctx context.Context) (net.Conn, error) {
			if gone.Load() {
				return nil, net.ErrClosed
			}
			return host.Dial(ctx)
		}
	})
	k.admit(peer, welcome(k.self(), 1, true))
	joined()
	netchattest.WaitOf[*netchat.Page](t, k.rec, 1)
	if err := errors.Join(k.History(0, 10), k.Search("homework", 10), k.Around(1, 10)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		peer.Command()
	}
	gone.Store(true)
	peer.Cut()
	netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)
	if err := k.Search("the", 10); err != nil {
		t.Fatal(err)
	}
	for i, found := range netchattest.WaitOf[*netchat.Hits](t, k.rec, 2) {
		if found.Text != []string{"homework", "the"}[i] || found.Err != nil || !slices.Equal(hits(found), []string{m.Text}) {
			t.Errorf("%+v", found)
		}
	}
	if page := netchattest.WaitOf[*netchat.Page](t, k.rec, 2)[1]; page.Of.Around != 1 || page.Err != nil || len(page.Messages) != 1 {
		t.Errorf("%+v", page)
	}
}
