package lineedit

import (
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

type screen struct{ strings.Builder }

// take returns what was written since the last take.
func (s *screen) take() string {
	out := s.String()
	s.Reset()
	return out
}

func open(t *testing.T, columns int) (*Editor, *screen) {
	t.Helper()
	out := &screen{}
	e, err := New(out, Options{Prompt: "> ", MaxBytes: 1000, Columns: func() int { return columns }})
	if err != nil {
		t.Fatal(err)
	}
	return e, out
}

func feed(t *testing.T, e *Editor, keys string) []Event {
	t.Helper()
	events, err := e.Feed([]byte(keys))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestEditing(t *testing.T) {
	for _, c := range []struct{ name, keys, want string }{
		{"plain", "hello\r", "hello"},
		{"line feed ends it too", "hello\n", "hello"},
		{"backspace takes a whole emoji", "a👍🏽\x7f\r", "a"},
		{"backspace takes one Chinese character", "你好\x7f\r", "你"},
		{"insert in the middle", "你好\x1b[D们\r", "你们好"},
		{"delete at the cursor", "abc\x1b[D\x1b[D\x1b[3~\r", "ac"},
		{"home and end", "b\x01a\x05c\r", "abc"},
		{"kill to the left", "abc\x1b[D\x15\r", "c"},
		{"kill to the right", "abc\x1b[D\x0b\r", "ab"},
		{"kill a word", "one two  \x17\r", "one "},
		{"kill the only word", "one\x17x\r", "x"},
		{"kill after a wide blank", "一\u3000二\x17\r", "一\u3000"},
		{"word left", "one two\x1b[1;5D-\r", "one -two"},
		{"word right", "one two\x01\x1bf-\r", "one- two"},
		{"unknown sequences type nothing", "a\x1b[99;99zb\x1b[<35;1;1Mc\r", "abc"},
		{"control characters type nothing", "a\x00\x1c\u009bb\r", "ab"},
		{"bad encoding types nothing", "a\xffb\r", "ab"},
		{"a paste keeps its lines", "\x1b[200~one\r\ntwo\nthree\x03\x1b[201~!\r", "one\ntwo\nthree!"},
		{"moving past the ends", "\x1b[D\x1b[C\x7f\x1b[3~\x17a\x1b[C\x1b[D\x1b[D\x1b[Db\r", "ba"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, _ := open(t, 40)
			events := feed(t, e, c.keys)
			if len(events) != 1 || events[0] != (Event{Entered, c.want}) {
				t.Errorf("whole: %+v, want %q", events, c.want)
			}
			e, _ = open(t, 40)
			events = nil
			for i := range len(c.keys) {
				events = append(events, feed(t, e, c.keys[i:i+1])...)
			}
			if len(events) != 1 || events[0].Text != c.want {
				t.Errorf("byte by byte: %+v, want %q", events, c.want)
			}
		})
	}
}

func TestSeveralLinesInOneChunk(t *testing.T) {
	e, _ := open(t, 40)
	events := feed(t, e, "one\r\ntwo\rthree\n\x04")
	want := []Event{{Entered, "one"}, {Entered, "two"}, {Entered, "three"}, {Kind: Ended}}
	if len(events) != len(want) {
		t.Fatalf("got %+v", events)
	}
	for i := range want {
		if events[i] != want[i] {
			t.Errorf("%d: got %+v, want %+v", i, events[i], want[i])
		}
	}
}

func TestInterruptAndEnd(t *testing.T) {
	e, _ := open(t, 40)
	if events := feed(t, e, "abc\x04"); len(events) != 0 {
		t.Errorf("Ctrl-D on a line that is not empty: %+v", events)
	}
	if events := feed(t, e, "\x03"); len(events) != 1 || events[0].Kind != Interrupted {
		t.Errorf("Ctrl-C: %+v", events)
	}
}

func TestHistory(t *testing.T) {
	e, _ := open(t, 40)
	feed(t, e, "one\rtwo\r  \rdraft")
	for _, c := range []struct{ keys, want string }{
		{"\x1b[A", "two"},
		{"\x1b[A", "one"},
		{"\x1b[A", "one"},
		{"\x1b[B", "two"},
		{"\x1b[B", "draft"},
		{"\x1b[B", "draft"},
	} {
		feed(t, e, c.keys)
		if got := e.line.String(); got != c.want {
			t.Errorf("after %q: %q, want %q", c.keys, got, c.want)
		}
	}
	for range 2 * maxHistory {
		feed(t, e, "a\rb\r")
	}
	if len(e.entered) != maxHistory {
		t.Errorf("history holds %d lines", len(e.entered))
	}
}

func TestLineIsBounded(t *testing.T) {
	e, out := open(t, 40)
	out.take()
	events := feed(t, e, strings.Repeat("好", 400)+"\r")
	if got := len(events[0].Text); got != 999 {
		t.Errorf("%d bytes were taken", got)
	}
	if strings.Count(out.take(), seqBell) != 1 {
		t.Error("the bell did not ring once")
	}
}

func TestPrintKeepsTheLine(t *testing.T) {
	e, out := open(t, 40)
	feed(t, e, "你好")
	out.take()
	if err := e.Print("one\ntwo\n"); err != nil {
		t.Fatal(err)
	}
	want := "\r\x1b[Kone\r\ntwo\r\n" + seqWrapOff + "> 你好" + seqWrapOn + "\x1b[7G"
	if got := out.take(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRowShowsTheCursor(t *testing.T) {
	for _, c := range []struct{ name, keys, want string }{
		{"short", "abc", "> abc\x1b[6G"},
		{"cursor inside", "abc\x1b[D", "> abc\x1b[5G"},
		{"wide", "你好\x1b[D", "> 你好\x1b[5G"},
		{"just fits", strings.Repeat("x", 17), "> " + strings.Repeat("x", 17) + "\x1b[20G"},
		{"cut at the left", strings.Repeat("x", 17) + "y", "> …" + strings.Repeat("x", 15) + "y\x1b[20G"},
		{"cut at the left, wide", strings.Repeat("你", 9), "> …" + strings.Repeat("你", 8) + "\x1b[20G"},
		{"cut at the right", strings.Repeat("x", 17) + "yz\x01", "> " + strings.Repeat("x", 17) + "\x1b[3G"},
		{"line break and controls", "\x1b[200~a\nb\u202ec", "> a⏎b<U+202E>c\x1b[15G"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, _ := open(t, 20)
			feed(t, e, c.keys)
			got := strings.NewReplacer(seqWrapOff, "", seqWrapOn, "").Replace(e.row())
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzEditor(f *testing.F) {
	f.Add([]byte("hello 你好 👍🏽\x1b[D\x7f\r"), uint8(20), uint8(3))
	f.Add([]byte("\x1b[200~a\r\nb\x1b[201~\x1b[A\x1b[999999999999999999999999999999999999999\x17"), uint8(0), uint8(1))
	f.Fuzz(func(t *testing.T, keys []byte, columns, step uint8) {
		e, out := open(t, int(columns))
		out.take()
		for len(keys) > 0 {
			n := min(int(step)+1, len(keys))
			feed(t, e, string(keys[:n]))
			keys = keys[n:]
			e.checkRow(t, int(columns))
			if e.line.len() > e.opts.MaxBytes || len(e.keys.pending) > maxSequence {
				t.Fatalf("unbounded: %d of line, %d pending", e.line.len(), len(e.keys.pending))
			}
		}
	})
}

// checkRow fails if what is drawn holds a control that is not the editor's own
// or is wider than the terminal.
func (e *Editor) checkRow(t *testing.T, columns int) {
	t.Helper()
	text := strings.NewReplacer(seqWrapOff, "", seqWrapOn, "").Replace(e.row())
	text, cursor, found := strings.Cut(text, "\x1b[")
	if !found || !strings.HasSuffix(cursor, "G") || strings.Contains(cursor, "\x1b") {
		t.Fatalf("row ends in %q", cursor)
	}
	for _, r := range text {
		if r < 0x20 || (r >= 0x7F && r <= 0x9F) {
			t.Fatalf("%U is drawn: %q", r, text)
		}
	}
	total := 0
	for _, c := range cells([]byte(text)) {
		total += c.width
	}
	if total > max(columns, minColumns) && uniseg.StringWidth(text) > max(columns, minColumns) {
		t.Fatalf("%d columns in a terminal of %d: %q", total, columns, text)
	}
}
