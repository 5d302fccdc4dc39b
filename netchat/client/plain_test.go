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

var stamp = time.Date(2026, 11, 23, 5, 5, 0, 0, time.Local)

// plainSomeone is a member of a plain server.
func plainSomeone(n int, name string) netchat.Member {
	m := someone(n)
	m.ID, m.Name = netchat.MemberID(m.Label), name
	return m
}

// joinPlain makes a client that a plain server has let in, with the list given.
func joinPlain(t *testing.T, list ...netchat.Member) (*talk, *netchattest.Peer) {
	t.Helper()
	k, peer, joined := beginAt(t, netchattest.NewHost(t), func(c *client.Config) { c.Plain = true })
	peer.Hello()
	peer.List(list...)
	joined()
	return k, peer
}

func TestJoinPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		namesake, other, self := plainSomeone(1, "张飞"), plainSomeone(2, "刘备"), plainSomeone(3, "张飞")
		k, peer := joinPlain(t, namesake, other, self)
		w := netchattest.WaitOf[*netchat.Welcome](t, k.rec, 1)[0]
		if w.Rich || w.Recovered || w.Self != self || len(w.Roster.Members) != 3 || w.Room != (netchat.RoomInfo{}) {
			t.Errorf("welcome %+v", w)
		}
		late := plainSomeone(4, "关羽")
		peer.List(namesake, other, self)
		peer.List(namesake, self, late)
		peer.Send(wire.EncodeSystem("刘备 已离开", stamp))
		peer.Send(wire.EncodeSystem("关羽 进入聊天室", stamp))
		peer.Send(wire.EncodeSystem("今天停电", stamp))
		var lines []netchat.SystemLine
		for _, l := range netchattest.WaitOf[*netchat.SystemLine](t, k.rec, 3) {
			lines = append(lines, *l)
		}
		if !slices.Equal(lines, []netchat.SystemLine{
			{What: netchat.SystemLeft, Name: "刘备", Text: "刘备 已离开", Time: stamp},
			{What: netchat.SystemJoined, Name: "关羽", Text: "关羽 进入聊天室", Time: stamp},
			{What: netchat.SystemOther, Text: "今天停电", Time: stamp},
		}) {
			t.Errorf("lines %+v", lines)
		}
		deltas := netchattest.Of[*netchat.RosterDelta](k.rec)
		if len(deltas) != 1 {
			t.Fatalf("%d deltas", len(deltas))
		}
		d := *deltas[0]
		if d.Version != w.Roster.Version+1 || !slices.Equal(d.Left, []netchat.MemberID{other.ID}) || !slices.Equal(d.Joined, []netchat.Member{late}) {
			t.Errorf("delta %+v", d)
		}
	})
}

func TestPlainMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		self, other := plainSomeone(3, "张飞"), plainSomeone(4, "关羽")
		k, peer := joinPlain(t, self, other)
		peer.Send([]byte(`{"type":"of another server"}`))
		peer.Send([]byte(`{"type":"public","from":7}`)) // unreadable
		peer.Send(wire.EncodePublic(other.Label, "关羽", "hi", stamp))
		peer.Send(wire.EncodePrivate(other.Label, self.Label, "关羽", "psst", stamp))
		events := netchattest.WaitOf[*netchat.Event](t, k.rec, 2)
		if !events[0].ID.Valid() || events[0].ID == events[1].ID {
			t.Errorf("ids %q, %q", events[0].ID, events[1].ID)
		}
		for i, want := range []netchat.Message{
			{Text: "hi", Audience: netchat.ToAll()},
			{Text: "psst", Audience: netchat.ToMembers(self.ID)},
		} {
			want.ID, want.Time, want.Kind, want.Author, want.Name = events[i].ID, stamp.UTC(), netchat.KindMessage, other.ID, "关羽"
			if got, ok := netchat.MessageOf(events[i]); !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
	})
}

func TestPlainPosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		self, other, third := plainSomeone(1, "张飞"), plainSomeone(2, "刘备"), plainSomeone(3, "关羽")
		k, peer := joinPlain(t, other, third, self)
		posts := []netchat.Post{k.say(1, "all"), k.say(2, "one", other.ID), k.say(3, "two", third.ID, other.ID, other.ID)}
		want := []wire.PlainCommand{
			{Content: "all"},
			{Private: true, To: string(other.ID), Content: "one"},
			{Private: true, To: string(other.ID), Content: "two"},
			{Private: true, To: string(third.ID), Content: "two"},
		}
		for _, c := range want {
			if got := peer.Plain(); got != c {
				t.Errorf("got %+v, want %+v", got, c)
			}
		}
		peer.Send(wire.EncodePublic(other.Label, "刘备", "all", stamp)) // not ours
		peer.Send(wire.EncodePublic(self.Label, "张飞", "all", stamp))
		for _, c := range want[1:] {
			peer.Send(wire.EncodePrivate(self.Label, netchat.Label(c.To), "张飞", c.Content, stamp))
		}
		acked := netchattest.WaitOf[*netchat.Acked](t, k.rec, 3)
		shown := k.rec.Shown()
		for i, p := range posts {
			if *acked[i] != (netchat.Acked{ID: p.ID}) || shown[i+1].ID != p.ID || shown[i+1].Text != p.Text {
				t.Errorf("acked %+v, shown %+v, want %+v", acked[i], shown[i+1], p)
			}
		}
		if to := shown[3].Audience.Members; !slices.Equal(to, []netchat.MemberID{other.ID, third.ID}) {
			t.Errorf("to %v", to)
		}
		drain(t, k.Client, k.rec)
	})
}

func TestPlainKnowsNo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, peer := joinPlain(t, plainSomeone(1, "张飞"))
		nobody := k.say(1, "?", someone(77).ID)
		refused := netchattest.WaitOf[*netchat.Refused](t, k.rec, 1)
		if *refused[0] != (netchat.Refused{ID: nobody.ID, Reason: netchat.RefusedNoRecipient}) {
			t.Errorf("refused %+v", refused[0])
		}
		if err := k.History(0, 5); err != nil {
			t.Error(err)
		}
		if p := netchattest.WaitOf[*netchat.Page](t, k.rec, 1)[0]; p.More || p.Snapshot || p.Messages != nil {
			t.Errorf("history of a plain server: %+v", p)
		}
		if err := errors.Join(k.Around(3, 5), k.After(3, 5), k.Search("x", 1)); err != nil {
			t.Error(err)
		}
		for _, p := range netchattest.WaitOf[*netchat.Page](t, k.rec, 3)[1:] {
			if !errors.Is(p.Err, netchat.ErrUnsupported) || p.Of.Around|p.Of.After != 3 {
				t.Errorf("a turn of a plain server: %+v", p)
			}
		}
		if h := netchattest.WaitOf[*netchat.Hits](t, k.rec, 1)[0]; !errors.Is(h.Err, netchat.ErrUnsupported) {
			t.Errorf("a search of a plain server: %+v", h)
		}
		if peer.Waiting() != 0 {
			t.Error("the server was asked for what it does not know")
		}
	})
}

// TestPlainToOneself gets two frames for each: the recipient's and the echo.
func TestPlainToOneself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		self := plainSomeone(1, "张飞")
		k, peer := joinPlain(t, self)
		texts := []string{"a", "b", "b", "c"}
		for i, text := range texts {
			k.say(i, text, self.ID)
			peer.Plain()
		}
		for _, text := range texts {
			for range 2 {
				peer.Send(wire.EncodePrivate(self.Label, self.Label, "张飞", text, stamp))
			}
		}
		peer.Send(wire.EncodePublic("00000009", "x", "end", stamp))
		netchattest.WaitOf[*netchat.Event](t, k.rec, 5)
		if got := k.rec.Texts(); !slices.Equal(got, append(texts, "end")) || k.Pending() != 0 {
			t.Errorf("shown %q, %d pending", got, k.Pending())
		}
	})
}

// TestPlainRecipientLeaves has a server that drops what is said to who left.
func TestPlainRecipientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		self, other, third := plainSomeone(1, "张飞"), plainSomeone(2, "刘备"), plainSomeone(3, "关羽")
		k, peer := joinPlain(t, other, third, self)
		dropped := k.say(1, "dropped", third.ID)
		half := k.say(2, "half", other.ID, third.ID)
		gone := k.say(3, "gone", third.ID)
		for range 4 {
			peer.Plain()
		}
		peer.Send(wire.EncodePrivate(self.Label, other.Label, "张飞", "half", stamp)) // so the first one never comes
		first := netchattest.WaitOf[*netchat.Refused](t, k.rec, 1)
		if first[0].ID != dropped.ID {
			t.Errorf("refused %+v", first[0])
		}
		peer.List(other, self)
		refused := netchattest.WaitOf[*netchat.Refused](t, k.rec, 2)
		if *refused[1] != (netchat.Refused{ID: gone.ID, Reason: netchat.RefusedNoRecipient}) {
			t.Errorf("refused %+v", refused[1])
		}
		shown := k.rec.Shown()
		if len(shown) != 1 || shown[0].ID != half.ID || !slices.Equal(shown[0].Audience.Members, []netchat.MemberID{other.ID}) {
			t.Errorf("shown %+v", shown)
		}
		if k.Pending() != 0 {
			t.Errorf("%d pending", k.Pending())
		}
	})
}

// TestPlainReconnect gets a new id; what was written is in doubt, the rest is
// not.
func TestPlainReconnect(t *testing.T) {
	for _, code := range []netchat.CloseCode{0, 1000, 1001, 1012} {
		synctest.Test(t, func(t *testing.T) {
			old, other := plainSomeone(1, "张飞"), plainSomeone(2, "刘备")
			k, peer := joinPlain(t, other, old)
			doubt := k.say(1, "doubt")
			peer.Plain()
			if code == 0 {
				peer.Cut()
			} else {
				peer.Close(code, "")
				peer.Ended()
			}
			refused := netchattest.WaitOf[*netchat.Refused](t, k.rec, 1)
			if *refused[0] != (netchat.Refused{ID: doubt.ID, Reason: netchat.RefusedUncertain}) {
				t.Errorf("refused %+v", refused[0])
			}
			late := k.say(2, "late")
			stale := k.say(3, "to an old id", other.ID)

			peer = k.host.Accept()
			if hello := peer.Hello(); hello.Rich.Resume != nil {
				t.Errorf("resumed from %+v", hello.Rich.Resume)
			}
			self := plainSomeone(9, "张飞")
			peer.List(plainSomeone(8, "刘备"), self)
			if c := peer.Plain(); c.Content != "late" {
				t.Errorf("got %+v", c)
			}
			peer.Send(wire.EncodePublic(self.Label, "张飞", "late", stamp))
			acked := netchattest.WaitOf[*netchat.Acked](t, k.rec, 1)
			if acked[0].ID != late.ID {
				t.Errorf("acked %+v", acked[0])
			}
			refused = netchattest.WaitOf[*netchat.Refused](t, k.rec, 2)
			if refused[1].ID != stale.ID || refused[1].Reason != netchat.RefusedNoRecipient {
				t.Errorf("refused %+v", refused[1])
			}
			if w := netchattest.Of[*netchat.Welcome](k.rec); len(w) != 2 || w[1].Self != self {
				t.Errorf("welcomes %+v", w)
			}
		})
	}
}
