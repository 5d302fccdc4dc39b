package wire

import (
	"reflect"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestNounsSurviveTheWire takes a noun with every field set through a frame.
// Whoever adds a field to a noun is told here that the frame lacks it.
func TestNounsSurviveTheWire(t *testing.T) {
	event := variant(func(e *netchat.Event) { e.Sig = []byte("signed") })
	said, _ := netchat.MessageOf(event)
	said.Rev = 99
	member := netchat.Member{ID: "00112233445566778899aabbccddeeff", Label: "00112233", Name: "诸葛亮", Keyed: true, Host: true, Rich: true, TLS: true, Presence: netchat.Reconnecting}
	roster := netchat.Roster{Version: 7, Members: []netchat.Member{member, {ID: "x", Presence: netchat.Present}}}
	delta := &netchat.RosterDelta{
		Version: 8, Time: time.UnixMilli(-1).UTC(), Left: []netchat.MemberID{"y"},
		Joined: []netchat.Member{member}, Changed: []netchat.Member{{ID: "x", Rich: true}},
	}
	w := FromEvent(event)
	frame, err := EncodeServer(ServerFrame{Type: "all", Event: &w, Messages: FromMessages([]netchat.Message{said}), Roster: FromRoster(roster), Delta: FromDelta(delta)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := DecodeServer(frame)
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[any]any{
		event: f.Event.Noun(), &said: &Nouns(f.Messages)[0], &member: &f.Roster.Noun().Members[0], delta: f.Delta.Noun(),
	} {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v came as %+v", want, got)
		}
		noun := reflect.ValueOf(want).Elem()
		for i := range noun.NumField() {
			if noun.Field(i).IsZero() {
				t.Errorf("%s.%s is not tried", noun.Type(), noun.Type().Field(i).Name)
			}
		}
	}
	if got := f.Roster.Noun(); !reflect.DeepEqual(got, roster) {
		t.Errorf("%+v came as %+v", roster, got)
	}
}

func TestAudiencesSurviveTheWire(t *testing.T) {
	for want, a := range map[string]netchat.Audience{
		`"all"`: netchat.ToAll(), `"hosts"`: {Scope: netchat.ScopeHosts}, `[]`: netchat.ToMembers(), `["a","b"]`: netchat.ToMembers("b", "a", "b"),
		`"later"`: {Scope: "later"},
	} {
		e := variant(func(e *netchat.Event) { e.Audience = a })
		frame, err := EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range places(t, frame) {
			if p.path == "/event/audience" && string(frame[p.start:p.end]) != want {
				t.Errorf("%+v is written as %s", a, frame[p.start:p.end])
			}
		}
		f, err := DecodeServer(frame)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Event.Noun(); got.Audience.Scope != a.Scope || string(got.ChainAfter([]byte("before"))) != string(e.Chain) {
			t.Errorf("%+v came as %+v", a, got.Audience)
		}
	}
}
