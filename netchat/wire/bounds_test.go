package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

func fixedTime() time.Time { return time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC) }

// TestAHostIsHeldToItsLimits has each limit once kept to the byte, and once not.
func TestAHostIsHeldToItsLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	member := func(name string) Member { return Member{ID: netchat.MemberID(long(32)), Label: "00112233", Name: name} }
	members := func(n int) []Member { return make([]Member, n) }
	said := func(n int, text string) []Message {
		all := make([]Message, n)
		for i := range all {
			all[i] = Message{Audience: Audience(netchat.ToAll()), Text: text}
		}
		return all
	}
	event := func(change func(*netchat.Event)) ServerFrame {
		w := FromEvent(variant(change))
		return ServerFrame{Type: TypeEvent, Event: &w}
	}
	body := func(name, text string) func(*netchat.Event) {
		return func(e *netchat.Event) { e.Body = []byte(`{"name":"` + name + `","text":"` + text + `"}`) }
	}
	audience := func(n int) func(*netchat.Event) {
		return func(e *netchat.Event) {
			ids := make([]netchat.MemberID, n)
			for i := range ids {
				ids[i] = netchat.MemberID(strings.Repeat("a", 31) + string(rune('A'+i)))
			}
			e.Audience = netchat.Audience{Scope: netchat.ScopeMembers, Members: ids}
		}
	}
	for name, c := range map[string][2]ServerFrame{ // within, over
		"a text":          {event(body("n", long(netchat.MaxText))), event(body("n", long(netchat.MaxText+1)))},
		"a sender's name": {event(body(long(netchat.MaxName), "")), event(body(long(netchat.MaxName+1), ""))},
		"an audience":     {event(audience(netchat.MaxRecipients)), event(audience(netchat.MaxRecipients + 1))},
		"a seq":           {event(func(e *netchat.Event) { e.Seq = maxSeq }), event(func(e *netchat.Event) { e.Seq = maxSeq + 1 })},
		"a time":          {event(func(e *netchat.Event) { e.Time = time.UnixMilli(maxTime) }), event(func(e *netchat.Event) { e.Time = time.UnixMilli(maxTime + 1) })},
		"a kind":          {event(func(e *netchat.Event) { e.Kind = netchat.Kind(long(maxWord)) }), event(func(e *netchat.Event) { e.Kind = netchat.Kind(long(maxWord + 1)) })},
		"an id":           {event(func(e *netchat.Event) { e.ID = netchat.EventID(long(maxWord)) }), event(func(e *netchat.Event) { e.ID = netchat.EventID(long(maxWord + 1)) })},
		"a fallback":      {event(func(e *netchat.Event) { e.Kind, e.Body = "later", []byte(`{"fallback":"x"}`) }), event(func(e *netchat.Event) { e.Kind, e.Body = "later", []byte(`{"fallback":"`+long(netchat.MaxText+1)+`"}`) })},
		"a roster":        {{Type: TypeRoster, Roster: &Roster{Members: members(netchat.MaxMembers)}}, {Type: TypeRoster, Roster: &Roster{Members: members(netchat.MaxMembers + 1)}}},
		"a member's name": {{Type: TypeRoster, Roster: &Roster{Members: []Member{member(long(netchat.MaxName))}}}, {Type: TypeRoster, Roster: &Roster{Members: []Member{member(long(netchat.MaxName + 1))}}}},
		"who came":        {{Type: TypeRosterDelta, Delta: &RosterDelta{Joined: members(netchat.MaxMembers)}}, {Type: TypeRosterDelta, Delta: &RosterDelta{Joined: members(netchat.MaxMembers + 1)}}},
		"who changed":     {{Type: TypeRosterDelta, Delta: &RosterDelta{Changed: members(1)}}, {Type: TypeRosterDelta, Delta: &RosterDelta{Changed: members(netchat.MaxMembers + 1)}}},
		"who left":        {{Type: TypeRosterDelta, Delta: &RosterDelta{Left: make([]netchat.MemberID, netchat.MaxMembers)}}, {Type: TypeRosterDelta, Delta: &RosterDelta{Left: make([]netchat.MemberID, netchat.MaxMembers+1)}}},
		"a page":          {{Type: TypePage, Messages: said(netchat.MaxPageMessages, "")}, {Type: TypePage, Messages: said(netchat.MaxPageMessages+1, "")}},
		"a page's texts":  {{Type: TypePage, Messages: said(8, long(netchat.MaxText))}, {Type: TypePage, Messages: said(10, long(netchat.MaxText))}},
		"a page's text":   {{Type: TypePage, Messages: said(1, long(netchat.MaxText))}, {Type: TypePage, Messages: said(1, long(netchat.MaxText+1))}},
		"hits":            {{Type: TypeHits, Messages: said(netchat.MaxHits, "")}, {Type: TypeHits, Messages: said(netchat.MaxHits+1, "")}},
		"the types":       {{Type: TypeWelcome, Welcome: Welcome{Types: make([]string, maxTypes)}}, {Type: TypeWelcome, Welcome: Welcome{Types: make([]string, maxTypes+1)}}},
		"a type":          {{Type: TypeWelcome, Welcome: Welcome{Types: []string{long(maxWord)}}}, {Type: TypeWelcome, Welcome: Welcome{Types: []string{long(maxWord + 1)}}}},
		"the room's name": {{Type: TypeWelcome, Welcome: Welcome{Room: &Room{Name: long(netchat.MaxRoomName)}}}, {Type: TypeWelcome, Welcome: Welcome{Room: &Room{Name: long(netchat.MaxRoomName + 1)}}}},
		"the host's name": {{Type: TypeWelcome, Welcome: Welcome{Room: &Room{Host: long(netchat.MaxName)}}}, {Type: TypeWelcome, Welcome: Welcome{Room: &Room{Host: long(netchat.MaxName + 1)}}}},
		"one's own name":  {{Type: TypeWelcome, Welcome: Welcome{Self: new(member(long(netchat.MaxName)))}}, {Type: TypeWelcome, Welcome: Welcome{Self: new(member(long(netchat.MaxName + 1)))}}},
		"the position":    {{Type: TypeWelcome, Welcome: Welcome{Position: &Position{Seq: maxSeq}}}, {Type: TypeWelcome, Welcome: Welcome{Position: &Position{Seq: maxSeq + 1}}}},
		"a reason":        {{Type: TypeRefused, Reason: netchat.RefusalReason(long(maxWord))}, {Type: TypeRefused, Reason: netchat.RefusalReason(long(maxWord + 1))}},
		"an answer's seq": {{Type: TypeAck, Seq: maxSeq}, {Type: TypeAck, Seq: maxSeq + 1}},
		"a signature":     {event(func(*netchat.Event) {}), event(func(e *netchat.Event) { e.Sig = make([]byte, maxBlob+1) })},
	} {
		for i, f := range c {
			frame, err := EncodeServer(f)
			if err != nil {
				t.Fatal(name, err)
			}
			if _, err := DecodeServer(frame); (err != nil) != (i == 1) || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%s, over the limit %v: %v", name, i == 1, err)
			}
		}
	}
}

// TestAFrameOfManyRowsIsNotDecoded would take hundreds of megabytes.
func TestAFrameOfManyRowsIsNotDecoded(t *testing.T) {
	frame := `{"type":"roster","roster":{"version":1,"members":[` + strings.Repeat("{},", maxValues) + `{}]}}`
	if _, err := DecodeServer([]byte(frame)); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
	delta := &RosterDelta{Joined: make([]Member, netchat.MaxMembers), Changed: make([]Member, netchat.MaxMembers), Left: make([]netchat.MemberID, netchat.MaxMembers)}
	for i := range delta.Joined {
		delta.Joined[i] = Member{Keyed: true, Host: true, Rich: true, TLS: true}
	}
	copy(delta.Changed, delta.Joined)
	all, err := EncodeServer(ServerFrame{Type: TypeRosterDelta, Delta: delta})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeServer(all); err != nil {
		t.Errorf("the largest delta there is: %v", err)
	}
}
