package app

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A mouse does with a timeline what the window's driver does with a mouse:
// also take the focus away at each press and release.
type mouse struct {
	b       *bench
	r       *roomScreen
	now     time.Time
	dragged bool
}

func (b *bench) mouse(r *roomScreen) *mouse {
	m := &mouse{b: b, r: r, now: b.app.kit.now()}
	b.app.kit.now = func() time.Time { return m.now }
	return m
}

func (m *mouse) event(at fyne.Position, mod fyne.KeyModifier) *desktop.MouseEvent {
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: mod}
	e.Position, e.AbsolutePosition = at, at
	return e
}

func (m *mouse) press(at fyne.Position, mod ...fyne.KeyModifier) {
	m.now = m.now.Add(time.Second)
	m.again(at, mod...)
}

// again presses as the next click of a double one.
func (m *mouse) again(at fyne.Position, mod ...fyne.KeyModifier) {
	m.r.lines.MouseMoved(m.event(at, 0))
	m.r.lines.MouseDown(m.event(at, append(mod, 0)[0]))
	m.b.app.win.Canvas().Unfocus()
	m.dragged = false
}

func (m *mouse) drag(at fyne.Position) {
	m.dragged = true
	m.r.lines.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at, AbsolutePosition: at}})
}

func (m *mouse) release(at fyne.Position) {
	m.r.lines.MouseUp(m.event(at, 0))
	m.b.app.win.Canvas().Unfocus()
	if m.dragged {
		m.r.lines.DragEnd()
	} else {
		m.r.lines.Tapped(&fyne.PointEvent{Position: at, AbsolutePosition: at})
	}
}

func (m *mouse) click(at fyne.Position, mod ...fyne.KeyModifier) {
	m.press(at, mod...)
	m.release(at)
}

func (m *mouse) clicks(n int, at fyne.Position) {
	m.click(at)
	for range n - 1 {
		m.again(at)
		m.release(at)
	}
}

// sweep drags from one place to another, by way of one between.
func (m *mouse) sweep(from, to fyne.Position) {
	m.press(from)
	m.drag(fyne.NewPos((from.X+to.X)/2, (from.Y+to.Y)/2))
	m.drag(to)
	m.release(to)
}

// before returns the place on the timeline before the first character of
// part, in line i, a line that is shown.
func (m *mouse) before(i int, part string) fyne.Position { return m.place(i, part, 0) }

// in returns a place within the first character of part.
func (m *mouse) in(i int, part string) fyne.Position { return m.place(i, part, 3) }

// after returns the place behind the last character of part.
func (m *mouse) after(i int, part string) fyne.Position {
	m.b.t.Helper()
	b := m.bubble(i)
	end := strings.Index(b.said, part) + len(part)
	for n, l := range b.lines {
		if end <= l.End {
			return m.point(b, n, spanEnd(b, n, end))
		}
	}
	m.b.t.Fatalf("%q is not in %q", part, b.said)
	return fyne.Position{}
}

func (m *mouse) place(i int, part string, right float32) fyne.Position {
	m.b.t.Helper()
	b := m.bubble(i)
	start := strings.Index(b.said, part)
	for n, l := range b.lines {
		if start >= 0 && start >= l.Start && start <= l.End {
			return m.point(b, n, spanEnd(b, n, start)+right)
		}
	}
	m.b.t.Fatalf("%q is not in %q", part, b.said)
	return fyne.Position{}
}

func spanEnd(b *bubble, n, offset int) float32 {
	for _, s := range b.font.Spans(b.lines[n], b.lines[n].Start, offset) {
		return s.X + s.Width
	}
	return 0
}

func (m *mouse) point(b *bubble, n int, x float32) fyne.Position {
	return fyne.NewPos(b.lineX(n)+x, b.y+b.lineY(n)+b.font.height/2)
}

func (m *mouse) bubble(i int) *bubble {
	m.b.t.Helper()
	for _, b := range m.r.lines.shown {
		if b.line == m.r.room.Timeline().Line(i) {
			return b
		}
	}
	m.b.t.Fatalf("line %d is not shown", i)
	return nil
}

// copies presses Ctrl+C in the composer and returns what is on the clipboard
// then.
func (m *mouse) copies() string {
	m.b.app.fyne.Clipboard().SetContent("nothing")
	m.r.write.field.TypedShortcut(&fyne.ShortcutCopy{Clipboard: m.b.app.fyne.Clipboard()})
	return m.b.app.fyne.Clipboard().Content()
}

func (m *mouse) wantCopied(want string) {
	m.b.t.Helper()
	if got := m.copies(); got != want {
		m.b.t.Errorf("copied %q, want %q", got, want)
	}
}

func (m *mouse) wantFocus() {
	m.b.t.Helper()
	if f := m.b.app.win.Canvas().Focused(); f != m.r.write.field {
		m.b.t.Errorf("the focus is with %T", f)
	}
}

// marked returns how many parts of the lines shown are drawn as selected.
func (m *mouse) marked() int {
	n := 0
	for _, b := range m.r.lines.shown {
		for _, o := range b.box.Objects {
			if r, ok := o.(*canvas.Rectangle); ok && r.FillColor == m.b.app.kit.selection {
				n++
			}
		}
	}
	return n
}

// threeMessages enters a room in which three people have talked.
func threeMessages(t *testing.T, lang string) (*bench, *roomScreen, *mouse) {
	t.Helper()
	b := newBench(t, "张飞", lang)
	r := b.enter()
	b.push(r, event(1, "a", liu, "今天天气不错，适合郊游"), event(2, "b", guan, `first line\nsecond line`),
		event(3, "c", self, "for one alone", liu.ID))
	return b, r, b.mouse(r)
}

func TestSelectAndCopy(t *testing.T) {
	_, r, m := threeMessages(t, "en")
	m.wantCopied("nothing")
	for what, c := range map[string]struct {
		from, to fyne.Position
		want     string
		marked   int
	}{
		"in a line":      {m.before(0, "天气"), m.before(0, "，"), "天气不错", 1},
		"backwards":      {m.before(0, "，"), m.before(0, "天气"), "天气不错", 1},
		"over a break":   {m.before(1, "line"), m.after(1, "second"), "line\nsecond", 2},
		"three messages": {m.before(0, "郊游"), m.after(2, "one"), "[09:00] 刘备: 郊游\n[09:00] 关羽: first line\nsecond line\n[09:00] 张飞 (private): for one", 4},
		"up again":       {m.after(2, "one"), m.before(0, "郊游"), "[09:00] 刘备: 郊游\n[09:00] 关羽: first line\nsecond line\n[09:00] 张飞 (private): for one", 4},
		"nothing at all": {m.before(0, "天气"), m.before(0, "天气"), "nothing", 0},
		"from the end":   {m.after(0, "郊游"), m.after(1, "first"), "first", 1},
		"left of all":    {fyne.NewPos(2, m.before(1, "second").Y), m.after(1, "second"), "second", 1},
		"below all":      {m.before(2, "alone"), fyne.NewPos(5_000, 690), "alone", 1},
		"above all":      {m.after(0, "今天"), fyne.NewPos(0, -3), "今天", 1},
	} {
		m.sweep(c.from, c.to)
		if got := m.copies(); got != c.want {
			t.Errorf("%s: copied %q, want %q", what, got, c.want)
		}
		if got := m.marked(); got != c.marked {
			t.Errorf("%s: %d parts marked, want %d", what, got, c.marked)
		}
		m.wantFocus()
	}
	m.click(m.in(0, "天气"))
	if !r.lines.chosen.empty() || m.marked() != 0 {
		t.Error("a click elsewhere did not clear the selection")
	}
	m.wantFocus()
}

func TestCopyInChinese(t *testing.T) {
	_, _, m := threeMessages(t, LangChinese)
	m.sweep(m.before(1, "second"), m.after(2, "for"))
	m.wantCopied("[09:00] 关羽: second line\n[09:00] 张飞 (私聊): for")
}

func TestCopySeveralDaysAndSystemLines(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	next := event(2, "b", guan, "morning")
	next.Time = next.Time.Add(24 * time.Hour)
	b.push(r, event(1, "a", liu, "evening"),
		&netchat.SystemLine{What: netchat.SystemJoined, Name: "关羽", Time: time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC)}, next)
	m := b.mouse(r)
	m.sweep(m.before(0, "evening"), m.after(2, "morning"))
	m.wantCopied("[2026-11-23 09:00] 刘备: evening\n关羽 joined the room · 09:05\n[2026-11-24 09:00] 关羽: morning")
}

func TestComposerCopiesItsOwn(t *testing.T) {
	_, r, m := threeMessages(t, "en")
	m.sweep(m.before(0, "今"), m.before(0, "天气"))
	test.Type(r.write.field, "own words")
	m.wantCopied("今天")
	r.write.field.TypedShortcut(&fyne.ShortcutSelectAll{})
	m.wantCopied("own words")
}

func TestClicksSelectMore(t *testing.T) {
	_, _, m := threeMessages(t, "en")
	m.clicks(2, m.in(0, "天气"))
	m.wantCopied("今天天气不错")
	m.clicks(2, m.in(1, "cond"))
	m.wantCopied("second")
	m.clicks(2, m.after(1, "second").SubtractXY(1, 0))
	m.wantCopied("second")
	m.clicks(2, m.in(1, "d line"))
	m.wantCopied("second")
	m.clicks(3, m.in(1, "cond"))
	m.wantCopied("first line\nsecond line")
	m.wantFocus()
	m.clicks(4, m.in(1, "cond"))
	m.wantCopied("nothing")

	m.click(m.in(1, "first"))
	m.again(m.in(1, "first"))
	m.drag(m.in(1, "econd"))
	m.release(m.in(1, "econd"))
	m.wantCopied("first line\nsecond")

	m.click(m.before(0, "天气"))
	m.click(m.after(1, "first"), fyne.KeyModifierShift)
	m.wantCopied("[09:00] 刘备: 天气不错，适合郊游\n[09:00] 关羽: first")
	m.click(m.before(0, "今"), fyne.KeyModifierShift)
	m.wantCopied("今天")
	m.wantFocus()
}

func TestSelectionStays(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	m.sweep(m.before(0, "郊游"), m.after(1, "first"))
	const want = "[09:00] 刘备: 郊游\n[09:00] 关羽: first"
	b.push(r, event(4, "d", liu, "more"))
	m.wantCopied(want)
	var older []netchat.Message
	for i := range 90 {
		e := message(i-900, "older")
		e.Time = e.Time.Add(-time.Hour)
		older = append(older, e)
	}
	b.push(r, &netchat.Page{Messages: older})
	if n := r.room.Timeline().Len(); n != 94 {
		t.Fatalf("%d lines", n)
	}
	m.wantCopied(want)
	if n := m.marked(); n != 2 {
		t.Errorf("%d parts marked after older messages came", n)
	}
	b.app.win.Resize(fyne.NewSize(420, 600))
	m.wantCopied(want)
	if n := m.marked(); n < 2 {
		t.Errorf("%d parts marked in a narrow window", n)
	}
	r.lines.scrollBy(-5_000)
	if n := m.marked(); n != 0 {
		t.Errorf("%d parts marked far above", n)
	}
	m.wantCopied(want)
	r.lines.toEnd()
	if n := m.marked(); n < 2 {
		t.Errorf("%d parts marked back at the end", n)
	}
	kept := r.room.Timeline().Line(90).Message
	b.push(r, &netchat.Page{Snapshot: true, Messages: []netchat.Message{kept}})
	m.wantCopied("nothing")
	if n := m.marked(); n != 0 || !r.lines.chosen.empty() {
		t.Errorf("%d parts marked of a line that is gone", n)
	}
}

func TestSelectionGoesWithItsLine(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	test.Type(r.write.field, "unsent")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	id := b.chat.posts()[0].ID
	b.push(r, &netchat.Refused{ID: id, Reason: netchat.RefusedNotStored})
	m.sweep(m.before(2, "alone"), m.after(3, "unsent"))
	m.wantCopied("[09:00] 张飞 (private): alone\n[09:30] 张飞: unsent")
	r.discard(r.room.Timeline().Line(3))
	b.app.modal.accept()
	m.wantCopied("nothing")

	m.sweep(m.before(1, "first"), m.after(1, "first"))
	l := r.room.Timeline().Line(1)
	l.Message.Text = "other"
	l.Version++
	r.lines.update(0)
	m.wantCopied("nothing")
}

// TestRetryTurnsTheSelection moves a selected line behind the one that was the
// other end.
func TestRetryTurnsTheSelection(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	test.Type(r.write.field, "unsent")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	b.push(r, &netchat.Refused{ID: b.chat.posts()[0].ID, Reason: netchat.RefusedNotStored}, event(4, "d", liu, "later"))
	m.sweep(m.before(3, "unsent"), m.after(4, "later"))
	r.retry(r.room.Timeline().Line(3))
	if got := m.copies(); strings.Count(got, "\n") != 0 || strings.Contains(got, "unsent") {
		t.Errorf("copied %q", got)
	}
}

func TestDraggingBeyondTheEdge(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.Page{Snapshot: true, Messages: messages(1, 300).Messages})
	m, lines := b.mouse(r), r.lines
	last := r.room.Timeline().Len() - 1
	m.press(m.after(last, "words"))
	top := func() (int, float32) { return lines.at, lines.offset }
	at, _ := top()
	m.drag(fyne.NewPos(100, -1_000_000))
	for i := range 40 {
		was, offset := top()
		lines.pull.Tick(float32(i%2) * 0.9)
		if now, _ := top(); now < was-12 {
			t.Fatalf("one tick went from %d, %v to %d", was, offset, now)
		}
	}
	if now, _ := top(); now >= at-20 {
		t.Fatal("it did not scroll")
	}
	if n := m.marked(); n < 10 {
		t.Errorf("%d parts marked", n)
	}
	now, _ := top()
	if got := lines.chosen.all.from.index; got != now {
		t.Errorf("selected from %d, the first shown is %d", got, now)
	}
	was := lines.pull
	m.drag(fyne.NewPos(100, 300))
	if lines.pull != nil {
		t.Error("it scrolls on within the edges")
	}
	m.drag(fyne.NewPos(100, lines.Size().Height+1))
	for i := range 3_000 {
		lines.pull.Tick(float32(i%20) / 20)
	}
	if !lines.tail || lines.chosen.all.to.index != last {
		t.Errorf("dragged below, it is at %d, selected to %d", lines.at, lines.chosen.all.to.index)
	}
	m.drag(fyne.NewPos(100, -500))
	m.release(fyne.NewPos(100, -500))
	if lines.pull != nil || lines.dragging {
		t.Error("it scrolls on after the drag")
	}
	lines.toEnd()
	offset := lines.offset
	was.Tick(0.5)
	if lines.offset != offset {
		t.Error("an ended animation scrolls")
	}
	m.wantFocus()
}

func TestLeavingWhileDragging(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.Page{Snapshot: true, Messages: messages(1, 300).Messages})
	m := b.mouse(r)
	m.press(fyne.NewPos(200, 400))
	m.drag(fyne.NewPos(200, -300))
	b.app.enterLobby("")
	if r.lines.pull != nil {
		t.Error("the timeline of a room that was left scrolls on")
	}
	m.release(fyne.NewPos(200, -300))
}

func TestWheelWhileDragging(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.Page{Snapshot: true, Messages: messages(1, 300).Messages})
	m, lines := b.mouse(r), r.lines
	m.press(fyne.NewPos(200, 400))
	m.drag(fyne.NewPos(200, 300))
	was := lines.chosen.all.from.index
	lines.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 500)})
	if now := lines.chosen.all.from.index; now >= was {
		t.Errorf("selected from %d, then from %d", was, now)
	}
	m.release(fyne.NewPos(200, 300))
	was = lines.chosen.all.from.index
	lines.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 500)})
	if now := lines.chosen.all.from.index; now != was {
		t.Errorf("the wheel alone selected from %d", now)
	}
}

func TestEmptyLinesAreMarked(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, event(1, "a", liu, `one\n\n\ntwo`))
	m := b.mouse(r)
	m.sweep(m.before(0, "one"), m.after(0, "two"))
	if n := m.marked(); n != 4 {
		t.Errorf("%d parts marked of 4 lines", n)
	}
	m.wantCopied("one\n\n\ntwo")
}

func TestDraggingOtherThings(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.Page{Snapshot: true, Messages: messages(1, 300).Messages})
	m, lines := b.mouse(r), r.lines
	last := r.room.Timeline().Len() - 1
	m.sweep(m.before(last, "words"), m.after(last, "words"))
	m.wantCopied("words")
	grip := lines.thumb.Position().AddXY(3, 3)
	m.press(grip)
	lines.thumb.Dragged(&fyne.DragEvent{Dragged: fyne.Delta{DY: -100}})
	lines.MouseUp(m.event(grip, 0))
	lines.thumb.DragEnd()
	if lines.tail {
		t.Error("the thumb did not move the text")
	}
	m.wantCopied("words")

	e := m.event(fyne.NewPos(400, 300), 0)
	e.Button = desktop.MouseButtonTertiary
	lines.MouseDown(e)
	m.drag(fyne.NewPos(500, 400))
	lines.DragEnd()
	m.wantCopied("words")

	lines.toEnd()
	test.Type(r.write.field, "unsent")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	b.push(r, &netchat.Refused{ID: b.chat.posts()[0].ID, Reason: netchat.RefusedNotStored})
	failed := m.bubble(last + 1)
	again := failed.regions[slices.IndexFunc(failed.regions, func(r region) bool { return r.what == regionRetry })]
	m.click(again.pos.AddXY(2, failed.y+2))
	if n := len(b.chat.posts()); n != 2 {
		t.Errorf("%d posts after pressing Retry", n)
	}
	m.wantCopied("words")
}

func TestEscapeClearsFirst(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	test.Tap(b.person(liu.ID))
	m.sweep(m.before(0, "今"), m.before(0, "天气"))
	escape := func() { r.write.field.TypedKey(key(fyne.KeyEscape)) }
	escape()
	if !r.lines.chosen.empty() || m.marked() != 0 || !r.room.Recipient().Private() {
		t.Error("Escape did not clear the selection, or did more")
	}
	escape()
	if r.room.Recipient().Private() {
		t.Error("Escape did not leave private mode")
	}
}

// TestCopyHasABound copies more than a clipboard takes.
func TestCopyHasABound(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	long := strings.Repeat("x", netchat.MaxText)
	var page []netchat.Message
	for i := range 100 {
		page = append(page, message(i+1, long))
	}
	b.push(r, &netchat.Page{Snapshot: true, Messages: page})
	ends := func(i int, offset int) stretch {
		l := r.room.Timeline().Line(i)
		s := textSpot{line: l, index: i, said: l.Message.Text, offset: offset}
		return stretch{s, s}
	}
	r.lines.chosen.begin(ends(0, 0))
	r.lines.chosen.extend(ends(99, 5))
	m := b.mouse(r)
	got := m.copies()
	if len(got) > maxCopied || len(got) < maxCopied-2*len(long) || !strings.HasSuffix(got, "xxx") {
		t.Errorf("copied %d bytes", len(got))
	}
	b.wantSeen("only the first part")
}

func TestSelectionOfALongMessage(t *testing.T) {
	for name, text := range longTexts() {
		b := newBench(t, "张飞", "en")
		r := b.enter()
		b.push(r, &netchat.Page{Snapshot: true, Messages: []netchat.Message{message(1, text)}})
		m := b.mouse(r)
		m.clicks(3, fyne.NewPos(300, 300))
		if got := m.copies(); got != text {
			t.Errorf("%s: copied %d bytes of %d", name, len(got), len(text))
		}
		if n := m.marked(); n > 120 {
			t.Errorf("%s: %d parts marked", name, n)
		}
		if n := len(r.lines.shown[0].box.Objects); n > 800 {
			t.Errorf("%s: %d objects drawn", name, n)
		}
	}
}

// longTexts are messages as long as they may be.
func longTexts() map[string]string {
	return map[string]string{
		"chinese":  strings.Repeat("今天天气不错，适合郊游。", netchat.MaxText/36),
		"20000":    strings.Repeat("今天天气不错，适合郊游。", 1_667),
		"unbroken": strings.Repeat("base64", netchat.MaxText/6),
		"newlines": strings.Repeat("\n", netchat.MaxText),
		"links":    strings.Repeat("http://a.b/c ", 5_000),
		"words":    manyWords(),
		"letters":  manyLetters(),
	}
}

// manyWords has as many different words as fit.
func manyWords() string {
	var out strings.Builder
	for i := 0; out.Len() < netchat.MaxText-8; i++ {
		fmt.Fprintf(&out, "%x ", i*7919)
	}
	return out.String()
}

// manyLetters has as many different characters as fit.
func manyLetters() string {
	var out strings.Builder
	for r := rune(0x4e00); out.Len() < netchat.MaxText-3; r++ {
		out.WriteRune(r)
	}
	return out.String()
}

func TestForgetsLongTexts(t *testing.T) {
	line, room, _ := newTestTimeline(t, 3)
	p := &netchat.Page{Snapshot: true}
	for i := range 40 {
		p.Messages = append(p.Messages, message(i+1, strings.Repeat("\n", 20_000)))
	}
	room.Apply([]netchat.Update{p})
	line.update(0)
	for i := range 40 {
		line.scrollTo(float32(i) / 40)
	}
	kept := 0
	for _, b := range line.bubbles {
		kept += len(b.lines)
	}
	if kept > maxTextLines+60_000 {
		t.Errorf("%d lines of text kept", kept)
	}
}

func BenchmarkLongMessage(b *testing.B) {
	for name, text := range longTexts() {
		line, room, _ := newTestTimeline(b, 3)
		room.Apply([]netchat.Update{&netchat.Page{Snapshot: true, Messages: []netchat.Message{message(10, text)}}})
		line.update(0)
		line.scrollBy(-5_000)
		b.Run(name+"/first", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				fresh := newFont(line.kit.textSize, fyne.TextStyle{}, nil)
				line.kit.body.Breaker = fresh.Breaker
				line.bubbles = make(map[*model.Line]*bubble)
				b.StartTimer()
				line.place()
			}
		})
		b.Run(name+"/again", func(b *testing.B) {
			for b.Loop() {
				line.bubbles = make(map[*model.Line]*bubble)
				line.place()
			}
		})
		b.Run(name+"/scroll", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				line.scrollBy([]float32{-60, 60}[i/50%2])
			}
		})
		b.Run(name+"/drag", func(b *testing.B) {
			down := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
			down.Position = fyne.NewPos(200, 100)
			line.MouseDown(down)
			for i := 0; b.Loop(); i++ {
				line.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(200, 300+float32(i%300))}})
			}
			line.DragEnd()
		})
		b.Run(name+"/hover", func(b *testing.B) {
			e := &desktop.MouseEvent{}
			for i := 0; b.Loop(); i++ {
				e.Position = fyne.NewPos(200, float32(i%600))
				line.MouseMoved(e)
			}
		})
		b.Run(name+"/word", func(b *testing.B) {
			line.clicks = clicksWord
			for b.Loop() {
				line.stretch(fyne.NewPos(200, 300))
			}
		})
		b.Run(name+"/copy", func(b *testing.B) {
			line.clicks = clicksMessage
			s, _ := line.stretch(fyne.NewPos(200, 300))
			line.chosen.begin(s)
			for b.Loop() {
				line.chosen.copied(line.kit)
			}
		})
	}
}

func BenchmarkCopyAll(b *testing.B) {
	line, room, _ := newTestTimeline(b, 100_000)
	first, last := room.Timeline().Line(0), room.Timeline().Line(room.Timeline().Len()-1)
	line.chosen.begin(stretch{
		textSpot{line: first, said: first.Message.Text},
		textSpot{line: last, index: room.Timeline().Len() - 1, said: last.Message.Text, offset: math.MaxInt},
	})
	for b.Loop() {
		line.chosen.copied(line.kit)
	}
}

// TestSelectedTextIsReadable keeps what is selected readable: text as
// everywhere, and at 3:1 what is coloured, which is so only for the time being.
func TestSelectedTextIsReadable(t *testing.T) {
	for name, p := range map[string]palette{"light": lightPalette(), "dark": darkPalette()} {
		for _, ground := range []color.NRGBA{p.card, p.ownCard, p.pill} {
			marked := over(p.selection, ground)
			if got := contrast(p.text, marked); got < 4.5 {
				t.Errorf("%s: text on %v: %.2f", name, ground, got)
			}
			for _, ink := range []color.NRGBA{p.muted, p.link} {
				if got := contrast(ink, marked); got < 3 {
					t.Errorf("%s: %v on %v: %.2f", name, ink, ground, got)
				}
			}
		}
	}
}

// over returns the colour of a see-through one over another.
func over(c, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(c.A) + int(b)*(255-int(c.A))) / 255) }
	return color.NRGBA{R: mix(c.R, ground.R), G: mix(c.G, ground.G), B: mix(c.B, ground.B), A: 255}
}

// TestSelectionWhenNothingIsLeft has a host come back that kept nothing.
func TestSelectionWhenNothingIsLeft(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, event(1, "a", liu, "hello there"))
	m := b.mouse(r)
	m.sweep(m.before(0, "hello"), m.after(0, "there"))
	b.push(r, &netchat.Page{Snapshot: true})
	b.push(r, event(2, "b", liu, "again"))
	b.wantSeen("again")
}
