package netchat

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
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

func TestChainCoversTheMetadata(t *testing.T) {
	want := chainedEvent().ChainAfter([]byte("before"))
	for name, change := range map[string]func(*Event){
		"epoch": func(e *Event) { e.Epoch = "2-00112233445566ff" }, "seq": func(e *Event) { e.Seq++ },
		"time": func(e *Event) { e.Time = e.Time.Add(time.Millisecond) }, "id": func(e *Event) { e.ID = "x" },
		"kind": func(e *Event) { e.Kind = "x" }, "author": func(e *Event) { e.Author = "x" },
		"ref author": func(e *Event) { e.Ref.Author = "x" }, "ref id": func(e *Event) { e.Ref.ID = "x" },
		"scope": func(e *Event) { e.Audience = ToAll() }, "members": func(e *Event) { e.Audience = ToMembers("x") },
		"digest":      func(e *Event) { e.Digest = DigestOf(e.Salt, []byte("x")) },
		"field moved": func(e *Event) { e.Ref = Ref{ID: "ab"} },
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
	if got := ToMembers("b", "a", "b").Members; !slices.Equal(got, []MemberID{"a", "b"}) {
		t.Errorf("members %v", got)
	}
}

func TestIDs(t *testing.T) {
	epoch, err := NewEpoch(7, rand.Reader)
	if err != nil || !epoch.Valid() || epoch.Generation() != 7 {
		t.Errorf("%s, %v", epoch, err)
	}
	for _, bad := range []Epoch{"", "7", "7-", "-00112233445566ff", "x-00112233445566ff", "7-00112233445566FF", "4294967296-00112233445566ff"} {
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

func TestCloseErrors(t *testing.T) {
	if err := error(&CloseError{Code: CloseTakenOver}); !errors.Is(err, ErrTakenOver) || errors.Is(err, ErrFull) {
		t.Error("a code does not match its sentinel alone")
	}
	for code, final := range map[CloseCode]bool{CloseTooSlow: false, CloseTrouble: false, CloseRoomClosed: true, CloseTakenOver: true, CloseInvalid: false, 5000: false} {
		if code.Final() != final {
			t.Errorf("%d: final is %v", code, !final)
		}
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

// TestDeltasMakeTheRoster applies random changes both ways.
func TestDeltasMakeTheRoster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var followed Roster
		truth := map[MemberID]Member{}
		for range rapid.IntRange(0, 30).Draw(t, "deltas") {
			d := &RosterDelta{Version: followed.Version + 1}
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]MemberID{"a", "b", "c", "d", "e"}), 0, 5, rapid.ID).Draw(t, "ids") {
				m := Member{ID: id, Name: rapid.String().Draw(t, "name")}
				_, here := truth[id]
				switch {
				case !here:
					d.Joined = append(d.Joined, m)
					truth[id] = m
				case rapid.Bool().Draw(t, "leaves"):
					d.Left = append(d.Left, id)
					delete(truth, id)
				default:
					d.Changed = append(d.Changed, m)
					truth[id] = m
				}
			}
			before := followed.Clone()
			if gap := (&RosterDelta{Version: d.Version + 1, Left: d.Left}); followed.Apply(gap) || !slices.Equal(followed.Members, before.Members) {
				t.Fatal("a gap was applied")
			}
			if !followed.Apply(d) {
				t.Fatal("not applied")
			}
		}
		if len(followed.Members) != len(truth) {
			t.Fatalf("%v, want %v", followed.Members, truth)
		}
		for id, want := range truth {
			if got, ok := followed.Find(id); !ok || got != want {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}
