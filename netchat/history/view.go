package history

import (
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/homeroomchat/homeroom/netchat"
)

// A view is a Memory at one moment. It never changes, so reading it takes no
// lock and holds up nobody.
type view struct {
	before netchat.Position // what the first of events follows
	events []*netchat.Event // their Seqs have no gaps
	closed bool
}

func (v *view) head() netchat.Position {
	if len(v.events) == 0 {
		return v.before
	}
	return v.events[len(v.events)-1].Position()
}

// at returns the position with that Seq, if it is known.
func (v *view) at(seq uint64) (netchat.Position, bool) {
	switch i := seq - v.before.Seq; {
	case seq < v.before.Seq, i > uint64(len(v.events)):
		return netchat.Position{}, false
	case i == 0:
		return v.before, true
	default:
		return v.events[i-1].Position(), true
	}
}

// span returns the Events with after < Seq <= upTo.
func (v *view) span(after, upTo uint64) []*netchat.Event {
	index := func(seq uint64) uint64 {
		return min(max(seq, v.before.Seq)-v.before.Seq, uint64(len(v.events)))
	}
	from, to := index(after), index(upTo)
	return v.events[min(from, to):to]
}

// recall returns the Event with that Seq and name, or what is left of it.
func (v *view) recall(seq uint64, name netchat.Ref) *netchat.Event {
	if seq <= v.before.Seq {
		return &netchat.Event{Epoch: v.before.Epoch, Seq: seq, Author: name.Author, ID: name.ID}
	}
	return v.events[seq-v.before.Seq-1]
}

func (v *view) tail(after netchat.Position, viewer Viewer, limit int) (Tail, error) {
	if after == (netchat.Position{}) {
		after.Epoch = v.before.Epoch // before everything, here as in any Log
	}
	at, known := v.at(after.Seq)
	if !known || at != after || after.Seq == 0 && viewer.Floor > 0 {
		return Tail{}, ErrNotContinuous
	}
	t := Tail{Reached: v.head()}
	for _, e := range v.span(after.Seq, math.MaxUint64) {
		if !viewer.sees(e) {
			continue
		}
		if len(t.Events) >= limit {
			t.Reached, _ = v.at(e.Seq - 1)
			t.More = true
			break
		}
		t.Events = append(t.Events, e)
	}
	return t, nil
}

func (v *view) page(q PageQuery) Page {
	if q.MaxBytes == 0 {
		q.MaxBytes = math.MaxInt
	}
	p := picker{viewer: q.Viewer, limit: q.Limit, maxBytes: q.MaxBytes}
	floor := q.Viewer.Floor
	switch {
	case q.Around != 0:
		return v.pageAround(q)
	case q.After != 0:
		newer := p.pick(slices.Values(v.span(max(q.After, floor), math.MaxUint64)))
		return Page{Messages: p.picked, More: v.has(q.Viewer, floor, q.After), Newer: newer, Lacks: q.After < max(v.before.Seq, floor)}
	}
	more := p.pick(backward(v.span(floor, q.Before-1))) // 0 wraps to the greatest
	slices.Reverse(p.picked)
	return Page{Messages: p.picked, More: more, Newer: q.Before > 0 && v.has(q.Viewer, max(q.Before-1, floor), math.MaxUint64)}
}

func (v *view) pageAround(q PageQuery) Page {
	p := picker{viewer: q.Viewer, limit: q.Limit - q.Limit/2, maxBytes: q.MaxBytes - q.MaxBytes/2}
	more := p.pick(backward(v.span(q.Viewer.Floor, q.Around)))
	slices.Reverse(p.picked)
	p.limit, p.maxBytes = q.Limit, q.MaxBytes
	newer := p.pick(slices.Values(v.span(max(q.Around, q.Viewer.Floor), math.MaxUint64)))
	return Page{Messages: p.picked, More: more, Newer: newer}
}

// has reports whether there is a Message for viewer with after < Seq <= upTo.
func (v *view) has(viewer Viewer, after, upTo uint64) bool {
	none := picker{viewer: viewer}
	return none.pick(slices.Values(v.span(after, upTo)))
}

func (v *view) search(q SearchQuery) []netchat.Message {
	text := strings.ToLower(strings.TrimSpace(q.Text))
	if text == "" {
		return nil
	}
	p := picker{viewer: q.Viewer, limit: q.Limit, maxBytes: math.MaxInt, text: text}
	p.pick(backward(v.span(q.Viewer.Floor, math.MaxUint64)))
	return p.picked
}

func backward(events []*netchat.Event) iter.Seq[*netchat.Event] {
	return func(yield func(*netchat.Event) bool) {
		for _, e := range slices.Backward(events) {
			if !yield(e) {
				return
			}
		}
	}
}

// A picker gathers Messages.
type picker struct {
	viewer   Viewer
	limit    int    // of picked
	maxBytes int    // of their texts, if there are several
	text     string // that they must have, in lower case
	picked   []netchat.Message
	bytes    int
}

// pick goes through events until the next Message would be one too many, and
// reports whether there was such a one.
func (p *picker) pick(events iter.Seq[*netchat.Event]) (more bool) {
	for e := range events {
		if !p.viewer.sees(e) {
			continue
		}
		if m, ok := netchat.MessageOf(e); ok && p.take(m) {
			return true
		}
	}
	return false
}

// take picks m if it has the text, and reports whether it would be one too many.
func (p *picker) take(m netchat.Message) (more bool) {
	if !strings.Contains(strings.ToLower(m.Text), p.text) {
		return false
	}
	if len(p.picked) >= p.limit || len(p.picked) > 0 && len(m.Text) > p.maxBytes-p.bytes {
		return true
	}
	p.picked = append(p.picked, m)
	p.bytes += len(m.Text)
	return false
}
