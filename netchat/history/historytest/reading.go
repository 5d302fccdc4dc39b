package historytest

import (
	"errors"
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// talk appends n rounds of messages to everybody, to some and to the hosts.
func (f *fixture) talk(rounds int) {
	f.t.Helper()
	for range rounds {
		f.append(
			f.draft(alice, netchat.ToAll(), "今天的作业在黑板上"),
			f.draft(alice, netchat.ToMembers(bob), "a secret for Bob"),
			f.draft(bob, netchat.ToMembers(alice, carol), "a secret for two"),
		)
		f.append(f.draft(bob, netchat.ToAll(), "hello"))
		f.append(f.draft(carol, netchat.Audience{Scope: netchat.ScopeHosts}, "for the hosts"))
	}
}

func testTail(f *fixture) {
	f.talk(4)
	head := f.log.Head()
	for seq := range head.Seq + 1 {
		from := f.at(seq)
		for _, viewer := range viewers() {
			for _, limit := range []int{0, 1, 2, 7, many} {
				f.checkTail(from, viewer, limit)
			}
		}
	}
	f.checkTail(netchat.Position{Epoch: head.Epoch}, history.Viewer{Member: alice}, many)
	for _, viewer := range viewers() { // and from step to step
		at, steps := netchat.Position{}, 0
		for at != head && steps <= len(f.events) {
			at = f.checkTail(at, viewer, 1).Reached
			steps++
		}
		if at != head {
			f.t.Errorf("%v got no further than %v in %d steps", viewer, at, steps)
		}
	}
}

func testNotContinuous(f *fixture) {
	f.talk(2)
	head := f.log.Head()
	epoch := head.Epoch
	otherEpoch := "9" + epoch
	wrong := map[string]netchat.Position{
		"another epoch":                 {Epoch: otherEpoch, Seq: head.Seq, Mark: head.Mark},
		"another epoch, at the start":   {Epoch: otherEpoch},
		"no epoch":                      {Seq: head.Seq, Mark: head.Mark},
		"another mark":                  {Epoch: epoch, Seq: head.Seq, Mark: strings.Repeat("0", 2*netchat.MarkSize)},
		"the mark of the one before":    {Epoch: epoch, Seq: head.Seq, Mark: f.at(head.Seq - 1).Mark},
		"a part of the mark":            {Epoch: epoch, Seq: head.Seq, Mark: head.Mark[:2]},
		"no mark":                       {Epoch: epoch, Seq: head.Seq},
		"a mark at the start":           {Epoch: epoch, Mark: head.Mark},
		"ahead":                         {Epoch: epoch, Seq: head.Seq + 1, Mark: head.Mark},
		"far ahead":                     {Epoch: epoch, Seq: 1<<64 - 1, Mark: head.Mark},
		"over what a database can hold": {Epoch: epoch, Seq: 1 << 63, Mark: head.Mark},
	}
	for name, position := range wrong {
		tail, err := f.log.Tail(position, history.Viewer{Member: alice}, many)
		if !errors.Is(err, history.ErrNotContinuous) {
			f.t.Errorf("%s: %v, %v", name, tail, err)
		}
	}
}

func testTailFloor(f *fixture) {
	f.talk(1)
	viewer := history.Viewer{Member: alice, Floor: 2}
	for _, start := range []netchat.Position{{}, {Epoch: f.log.Head().Epoch}} {
		if _, err := f.log.Tail(start, viewer, many); !errors.Is(err, history.ErrNotContinuous) {
			f.t.Errorf("from %v a viewer with a floor gets %v", start, err)
		}
	}
	f.checkTail(f.at(1), viewer, many) // has seen that one, so it was there
}

func testPrivate(f *fixture) {
	f.append(
		f.draft(alice, netchat.ToMembers(bob), "word one"),
		f.draft(alice, netchat.Audience{Scope: netchat.ScopeHosts}, "word two"),
		f.draft(alice, netchat.ToAll(), "word three"),
		f.draft(alice, netchat.Audience{Scope: "what a later version knows"}, "word four"),
	)
	rows := []struct {
		viewer history.Viewer
		want   []uint64
	}{
		{history.Viewer{Member: alice}, []uint64{1, 2, 3, 4}}, // the author
		{history.Viewer{Member: bob}, []uint64{1, 3}},         // the audience
		{history.Viewer{Member: carol}, []uint64{3}},
		{history.Viewer{Member: carol, Host: true}, []uint64{2, 3}}, // no host reads what is private
		{history.Viewer{}, []uint64{3}},
	}
	for _, row := range rows {
		var tail, page, found []uint64
		for _, e := range f.checkTail(netchat.Position{}, row.viewer, many).Events {
			tail = append(tail, e.Seq)
		}
		for _, m := range f.checkPage(history.PageQuery{Viewer: row.viewer, Limit: many}).Messages {
			page = append(page, m.Seq)
		}
		for _, m := range f.checkSearch(history.SearchQuery{Viewer: row.viewer, Text: "word", Limit: many}) {
			found = append(found, m.Seq)
		}
		slices.Reverse(found)
		for _, got := range [][]uint64{tail, page, found} {
			if !slices.Equal(got, row.want) {
				f.t.Errorf("%v sees %v in the tail, %v in the page and finds %v, want %v", row.viewer, tail, page, found, row.want)
				break
			}
		}
	}
}

func testPages(f *fixture) {
	f.talk(2)
	last := f.log.Head().Seq
	for _, viewer := range viewers() {
		for _, viewer.Floor = range []uint64{0, 1, 4, last, last + 1} {
			for _, limit := range []int{0, 1, 2, 5, many} {
				for seq := range last + 3 {
					f.checkPage(history.PageQuery{Viewer: viewer, Before: seq, Limit: limit})
					f.checkPage(history.PageQuery{Viewer: viewer, Around: seq, Limit: limit})
					f.checkPage(history.PageQuery{Viewer: viewer, After: seq, Limit: limit})
				}
			}
		}
	}
	f.checkPage(history.PageQuery{Before: 1<<64 - 1, Limit: many})
	f.checkPage(history.PageQuery{Around: 1<<64 - 1, Limit: many})
	f.checkPage(history.PageQuery{After: 1<<64 - 1, Limit: many})
	f.checkPage(history.PageQuery{Before: 2, Around: last, Limit: 4})
	f.checkPage(history.PageQuery{Before: 2, After: 3, Limit: 4})
	f.checkPage(history.PageQuery{After: 3, Around: last, Limit: 4})
}

// testPageByPage scrolls back to the first Message.
func testPageByPage(f *fixture) {
	f.talk(5)
	for _, viewer := range viewers() {
		q := history.PageQuery{Viewer: viewer, Limit: 3}
		var got []netchat.Message
		for range f.events { // more pages than that are wrong
			page := f.checkPage(q)
			got = slices.Concat(page.Messages, got)
			if !page.More {
				break
			}
			q.Before = page.Messages[0].Seq
		}
		if want := messageLines(f.messages(viewer)); messageLines(got) != want {
			f.t.Errorf("%v read\n%swant\n%s", viewer, messageLines(got), want)
		}
	}
}

// testPageByPageOn scrolls on from the first Message to the newest.
func testPageByPageOn(f *fixture) {
	f.talk(5)
	for _, viewer := range viewers() {
		want := f.messages(viewer)
		got := slices.Clone(want[:1])
		for range f.events { // more pages than that are wrong
			page := f.checkPage(history.PageQuery{Viewer: viewer, After: got[len(got)-1].Seq, Limit: 3})
			got = append(got, page.Messages...)
			if !page.Newer {
				break
			}
		}
		if messageLines(got) != messageLines(want) {
			f.t.Errorf("%v read\n%swant\n%s", viewer, messageLines(got), messageLines(want))
		}
	}
}

func testLongMessages(f *fixture) {
	for _, n := range []int{10, 500, 10, 300, 0, 10, 200} {
		f.append(f.draft(alice, netchat.ToAll(), strings.Repeat("x", n)))
	}
	for seq := range uint64(9) {
		for _, maxBytes := range []int{0, 1, 9, 10, 11, 20, 200, 210, 300, 499, 500, 501, many} {
			f.checkPage(history.PageQuery{Before: seq, Limit: 5, MaxBytes: maxBytes})
			f.checkPage(history.PageQuery{Around: seq, Limit: 5, MaxBytes: maxBytes})
			f.checkPage(history.PageQuery{After: seq, Limit: 5, MaxBytes: maxBytes})
		}
	}
}

// testNothingToShow has Events that are no Messages, among some that are.
func testNothingToShow(f *fixture) {
	bodies := []string{`{"name":"A","text":"word"}`, `{"fallback":"word"}`, `{"text":"word"}`, `{"word":true}`, `no json`, ``}
	for _, kind := range []netchat.Kind{netchat.KindMessage, "what a later version knows"} {
		for _, body := range bodies {
			e := f.draft(alice, netchat.ToAll(), "")
			e.Kind, e.Body = kind, []byte(body)
			f.append(e)
		}
	}
	viewer := history.Viewer{Member: alice}
	f.checkTail(netchat.Position{}, viewer, many)
	f.checkSearch(history.SearchQuery{Viewer: viewer, Text: "word", Limit: many})
	for seq := range f.log.Head().Seq + 2 {
		for _, limit := range []int{1, 2, many} {
			f.checkPage(history.PageQuery{Viewer: viewer, Before: seq, Limit: limit})
			f.checkPage(history.PageQuery{Viewer: viewer, Around: seq, Limit: limit})
			f.checkPage(history.PageQuery{Viewer: viewer, After: seq, Limit: limit})
		}
	}
}

func testSearch(f *fixture) {
	f.talk(3)
	f.append(
		f.draft(bob, netchat.ToAll(), "Hello, WORLD: the ÉCOLE is open"),
		f.draft(bob, netchat.ToAll(), "交作业了吗?"),
		f.draft(bob, netchat.ToAll(), "作 and 业 apart"),
	)
	last := f.log.Head().Seq
	texts := []string{"作业", "业", "hello", "HELLO", " hello\n", "école", "the école is", "secret", "hosts", "nowhere", "", " \t"}
	for _, text := range texts {
		for _, viewer := range viewers() {
			for _, viewer.Floor = range []uint64{0, 8, last - 2, last} {
				for _, limit := range []int{0, 1, 2, many} {
					f.checkSearch(history.SearchQuery{Viewer: viewer, Text: text, Limit: limit})
				}
			}
		}
	}
	if found := f.checkSearch(history.SearchQuery{Text: "作业", Limit: many}); len(found) != 4 {
		f.t.Errorf("作业 is in %d messages, want 4", len(found))
	}
}

// testSearchLiterally looks for what means something in some query language.
func testSearchLiterally(f *fixture) {
	f.append(
		f.draft(alice, netchat.ToAll(), "alpha beta"),
		f.draft(alice, netchat.ToAll(), "gamma"),
	)
	nowhere := []string{
		"alpha OR gamma", "alpha AND beta", "alpha NOT gamma", "NEAR(alpha beta)", "text:alpha",
		"a%a", "a.*a", "beta alpha", "x' OR '1'='1",
	}
	strange := []string{`"`, `'`, `""`, `\`, "*", "%", "_", "(", ")", "-", "^", ":", "\x00", "\xff", "alpha\x00"}
	for _, text := range nowhere {
		f.checkSearch(history.SearchQuery{Text: text, Limit: many})
	}
	for _, text := range strange { // whatever it finds, it works
		if _, err := f.log.Search(history.SearchQuery{Text: text, Limit: many}); err != nil {
			f.t.Errorf("Search for %q: %v", text, err)
		}
	}
}
