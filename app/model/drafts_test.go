package model

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

const draftRoom = netchat.RoomID("99999999999999999999999999999999")

func memberID(n int) netchat.MemberID { return netchat.MemberID(fmt.Sprintf("%032x", n)) }

func postID(n int) netchat.EventID { return netchat.EventID(fmt.Sprintf("%032x", n)) }

// TestDraftStore compares a store with a map through random changes, opening it anew
// between them.
func TestDraftStore(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	want := make(map[netchat.RoomID]Typed)
	texts := []string{"", "x", "两行\n字", strings.Repeat("y", netchat.MaxText), "a\x00b", "<&\u2028"}
	for step := range 300 {
		room := netchat.RoomID(fmt.Sprintf("%032x", rng.IntN(4)))
		s := NewDraftStore(dir)
		switch rng.IntN(5) {
		case 0:
			if err := s.Delete(room); err != nil {
				t.Fatal(err)
			}
			delete(want, room)
		default:
			var typed Typed
			for n := range rng.IntN(4) {
				if text := texts[rng.IntN(len(texts))]; text != "" {
					typed.Drafts = append(typed.Drafts, Draft{To: memberID(n + 1), Name: "Ada", Text: text})
					typed.Unsent = append(typed.Unsent, Unsent{ID: postID(step*4 + n), Text: text, Time: time.Unix(int64(step), 0).UTC()})
				}
			}
			if err := s.Save(room, typed); err != nil {
				t.Fatal(err)
			}
			if want[room] = typed; typed.Empty() {
				delete(want, room)
			}
		}
		rooms, err := s.Rooms()
		if err != nil || len(rooms) != len(want) {
			t.Fatalf("step %d: %v rooms, %v, want %d", step, rooms, err, len(want))
		}
		for n := range 4 {
			room := netchat.RoomID(fmt.Sprintf("%032x", n))
			if got, _, err := s.Load(room); err != nil || !reflect.DeepEqual(got, want[room]) {
				t.Fatalf("step %d: %+v, %v, want %+v", step, got, err, want[room])
			}
		}
	}
}

func TestDraftStoreIsPrivateAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := NewDraftStore(dir)
	if err := s.Save(draftRoom, Typed{Drafts: []Draft{{Text: "secret"}}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, draftsDir, string(draftRoom)+draftsEnd)
	folder, err := os.Stat(filepath.Dir(path))
	file, err2 := os.Stat(path)
	if errors.Join(err, err2) != nil || folder.Mode().Perm() != 0o700 || file.Mode().Perm() != 0o600 {
		t.Errorf("%v %v, %v", folder, file, errors.Join(err, err2))
	}
	if err := s.Save(draftRoom, Typed{}); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 0 {
		t.Errorf("left %v", files)
	}
	none := NewDraftStore("")
	if err := errors.Join(none.Save(draftRoom, Typed{Drafts: []Draft{{Text: "x"}}}), none.Delete(draftRoom)); err != nil || none.Keeps(draftRoom) {
		t.Error(err)
	}
	for _, room := range []netchat.RoomID{"", "../../../etc/passwd"} {
		if err := s.Save(room, Typed{Drafts: []Draft{{Text: "x"}}}); err != nil || s.Keeps(room) {
			t.Errorf("%q: %v", room, err)
		}
	}
}

// TestDamagedDrafts: a file that cannot be read is put aside, kept, and deleted with
// the room.
func TestDamagedDrafts(t *testing.T) {
	dir := t.TempDir()
	s := NewDraftStore(dir)
	path := s.path(draftRoom)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for n, damage := range []string{"{", "", "[1]", `{"drafts":[{"text":5}]}`, "{\"drafts\":[{\"text\":\"half", strings.Repeat(" ", maxDraftsFile) + "{}"} {
		if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		typed, aside, err := s.Load(draftRoom)
		if !typed.Empty() || !errors.Is(err, ErrDamagedDrafts) || aside != fmt.Sprintf("%s.bad-%d", path, n+1) {
			t.Fatalf("%.20q: %+v, %q, %v", damage, typed, aside, err)
		}
		if kept, err := os.ReadFile(aside); err != nil || string(kept) != damage {
			t.Errorf("%.20q: put aside as %.20q, %v", damage, kept, err)
		}
		if _, _, err := s.Load(draftRoom); err != nil {
			t.Error(err)
		}
	}
	other := netchat.RoomID(strings.Repeat("8", 32))
	for room, text := range map[netchat.RoomID]string{draftRoom: "x", other: "y"} {
		if err := s.Save(room, Typed{Drafts: []Draft{{Text: text}}}); err != nil {
			t.Fatal(err)
		}
	}
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-123.new") // of a crash
	if err := os.WriteFile(part, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(draftRoom); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(filepath.Dir(path))
	if len(files) != 1 || files[0].Name() != string(other)+draftsEnd {
		t.Errorf("left %v", files)
	}
}

// TestTypedIsBounded: neither typing nor a file brings more than the bounds, and what
// yields is the longest untouched, never what is on the screen.
func TestTypedIsBounded(t *testing.T) {
	r := NewRoom(Options{Now: time.Now, NewID: func() (netchat.EventID, error) { return postID(1), nil }})
	members := make([]netchat.Member, MaxDrafts+10)
	for i := range members {
		members[i] = netchat.Member{ID: memberID(i + 1), Label: memberID(i + 1).Label(), Name: fmt.Sprint("P", i)}
	}
	r.Apply([]netchat.Update{&netchat.Welcome{Self: netchat.Member{ID: memberID(99_999)}, Roster: netchat.Roster{Version: 1, Members: members}}})
	r.SetDraft("to all")
	for _, m := range members {
		r.Choose(m.ID)
		r.SetDraft("for " + m.Name)
	}
	if got := TypedIn(r).Drafts; len(got) != MaxDrafts || got[len(got)-1].Text != "for "+members[len(members)-1].Name {
		t.Errorf("%d drafts, the last %+v", len(got), got[len(got)-1])
	}
	r.Choose(members[len(members)-1].ID) // once more: back to all
	r.Choose(members[20].ID)
	shown := r.Draft()
	if shown == "" {
		t.Fatal("a newer draft went before older ones")
	}
	for i := range 40 {
		r.drafts.put(Draft{To: memberID(5_000 + i), Text: strings.Repeat("z", netchat.MaxText)})
	}
	if r.Draft() != shown || r.drafts.size > maxDraftBytes || len(r.drafts.list) < 10 {
		t.Errorf("the shown one is %q, %d bytes in %d drafts", r.Draft(), r.drafts.size, len(r.drafts.list))
	}
	var many Typed
	for i := range 3 * MaxUnsent {
		many.Drafts = append(many.Drafts, Draft{To: memberID(i), Text: "d"})
		many.Unsent = append(many.Unsent, Unsent{ID: postID(i), Text: "u"})
	}
	many.Drafts = append(many.Drafts, Draft{To: "no id", Text: "x"}, Draft{Text: strings.Repeat("x", netchat.MaxText+1)}, Draft{Text: "all"}, Draft{})
	many.Unsent = append(many.Unsent, Unsent{ID: "no id", Text: "x"}, Unsent{ID: postID(0)})
	got := many.bounded()
	if len(got.Drafts) != MaxDrafts || len(got.Unsent) != MaxUnsent || got.Drafts[MaxDrafts-1].Text != "all" || got.Unsent[MaxUnsent-1].ID != postID(3*MaxUnsent-1) {
		t.Errorf("%d drafts, %d unsent", len(got.Drafts), len(got.Unsent))
	}
	if again := got.bounded(); !reflect.DeepEqual(again, got) {
		t.Error("bounding changes what is within the bounds")
	}
}

// TestRestore: what was typed is back for whom it was meant, those who are not there
// included, and nothing of it goes to another.
func TestRestore(t *testing.T) {
	r := newTestRoom(t, 0)
	r.SetDraft("typed meanwhile")
	Restore(r, Typed{Drafts: []Draft{{To: liu.ID, Name: "刘备", Text: "for Bob"}, {To: memberID(77), Name: "Gone\u202e", Text: "for one who left"}, {Text: "for all"}}})
	if r.Draft() != "for all\ntyped meanwhile" || r.Recipient().Private() {
		t.Errorf("for all %q", r.Draft())
	}
	list := ListPeople(r, "")
	i := slices.IndexFunc(list, func(p Person) bool { return p.ID == memberID(77) })
	if i != len(list)-1 || !list[i].Away || !list[i].Draft || list[i].Name != "Gone" {
		t.Fatalf("listed %+v", list)
	}
	if hits := ListPeople(r, "gON"); len(hits) != 1 || len(ListPeople(r, "nobody")) != 0 {
		t.Errorf("found %+v", hits)
	}
	r.Choose(memberID(77))
	if to := r.Recipient(); !to.Gone || to.Name != "Gone" || r.Draft() != "for one who left" {
		t.Errorf("chose %+v with %q", to, r.Draft())
	}
	if _, err := r.Compose(r.Draft()); !errors.Is(err, ErrGone) {
		t.Errorf("sent to nobody: %v", err)
	}
	r.ChooseAll()
	if r.Draft() != "for all\ntyped meanwhile" {
		t.Errorf("for all %q", r.Draft())
	}
	r.Choose(memberID(77))
	back := netchat.Member{ID: memberID(77), Label: memberID(77).Label(), Name: "Renamed"}
	roster := r.people.roster.Clone()
	roster.Version++
	roster.Members = append(roster.Members, back)
	if c := r.Apply([]netchat.Update{&roster}); !c.Recipient || r.Recipient().Gone || r.Draft() != "for one who left" {
		t.Errorf("back: %+v, %+v with %q", c, r.Recipient(), r.Draft())
	}
	post, err := r.Compose(r.Draft())
	if err != nil || !slices.Equal(post.To, []netchat.MemberID{memberID(77)}) || HasDraft(r, memberID(77)) {
		t.Errorf("%+v, %v", post, err)
	}
	if got := TypedIn(r); len(got.Unsent) != 1 || got.Unsent[0].ID != post.ID || !slices.Equal(got.Unsent[0].To, post.To) {
		t.Errorf("until it is in the room it is kept: %+v", got)
	}
	r.Apply([]netchat.Update{&netchat.Acked{ID: post.ID, Seq: 9}})
	if got := TypedIn(r); len(got.Unsent) != 0 {
		t.Errorf("it is in the room, and still kept: %+v", got)
	}
}

// TestRestoreUnsent: a message that was on its way when the program ended is never
// lost, and there once, whatever is learned of it, and whenever.
func TestRestoreUnsent(t *testing.T) {
	typed := Typed{Unsent: []Unsent{{ID: postID(5), Text: "on its way", Time: time.Unix(9, 0)}}}
	page := &netchat.Page{Snapshot: true, Messages: []netchat.Message{{Seq: 3, Rev: 3, Epoch: "1-0", ID: postID(5), Kind: netchat.KindMessage, Author: me.ID, Name: me.Name, Audience: netchat.ToAll(), Text: "on its way"}}}
	waiting := &netchat.Waiting{Posts: []netchat.Post{{ID: postID(5), Text: "on its way"}}}
	for name, c := range map[string]struct {
		before, after []netchat.Update
		want          LineState
	}{
		"nothing is known":        {nil, nil, LineFailed},
		"the room has it":         {nil, []netchat.Update{page}, LineStored},
		"the room had it":         {[]netchat.Update{page}, nil, LineStored},
		"it waits":                {nil, []netchat.Update{waiting}, LineWaiting},
		"it waited already":       {[]netchat.Update{waiting}, nil, LineWaiting},
		"an empty page, it waits": {nil, []netchat.Update{&netchat.Page{Snapshot: true}, waiting}, LineWaiting},
		"it is acknowledged":      {[]netchat.Update{waiting}, []netchat.Update{&netchat.Acked{ID: postID(5), Seq: 3}}, LineStored},
	} {
		r := newTestRoom(t, 0)
		r.Apply(c.before)
		Restore(r, typed)
		r.Apply(c.after)
		if n := r.timeline.Len(); n != 1 {
			t.Errorf("%s: %d lines", name, n)
			continue
		}
		if l := r.timeline.Line(0); l.State != c.want || l.Message.Text != "on its way" || !l.Own {
			t.Errorf("%s: %+v", name, l)
		}
	}
	r := newTestRoom(t, 0)
	Restore(r, typed)
	if post, ok := r.Retry(r.timeline.Line(0)); !ok || post.ID != postID(5) {
		t.Errorf("sent again as %+v", post)
	}
	FailWaiting(r, Failure{Err: netchat.ErrRoomClosed})
	if failed, _ := Unsaid(r); failed != 1 || r.timeline.Waiting() != 0 {
		t.Errorf("%d failed, %d wait", failed, r.timeline.Waiting())
	}
}
