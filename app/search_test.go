package app

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/netchat"
)

// chatted returns messages with these Seqs.
func chatted(from, to uint64) (all []netchat.Message) {
	for seq := from; seq <= to; seq++ {
		all = append(all, netchat.Message{
			Epoch: "e", Seq: seq, Rev: seq, ID: netchat.EventID(fmt.Sprintf("%032x", seq)), Kind: netchat.KindMessage,
			Author: "22222222222222222222222222222222", Name: "刘备", Audience: netchat.ToAll(), Text: fmt.Sprintf("line %d 作业", seq),
		})
	}
	return all
}

// TestSearchOpensTheHit in its place, with all that was said since fetched before.
func TestSearchOpensTheHit(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome(), &netchat.Page{Snapshot: true, Messages: chatted(401, 500), More: true})
	for _, s := range shortcutsOf(b.app) {
		if s.what == textKeySearch {
			s.do()
		}
	}
	r.search.panel.field.SetText(" 作业 ")
	r.search.panel.field.TypedKey(key(fyne.KeyReturn))
	b.wantSeen("Searching…")
	found := chatted(150, 150)
	b.push(r, &netchat.Hits{Text: "something else", Messages: chatted(1, 3)}, &netchat.Hits{Text: "作业", Messages: found})
	if b.chat.searched[0] != "作业" || len(r.search.panel.hits.Objects) != 1 {
		t.Fatalf("asked %q, %d shown", b.chat.searched, len(r.search.panel.hits.Objects))
	}
	b.wantSeen("1 message found, the newest first.")
	b.app.win.Canvas().Focus(r.search.panel.hits.Objects[0].(*tap))
	r.search.panel.hits.Objects[0].(*tap).TypedKey(key(fyne.KeyReturn))
	if b.app.modal != nil || r.search.panel != nil {
		t.Error("the search stays open")
	}
	for _, page := range [][2]uint64{{201, 400}, {1, 200}} {
		if last := b.chat.asked[len(b.chat.asked)-1]; last != page[1]+1 {
			t.Errorf("asked before %d", last)
		}
		b.push(r, &netchat.Page{Messages: chatted(page[0], page[1]), More: page[0] > 1})
	}
	if r.search.sought.seq != 0 || r.lines.tail || r.lines.first == nil || r.lines.chosen.empty() {
		t.Errorf("it is not in view: %+v", r.search.sought)
	}
	if text, _ := r.lines.chosen.copied(b.app.kit); !strings.Contains(text, "line 150 ") {
		t.Errorf("marked is %q", text)
	}
	shown := false
	for _, bubble := range r.lines.shown {
		shown = shown || bubble.line.Message.Seq == 150
	}
	if !shown {
		t.Error("the message is not on the window")
	}
}

// TestSearchSaysWhatItCannot.
func TestSearchSaysWhatItCannot(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome(), &netchat.Page{Snapshot: true, Messages: chatted(5, 6)})
	showSearch(r)
	r.search.panel.field.SetText("x")
	r.search.panel.ask()
	b.push(r, &netchat.Hits{Text: "x"})
	b.wantSeen("Nothing with “x” was found.")
	b.push(r, &netchat.Hits{Text: "x", Err: netchat.ErrUnsupported})
	b.wantSeen("This room cannot be searched.")
	b.push(r, &netchat.Hits{Text: "x", Messages: chatted(1, 1)})
	r.search.panel.hits.Objects[0].(*tap).press()
	if got := r.write.sayBox.text; got != b.app.kit.say(textNotThere) {
		t.Errorf("a message that is not there any more: %q", got)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("前", 100) + "作业" + strings.Repeat("后", 200)
	for _, c := range [][3]string{
		{"short", "r", "short"},
		{"two\n lines", "lines", "two lines"},
		{long, "作业", "…" + strings.Repeat("前", 24) + "作业" + strings.Repeat("后", 118) + "…"},
		{"İİİ x", "x", "İİİ x"},
	} {
		if got := excerptOf(c[0], c[1]); got != c[2] {
			t.Errorf("%q in %q: %q", c[1], c[0], got)
		}
	}
}
