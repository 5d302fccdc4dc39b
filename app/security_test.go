package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/netchat"
)

// A fakeTrust remembers in the test what it was told.
type fakeTrust struct {
	verified, forgotten []netchat.RoomID
}

func (*fakeTrust) Code([]byte) netchat.RoomCode { return "3DE8S55VVC" }

func (f *fakeTrust) Claimed(room netchat.RoomInfo, _ []string) (netchat.Trust, error) {
	switch room.Name {
	case "imitated":
		return netchat.TrustNone, netchat.ErrChangedKey
	case "verified":
		return netchat.TrustVerified, nil
	}
	return netchat.TrustFirst, nil
}

func (f *fakeTrust) Verify(id netchat.RoomID) error {
	f.verified = append(f.verified, id)
	return nil
}

func (f *fakeTrust) Forget(id netchat.RoomID) (func() error, error) {
	f.forgotten = append(f.forgotten, id)
	return func() error { f.forgotten = nil; return nil }, nil
}

func TestStatesOfTrust(t *testing.T) {
	for _, c := range []struct {
		state netchat.Security
		want  textKey
	}{
		{netchat.Security{}, textOpenPadlock},
		{netchat.Security{TLS: true, Trust: netchat.TrustFirst}, textFirstTime},
		{netchat.Security{TLS: true, Trust: netchat.TrustKnown}, textSeenBefore},
		{netchat.Security{TLS: true, Trust: netchat.TrustVerified}, textVerified},
		{netchat.Security{TLS: true, Trust: netchat.TrustOwn}, textOwnRoom},
	} {
		if got := standOf(c.state).title; got != c.want {
			t.Errorf("%+v is %s, want %s", c.state, got, c.want)
		}
	}
}

// TestHardStops: what is said leaves no doubt, and is said of the right error.
func TestHardStops(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	for err, want := range map[error]textKey{
		netchat.ErrChangedKey: textErrChangedKey, netchat.ErrNoTLS: textErrNoTLS, netchat.ErrWrongCode: textErrWrongCode, netchat.ErrAppOnly: textErrAppOnly,
	} {
		joined := errors.Join(errors.New("join"), err, netchat.ErrUnreached)
		if got := b.app.kit.entrance(joined); got != b.app.kit.say(want) {
			t.Errorf("%v: %q", err, got)
		}
	}
}

// TestComparingTheCode is one click away, and one more verifies.
func TestComparingTheCode(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	trust := &fakeTrust{}
	b.app.deps.Trust = trust
	r := b.enter()
	secured := welcome()
	secured.Self.TLS = true
	secured.Roster.Members[0].TLS = true
	secured.Security = netchat.Security{TLS: true, Trust: netchat.TrustFirst, Key: []byte("key")}
	b.push(r, secured)
	if got := r.head.secure.name; got != "First time here" {
		t.Errorf("%q", got)
	}
	if list := r.room.People().List(""); list[0].Open || !list[1].Open {
		t.Errorf("%+v", list)
	}
	r.head.secure.OnTapped()
	b.until("the code", func() bool { return slices.Contains(b.seen(), netchat.RoomCode("3DE8S55VVC").String()) })
	b.app.modal.accept()
	if !slices.Equal(trust.verified, []netchat.RoomID{secured.Room.ID}) || r.head.secure.name != "Verified" {
		t.Errorf("%v, %q", trust.verified, r.head.secure.name)
	}
	b.push(r, welcome()) // a plain socket now
	if got := r.head.secure.name; got != "Not encrypted" {
		t.Errorf("%q", got)
	}
}

// TestACodeIsTyped where an address is.
func TestACodeIsTyped(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	b.app.deps.Invite = func(typed string) (netchat.Invite, error) {
		if typed == "bad" {
			return netchat.Invite{}, netchat.ErrMistypedCode
		}
		return netchat.Invite{TypedCode: netchat.ReadCode(typed)}, nil
	}
	l := b.app.screen.(*lobbyScreen)
	l.join(JoinRequest{Target: "bad"}, "bad")
	if l.busy != nil || l.told.sentence != b.app.kit.say(textErrMistypedCode) {
		t.Errorf("%q", l.told.sentence)
	}
	asked := make(chan JoinRequest, 1)
	b.app.deps.Join = func(_ context.Context, r JoinRequest) (Chat, error) {
		asked <- r
		return nil, netchat.ErrChangedKey
	}
	l.join(JoinRequest{Target: "7K-3DE8S-55VVC"}, "7K-3DE8S-55VVC")
	if r := <-asked; r.Target != "" || r.Code != "3DE8S55VVC" || r.Place != "7K" {
		t.Errorf("%+v", r)
	}
	b.until("the hard stop", func() bool { return l.told.sentence == b.app.kit.say(textErrChangedKey) })
}

// tick presses a box of the lobby's forms by the space bar.
func tick(b *bench, text string) {
	b.t.Helper()
	found := false
	walk(b.app.win.Canvas().Content(), func(o fyne.CanvasObject) {
		if c, ok := o.(*lobbyCheck); ok && c.Text == text {
			c.TypedRune(' ')
			found = true
		}
	})
	if !found {
		b.t.Fatalf("no box %q", text)
	}
}

// TestOpenRecipient: who writes to somebody whose connection is not encrypted is
// told so all the time.
func TestOpenRecipient(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	secured := welcome()
	secured.Self.TLS = true
	secured.Roster.Members[0].TLS = true
	secured.Security = netchat.Security{TLS: true, Trust: netchat.TrustFirst, Key: []byte("key")}
	b.push(r, secured)
	open := secured.Roster.Members[1]
	warning := b.app.kit.say(textOpenRecipient, words{"Name": open.Name})
	r.choose(open.ID)
	if !r.write.notice.Visible() || r.write.sayBox.text != warning {
		t.Errorf("%q", r.write.sayBox.text)
	}
	r.write.field.SetText("hello")
	r.write.say("something else")
	r.write.field.SetText("hello again")
	if !r.write.notice.Visible() || r.write.sayBox.text != warning {
		t.Errorf("it has gone: %q", r.write.sayBox.text)
	}
	open.TLS = true
	b.push(r, &netchat.RosterDelta{Version: secured.Roster.Version + 1, Changed: []netchat.Member{open}})
	if r.write.notice.Visible() {
		t.Errorf("it stays: %q", r.write.sayBox.text)
	}
}

// TestClaimsInTheLobby: a room that passes for a known one is marked before it is
// joined.
func TestClaimsInTheLobby(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	b.app.deps.Trust = &fakeTrust{}
	b.find(ad(1, "imitated", "Ada", 2), ad(2, "verified", "Bo", 3), ad(3, "new", "Cy", 4))
	l := b.lobby().rooms.list
	for name, want := range map[string]string{
		"imitated": "not the room that you know: another key · Ada · 2 people", "verified": "Verified · Bo · 3 people", "new": "Cy · 4 people",
	} {
		for _, o := range l.box.Objects {
			c, ok := o.(*roomCard)
			if !ok || c.item.name != name {
				continue
			}
			if got := c.item.about; got != want || (c.about.color == b.app.kit.danger) != (name == "imitated") {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}

// TestSecurityByKey: the panel opens without the pointer.
func TestSecurityByKey(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome())
	for _, s := range shortcutsOf(b.app) {
		if s.what == textKeySecurity {
			s.do()
		}
	}
	if b.app.modal == nil || !slices.ContainsFunc(b.seen(), func(s string) bool { return strings.HasPrefix(s, "This room knows no encryption.") }) {
		t.Errorf("%q", b.seen())
	}
}

// TestWhoAnswersMeanwhile: while the connection is lost the banner tells a room that
// is away from one whose place somebody else has taken.
func TestWhoAnswersMeanwhile(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome())
	for cause, want := range map[error]textKey{
		netchat.ErrUnreached: textReconnecting, netchat.ErrChangedKey: textStranger, netchat.ErrNoTLS: textStripped,
		errors.Join(netchat.ErrAway, netchat.ErrUnreached): textAway, nil: textReconnecting,
	} {
		r.strips.showConnection(b.app.kit, netchat.StateReconnecting, cause, 0)
		if got := r.strips.sentence.text; got != b.app.kit.say(want) {
			t.Errorf("%v: %q", cause, got)
		}
	}
}
