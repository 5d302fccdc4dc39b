package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

var (
	me    = netchat.Member{ID: "11111111111111111111111111111111", Label: "11111111", Name: "张飞"}
	liu   = netchat.Member{ID: "22222222222222222222222222222222", Label: "22222222", Name: "刘备"}
	guan  = netchat.Member{ID: "33333333333333333333333333333333", Label: "33333333", Name: "关羽"}
	guan2 = netchat.Member{ID: "44444444444444444444444444444444", Label: "44444444", Name: "关羽"}
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func newTestRoom(t *testing.T, limit int) *Room {
	t.Helper()
	drawn := 0
	r := NewRoom(Options{
		Now: func() time.Time { return noon },
		NewID: func() (netchat.EventID, error) {
			drawn++
			return netchat.EventID(fmt.Sprintf("own%d", drawn)), nil
		},
		Zone: time.UTC, MaxLines: limit,
	})
	apply(r, welcomed(me, liu, guan))
	return r
}

func welcomed(members ...netchat.Member) *netchat.Welcome {
	return &netchat.Welcome{Self: me, Rich: true, Roster: netchat.Roster{Version: 1, Members: members}}
}

func apply(r *Room, updates ...netchat.Update) Changed { return r.Apply(updates) }

func event(seq uint64, id string, from netchat.Member, text string, to ...netchat.MemberID) *netchat.Event {
	e := &netchat.Event{
		Seq: seq, Time: noon.Add(time.Duration(seq) * time.Second), ID: netchat.EventID(id), Kind: netchat.KindMessage,
		Author: from.ID, Audience: netchat.ToAll(), Body: []byte(fmt.Sprintf(`{"name":%q,"text":%q}`, from.Name, text)),
	}
	if len(to) > 0 {
		e.Audience = netchat.ToMembers(to...)
	}
	return e
}

func message(seq uint64, id string, from netchat.Member, text string) netchat.Message {
	m, _ := netchat.MessageOf(event(seq, id, from, text))
	return m
}

// told returns the timeline as one string: a line's text, ? while it waits, !
// if it failed.
func told(r *Room) string {
	var out []string
	for i := range r.Timeline().Len() {
		l := r.Timeline().Line(i)
		s := l.Message.Text
		if l.Kind == LineSystem {
			s = "*" + l.System.Name
		}
		out = append(out, s+map[LineState]string{LineWaiting: "?", LineFailed: "!"}[l.State])
	}
	return strings.Join(out, " ")
}

func wantTold(t *testing.T, r *Room, want string) {
	t.Helper()
	if got := told(r); got != want {
		t.Errorf("timeline %q, want %q", got, want)
	}
}

func compose(t *testing.T, r *Room, text string) netchat.Post {
	t.Helper()
	p, err := r.Compose(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNothingTwice(t *testing.T) {
	r := newTestRoom(t, 0)
	if c := apply(r, event(1, "a", liu, "one"), event(1, "a", liu, "one"), event(2, "a", guan, "two")); c.News != 2 {
		t.Errorf("%d news", c.News)
	}
	wantTold(t, r, "one two")
	apply(r, &netchat.Page{Messages: []netchat.Message{message(0, "z", liu, "old"), message(1, "a", liu, "one")}})
	wantTold(t, r, "old one two")
}

func TestPendingUntilItComesBack(t *testing.T) {
	r := newTestRoom(t, 0)
	first, second := compose(t, r, "first"), compose(t, r, "second")
	line := r.Timeline().Line(0)
	wantTold(t, r, "first? second?")
	apply(r, event(1, "a", liu, "theirs"))
	wantTold(t, r, "theirs first? second?")
	apply(r, event(2, string(first.ID), me, "first"), &netchat.Acked{ID: first.ID, Seq: 2})
	wantTold(t, r, "theirs first second?")
	if r.Timeline().Line(1) != line || line.Message.Seq != 2 {
		t.Error("the waiting line and the stored one are not one")
	}
	apply(r, &netchat.Acked{ID: second.ID, Seq: 3}) // a duplicate: no Event comes
	wantTold(t, r, "theirs first second")
	if r.Timeline().Waiting() != 0 {
		t.Errorf("%d waiting", r.Timeline().Waiting())
	}
}

func TestRefusedAndRetried(t *testing.T) {
	r := newTestRoom(t, 0)
	p := compose(t, r, "mine")
	apply(r, &netchat.Refused{ID: p.ID, Reason: netchat.RefusedNotStored}, event(1, "a", liu, "theirs"))
	wantTold(t, r, "mine! theirs")
	again, ok := r.Retry(r.Timeline().Line(0))
	if !ok || again.ID != p.ID {
		t.Errorf("retried as %+v", again)
	}
	wantTold(t, r, "theirs mine?")
	apply(r, &netchat.Refused{ID: p.ID, Reason: netchat.RefusedUncertain})
	again, ok = r.Retry(r.Timeline().Line(1))
	if !ok || again.ID == p.ID {
		t.Errorf("an uncertain one was retried as %+v", again)
	}
	apply(r, event(2, string(again.ID), me, "mine"))
	wantTold(t, r, "theirs mine")
	p = compose(t, r, "more")
	r.Fail(p.ID, Failure{Err: netchat.ErrOutboxFull})
	r.Discard(r.Timeline().Line(2))
	r.Discard(r.Timeline().Line(0)) // not a failed one: nothing happens
	wantTold(t, r, "theirs mine")
}

func TestSnapshotReplaces(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, event(1, "a", liu, "one"), event(2, "b", liu, "two"),
		&netchat.SystemLine{What: netchat.SystemJoined, Name: "x", Time: noon})
	kept := r.Timeline().Line(1)
	failed, waits, arrived := compose(t, r, "failed"), compose(t, r, "waits"), compose(t, r, "arrived")
	r.Fail(failed.ID, Failure{Err: errors.New("x")})
	apply(r, welcomed(me), &netchat.Page{Snapshot: true, More: true, Messages: []netchat.Message{
		message(2, "b", liu, "two"), message(3, string(arrived.ID), me, "arrived"), message(4, "d", liu, "four"),
	}})
	wantTold(t, r, "two arrived four failed! waits?")
	if r.Timeline().Line(0) != kept {
		t.Error("a message that stayed got another line")
	}
	_ = waits
	if before, ok := r.Timeline().AskOlder(); !ok || before != 2 {
		t.Errorf("older ones than %d, %v", before, ok)
	}
	if _, ok := r.Timeline().AskOlder(); ok {
		t.Error("asked twice")
	}
	apply(r, &netchat.Page{Messages: []netchat.Message{message(1, "a", liu, "one")}, More: false})
	wantTold(t, r, "one two arrived four failed! waits?")
	if r.Timeline().More() {
		t.Error("more, though there is no more")
	}
}

func TestRecoveredKeeps(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, event(1, "a", liu, "one"))
	w := welcomed(me, liu)
	w.Recovered = true
	apply(r, &netchat.StateChange{State: netchat.StateReconnecting}, w, event(2, "b", liu, "two"))
	wantTold(t, r, "one two")
	if s, _ := r.Connection(); s != netchat.StateOnline {
		t.Errorf("state %s", s)
	}
}

func TestFindInNothing(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, event(1, "a", liu, "one"))
	gone := r.Timeline().Line(0)
	apply(r, &netchat.Page{Snapshot: true})
	if i := r.Timeline().Find(gone, 0); i != -1 {
		t.Errorf("found at %d", i)
	}
}

func TestNewerRevisionWins(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, event(5, "a", liu, "first"))
	edited := message(5, "a", liu, "edited")
	edited.Rev = 9
	apply(r, &netchat.Page{Messages: []netchat.Message{edited}})
	wantTold(t, r, "edited")
	apply(r, &netchat.Page{Messages: []netchat.Message{message(5, "a", liu, "first")}})
	wantTold(t, r, "edited")
}

func TestUnknownKinds(t *testing.T) {
	r := newTestRoom(t, 0)
	poll, odd := event(1, "a", liu, "x"), event(2, "b", liu, "x")
	poll.Kind, poll.Body = "poll", []byte(`{"name":"刘备","fallback":"a poll"}`)
	odd.Kind, odd.Body = "hand", []byte(`{}`)
	apply(r, poll, odd)
	wantTold(t, r, "a poll")
}

func TestBoundedTimeline(t *testing.T) {
	r := newTestRoom(t, 10)
	for i := range 100 {
		apply(r, event(uint64(i+1), fmt.Sprint(i), liu, fmt.Sprint(i)))
		if n := r.Timeline().Len(); n > 10 {
			t.Fatalf("%d lines", n)
		}
	}
	if len(r.timeline.seen) != r.Timeline().Len() {
		t.Errorf("%d remembered for %d lines", len(r.timeline.seen), r.Timeline().Len())
	}
	if got := told(r); !strings.HasSuffix(got, "98 99") {
		t.Errorf("timeline %q", got)
	}
	for range MaxWaiting {
		compose(t, r, "x")
	}
	if _, err := r.Compose("x"); !errors.Is(err, netchat.ErrOutboxFull) {
		t.Errorf("one too many waits: %v", err)
	}
}

func TestJoints(t *testing.T) {
	r := newTestRoom(t, 0)
	late := event(3, "c", liu, "three")
	late.Time = noon.Add(time.Minute)
	private := event(4, "d", liu, "private", me.ID)
	private.Time = late.Time
	tomorrow := event(5, "e", liu, "five")
	tomorrow.Time = noon.Add(13 * time.Hour)
	apply(r, event(1, "a", liu, "one"), event(2, "b", liu, "two"), late,
		private, tomorrow)
	want := []Joint{{NewDay: true}, {Grouped: true}, {}, {}, {NewDay: true}}
	for i, w := range want {
		if got := r.Timeline().Joint(i); got != w {
			t.Errorf("joint %d is %+v, want %+v", i, got, w)
		}
	}
}

func TestChoosing(t *testing.T) {
	r := newTestRoom(t, 0)
	if r.Choose(me.ID) || r.Recipient().Private() {
		t.Error("one's own entry became a target")
	}
	r.SetDraft("to all")
	r.Choose(liu.ID)
	r.SetDraft("to liu")
	r.Choose(guan.ID)
	if r.Recipient().Name != "关羽" || r.Draft() != "" {
		t.Errorf("switched to %+v with %q", r.Recipient(), r.Draft())
	}
	r.Choose(guan.ID)
	if r.Recipient().Private() || r.Draft() != "to all" {
		t.Errorf("back at %+v with %q", r.Recipient(), r.Draft())
	}
	r.Choose(liu.ID)
	if p := compose(t, r, r.Draft()); p.Text != "to liu" || len(p.To) != 1 || p.To[0] != liu.ID {
		t.Errorf("sent %+v", p)
	}
	if l := r.Timeline().Line(0); l.Peer != "刘备" || !l.Private() || r.Draft() != "" {
		t.Errorf("line to %q, draft %q", l.Peer, r.Draft())
	}
}

func TestRecipientLeaves(t *testing.T) {
	r := newTestRoom(t, 0)
	r.Choose(liu.ID)
	r.SetDraft("secret")
	c := apply(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}})
	if !c.Recipient || !r.Recipient().Gone || r.Recipient().Name != "刘备" {
		t.Errorf("changed %+v, recipient %+v", c, r.Recipient())
	}
	if _, err := r.Compose("secret"); !errors.Is(err, ErrGone) {
		t.Errorf("sent to somebody who left: %v", err)
	}
	if r.Draft() != "secret" || r.Timeline().Len() != 0 {
		t.Errorf("draft %q, timeline %q", r.Draft(), told(r))
	}
	apply(r, &netchat.RosterDelta{Version: 3, Joined: []netchat.Member{liu}})
	if r.Recipient().Gone || r.Draft() != "secret" {
		t.Error("the same person came back and is still gone")
	}
	apply(r, &netchat.RosterDelta{Version: 4, Left: []netchat.MemberID{liu.ID}})
	r.Choose(liu.ID) // the entry is not there any more: a click on it cannot be; anything leads back
	if r.Recipient().Private() {
		t.Error("still private")
	}
	// A message of somebody who has left still bears their name.
	apply(r, event(9, "z", me, "x", liu.ID))
	if l := r.Timeline().Line(0); l.Peer != "刘备" {
		t.Errorf("line to %q", l.Peer)
	}
}

func TestWhatIsNotSent(t *testing.T) {
	r := newTestRoom(t, 0)
	for text, want := range map[string]error{
		"": ErrBlank, " \n\t": ErrBlank, strings.Repeat("x", netchat.MaxText+1): netchat.ErrTooLong,
	} {
		if _, err := r.Compose(text); !errors.Is(err, want) {
			t.Errorf("%.10q: %v, want %v", text, err, want)
		}
	}
	compose(t, r, strings.Repeat("x", netchat.MaxText))
}

func TestPeople(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, &netchat.RosterDelta{Version: 2, Joined: []netchat.Member{guan2}})
	list := r.People().List("")
	if len(list) != 4 || !list[0].Self || list[1].Namesake || !list[2].Namesake || !list[3].Namesake {
		t.Errorf("list %+v", list)
	}
	if got := r.People().List(" 刘 "); len(got) != 1 || got[0].ID != liu.ID {
		t.Errorf("filtered %+v", got)
	}
	if got := r.People().List("4444"); len(got) != 1 || got[0].ID != guan2.ID {
		t.Errorf("filtered by label %+v", got)
	}
	apply(r, event(1, "a", guan2, "x"), event(2, "b", liu, "y"))
	if l := r.Timeline().Line(0); l.Mark != "44444444" {
		t.Errorf("mark %q", l.Mark)
	}
	if l := r.Timeline().Line(1); l.Mark != "" {
		t.Errorf("mark %q", l.Mark)
	}
	if c := apply(r, &netchat.RosterDelta{Version: 9, Joined: []netchat.Member{{ID: "x"}}}); c.People || r.People().Len() != 4 {
		t.Error("a gap in the versions was applied")
	}
	if r.People().Others() != 3 {
		t.Errorf("%d others", r.People().Others())
	}
}

func TestUnread(t *testing.T) {
	r := newTestRoom(t, 0)
	apply(r, event(1, "a", liu, "seen"))
	r.SetAway(true)
	c := apply(r, event(2, "b", liu, "x"), event(3, "c", me, "own"), &netchat.SystemLine{What: netchat.SystemLeft})
	if !c.Unread || r.Unread() != 1 {
		t.Errorf("%d unread", r.Unread())
	}
	if !r.SetAway(false) || r.Unread() != 0 {
		t.Error("coming back did not make it read")
	}
}

func TestPrivateNews(t *testing.T) {
	r := newTestRoom(t, 0)
	c := apply(r, event(1, "a", liu, "all"), event(2, "b", liu, "me", me.ID), event(3, "c", guan, "me", me.ID),
		event(4, "d", me, "own", liu.ID), event(2, "b", liu, "me", me.ID))
	if c.News != 3 || !slices.Equal(c.Private, []netchat.MemberID{liu.ID, guan.ID}) {
		t.Errorf("%d messages, private ones of %v", c.News, c.Private)
	}
}

// TestOwnNewName has the room call oneself by another name, told in both ways
// in which a room can.
func TestOwnNewName(t *testing.T) {
	renamed := func(name string) netchat.Member {
		m := me
		m.Name = name
		return m
	}
	r := newTestRoom(t, 0)
	c := apply(r, &netchat.RosterDelta{Version: 2, Changed: []netchat.Member{renamed("翼德")}})
	if r.Self().Name != "翼德" || !c.Room || !c.People {
		t.Errorf("a delta: %q, %+v", r.Self().Name, c)
	}
	c = apply(r, &netchat.Roster{Version: 7, Members: []netchat.Member{renamed("张翼德"), liu}})
	if r.Self().Name != "张翼德" || !c.Room {
		t.Errorf("a roster: %q, %+v", r.Self().Name, c)
	}
	if c = apply(r, &netchat.Roster{Version: 8, Members: []netchat.Member{renamed("张翼德")}}); c.Room {
		t.Error("the same name again is no change")
	}
	if _, err := r.Compose("hello"); err != nil {
		t.Fatal(err)
	}
	if l := r.Timeline().Line(0); l.Message.Name != "张翼德" || !l.Own {
		t.Errorf("the next message is by %q", l.Message.Name)
	}
}

func TestDisplayName(t *testing.T) {
	for name, want := range map[string]string{
		"张飞": "张飞", " a \n b ": "a b", "\u202Eevil": "evil", "": "abcd1234", "\t\x00": "abcd1234",
	} {
		if got := DisplayName(name, "abcd1234"); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

func TestRefusedNameIsDrawnAgain(t *testing.T) {
	r := newTestRoom(t, 0)
	c := apply(r, &netchat.RenameRefused{Name: "翼德", Reason: netchat.RefusedInvalid})
	if !c.Room || c.People || c.Timeline || c.NotRenamed != "翼德" || r.Self() != me {
		t.Errorf("changed %+v, self %+v", c, r.Self())
	}
}

// TestWaitingFromBefore: what was written before the program was started is on its
// way once, and settles as any other.
func TestWaitingFromBefore(t *testing.T) {
	r := newTestRoom(t, 0)
	post := netchat.Post{ID: netchat.EventID(strings.Repeat("a", 32)), Text: "from before"}
	in := welcomed()
	for range 2 {
		if c := r.Apply([]netchat.Update{in, &netchat.Page{Snapshot: true}, &netchat.Waiting{Posts: []netchat.Post{post}}}); !c.Timeline {
			t.Error("nothing changed")
		}
	}
	if r.Timeline().Waiting() != 1 {
		t.Fatalf("%d wait", r.Timeline().Waiting())
	}
	e := &netchat.Event{Epoch: "e", Seq: 1, ID: post.ID, Author: in.Self.ID, Kind: netchat.KindMessage, Audience: netchat.ToAll(), Body: []byte(`{"name":"x","text":"from before"}`)}
	r.Apply([]netchat.Update{e})
	if tl := r.Timeline(); tl.Waiting() != 0 || tl.Len() != 1 || tl.Line(0).State == LineWaiting {
		t.Errorf("%d wait, %d lines", r.Timeline().Waiting(), tl.Len())
	}
	for _, err := range []error{netchat.ErrTooLong, nil} {
		if c := r.Apply([]netchat.Update{&netchat.NotKept{Err: err}}); !c.NotKept || r.NotKept() != err {
			t.Errorf("that it is not kept, or is again, is not told: %v", r.NotKept())
		}
	}
}
