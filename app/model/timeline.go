package model

import (
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of a Timeline.
const (
	MaxLines   = 100_000 // kept; the oldest go first
	trimLines  = 1_000   // how many go at once, so that trimming stays cheap
	MaxWaiting = 1_000   // own messages on their way
)

// A Timeline is the one stream of a room: messages, public and private, and
// system lines in the order in which they came, then the own messages that are
// still on their way. No message is in it twice.
type Timeline struct {
	lines   []*Line
	waiting []*Line
	seen    map[key]*Line
	more    bool // older messages can be asked for
	asked   bool // and have been
	zone    *time.Location
	limit   int
}

func newTimeline(zone *time.Location, limit int) *Timeline {
	return &Timeline{seen: make(map[key]*Line), zone: zone, limit: limit}
}

// Len returns the number of lines.
func (t *Timeline) Len() int { return len(t.lines) + len(t.waiting) }

// Line returns line i, counted from the oldest; 0 <= i < Len().
func (t *Timeline) Line(i int) *Line {
	if i < len(t.lines) {
		return t.lines[i]
	}
	return t.waiting[i-len(t.lines)]
}

// A Joint says how a line stands to the one before it.
type Joint struct {
	NewDay  bool // it is the first of its day in the reader's zone
	Grouped bool // it goes on in the group of the line before
}

// Joint returns how line i stands to line i-1.
func (t *Timeline) Joint(i int) Joint {
	if i == 0 {
		return Joint{NewDay: true}
	}
	l, before := t.Line(i), t.Line(i-1)
	if !t.sameDay(before.Time(), l.Time()) {
		return Joint{NewDay: true}
	}
	return Joint{Grouped: l.follows(before)}
}

func (t *Timeline) sameDay(a, b time.Time) bool {
	ay, am, ad := a.In(t.zone).Date()
	by, bm, bd := b.In(t.zone).Date()
	return ay == by && am == bm && ad == bd
}

// Find returns the index of l, looking outwards from hint, or -1.
func (t *Timeline) Find(l *Line, hint int) int {
	n := t.Len()
	if n == 0 {
		return -1
	}
	hint = min(max(hint, 0), n-1)
	for d := 0; hint-d >= 0 || hint+d < n; d++ {
		if i := hint - d; i >= 0 && t.Line(i) == l {
			return i
		}
		if i := hint + d; i < n && t.Line(i) == l {
			return i
		}
	}
	return -1
}

// At returns the line of the stored message with that Seq; false: it is not here.
func (t *Timeline) At(seq uint64) (int, bool) {
	for i := len(t.lines) - 1; i >= 0; i-- {
		if l := t.lines[i]; l.Kind == LineMessage && l.Message.Seq == seq {
			return i, true
		}
	}
	return 0, false
}

// More reports whether older messages exist that can be asked for and have
// not been yet.
func (t *Timeline) More() bool { return t.more && !t.asked }

// Asking reports whether older messages are being asked for.
func (t *Timeline) Asking() bool { return t.asked }

// AskOlder notes that older messages are being asked for and returns the seq
// before which, or false if there is nothing to ask.
func (t *Timeline) AskOlder() (uint64, bool) {
	if !t.More() {
		return 0, false
	}
	for _, l := range t.lines {
		if l.Kind == LineMessage && l.Message.Seq > 0 {
			t.asked = true
			return l.Message.Seq, true
		}
	}
	return 0, false
}

// add appends a stored message. It reports false if it was here already.
func (t *Timeline) add(l *Line) bool {
	k := l.key()
	if old := t.seen[k]; old != nil {
		t.settle(old, l.Message)
		return false
	}
	t.seen[k] = l
	t.append(l)
	return true
}

// settle turns an own waiting or failed line into the stored message m, and
// brings a stored one up to date if m is newer.
func (t *Timeline) settle(l *Line, m netchat.Message) {
	if l.State == LineStored && m.Rev <= l.Message.Rev {
		return
	}
	was := l.State
	l.Message, l.State, l.Failure = m, LineStored, Failure{}
	l.Version++
	if was == LineWaiting {
		t.waiting = slices.DeleteFunc(t.waiting, func(w *Line) bool { return w == l })
		t.append(l)
	}
}

func (t *Timeline) append(l *Line) {
	t.lines = append(t.lines, l)
	if len(t.lines) <= t.limit {
		return
	}
	cut := len(t.lines) - t.limit + min(trimLines, t.limit/2)
	for _, old := range t.lines[:cut] {
		if old.Kind == LineMessage {
			delete(t.seen, old.key())
		}
	}
	t.lines = append([]*Line(nil), t.lines[cut:]...)
	t.more = true // what was cut off can be asked for again, if the room keeps it
}

// wait appends an own message that is on its way.
func (t *Timeline) wait(l *Line) {
	t.seen[l.key()] = l
	t.waiting = append(t.waiting, l)
}

// fail takes an own message off its way: it stays where it stands.
func (t *Timeline) fail(l *Line, f Failure) {
	if l.State != LineWaiting {
		return
	}
	t.waiting = slices.DeleteFunc(t.waiting, func(w *Line) bool { return w == l })
	l.State, l.Failure = LineFailed, f
	l.Version++
	t.append(l)
}

// remove takes a failed line out.
func (t *Timeline) remove(l *Line) {
	t.lines = slices.DeleteFunc(t.lines, func(x *Line) bool { return x == l })
	if t.seen[l.key()] == l {
		delete(t.seen, l.key())
	}
}

// replace shows page instead of everything stored. Own messages that wait or
// failed stay, and a message that was shown keeps its Line, so that a reader's
// place survives a reconnect.
func (t *Timeline) replace(page []*Line, more bool) {
	old, failed := t.seen, t.failed()
	t.lines, t.more, t.asked = nil, more, false
	t.seen = make(map[key]*Line, len(page))
	for _, l := range t.waiting {
		t.seen[l.key()] = l
	}
	for _, l := range page {
		known := old[l.key()]
		if known == nil || t.seen[l.key()] != nil {
			t.add(l)
			continue
		}
		t.settle(known, l.Message)
		t.seen[known.key()] = known
		t.append(known)
	}
	for _, l := range failed {
		if l.State == LineFailed {
			t.seen[l.key()] = l
			t.append(l)
		}
	}
}

func (t *Timeline) failed() []*Line {
	var failed []*Line
	for _, l := range t.lines {
		if l.State == LineFailed {
			failed = append(failed, l)
		}
	}
	return failed
}

// prepend puts older messages before everything, as far as there is room.
func (t *Timeline) prepend(page []*Line, more bool) {
	t.asked = false
	fresh := make([]*Line, 0, len(page))
	for _, l := range page {
		if old := t.seen[l.key()]; old != nil {
			t.settle(old, l.Message)
			continue
		}
		fresh = append(fresh, l)
	}
	room := t.limit - len(t.lines)
	if len(fresh) > room {
		fresh, more = fresh[len(fresh)-max(room, 0):], false
	}
	for _, l := range fresh {
		t.seen[l.key()] = l
	}
	t.more = more && len(page) > 0
	t.lines = append(fresh, t.lines...)
}
