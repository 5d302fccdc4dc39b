package app

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
)

// A fakeTrust remembers in the test what it was told.
type fakeTrust struct {
	verified, forgotten []netchat.RoomID
}

func (*fakeTrust) Code([]byte) netchat.RoomCode { return "3DE8S55VVC" }

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
		if got := (&securityView{state: c.state}).title(); got != c.want {
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
	b.until("the code", func() bool { return slices.Contains(b.seen(), "3DE8S-55VVC") })
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
	b.app.deps.Invite = func(typed string) (string, netchat.RoomCode, string, bool) {
		return "", "3DE8S55VVC", "7K", typed != "bad"
	}
	l := b.app.screen.(*lobbyScreen)
	l.join(JoinRequest{Target: "bad"}, "bad")
	if l.busy != nil || l.told.sentence != b.app.kit.say(textErrWrongCode) {
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
