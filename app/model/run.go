package model

import (
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// A run is lines without a gap: between two stored messages none is missing.
type run struct {
	lines []*Line
	bytes int    // about what the lines' texts take, and never less
	more  bool   // older messages can be asked for
	older uint64 // and have been: those before this Seq; 0: they have not
	newer bool   // newer messages can be asked for: of a run that is not the end
	after uint64 // and have been: those after this Seq; 0: they have not
}

// first returns the Seq of the oldest stored message, 0 if there is none.
func (r *run) first() uint64 {
	for _, l := range r.lines {
		if seq := l.seq(); seq > 0 {
			return seq
		}
	}
	return 0
}

// last returns the Seq of the last line that is a stored message, 0 if there is none.
func (r *run) last() uint64 {
	for _, l := range slices.Backward(r.lines) {
		if seq := l.seq(); seq > 0 {
			return seq
		}
	}
	return 0
}

// index returns where the stored message with that Seq is, or -1.
func (r *run) index(seq uint64) int {
	for i := len(r.lines) - 1; i >= 0; i-- {
		if r.lines[i].seq() == seq {
			return i
		}
	}
	return -1
}

func (r *run) failed() []*Line {
	var failed []*Line
	for _, l := range r.lines {
		if l.State == LineFailed {
			failed = append(failed, l)
		}
	}
	return failed
}

// prepend puts older lines in front, the newest of them that there is room for.
func (r *run) prepend(fresh []*Line, more bool, limit int) (cut []*Line) {
	room := max(limit-len(r.lines), 0)
	if r.bytes > MaxBytes {
		room = 0
	}
	if len(fresh) > room {
		cut, fresh, more = fresh[:len(fresh)-room], fresh[len(fresh)-room:], false
	}
	r.more = more
	r.lines = append(slices.Clip(fresh), r.lines...)
	r.grow(fresh...)
	return cut
}

// trim cuts off the oldest lines over the limit, and over MaxBytes, and some more, so
// that it stays cheap.
func (r *run) trim(limit int) (cut []*Line) {
	n := 0
	if len(r.lines) > limit {
		n = len(r.lines) - limit + min(trimLines, limit/2)
	}
	if r.bytes > MaxBytes { // lines were taken out meanwhile, which is not counted
		r.bytes = bytesOf(r.lines)
	}
	if r.bytes > MaxBytes {
		for kept := r.bytes - bytesOf(r.lines[:n]); kept > MaxBytes-trimBytes; n++ {
			kept -= r.lines[n].bytes()
		}
	}
	if n == 0 {
		return nil
	}
	r.bytes -= bytesOf(r.lines[:n])
	cut, r.lines = r.lines[:n], slices.Clone(r.lines[n:])
	r.more = true // what was cut off can be asked for again, if the room keeps it
	return cut
}

// grow counts lines that were put in.
func (r *run) grow(fresh ...*Line) { r.bytes += bytesOf(fresh) }

func bytesOf(lines []*Line) (n int) {
	for _, l := range lines {
		n += l.bytes()
	}
	return n
}

// bytes is what the texts of a line take.
func (l *Line) bytes() int {
	return len(l.Message.Text) + len(l.Message.Name) + len(l.System.Text) + len(l.System.Name)
}

// seq returns the Seq of a stored message, 0 of any other line.
func (l *Line) seq() uint64 {
	if l.Kind != LineMessage || l.State != LineStored {
		return 0
	}
	return l.Message.Seq
}

// Detached reports whether what is shown is a part of long ago. What is said
// meanwhile is not in it; Newest leads back.
func (t *Timeline) Detached() bool { return t.window != nil }

// Newest shows the end again, and gives up what Seek looks for. It reports whether
// that changes what is shown.
func (t *Timeline) Newest() bool {
	t.sought = 0
	if t.window == nil {
		return false
	}
	for _, l := range t.window.lines {
		forget(t, l)
	}
	t.window = nil
	return true
}

// Seek shows the part with the stored message of that Seq. It returns false if those
// around it are to be asked for first; the Page shows them, unless they are not
// there any more.
func (t *Timeline) Seek(seq uint64) bool {
	t.sought = 0
	if t.shown().index(seq) >= 0 {
		return true
	}
	if t.live.index(seq) >= 0 {
		return t.Newest()
	}
	t.sought = seq
	return false
}

// Seeking reports whether a Page is waited for that Seek has asked for.
func (t *Timeline) Seeking() bool { return t.sought != 0 }

// AskNewer notes that newer messages are being asked for and returns the Seq after
// which, or false if what is shown is the end, or they have been.
func (t *Timeline) AskNewer() (uint64, bool) {
	if t.window == nil || !t.window.newer || t.window.after != 0 || t.heldNewer {
		return 0, false
	}
	t.window.after = t.window.last()
	return t.window.after, true
}

// Unasked says that older and newer messages that have been asked for won't come: they
// may be asked for again. What Seek looks for is looked for still.
func (t *Timeline) Unasked() {
	t.live.older = 0
	if t.window != nil {
		t.window.older, t.window.after = 0, 0
	}
}

func (t *Timeline) shown() *run {
	if t.window != nil {
		return t.window
	}
	return &t.live
}

// forget says that a line is not in the timeline any more.
func forget(t *Timeline, l *Line) {
	if l.Kind == LineMessage && t.seen[l.key()] == l {
		delete(t.seen, l.key())
	}
}

// take returns the lines of messages that are to be put in, those with from < Seq <
// to; to 0: all. What is here already is brought up to date.
func take(t *Timeline, page []*Line, from, to uint64) []*Line {
	fresh := make([]*Line, 0, len(page))
	for _, l := range page {
		old := t.seen[l.key()]
		switch seq := l.Message.Seq; {
		case old != nil && old.State == LineStored:
			t.settle(old, l.Message)
		case seq <= from && from > 0, seq >= to && to > 0:
		case old != nil: // it was not known that it had arrived
			takeOut(t, old)
			renew(old, l.Message)
			fresh = append(fresh, old)
		default:
			t.seen[l.key()] = l
			fresh = append(fresh, l)
		}
	}
	return fresh
}

// insert puts a Page that is no Snapshot where it belongs: next to what it was asked
// for. What belongs nowhere, because that has gone meanwhile, is left out. Where there
// was no answer nothing is asked until the room is there again: that was not the end.
func insert(t *Timeline, p *netchat.Page, page []*Line) {
	switch of := p.Of; {
	case p.Err != nil:
		unanswered(t, of)
	case of.Around != 0:
		if of.Around == t.sought {
			t.sought = 0
			open(t, p, page)
		}
	case of.After != 0:
		if t.window != nil && of.After == t.window.last() {
			extend(t, p, page)
		}
	case t.window != nil && of.Before == t.window.first():
		older(t, t.window, p, page, 0, of.Before)
	case t.window == nil && (of.Before == 0 || of.Before == t.live.first()):
		older(t, &t.live, p, page, 0, of.Before)
	case t.window != nil && of.Before == t.live.first():
		older(t, &t.live, p, page, t.window.last(), of.Before) // and no further
	default:
		t.shown().older = 0 // its oldest were let go of meanwhile
	}
}

// unanswered says that this was asked in vain.
func unanswered(t *Timeline, of netchat.PageAsk) {
	if of.Around != 0 {
		if of.Around == t.sought {
			t.sought = 0
		}
		return
	}
	t.Unasked()
	t.heldOlder, t.heldNewer = t.heldOlder || of.After == 0, t.heldNewer || of.After != 0
}

// older puts what was said before a run, with from < Seq < to, in front of it.
func older(t *Timeline, r *run, p *netchat.Page, page []*Line, from, to uint64) {
	r.older = 0
	fresh := take(t, page, from, to)
	for _, l := range r.prepend(fresh, p.More && len(page) > 0, t.limit) {
		forget(t, l)
	}
}

// extend puts what was said after the window behind it.
func extend(t *Timeline, p *netchat.Page, page []*Line) {
	w, end := t.window, t.live.first()
	w.after = 0
	w.newer = p.Newer && len(page) > 0
	reached := !p.Newer || end > 0 && len(page) > 0 && page[len(page)-1].Message.Seq >= end
	fresh := take(t, page, w.last(), end)
	w.lines = append(w.lines, fresh...)
	w.grow(fresh...)
	if reached {
		join(t)
		return
	}
	for _, l := range w.trim(t.limit) {
		forget(t, l)
	}
}

// open shows the Page around a message: as a part of its own, or with the end if it
// reaches so far.
func open(t *Timeline, p *netchat.Page, page []*Line) {
	if !slices.ContainsFunc(page, func(l *Line) bool { return l.Message.Seq == p.Of.Around }) {
		return
	}
	t.Newest()
	end := t.live.first()
	switch last := page[len(page)-1].Message.Seq; {
	case p.Newer && (end == 0 || last < end):
		t.window = &run{lines: take(t, page, 0, end), more: p.More, newer: true}
		t.window.grow(t.window.lines...)
	case end == 0 || page[0].Message.Seq < end:
		older(t, &t.live, p, page, 0, end)
	}
}

// join makes the window one with the end that it has reached.
func join(t *Timeline) {
	w := t.window
	t.window = nil
	t.live.lines, t.live.more, t.live.older = append(w.lines, t.live.lines...), w.more, w.older
	t.live.bytes += w.bytes
	trimLive(t)
}
