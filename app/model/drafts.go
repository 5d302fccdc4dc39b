package model

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of what is kept of a room that was typed and is not in the room.
const (
	MaxDrafts     = 200     // recipients with a draft; the oldest drafts yield, never that on the screen
	maxDraftBytes = 1 << 20 // of the text of all of them
	MaxUnsent     = 200     // messages not known to be in the room; the newest are kept
	maxUnsentSize = 1 << 20 // bytes of the text of all of them
)

// ErrUnsent is the Failure of a message from before this run of the program of
// which it is not known whether it reached the room.
var ErrUnsent = errors.New("it may not have been sent")

// A Draft is what was typed for one recipient and not sent.
type Draft struct {
	To   netchat.MemberID `json:"to,omitempty"`   // empty: everybody
	Name string           `json:"name,omitempty"` // of the recipient, as they were called last
	Text string           `json:"text"`
}

// blank reports whether there is nothing in it to lose.
func (d Draft) blank() bool { return strings.TrimSpace(d.Text) == "" }

// An Unsent is an own message that is not known to be in the room.
type Unsent struct {
	ID   netchat.EventID    `json:"id"`
	To   []netchat.MemberID `json:"to,omitempty"`
	Text string             `json:"text"`
	Time time.Time          `json:"time"`
}

// Typed is all that was typed in a room and is not in the room: what outlives the
// program. The longest untouched Draft comes first.
type Typed struct {
	Drafts []Draft  `json:"drafts,omitempty"`
	Unsent []Unsent `json:"unsent,omitempty"`
}

// Empty reports whether there is nothing.
func (t Typed) Empty() bool { return len(t.Drafts) == 0 && len(t.Unsent) == 0 }

// bounded returns t within all bounds, without what cannot be: of two drafts for
// one the later, no empty ones.
func (t Typed) bounded() Typed {
	return Typed{
		Drafts: newest(t.Drafts, MaxDrafts, maxDraftBytes, Draft.valid),
		Unsent: newest(t.Unsent, MaxUnsent, maxUnsentSize, Unsent.valid),
	}
}

// newest returns the last of those that are valid, each key once, in their order.
func newest[T any](all []T, limit, size int, valid func(T) (fit T, key string, bytes int, ok bool)) []T {
	var out []T
	seen := make(map[string]bool)
	for _, x := range slices.Backward(all) {
		fit, key, bytes, ok := valid(x)
		if !ok || seen[key] || bytes > size || len(out) >= limit {
			continue
		}
		seen[key] = true
		size -= bytes
		out = append(out, fit)
	}
	slices.Reverse(out)
	return out
}

func (d Draft) valid() (Draft, string, int, bool) {
	d.Name = clip(DisplayName(d.Name, d.To.Label()), netchat.MaxName)
	return d, string(d.To), len(d.Text), !d.blank() && len(d.Text) <= netchat.MaxText && (d.To == "" || d.To.Valid())
}

func (u Unsent) valid() (Unsent, string, int, bool) {
	bad := slices.ContainsFunc(u.To, func(id netchat.MemberID) bool { return !id.Valid() })
	return u, string(u.ID), len(u.Text), !bad && u.ID.Valid() && u.Text != "" && len(u.Text) <= netchat.MaxText
}

// drafts keeps what was typed for each recipient and not sent, the one longest
// untouched first.
type drafts struct {
	to   Recipient
	list []Draft
	size int // bytes of text
}

// of returns the text for a recipient.
func (d *drafts) of(id netchat.MemberID) string {
	if i := d.find(id); i >= 0 {
		return d.list[i].Text
	}
	return ""
}

func (d *drafts) find(id netchat.MemberID) int {
	return slices.IndexFunc(d.list, func(x Draft) bool { return x.To == id })
}

// set keeps the text for the current recipient.
func (d *drafts) set(text string) { d.put(Draft{To: d.to.ID, Name: d.to.Name, Text: text}) }

// put keeps a draft in place of the one for the same recipient. What is too much
// goes, the longest untouched first.
func (d *drafts) put(draft Draft) {
	d.drop(d.find(draft.To))
	if draft.Text == "" {
		return
	}
	d.list = append(d.list, draft)
	d.size += len(draft.Text)
	for len(d.list) > 1 && (len(d.list) > MaxDrafts || d.size > maxDraftBytes) {
		oldest := 0
		if d.list[0].To == d.to.ID {
			oldest = 1
		}
		d.drop(oldest)
	}
}

func (d *drafts) drop(i int) {
	if i >= 0 {
		d.size -= len(d.list[i].Text)
		d.list = slices.Delete(d.list, i, i+1)
	}
}

// follow looks the recipient up among the people again and reports whether
// anything about them changed.
func (d *drafts) follow(p *People) bool {
	if !d.to.Private() {
		return false
	}
	was := d.to
	d.to = d.named(p.anybody(d.to.ID))
	if d.to.Gone {
		d.to.Label, d.to.Readers = was.Label, was.Readers
	}
	return was != d.to
}

// TypedIn returns what was typed in a room and is not in it.
func TypedIn(r *Room) Typed {
	t := Typed{Drafts: slices.DeleteFunc(slices.Clone(r.drafts.list), Draft.blank)}
	size := 0
	for _, l := range slices.Backward(unsent(r.timeline)) {
		if size += len(l.Message.Text); size > maxUnsentSize || len(t.Unsent) >= MaxUnsent {
			break
		}
		u := Unsent{ID: l.Message.ID, Text: l.Message.Text, Time: l.Message.Time}
		if l.Private() {
			u.To = l.Message.Audience.Members
		}
		t.Unsent = append(t.Unsent, u)
	}
	slices.Reverse(t.Unsent)
	return t
}

// unsent returns the own messages that failed and those on their way.
func unsent(t *Timeline) []*Line { return slices.Concat(failures(t), t.waiting) }

// failures returns the messages that failed. Where none ever has, as almost
// everywhere, it looks at no line: it is asked for at each key.
func failures(t *Timeline) []*Line {
	if !t.failing {
		return nil
	}
	return t.live.failed()
}

// Unsaid returns how many own messages have failed, and of how many recipients
// there are drafts: what would be lost with the room.
func Unsaid(r *Room) (failed, drafts int) {
	for _, d := range r.drafts.list {
		if !d.blank() {
			drafts++
		}
	}
	return len(failures(r.timeline)), drafts
}

// Restore takes in what was typed in the room before. What has been typed since for
// the same recipient goes behind it. Messages that are in the room, or wait for it,
// turn out to be as soon as that is known; until then they are shown as failed.
func Restore(r *Room, t Typed) Changed {
	t = t.bounded()
	since := r.drafts.list
	r.drafts.list, r.drafts.size = nil, 0
	for _, d := range t.Drafts {
		r.drafts.put(d)
	}
	for _, d := range since {
		if old := r.drafts.of(d.To); old != "" && old != d.Text && len(old)+1+len(d.Text) <= netchat.MaxText {
			d.Text = old + "\n" + d.Text
		}
		r.drafts.put(d)
	}
	for _, u := range t.Unsent {
		if r.timeline.seen[key{r.self.ID, u.ID}] != nil {
			continue
		}
		await(r, netchat.Post{ID: u.ID, Text: u.Text, To: u.To})
		l := r.timeline.waiting[len(r.timeline.waiting)-1]
		l.Message.Time = u.Time
		r.timeline.fail(l, Failure{Err: ErrUnsent})
	}
	return Changed{Recipient: len(t.Drafts) > 0, People: len(t.Drafts) > 0, Timeline: len(t.Unsent) > 0}
}

// FailWaiting marks all that is on its way as failed: the room has ended the
// connection for good.
func FailWaiting(r *Room, f Failure) {
	for _, l := range slices.Clone(r.timeline.waiting) {
		r.timeline.fail(l, f)
	}
}

// ListPeople returns those in the room as People.List does, marked where there is a
// draft for them, and behind them those who are not there but have one.
func ListPeople(r *Room, filter string) []Person {
	list := r.people.List(filter)
	for i := range list {
		list[i].Draft = HasDraft(r, list[i].ID)
	}
	for _, d := range r.drafts.list {
		if _, here := r.people.Find(d.To); here || d.To == "" || d.blank() {
			continue
		}
		m := netchat.Member{ID: d.To, Label: d.To.Label(), Name: r.drafts.nameOf(d.To)}
		if matches(m, filter) {
			list = append(list, Person{Member: m, Draft: true, Away: true})
		}
	}
	return list
}

// named is somebody who is gone under the name that goes with their draft, if no
// other name of theirs is known.
func (d *drafts) named(to Recipient) Recipient {
	if to.Gone && to.Name == string(to.ID.Label()) && d.find(to.ID) >= 0 {
		to.Name = d.nameOf(to.ID)
	}
	return to
}

// nameOf returns what the recipient of a draft was called last.
func (d *drafts) nameOf(id netchat.MemberID) string {
	if i := d.find(id); i >= 0 {
		return d.list[i].Name
	}
	return ""
}

// HasDraft reports whether there is a draft for a recipient; none is everybody.
func HasDraft(r *Room, id netchat.MemberID) bool {
	i := r.drafts.find(id)
	return i >= 0 && !r.drafts.list[i].blank()
}
