package history_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// textsOf returns the texts of Messages.
func textsOf(messages []netchat.Message) (texts []string) {
	for _, m := range messages {
		texts = append(texts, m.Text)
	}
	return texts
}

// TestCopySearchesLikeTheRoom: what is found on one's own machine while the room is
// away is what the room would have found.
func TestCopySearchesLikeTheRoom(t *testing.T) {
	texts := []string{
		"Hello, WORLD: the ÉCOLE is open", "交作业了吗?", "作 and 业 apart", "ΑΘΗΝΑ", "alpha beta", "gamma 100% done", "C'est l'été",
		"ひらがなとカタカナ", "a_b and a%b", "x\ny", "", "…", "the homework, 作业, again", "İstanbul",
	}
	log := create(t, filepath.Join(t.TempDir(), "log.db"))
	c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
	for i, text := range texts {
		stored := add(t, log, batch(t, i, 1, text))
		said, ok := netchat.MessageOf(stored[0].Event)
		if !ok {
			t.Fatal(text)
		}
		must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said}, Position: stored[0].Event.Position()}}))
	}
	sought := append([]string{
		"作业", "业", "hello", " HELLO\n", "école", "the école is", "αθηνα", "alpha OR gamma", "alpha AND beta", "beta alpha", "alph", "100%",
		"%", "_", "a_b", "a%b", "été", "ete", "なと", "カタ", "x y", " ", "\x00", "\xff", `"`, "alpha\x00", "作业 again", "istanbul",
	}, texts...)
	hits := 0
	for _, text := range sought {
		for _, limit := range []int{1, 2, netchat.MaxHits} {
			want, err := log.Search(history.SearchQuery{Viewer: everything, Text: text, Limit: limit})
			must(t, err)
			found, err := c.Search(text, limit)
			if err != nil || !slices.Equal(textsOf(found), textsOf(want)) {
				t.Errorf("%q: the copy finds %q, %v, the room %q", text, textsOf(found), err, textsOf(want))
			}
			hits += len(want)
		}
	}
	if hits < 40 {
		t.Errorf("%d hits", hits)
	}
}

// TestCopySearchesAllEpochs finds what was said before the room's Log was begun
// anew, but once what that has taken over; and the newest first, whenever older ones
// came.
func TestCopySearchesAllEpochs(t *testing.T) {
	c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
	old, taken, fresh, newest := said("z", 1), said("z", 2), said("a", 7), said("a", 8)
	fresh.ID, fresh.Text = taken.ID, taken.Text
	must(t, c.Save([]netchat.Keeping{
		{Messages: []netchat.Message{old, taken}, Position: netchat.Position{Epoch: "z", Seq: 2}},
		{Messages: []netchat.Message{newest}, Position: netchat.Position{Epoch: "a", Seq: 8}, Anew: true, More: true},
		{Messages: []netchat.Message{fresh}, Older: true, More: true},
	}))
	for limit, want := range map[int]string{1: "[a8]", 2: "[a8 a7]", 3: "[a8 a7 z1]", 9: "[a8 a7 z1]"} {
		found, err := c.Search("LINE", limit)
		must(t, err)
		var got []string
		for _, m := range found {
			got = append(got, fmt.Sprint(m.Epoch, m.Seq))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%d: %v, want %s", limit, got, want)
		}
	}
	must(t, c.Close())
	for _, text := range []string{"line", " "} {
		if _, err := c.Search(text, 1); !errors.Is(err, netchat.ErrClosed) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestCopySearchFollows: a Message is found by what it says now, and not at all when
// it has been let go of.
func TestCopySearchFollows(t *testing.T) {
	c := openCopy(t, filepath.Join(t.TempDir(), "x.db"))
	c.Limit(3)
	var all []netchat.Message
	for seq := range uint64(3) {
		all = append(all, said("e", seq+1))
	}
	must(t, c.Save([]netchat.Keeping{{Messages: all, Position: netchat.Position{Epoch: "e", Seq: 3}}}))
	changed := said("e", 2)
	changed.Rev, changed.Text = 4, "said in other words"
	earlier := said("e", 3)
	earlier.Rev, earlier.Text = 1, "earlier words"
	must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{changed, earlier}, Position: netchat.Position{Epoch: "e", Seq: 4}}}))
	check := func(text string, want ...string) {
		t.Helper()
		if found, err := c.Search(text, 9); err != nil || !slices.Equal(textsOf(found), want) {
			t.Errorf("%s: %q, %v, want %q", text, textsOf(found), err, want)
		}
	}
	check("line", "line 3", "line 1")
	check("words", "said in other words")
	if n := c.Indexed(t, "line"); n != 2 {
		t.Errorf("line is in the index %d times", n)
	}
	must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", 5)}, Position: netchat.Position{Epoch: "e", Seq: 5}}}))
	check("line", "line 5", "line 3")
	if n := c.Indexed(t, "line OR words"); n != 3 {
		t.Errorf("%d are in the index", n)
	}
}
