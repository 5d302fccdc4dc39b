package app

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// paste pastes text into the field.
func (b *bench) paste(f *field, text string) {
	clip := test.NewClipboard()
	clip.SetContent(text)
	f.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
}

// withShift presses keys with Shift held.
func withShift(f *field, names ...fyne.KeyName) {
	f.KeyDown(key(desktop.KeyShiftLeft))
	for _, name := range names {
		f.TypedKey(key(name))
	}
	f.KeyUp(key(desktop.KeyShiftLeft))
}

// texts returns what was sent.
func (c *fakeChat) texts() []string {
	var out []string
	for _, p := range c.posts() {
		out = append(out, p.Text)
	}
	return out
}

func TestPasting(t *testing.T) {
	b := newBench(t, "张飞", "en")
	f := b.enter().write.field
	b.paste(f, "one\r\ntwo\x00\tthree \xed\xa0\x80 你好")
	if want := "one\ntwo\tthree \uFFFD 你好"; f.Text != want {
		t.Errorf("pasted %q, want %q", f.Text, want)
	}
	withShift(f, fyne.KeyLeft, fyne.KeyLeft)
	b.paste(f, "\x00")
	if !strings.HasSuffix(f.Text, "你好") {
		t.Error("nothing to paste took the place of what was selected")
	}
	b.paste(f, "再见")
	if !strings.HasSuffix(f.Text, "\uFFFD 再见") {
		t.Errorf("pasted over the selection: %q", f.Text)
	}
	f.TypedShortcut(&fyne.ShortcutUndo{})
	f.TypedShortcut(&fyne.ShortcutUndo{})
	if !strings.HasSuffix(f.Text, "你好") {
		t.Errorf("undone to %q", f.Text)
	}
}

// TestFull: what no longer fits is told, however it is typed, and what takes the
// place of something fits.
func TestFull(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f := r.write.field
	full := strings.Repeat("一二三四五六七八九 ", maxTyped/10)
	b.paste(f, full)
	if f.Text != full || f.Wrapping != fyne.TextWrapBreak {
		t.Fatalf("%d characters were taken, wrapping %v", utf8.RuneCountInString(f.Text), f.Wrapping)
	}
	const told = "at most 3,000 characters"
	for name, more := range map[string]func(){
		"a letter":     func() { f.TypedRune('x') },
		"a line break": func() { withShift(f, fyne.KeyReturn) },
	} {
		r.write.say("")
		more()
		if f.Text != full {
			t.Fatalf("%s was taken", name)
		}
		b.wantSeen(told)
	}
	withShift(f, fyne.KeyLeft)
	f.TypedRune('x')
	if f.Text != strings.TrimSuffix(full, " ")+"x" || b.sees(told) {
		t.Errorf("in place of a blank: …%q, on the window: %q", f.Text[len(f.Text)-9:], b.seen())
	}
	f.TypedKey(key(fyne.KeyReturn))
	if got := b.chat.texts(); len(got) != 1 || f.Text != "" {
		t.Errorf("%d messages were sent", len(got))
	}
}

// TestLongPaste: a text too long for a message is sent as several if one wants
// that, with what was in the field around it.
func TestLongPaste(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f := r.write.field
	test.Tap(b.person(liu.ID))
	test.Type(f, "before, gone, after.")
	for range len(" after.") {
		f.TypedKey(key(fyne.KeyLeft))
	}
	withShift(f, slices.Repeat([]fyne.KeyName{fyne.KeyLeft}, len("gone,"))...)
	long := strings.Repeat("今天天气不错，适合郊游。", 1_000)

	b.paste(f, long)
	b.wantSeen("Send as several messages?", "12,015 characters", "It can go to 刘备 in 5 private")
	b.press("Cancel")
	if f.Text != "before, gone, after." || f.SelectedText() != "gone," || len(b.chat.posts()) != 0 {
		t.Fatalf("after Cancel the field has %q", f.Text)
	}

	b.paste(f, long)
	b.press("Send 5 messages")
	posts := b.chat.posts()
	if len(posts) != 5 {
		t.Fatalf("%d messages", len(posts))
	}
	seen := map[netchat.EventID]bool{}
	for _, p := range posts {
		seen[p.ID] = true
		if n := utf8.RuneCountInString(p.Text); n > maxTyped || len(p.Text) > netchat.MaxText || !slices.Equal(p.To, []netchat.MemberID{liu.ID}) {
			t.Errorf("%d characters, %d bytes, to %v", n, len(p.Text), p.To)
		}
	}
	if len(seen) != len(posts) {
		t.Error("messages have the same id")
	}
	if got := strings.Join(b.chat.texts(), ""); got != "before, "+long+" after." {
		t.Errorf("sent %.60q … %q", got, got[len(got)-20:])
	}
	if f.Text != "" || r.room.Draft() != "" || r.room.Timeline().Waiting() != 5 {
		t.Errorf("the field has %q, the draft is %q, %d wait", f.Text, r.room.Draft(), r.room.Timeline().Waiting())
	}
}

// TestLongPasteToAll: in the other language too, and with one that the client
// does not take.
func TestLongPasteToAll(t *testing.T) {
	b := newBench(t, "张飞", "zh-Hans")
	r := b.enter()
	b.paste(r.write.field, strings.Repeat(strings.Repeat("x", 1_000)+"\n\n", 4))
	b.wantSeen("分成几条消息发送？", "4,008 个字符", "分成 2 条消息，依次发送给所有人")
	b.chat.mu.Lock()
	b.chat.refuse = netchat.ErrOutboxFull
	b.chat.mu.Unlock()
	b.press("发送 2 条消息")
	if got := r.room.Timeline().Len(); got != 2 || r.room.Timeline().Line(0).State != model.LineFailed {
		t.Errorf("%d lines, the last %v", got, r.room.Timeline().Line(0).State)
	}
}

func TestLongPasteRefused(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f := r.write.field
	refused := func(text, told string) {
		t.Helper()
		r.write.say("")
		b.paste(f, text)
		b.wantSeen(told)
		if b.sees("several messages?") || f.Text != "kept" {
			t.Errorf("the field has %.20q, on the window: %.200q", f.Text, b.seen())
		}
	}
	test.Type(f, "kept")
	refused(strings.Repeat("x", maxOffered), "The text has 100,004 characters. At most 100,000")
	refused(strings.Repeat("x", 20*netchat.MaxText), "At most 100,000")
	f.SetText("")
	b.paste(f, strings.Repeat(" ", maxTyped+1))
	b.wantSeen("at most 3,000 characters")
	f.SetText("kept")
	for range model.MaxWaiting - 1 {
		if _, err := r.room.Compose("x"); err != nil {
			t.Fatal(err)
		}
	}
	refused(strings.Repeat("x", maxTyped+1), "Too many messages are waiting")
	test.Tap(b.person(liu.ID))
	test.Type(f, "kept")
	b.push(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}})
	refused(strings.Repeat("x", maxTyped+1), "The recipient has left the room.")
}

// TestRecipientLeavesWhileAsked: what was meant for somebody goes to nobody else.
func TestRecipientLeavesWhileAsked(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	test.Tap(b.person(liu.ID))
	b.paste(r.write.field, strings.Repeat("x", maxTyped+1))
	r.toAll()
	b.press("Send 2 messages")
	if n := len(b.chat.posts()); n != 0 {
		t.Fatalf("%d messages went to everybody", n)
	}
	test.Tap(b.person(liu.ID))
	test.Type(r.write.field, "secret")
	b.paste(r.write.field, strings.Repeat("x", maxTyped))
	b.push(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}})
	b.press("Send 2 messages")
	b.wantSeen("刘备 has left the room.")
	if n := len(b.chat.posts()); n != 0 || r.write.field.Text != "secret" {
		t.Errorf("%d messages were sent, the field has %q", n, r.write.field.Text)
	}
}

// TestFullWhileComposing: a character that does not fit is no key that an input
// method holds, so Return sends.
func TestFullWhileComposing(t *testing.T) {
	b := newBench(t, "张飞", "en")
	f := b.enter().write.field
	b.paste(f, strings.Repeat("x", maxTyped))
	f.TypedKey(key(fyne.KeyA))
	f.TypedRune('a')
	f.TypedKey(key(fyne.KeyReturn))
	if got := b.chat.texts(); len(got) != 1 || len(got[0]) != maxTyped {
		t.Errorf("%d messages were sent", len(got))
	}
}

// TestMessagesOf: messages do not begin or end with what one does not see, and
// none is blank.
func TestMessagesOf(t *testing.T) {
	line := strings.Repeat("x", maxTyped-3)
	text := line + " \t\n\n\n\t" + line + "\n" + strings.Repeat("\n", 2*maxTyped) + "  end\n"
	got := messagesOf(text)
	if want := []string{line, "\t" + line, "  end"}; !slices.Equal(got, want) {
		for _, m := range got {
			t.Errorf("%d characters: %.8q…%q", len(m), m, m[max(len(m)-8, 0):])
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1_000: "1,000", 23_400: "23,400", 1_234_567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}
