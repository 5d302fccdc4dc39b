package historytest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// many is a limit that nothing here reaches.
const many = 1000

// Who writes and reads.
const (
	alice netchat.MemberID = "a11ce000000000000000000000000000"
	bob   netchat.MemberID = "b0b00000000000000000000000000000"
	carol netchat.MemberID = "ca401000000000000000000000000000"
)

// viewers returns everybody who sees something else.
func viewers() []history.Viewer {
	return []history.Viewer{
		{Member: alice}, {Member: bob}, {Member: carol}, {Member: carol, Host: true}, {},
	}
}

// A fixture is a Log next to a model of it.
type fixture struct {
	model
	t      rapid.TB // a *testing.T or a *rapid.T
	log    history.Log
	drafts int
}

func newFixture(t *testing.T, open func(*testing.T) history.Log) *fixture {
	t.Helper()
	f := &fixture{t: t, log: open(t)}
	t.Cleanup(f.close)
	return f
}

func (f *fixture) close() {
	if err := f.log.Close(); err != nil {
		f.t.Errorf("Close: %v", err)
	}
}

// draft makes a message that is not in the Log yet.
func (f *fixture) draft(author netchat.MemberID, to netchat.Audience, text string) netchat.Event {
	f.t.Helper()
	body, err := json.Marshal(netchat.MessageBody{Name: "name of " + string(author), Text: text})
	if err != nil {
		f.t.Fatalf("draft: %v", err)
	}
	f.drafts++
	return netchat.Event{
		Time:     time.UnixMilli(1_700_000_000_000 + int64(f.drafts)).UTC(),
		ID:       netchat.EventID(fmt.Sprintf("%032x", f.drafts)),
		Kind:     netchat.KindMessage,
		Author:   author,
		Audience: to,
		Body:     body,
		Salt:     fmt.Appendf(nil, "%0*d", netchat.SaltSize, f.drafts),
	}
}

// append appends batch to the Log and to the model, which must agree.
func (f *fixture) append(batch ...netchat.Event) {
	f.t.Helper()
	before := lines(batch)
	stored, err := f.log.Append(batch)
	if err != nil {
		f.t.Fatalf("Append: %v", err)
	}
	if after := lines(batch); after != before {
		f.t.Fatalf("Append changed its batch from\n%sto\n%s", before, after)
	}
	want := f.model.append(f.log.Head().Epoch, batch)
	for _, s := range want {
		f.checkSeqOf(netchat.Ref{Author: s.Event.Author, ID: s.Event.ID})
	}
	if got, want := storedLines(stored), storedLines(want); got != want {
		f.t.Fatalf("stored\n%swant\n%s", got, want)
	}
	if got, want := f.log.Head(), f.at(uint64(len(f.events))); got != want && want.Seq > 0 {
		f.t.Fatalf("the head is at %v, want %v", got, want)
	}
}

// checkSeqOf compares what is known of one Event with the model.
func (f *fixture) checkSeqOf(name netchat.Ref) {
	f.t.Helper()
	if got, err := f.log.SeqOf(name); err != nil || got != f.seqOf(name) {
		f.t.Fatalf("SeqOf(%v) is %d, %v, want %d", name, got, err, f.seqOf(name))
	}
	first := uint64(0)
	for _, e := range f.events {
		if first == 0 && e.Author == name.Author {
			first = e.Seq
		}
	}
	if got, err := f.log.FirstBy(name.Author); err != nil || got != first {
		f.t.Fatalf("FirstBy(%v) is %d, %v, want %d", name.Author, got, err, first)
	}
}

// checkTail compares one answer with the model's.
func (f *fixture) checkTail(after netchat.Position, viewer history.Viewer, limit int) history.Tail {
	f.t.Helper()
	got, err := f.log.Tail(after, viewer, limit)
	if err != nil {
		f.t.Fatalf("Tail(%v, %v, %d): %v", after, viewer, limit, err)
	}
	want, next := f.tail(after.Seq, viewer, limit)
	if pointerLines(got.Events) != pointerLines(want) || got.More != (next > 0) {
		f.t.Fatalf("Tail(%v, %v, %d) is, with more %t,\n%swant, with next %d,\n%s",
			after, viewer, limit, got.More, pointerLines(got.Events), next, pointerLines(want))
	}
	least, most := after.Seq, uint64(len(f.events))
	if len(want) > 0 {
		least = want[len(want)-1].Seq
	}
	if got.More {
		most = next - 1
	} else {
		least = most
	}
	if seq := got.Reached.Seq; seq < least || seq > most || seq > 0 && got.Reached != f.at(seq) {
		f.t.Fatalf("Tail(%v, %v, %d) reached %v, want a position from %d to %d", after, viewer, limit, got.Reached, least, most)
	}
	return got
}

func (f *fixture) checkPage(q history.PageQuery) history.Page {
	f.t.Helper()
	got, err := f.log.Page(q)
	if err != nil {
		f.t.Fatalf("Page(%+v): %v", q, err)
	}
	want := f.page(q)
	if messageLines(got.Messages) != messageLines(want.Messages) || got.More != want.More || got.Newer != want.Newer ||
		got.Lacks != (q.Around == 0 && q.After != 0 && q.After < q.Viewer.Floor) {
		f.t.Fatalf("Page(%+v) is, with more %t and newer %t,\n%swant, with more %t and newer %t,\n%s",
			q, got.More, got.Newer, messageLines(got.Messages), want.More, want.Newer, messageLines(want.Messages))
	}
	return got
}

func (f *fixture) checkSearch(q history.SearchQuery) []netchat.Message {
	f.t.Helper()
	got, err := f.log.Search(q)
	if err != nil {
		f.t.Fatalf("Search(%+v): %v", q, err)
	}
	if want := f.search(q); messageLines(got) != messageLines(want) {
		f.t.Fatalf("Search(%+v) is\n%swant\n%s", q, messageLines(got), messageLines(want))
	}
	return got
}

// The functions below write things out for comparison and for people, one a
// line: two times or slices may be the same and yet not deeply equal.

func lines(events []netchat.Event) string {
	var b strings.Builder
	for i := range events {
		b.WriteString(line(&events[i]))
	}
	return b.String()
}

func pointerLines(events []*netchat.Event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(line(e))
	}
	return b.String()
}

func storedLines(stored []history.Stored) string {
	var b strings.Builder
	for _, s := range stored {
		fmt.Fprintf(&b, "duplicate=%t %s", s.Duplicate, line(s.Event))
	}
	return b.String()
}

func line(e *netchat.Event) string {
	return fmt.Sprintf("%s %d at=%d %s %s by=%s ref=%s to=%s%v body=%q salt=%x digest=%x chain=%x sig=%x\n",
		e.Epoch, e.Seq, e.Time.UnixMilli(), e.ID, e.Kind, e.Author, e.Ref, e.Audience.Scope, e.Audience.Members,
		e.Body, e.Salt, e.Digest, e.Chain, e.Sig)
}

func messageLines(messages []netchat.Message) string {
	var b strings.Builder
	for i := range messages {
		m := &messages[i]
		fmt.Fprintf(&b, "%s %d rev=%d at=%d %s %s by=%s %q ref=%s to=%s%v text=%q mark=%s\n",
			m.Epoch, m.Seq, m.Rev, m.Time.UnixMilli(), m.ID, m.Kind, m.Author, m.Name, m.Ref,
			m.Audience.Scope, m.Audience.Members, m.Text, m.Mark)
	}
	return b.String()
}
