package model

import (
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of a Timeline.
const (
	MaxLines   = 100_000  // kept; the oldest go first
	MaxBytes   = 64 << 20 // of their texts: a host that says the longest there are must not fill the memory
	trimBytes  = 1 << 20  // how much goes at once
	trimLines  = 1_000    // how many go at once, so that trimming stays cheap
	MaxWaiting = 1_000    // own messages on their way
)

// A Timeline is the one stream of a room: messages, public and private, and
// system lines in the order in which they came, then the own messages that are
// still on their way. No message is in it twice. A part of long ago can be shown
// instead, until it has grown up to the end.
type Timeline struct {
	live    run  // the end
	window  *run // a part before it, which is shown instead; nil: the end is shown
	waiting []*Line
	seen    map[key]*Line // of live, window and waiting
	sought  uint64        // the Seq around which messages have been asked for; 0: they have not
	zone    *time.Location
	limit   int  // of the lines of a run
	failing bool // a line has failed at some time

	// There was no answer: older or newer ones are not asked for until the next connection.
	heldOlder, heldNewer bool
}

func newTimeline(zone *time.Location, limit int) *Timeline {
	return &Timeline{seen: make(map[key]*Line), zone: zone, limit: limit}
}

// Len returns the number of lines.
func (t *Timeline) Len() int {
	if t.window != nil {
		return len(t.window.lines)
	}
	return len(t.live.lines) + len(t.waiting)
}

// Line returns line i, counted from the oldest; 0 <= i < Len().
func (t *Timeline) Line(i int) *Line {
	if lines := t.shown().lines; i < len(lines) {
		return lines[i]
	}
	return t.waiting[i-len(t.live.lines)]
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
	if !sameDay(t.zone, before.Time(), l.Time()) {
		return Joint{NewDay: true}
	}
	return Joint{Grouped: l.follows(before)}
}

func sameDay(zone *time.Location, a, b time.Time) bool {
	ay, am, ad := a.In(zone).Date()
	by, bm, bd := b.In(zone).Date()
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

// At returns the line of the stored message with that Seq; false: it is not shown.
func (t *Timeline) At(seq uint64) (int, bool) {
	i := t.shown().index(seq)
	return i, seq > 0 && i >= 0
}

// More reports whether older messages exist that can be asked for and have
// not been yet.
func (t *Timeline) More() bool { return t.shown().more && !t.Asking() }

// Asking reports whether older messages are being asked for.
func (t *Timeline) Asking() bool { return t.shown().older != 0 }

// AskOlder notes that older messages are being asked for and returns the seq
// before which, or false if there is nothing to ask.
func (t *Timeline) AskOlder() (uint64, bool) {
	if !t.More() || t.heldOlder {
		return 0, false
	}
	r := t.shown()
	r.older = r.first()
	return r.older, r.older > 0
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

// settle turns an own waiting or failed line into the stored message m, in its place,
// and brings a stored one up to date if m is newer or of another Log.
func (t *Timeline) settle(l *Line, m netchat.Message) {
	if l.State == LineStored && m.Epoch == l.Message.Epoch && m.Rev <= l.Message.Rev {
		return
	}
	was := l.State
	renew(l, m)
	if was != LineStored {
		takeOut(t, l)
		place(t, l)
		return
	}
	t.live.grow(l) // its text may be longer now
	trimLive(t)
}

// same reports whether two are one message as of one moment, of one Log.
func same(a, b *netchat.Message) bool {
	return a.Epoch == b.Epoch && a.Seq == b.Seq && a.Rev == b.Rev && a.Mark == b.Mark
}

// renew has l be the stored message m.
func renew(l *Line, m netchat.Message) {
	l.Message, l.State, l.Failure = m, LineStored, Failure{}
	l.Version++
}

// takeOut takes an own line out that has no place of its own among the stored ones.
func takeOut(t *Timeline, l *Line) {
	is := func(x *Line) bool { return x == l }
	t.waiting = slices.DeleteFunc(t.waiting, is)
	t.live.lines = slices.DeleteFunc(t.live.lines, is)
}

// place puts a stored line where its Seq belongs: almost always that is the end. What
// was said before all that is shown comes with the older ones, if there are any.
func place(t *Timeline, l *Line) {
	lines, seq := t.live.lines, l.seq()
	if seq == 0 || seq > t.live.last() {
		t.append(l)
		return
	}
	if seq < t.live.first() && t.live.more {
		forget(t, l)
		return
	}
	at := slices.IndexFunc(lines, func(x *Line) bool { return x.seq() >= seq })
	if there := lines[at]; there.seq() == seq && there.Message.ID == l.Message.ID {
		forget(t, l) // one came back as somebody else before it was sent, and its Event as theirs
		return
	}
	t.live.lines = slices.Insert(lines, at, l)
	t.live.grow(l)
}

func (t *Timeline) append(l *Line) {
	t.live.lines = append(t.live.lines, l)
	t.live.grow(l)
	trimLive(t)
}

// trimLive lets go of the oldest lines that are too many.
func trimLive(t *Timeline) {
	for _, old := range t.live.trim(t.limit) {
		forget(t, old)
	}
}

// Waiting returns how many own messages are on their way.
func (t *Timeline) Waiting() int { return len(t.waiting) }

// wait appends an own message that is on its way.
func wait(t *Timeline, l *Line) {
	t.seen[l.key()] = l
	t.waiting = append(t.waiting, l)
}

// fail takes an own message off its way: it stays where it stands.
func (t *Timeline) fail(l *Line, f Failure) {
	if l.State != LineWaiting {
		return
	}
	t.waiting = slices.DeleteFunc(t.waiting, func(w *Line) bool { return w == l })
	l.State, l.Failure, t.failing = LineFailed, f, true
	l.Version++
	t.append(l)
}

// remove takes a failed line out.
func remove(t *Timeline, l *Line) {
	t.live.lines = slices.DeleteFunc(t.live.lines, func(x *Line) bool { return x == l })
	if t.seen[l.key()] == l {
		delete(t.seen, l.key())
	}
}

// replace shows page instead of everything stored. Own messages that wait or
// failed stay, and a message that was shown keeps its Line, so that a reader's
// place survives a reconnect. So does a part of long ago, if it is of the same Log.
func replace(t *Timeline, page []*Line, more bool) {
	old, failed, window := t.seen, t.live.failed(), t.window
	t.live, t.window = run{more: more}, nil
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
		if known.State != LineStored || !same(&known.Message, &l.Message) {
			renew(known, l.Message)
		}
		t.seen[known.key()] = known
		t.append(known)
	}
	for _, l := range failed {
		if l.State == LineFailed {
			t.seen[l.key()] = l
			t.append(l)
		}
	}
	if window != nil && len(window.lines) > 0 && len(page) > 0 && page[0].Message.Epoch == window.lines[0].Message.Epoch {
		resume(t, window)
	}
}

// resume shows the window again, as far as it is not in the end that has replaced
// what was there.
func resume(t *Timeline, window *run) {
	end := t.live.first()
	window.lines = slices.DeleteFunc(window.lines, func(l *Line) bool { return l.seq() >= end })
	if len(window.lines) == 0 {
		return
	}
	for _, l := range window.lines {
		t.seen[l.key()] = l
	}
	t.window, window.newer = window, true
}
