package netchat

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func chainedEvent() *Event {
	e := &Event{
		Epoch: "1-00112233445566ff", Seq: 42, Time: time.UnixMilli(1763870400123).UTC(),
		ID: "0123456789abcdef0123456789abcdef", Kind: KindMessage, Author: "ffeeddccbbaa99887766554433221100",
		Ref: Ref{Author: "a", ID: "b"}, Audience: ToMembers("y", "x"), Body: []byte(`{"name":"n","text":"t"}`), Salt: []byte("salt"),
	}
	e.Digest = DigestOf(e.Salt, e.Body)
	return e
}

// TestChainIsFrozen: rooms in the world are chained by exactly this.
func TestChainIsFrozen(t *testing.T) {
	const want = "ad1ef28a77986223e3c0d14ed82438dd32d290ff73be98b6d10539847383d7f4"
	if got := hex.EncodeToString(chainedEvent().ChainAfter([]byte("before"))); got != want {
		t.Errorf("chain %s, want %s", got, want)
	}
}

// TestFirstChainIsFrozen: an Event of the hosts', at the start of a Log.
func TestFirstChainIsFrozen(t *testing.T) {
	e := chainedEvent()
	e.Seq, e.Ref, e.Audience = 1, Ref{}, Audience{Scope: ScopeHosts}
	const want = "12ff27e865ee3cb6c9c80ef4201df5902c9d5a3d6b851a8e216a3ce651c5053e"
	got := hex.EncodeToString(e.ChainAfter(nil))
	if got != want || got != hex.EncodeToString(e.ChainAfter([]byte{})) {
		t.Errorf("chain %s, want %s", got, want)
	}
	e.Chain = e.ChainAfter(nil)
	if at := e.Position(); at != (Position{Epoch: e.Epoch, Seq: 1, Mark: want[:2*MarkSize]}) {
		t.Errorf("position %+v", at)
	}
	if MarkOf(nil) != "" || MarkOf([]byte{0xab}) != "ab" {
		t.Error("marks of short chains")
	}
	e.Time = e.Time.In(time.FixedZone("far", 3600)).Add(time.Microsecond) // stored in milliseconds
	e.Sig = []byte("reserved")
	if got := hex.EncodeToString(e.ChainAfter(nil)); got != want {
		t.Errorf("chain %s depends on the zone, on parts of a millisecond or on the signature", got)
	}
	// Known answer: SHA-256 of "abc".
	if got := hex.EncodeToString(DigestOf([]byte("a"), []byte("bc"))); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("digest %s", got)
	}
}

func TestChainCoversTheMetadata(t *testing.T) {
	want := chainedEvent().ChainAfter([]byte("before"))
	for name, change := range map[string]func(*Event){
		"epoch": func(e *Event) { e.Epoch = "2-00112233445566ff" }, "seq": func(e *Event) { e.Seq++ },
		"time": func(e *Event) { e.Time = e.Time.Add(time.Millisecond) }, "id": func(e *Event) { e.ID = "x" },
		"kind": func(e *Event) { e.Kind = "x" }, "author": func(e *Event) { e.Author = "x" },
		"ref author": func(e *Event) { e.Ref.Author = "x" }, "ref id": func(e *Event) { e.Ref.ID = "x" },
		"scope": func(e *Event) { e.Audience = ToAll() }, "members": func(e *Event) { e.Audience = ToMembers("x") },
		"hosts":           func(e *Event) { e.Audience = Audience{Scope: ScopeHosts} },
		"one member more": func(e *Event) { e.Audience = ToMembers("x", "y", "z") },
		"member moved":    func(e *Event) { e.Audience = ToMembers("", "xy") },
		"kind to id":      func(e *Event) { e.ID, e.Kind = e.ID+"m", e.Kind[1:] },
		"digest":          func(e *Event) { e.Digest = DigestOf(e.Salt, []byte("x")) },
		"field moved":     func(e *Event) { e.Ref = Ref{ID: "ab"} },
	} {
		e := chainedEvent()
		change(e)
		if bytes.Equal(e.ChainAfter([]byte("before")), want) {
			t.Errorf("the chain does not cover: %s", name)
		}
	}
	erased := chainedEvent()
	erased.Body, erased.Salt = nil, nil
	if !bytes.Equal(erased.ChainAfter([]byte("before")), want) {
		t.Error("erasing a body breaks the chain")
	}
	if bytes.Equal(chainedEvent().ChainAfter([]byte("other")), want) {
		t.Error("the chain does not cover what came before")
	}
}

func TestAudience(t *testing.T) {
	for _, c := range []struct {
		audience            Audience
		author, other, host bool
	}{
		{ToAll(), true, true, true},
		{ToMembers("other"), true, true, false},
		{ToMembers("somebody"), true, false, false},
		{Audience{Scope: ScopeHosts}, true, false, true},
		{Audience{Scope: "of a later version"}, true, false, false},
	} {
		e := &Event{Author: "author", Audience: c.audience}
		if e.VisibleTo("author", false) != c.author || e.VisibleTo("other", false) != c.other || e.VisibleTo("host", true) != c.host {
			t.Errorf("%+v", c)
		}
	}
	given := []MemberID{"b", "a", "b"}
	if got := ToMembers(given...).Members; !slices.Equal(got, []MemberID{"a", "b"}) || given[0] != "b" {
		t.Errorf("members %v of %v", got, given)
	}
	if ToAll().Private() || !ToMembers().Private() || !(Audience{Scope: ScopeHosts}).Private() || ToMembers().Includes("a", true) {
		t.Error("private is what is not for all")
	}
}

func TestIDs(t *testing.T) {
	epoch, err := NewEpoch(7, rand.Reader)
	if err != nil || !epoch.Valid() || epoch.Generation() != 7 {
		t.Errorf("%s, %v", epoch, err)
	}
	for _, good := range []Epoch{"0-00112233445566ff", "4294967295-00112233445566ff"} {
		if !good.Valid() {
			t.Errorf("%q is not valid", good)
		}
	}
	if Epoch("07-00112233445566ff").Valid() {
		t.Error("an epoch is valid that is not written by NewEpoch")
	}
	for _, bad := range []Epoch{"-7-00112233445566ff", "+7-00112233445566ff", "7-00112233445566ff-", "7-00112233445566f", "", "7", "7-", "-00112233445566ff", "x-00112233445566ff", "7-00112233445566FF", "4294967296-00112233445566ff"} {
		if bad.Valid() || bad.Generation() != 0 {
			t.Errorf("%q is valid", bad)
		}
	}
	id, err := RandomMemberID(rand.Reader)
	if err != nil || !id.Valid() || !id.Label().Valid() || string(id)[:8] != string(id.Label()) {
		t.Errorf("%s, %v", id, err)
	}
	if MemberID("short").Label() != "short" || Label("DEADBEEF").Valid() || EventID(id[1:]).Valid() {
		t.Error("a malformed id is taken")
	}
	if _, err := RandomEventID(bytes.NewReader(nil)); err == nil {
		t.Error("no random bytes, no error")
	}
	// Known answer: SHA-256 of 32 zero bytes begins so.
	if got := MemberIDFromKey(make([]byte, 32)); got != "66687aadf862bd776c8fc18b8e9f8e20" {
		t.Errorf("id of a key: %s", got)
	}
}

func TestRandomIDs(t *testing.T) {
	raw := []byte{0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 9}
	if id, err := RandomEventID(bytes.NewReader(raw)); err != nil || id != "00010203fcfdfeff0000000000000009" || !id.Valid() {
		t.Errorf("%s, %v", id, err)
	}
	if l, err := RandomLabel(bytes.NewReader(raw)); err != nil || l != "00010203" || !l.Valid() || DefaultName(l) != "用户00010203" {
		t.Errorf("%s, %v", l, err)
	}
	if RoomIDFromKey(raw) != RoomID(MemberIDFromKey(raw)) || !RoomIDFromKey(nil).Valid() {
		t.Error("ids of a key differ")
	}
	for name, draw := range map[string]func([]byte) error{
		"member": func(b []byte) error { _, err := RandomMemberID(bytes.NewReader(b)); return err },
		"event":  func(b []byte) error { _, err := RandomEventID(bytes.NewReader(b)); return err },
		"label":  func(b []byte) error { _, err := RandomLabel(bytes.NewReader(b)); return err },
		"epoch":  func(b []byte) error { _, err := NewEpoch(1, bytes.NewReader(b)); return err },
	} {
		if err := draw(raw[:3]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s of 3 random bytes: %v", name, err)
		}
	}
}

// TestCloseErrors: each sentinel belongs to exactly one code.
func TestCloseErrors(t *testing.T) {
	sentinels := map[CloseCode]error{
		CloseRoomClosed: ErrRoomClosed, CloseTakenOver: ErrTakenOver, CloseFull: ErrFull, CloseAddressFull: ErrAddressFull,
		CloseFlood: ErrFlood, CloseTooSlow: ErrTooSlow, CloseBadHello: ErrBadHello,
	}
	codes := []CloseCode{
		1000, 1001, 1006, CloseNotText, CloseInvalid, CloseTooBig, CloseTooSlow, CloseUnjoinedOld, CloseFull, CloseFlood, CloseTrouble, CloseSilent,
		4499, CloseRoomClosed, CloseTakenOver, CloseBadHello, 4999, 5000,
	}
	for _, code := range codes {
		err := fmt.Errorf("read: %w", &CloseError{Code: code, Text: "why"})
		for of, sentinel := range sentinels {
			if errors.Is(err, sentinel) != (of == code) {
				t.Errorf("%d matches %q: %v", code, sentinel, of != code)
			}
		}
		if code.Final() != (code >= 4500 && code <= 4999) {
			t.Errorf("%d: final is %v", code, code.Final())
		}
		if code >= 4000 && !strings.Contains(err.Error(), "why") {
			t.Errorf("%v keeps the reason for itself", err)
		}
	}
	if err := (&CloseError{Code: CloseFull}).Error(); err != "closed by the host (4002)" {
		t.Errorf("%q", err)
	}
}

func TestMessageOf(t *testing.T) {
	for body, want := range map[string]bool{
		`{"name":"n","text":"t"}`: true, `{"name":"n","text":""}`: true, ``: false, `{`: false, `[]`: false,
	} {
		if _, ok := MessageOf(&Event{Kind: KindMessage, Body: []byte(body)}); ok != want {
			t.Errorf("%q shows: %v", body, ok)
		}
	}
	later := &Event{Kind: "dance", Body: []byte(`{"fallback":"she dances"}`)}
	if m, ok := MessageOf(later); !ok || m.Text != "she dances" {
		t.Errorf("fallback %q, %v", m.Text, ok)
	}
	later.Body = []byte(`{"text":"x"}`)
	if _, ok := MessageOf(later); ok {
		t.Error("an unknown kind without a fallback shows")
	}
}

// TestDeltasMakeTheRoster applies random changes to a roster and to a plain
// list in order of joining: who follows the deltas sees the list.
func TestDeltasMakeTheRoster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var followed Roster
		var list []Member
		for range rapid.IntRange(0, 30).Draw(t, "deltas") {
			d := &RosterDelta{Version: followed.Version + 1}
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]MemberID{"a", "b", "c", "d", "e"}), 0, 5, rapid.ID).Draw(t, "ids") {
				m := Member{ID: id, Name: rapid.String().Draw(t, "name"), Presence: rapid.SampledFrom([]Presence{Present, Reconnecting}).Draw(t, "presence")}
				at := slices.IndexFunc(list, func(m Member) bool { return m.ID == id })
				switch how := rapid.SampledFrom([]string{"leaves", "changes", "comes again"}).Draw(t, "how"); {
				case at < 0:
					d.Joined = append(d.Joined, m)
					list = append(list, m)
				case how == "changes":
					d.Changed = append(d.Changed, m)
					list[at] = m
				default:
					d.Left = append(d.Left, id)
					list = slices.Delete(list, at, at+1)
					if how == "comes again" {
						d.Joined = append(d.Joined, m)
						list = append(list, m)
					}
				}
			}
			before := followed.Clone()
			for _, gap := range []uint64{0, d.Version - 1, d.Version + 1} {
				if wrong := (&RosterDelta{Version: gap, Left: d.Left, Joined: d.Joined}); followed.Apply(wrong) || followed.Version != before.Version || !slices.Equal(followed.Members, before.Members) {
					t.Fatalf("version %d is applied to %d", gap, before.Version)
				}
			}
			if !followed.Apply(d) || followed.Version != d.Version || !slices.Equal(followed.Members, list) {
				t.Fatalf("%+v, want %+v", followed, list)
			}
		}
		for _, want := range list {
			if got, ok := followed.Find(want.ID); !ok || got != want {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

// TestApplyToARosterThatDiffers: a host may be wrong about what we know.
func TestApplyToARosterThatDiffers(t *testing.T) {
	r := Roster{Version: 3, Members: []Member{{ID: "a", Name: "old"}, {ID: "b"}}}
	kept := r.Clone()
	if !r.Apply(&RosterDelta{Version: 4, Joined: []Member{{ID: "a", Name: "new"}}, Changed: []Member{{ID: "x"}}, Left: []MemberID{"y"}}) {
		t.Fatal("not applied")
	}
	if want := []Member{{ID: "a", Name: "new"}, {ID: "b"}}; !slices.Equal(r.Members, want) {
		t.Errorf("%+v, want %+v", r.Members, want)
	}
	if kept.Version != 3 || kept.Members[0].Name != "old" {
		t.Errorf("a clone changed to %+v", kept)
	}
	if _, ok := r.Find("y"); ok || len(r.Named("")) != 1 || len(r.Named("new")) != 1 || len(r.Named("NEW")) != 0 {
		t.Error("somebody is found who is not there")
	}
}

// TestLargeDeltasAreAppliedLikeSmallOnes gives a roster changes in one delta, and in
// as many deltas of one change.
func TestLargeDeltasAreAppliedLikeSmallOnes(t *testing.T) {
	member := func(n int, name string) Member {
		return Member{ID: MemberID(fmt.Sprintf("%032x", n)), Name: name}
	}
	large, small := Roster{}, Roster{}
	for i := range 40 {
		large.Members = append(large.Members, member(i, "before"))
	}
	large.Members = append(large.Members, member(3, "the same again"))
	small = large.Clone()
	all := &RosterDelta{Version: 1}
	for i := range 60 {
		switch {
		case i%4 == 0:
			all.Left = append(all.Left, member(i, "").ID)
		case i%4 == 1:
			all.Changed = append(all.Changed, member(i, "changed"))
		case i%4 == 2:
			all.Joined = append(all.Joined, member(i, "joined"), member(i, "joined twice"))
		}
	}
	find := large.Finder(100)
	for i := range 60 {
		want, wanted := large.Find(member(i, "").ID)
		if got, ok := find(member(i, "").ID); got != want || ok != wanted {
			t.Errorf("%d: found %+v, %v", i, got, ok)
		}
	}
	if !large.Apply(all) {
		t.Fatal("the large one cannot be applied")
	}
	var one []*RosterDelta
	for _, id := range all.Left {
		one = append(one, &RosterDelta{Left: []MemberID{id}})
	}
	for _, m := range all.Changed {
		one = append(one, &RosterDelta{Changed: []Member{m}})
	}
	for _, m := range all.Joined {
		one = append(one, &RosterDelta{Joined: []Member{m}})
	}
	for i, d := range one {
		d.Version = uint64(i + 1)
		if !small.Apply(d) {
			t.Fatal("a small one cannot be applied")
		}
	}
	if !slices.Equal(large.Members, small.Members) {
		t.Errorf("%v, one by one %v", large.Members, small.Members)
	}
}
