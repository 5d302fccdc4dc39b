package app

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/app/model"
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

// TestSearchOpensTheHit in its place, from where one can read on to the newest.
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
	b.wantSeen("Fetching that part of the conversation…")
	if turns := b.chat.turns; len(turns) != 1 || turns[0] != (netchat.PageAsk{Around: 150}) {
		t.Fatalf("asked for %+v", turns)
	}
	b.push(r, &netchat.Page{Of: netchat.PageAsk{Around: 150}, Messages: chatted(51, 250), More: true, Newer: true})
	if r.search.sought.seq != 0 || r.lines.tail || r.lines.first == nil || r.lines.chosen.empty() || b.focused() != r.write.field {
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

	// What is said meanwhile is counted. Reading on leads to it.
	b.wantSeen("To the newest message")
	b.push(r, &netchat.Event{Epoch: "e", Seq: 501, ID: "new", Kind: netchat.KindMessage, Author: guan.ID, Audience: netchat.ToAll(), Body: []byte(`{"name":"关羽","text":"new one"}`)})
	b.wantSeen("1 new message")
	for range 100 {
		r.lines.page(1)
	}
	if r.lines.tail || b.chat.turns[len(b.chat.turns)-1] != (netchat.PageAsk{After: 250}) || len(b.chat.turns) != 2 {
		t.Errorf("asked for %+v, at the end: %v", b.chat.turns, r.lines.tail)
	}
	where := func() (*model.Line, float32) { return r.lines.first, r.lines.offset }
	first, offset := where()
	b.push(r, &netchat.Page{Of: netchat.PageAsk{After: 250}, Messages: chatted(251, 450), More: true, Newer: true})
	if now, at := where(); now != first || at != offset || r.room.Timeline().Detached() {
		t.Error("what came behind it moved the text")
	}
	b.wantSeen("1 new message")
	for range 200 {
		r.lines.page(1)
	}
	if last := r.lines.shown[len(r.lines.shown)-1].line.Message; !r.lines.tail || last.Seq != 501 || r.strips.news.Visible() {
		t.Errorf("the end is %+v", last)
	}
}

// TestBackToTheNewest leads there from a part of long ago, and so does writing.
func TestBackToTheNewest(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome(), &netchat.Page{Snapshot: true, Messages: chatted(401, 500), More: true})
	open := func() {
		t.Helper()
		seeking{seq: 20, id: chatted(20, 20)[0].ID}.begin(r)
		b.push(r, &netchat.Page{Of: netchat.PageAsk{Around: 20}, Messages: chatted(11, 30), More: true, Newer: true})
		if !r.room.Timeline().Detached() || !r.strips.news.Visible() {
			t.Fatal("it is not shown")
		}
	}
	check := func(what string) {
		t.Helper()
		if r.room.Timeline().Detached() || !r.lines.tail || r.strips.news.Visible() {
			t.Errorf("%s does not lead back", what)
		}
	}
	open()
	r.strips.news.press()
	check("the button")
	open()
	for _, s := range shortcutsOf(b.app) {
		if s.what == textKeyNewest {
			s.do()
		}
	}
	check("the key")
	open()
	r.send("mine")
	check("writing")
	if last := r.lines.shown[len(r.lines.shown)-1].line; last.State != model.LineWaiting {
		t.Errorf("the end is %+v", last)
	}

	// On the way there: the answer that comes later changes nothing.
	seeking{seq: 20, id: chatted(20, 20)[0].ID}.begin(r)
	toNewest(r)
	b.push(r, &netchat.Page{Of: netchat.PageAsk{Around: 20}, Messages: chatted(11, 30), More: true, Newer: true})
	check("giving up")
	if r.write.sayBox.text != "" {
		t.Errorf("it says %q", r.write.sayBox.text)
	}
}

// TestSearchByKeys goes through the hits and back, and finds them again.
func TestSearchByKeys(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.push(r, welcome(), &netchat.Page{Snapshot: true, Messages: chatted(1, 30)})
	showSearch(r)
	p := r.search.panel
	press := func(name fyne.KeyName, want fyne.Focusable) {
		t.Helper()
		b.focused().TypedKey(key(name))
		if b.focused() != want {
			t.Errorf("%s leads to %T", name, b.focused())
		}
	}
	press(fyne.KeyDown, p.field) // nothing is there yet
	p.field.SetText("line")
	press(fyne.KeyReturn, p.field)
	b.push(r, &netchat.Hits{Text: "line", Messages: []netchat.Message{chatted(9, 9)[0], chatted(3, 3)[0]}})
	first, second := p.hits.Objects[0].(*tap), p.hits.Objects[1].(*tap)
	press(fyne.KeyDown, first)
	press(fyne.KeyDown, second)
	press(fyne.KeyDown, second)
	press(fyne.KeyUp, first)
	press(fyne.KeyUp, p.field)
	press(fyne.KeyEscape, r.write.field)
	if b.app.modal != nil || r.search.panel != nil {
		t.Error("the search stays open")
	}
	showSearch(r)
	p = r.search.panel
	if p.field.Text != "line" || p.field.SelectedText() != "line" || len(p.hits.Objects) != 2 {
		t.Errorf("%q, %q, %d hits", p.field.Text, p.field.SelectedText(), len(p.hits.Objects))
	}
	press(fyne.KeyDown, p.hits.Objects[0].(*tap))
	press(fyne.KeyReturn, r.write.field)
	if text, _ := r.lines.chosen.copied(b.app.kit); !strings.Contains(text, "line 9 ") || len(b.chat.turns) != 0 {
		t.Errorf("marked is %q, asked for %+v", text, b.chat.turns)
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
	gone := func(what string) {
		t.Helper()
		if got := r.write.sayBox.text; got != b.app.kit.say(textNotThere) || r.room.Timeline().Detached() {
			t.Errorf("%s: %q", what, got)
		}
		r.write.say("")
	}
	r.search.panel.hits.Objects[0].(*tap).press()
	b.push(r, &netchat.Page{Of: netchat.PageAsk{Around: 1}, Err: netchat.ErrAway})
	gone("a message that is not there any more")
	b.chat.refuse = netchat.ErrOutboxFull
	seeking{seq: 1, id: "1"}.begin(r)
	gone("a question that is not asked")
	b.chat.refuse = nil
	seeking{seq: 5, id: "of another log"}.begin(r)
	gone("a message of another Log")
	seeking{seq: 1, id: "1"}.begin(r)
	b.push(r, welcome(), &netchat.Page{Snapshot: true, Messages: chatted(5, 6)})
	gone("an answer that was lost")
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("前", 100) + "作业" + strings.Repeat("后", 200)
	for _, c := range [][4]string{
		{"short", "R", "short", "r"},
		{"two\n lines", "lines", "two lines", "lines"},
		{long, "作业", "…" + strings.Repeat("前", 24) + "作业" + strings.Repeat("后", 118) + "…", "作业"},
		{"İİİ x", "x", "İİİ x", ""},
		{"no such word", "words", "no such word", ""},
		{strings.Repeat("x", 300), strings.Repeat("x", 250), strings.Repeat("x", 120) + "…", strings.Repeat("x", 120) + "…"},
	} {
		got := excerptOf(c[0], c[1])
		if marked := got.text[got.from:got.to]; got.text != c[2] || marked != c[3] {
			t.Errorf("%q in %q: %+v, marked %q", c[1], c[0], got, marked)
		}
	}
}
