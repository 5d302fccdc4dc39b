package app

import (
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

// encrypted is welcome by a host that is in the room, with TLS for everybody but
// those without.
func encrypted(host netchat.MemberID, without ...netchat.MemberID) *netchat.Welcome {
	w := welcome()
	for i := range w.Roster.Members {
		m := &w.Roster.Members[i]
		m.TLS, m.Host = true, m.ID == host
		for _, id := range without {
			m.TLS = m.TLS && m.ID != id
		}
	}
	w.Self = w.Roster.Members[0]
	w.Security = netchat.Security{TLS: true, Trust: netchat.TrustVerified, Key: []byte("key")}
	return w
}

// person returns the middle of a part of line i that chooses somebody.
func (m *mouse) person(i int, what regionWhat, last bool) fyne.Position {
	m.b.t.Helper()
	b := m.bubble(i)
	var at fyne.Position
	for _, r := range b.regions {
		if r.what == what && (at.IsZero() || last) {
			at = fyne.NewPos(r.pos.X+r.size.Width/2, b.y+r.pos.Y+r.size.Height/2)
		}
	}
	if at.IsZero() {
		m.b.t.Fatalf("line %d has no such part: %+v", i, b.regions)
	}
	return at
}

// says is sees for a text that may be broken into lines.
func (b *bench) says(text string) bool {
	dense := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	return strings.Contains(dense(strings.Join(b.seen(), "")), dense(text))
}

func (b *bench) wantSaid(text string) {
	b.t.Helper()
	if !b.says(text) {
		b.t.Errorf("%q is not on the window: %q", text, b.seen())
	}
}

func (m *mouse) wantTo(what string, id netchat.MemberID) {
	m.b.t.Helper()
	if got := m.r.room.Recipient().ID; got != id {
		m.b.t.Errorf("%s: messages go to %q, want %q", what, got, id)
	}
}

// TestPressingAPerson: avatar, name and private label lead to a private message,
// a second press back.
func TestPressingAPerson(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	m := b.mouse(r)
	b.push(r, event(1, "a", liu, "psst", self.ID), event(2, "b", self, "what?", guan.ID), event(3, "c", self, "hello"),
		event(4, "d", guan2, "hello"), &netchat.SystemLine{What: netchat.SystemJoined, Name: "关羽"})
	for _, c := range []struct {
		name string
		line int
		what regionWhat
		last bool
		want netchat.MemberID
	}{
		{"an avatar", 0, regionFace, false, liu.ID},
		{"a name", 0, regionPerson, false, liu.ID},
		{"the label", 0, regionPerson, true, liu.ID},
		{"one's own label", 1, regionPerson, true, guan.ID},
		{"one's own name on a private message", 1, regionPerson, false, guan.ID},
		{"a namesake", 3, regionPerson, false, guan2.ID},
	} {
		m.click(m.person(c.line, c.what, c.last))
		m.wantTo(c.name, c.want)
		m.wantFocus()
		m.click(m.person(c.line, c.what, c.last))
		m.wantTo(c.name+" again", "")
		b.wantSeen("You are writing to everyone again.")
	}
	for _, i := range []int{2, 4} {
		if n := len(m.bubble(i).regions); n != 0 {
			t.Errorf("line %d has %d parts to press", i, n)
		}
	}
	m.clicks(2, m.person(0, regionFace, false))
	m.wantTo("a double click", liu.ID)
	b.wantHeard("刘备, 09:00, private, from 刘备: psst", "Write privately to 刘备", "Write privately to 关羽 #33333333", "Write privately to 关羽 #44444444")
}

// TestPersonWhoHasLeft: a press on what they said leads to nobody else, least of
// all to everybody; the id decides, not the name.
func TestPersonWhoHasLeft(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	m := b.mouse(r)
	again := netchat.Member{ID: "77777777777777777777777777777777", Label: "77777777", Name: "刘备"}
	b.push(r, event(1, "a", liu, "psst", self.ID), &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}, Joined: []netchat.Member{again}})
	m.click(m.person(0, regionFace, false))
	m.wantTo("who has left", liu.ID)
	b.wantSeen("刘备 #22222222 has left the room.", "Back to everyone")
	test.Type(r.write.field, "secret")
	b.keys(fyne.KeyReturn)
	if n := len(b.chat.posts()); n != 0 {
		t.Errorf("%d were sent", n)
	}
	renamed := guan
	renamed.Name = "云长"
	b.push(r, event(2, "b", guan, "hello"), &netchat.RosterDelta{Version: 3, Changed: []netchat.Member{renamed}})
	m.click(m.person(1, regionPerson, false))
	b.wantSeen("to 云长")
	m.wantTo("who has another name now", guan.ID)
}

// TestPersonUnderThePointer: it can be seen that a press does something.
func TestPersonUnderThePointer(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	has := func(i int, is func(o fyne.CanvasObject) bool) bool {
		for _, o := range m.bubble(i).box.Objects {
			if is(o) {
				return true
			}
		}
		return false
	}
	ring := func(o fyne.CanvasObject) bool {
		c, ok := o.(*canvas.Circle)
		return ok && c.StrokeColor == b.app.kit.mark
	}
	line := func(o fyne.CanvasObject) bool {
		c, ok := o.(*canvas.Rectangle)
		return ok && c.FillColor == b.app.kit.link && c.Size().Height == underline
	}
	if has(0, ring) || has(0, line) {
		t.Fatal("lit by nothing")
	}
	r.lines.MouseMoved(m.event(m.person(0, regionFace, false), 0))
	if !has(0, ring) || has(0, line) || r.lines.Cursor() != desktop.PointerCursor {
		t.Error("nothing shows that the avatar can be pressed")
	}
	r.lines.MouseMoved(m.event(m.person(1, regionPerson, false), 0))
	if has(0, ring) || !has(1, line) || r.lines.Cursor() != desktop.PointerCursor {
		t.Error("nothing shows that the name can be pressed")
	}
	r.lines.MouseOut()
	if has(1, line) {
		t.Error("it stays lit")
	}
}

// TestDraggingFromAPerson: it selects, as from anywhere. A hand that trembles
// chooses.
func TestDraggingFromAPerson(t *testing.T) {
	_, r, m := threeMessages(t, "en")
	name := m.person(0, regionPerson, false)
	m.sweep(name, m.after(1, "first line"))
	m.wantTo("a drag", "")
	m.wantCopied("[09:00] 刘备: 今天天气不错，适合郊游\n[09:00] 关羽: first line")
	m.press(name)
	m.drag(name.AddXY(3, 1))
	m.release(name.AddXY(3, 1))
	m.wantTo("a click that trembles", liu.ID)
	m.press(name)
	m.drag(name.AddXY(60, 1))
	m.drag(name.AddXY(1, 1))
	m.release(name.AddXY(40, 1))
	if r.room.Recipient().ID != "" && r.room.Recipient().ID != liu.ID {
		t.Errorf("%+v", r.room.Recipient())
	}
}

// TestLinesMoveUnderAPress: it chooses nobody but who it began on.
func TestLinesMoveUnderAPress(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	at := m.person(0, regionFace, false)
	m.press(at)
	r.room.Choose("")
	b.push(r, event(4, "d", guan2, "another"))
	r.lines.scrollBy(0)
	over := m.person(1, regionFace, false) // as if it had come to be there
	m.release(over)
	m.wantTo("another's avatar under the pointer", "")
}

// TestRowsMoveUnderAPress: the same for the list of people.
func TestRowsMoveUnderAPress(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	row := b.person(liu.ID)
	row.MouseDown(&desktop.MouseEvent{})
	b.push(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}})
	row.MouseUp(&desktop.MouseEvent{})
	test.Tap(row)
	if r.room.Recipient().Private() {
		t.Errorf("chosen: %+v", r.room.Recipient())
	}
	test.Tap(b.person(guan.ID))
	if r.room.Recipient().ID != guan.ID {
		t.Errorf("chosen: %+v", r.room.Recipient())
	}
}

// TestDoubleClickThroughThePeople: where they lie over the messages, its second
// half presses nothing that was under them.
func TestDoubleClickThroughThePeople(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	b.app.win.Resize(fyne.NewSize(480, 600))
	m.now = m.now.Add(time.Second)
	r.togglePeople()
	test.Tap(b.person(guan.ID))
	at := m.person(0, regionFace, false)
	m.again(at)
	m.release(at)
	m.wantTo("the second half", guan.ID)
	m.click(at)
	m.wantTo("a press after it", liu.ID)
}

// TestWritePrivatelyInTheMenu: it never leads back to everybody.
func TestWritePrivatelyInTheMenu(t *testing.T) {
	for lang, entry := range map[string]string{"en": "Write privately", "zh-Hans": "私聊"} {
		b, r, m := threeMessages(t, lang)
		for range 2 {
			at := m.in(1, "first")
			r.lines.TappedSecondary(&fyne.PointEvent{Position: at, AbsolutePosition: at})
			b.choose(entry)
			m.wantTo("the menu", guan.ID)
			m.wantFocus()
		}
		at := m.in(2, "for one")
		r.lines.TappedSecondary(&fyne.PointEvent{Position: at, AbsolutePosition: at})
		b.choose(entry)
		m.wantTo("the menu of one's own private message", liu.ID)
		b.push(r, event(4, "d", self, "hello"))
		at = m.in(3, "hello")
		r.lines.TappedSecondary(&fyne.PointEvent{Position: at, AbsolutePosition: at})
		if b.sees(entry) && lang == "en" {
			t.Error("one's own message to all has nobody to write to")
		}
	}
}

// TestMenuByKey: a message is picked, and answered, by the keyboard alone.
func TestMenuByKey(t *testing.T) {
	b, r, m := threeMessages(t, "en")
	b.push(r, &netchat.SystemLine{What: netchat.SystemLeft, Name: "x"})
	b.keys(desktop.KeyMenu)
	b.choose("Copy message")
	if got := b.app.fyne.Clipboard().Content(); got != "for one alone" {
		t.Errorf("the newest is %q", got)
	}
	b.shortcut(fyne.KeyUp)
	b.shortcut(fyne.KeyUp)
	m.wantCopied("今天天气不错，适合郊游")
	b.shortcut(fyne.KeyUp)
	b.shortcut(fyne.KeyDown)
	b.shortcut(fyne.KeyM)
	b.keys(fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	m.wantTo("the second entry", guan.ID)
	m.wantFocus()
	b.keys(fyne.KeyEscape)
	if !r.lines.chosen.empty() {
		t.Error("Escape leaves it picked")
	}
	m.wantTo("after the first Escape", guan.ID)
}

// TestAskedPrivately: what is typed after a private message may be meant for its
// author, so it is said where it goes, until that is settled.
func TestAskedPrivately(t *testing.T) {
	for lang, want := range map[string][3]string{
		"en":      {"Message to everyone…", "刘备 wrote to you privately. What you write here goes to everyone.", "Write privately"},
		"zh-Hans": {"输入消息，发给所有人…", "刘备 给你发了私聊消息。你在这里写的内容会发给所有人。", "私聊"},
	} {
		b := newBench(t, "张飞", lang)
		r := b.enter()
		b.wantSeen(want[0])
		b.push(r, event(1, "a", liu, "psst", self.ID))
		b.wantSeen(want[:2]...)
		b.runes("an answer")
		b.wantSeen(want[1])
		b.press(want[2])
		if b.sees(want[1]) || r.room.Recipient().ID != liu.ID || r.write.field.Text != "" {
			t.Errorf("%q to %+v", r.write.field.Text, r.room.Recipient())
		}
		r.toAll()
		b.push(r, event(2, "b", liu, "psst", self.ID))
		b.keys(fyne.KeyReturn)
		if b.sees(want[1]) || len(b.chat.posts()) != 1 || b.chat.posts()[0].To != nil {
			t.Errorf("after %+v: %q", b.chat.posts(), b.seen())
		}
		b.push(r, event(3, "c", liu, "psst", self.ID))
		b.keys(fyne.KeyEscape)
		if b.sees(want[1]) {
			t.Error("Escape leaves it")
		}
	}
}

// TestPrivacyIsNotOverblown: who can read a private message, in field, chip and
// notice.
func TestPrivacyIsNotOverblown(t *testing.T) {
	for _, c := range []struct {
		lang     string
		w        *netchat.Welcome
		want     []string
		unwanted string
	}{
		{"en", encrypted(""), []string{"Only 刘备 and the host can read this…", "to 刘备", "the host can read it"}, "Not encrypted:"},
		{"zh-Hans", encrypted(""), []string{"只有 刘备 和主持人能看到…", "发送给 刘备", "主持人能看到"}, "未加密："},
		{"en", encrypted(liu.ID), []string{"Only you and 刘备 can read this…"}, "the host can read"},
		{"en", encrypted(self.ID), []string{"Only you and 刘备 can read this…"}, "the host can read"},
		{"zh-Hans", encrypted(self.ID), []string{"只有你和 刘备 能看到…"}, "主持人能"},
		{"en", encrypted("", liu.ID), []string{"Not encrypted: 刘备 is here without the app", "Message to 刘备…", "not encrypted"}, "Only"},
		{"en", welcome(), []string{"Not encrypted: this room knows no encryption", "Message to 刘备…", "not encrypted"}, "Only"},
		{"zh-Hans", welcome(), []string{"未加密：这个聊天室不支持加密", "输入消息，发给 刘备…", "未加密"}, "只有"},
	} {
		b := newBench(t, "张飞", c.lang)
		r := b.enter()
		b.push(r, c.w)
		r.choose(liu.ID)
		b.wantSeen(c.want...)
		if b.sees(c.unwanted) {
			t.Errorf("%q: %q", c.unwanted, b.seen())
		}
	}
}

// TestPrivacyInThePanel: the trust panel says what becomes of private messages.
func TestPrivacyInThePanel(t *testing.T) {
	for _, c := range []struct {
		w      *netchat.Welcome
		hosted bool
		keeper Keeper
		want   textKey
	}{
		{encrypted(""), false, nil, textPrivateThere},
		{encrypted(self.ID), true, newFakeKeeper(), textPrivateHere},
		{encrypted(self.ID), true, nil, textPrivateUnkept},
		{welcome(), false, nil, ""},
	} {
		b := newBench(t, "张飞", "en")
		b.app.deps.Keeper = c.keeper
		r := b.enter()
		b.push(r, c.w)
		if c.hosted {
			r.in.hosted = b.hosted
		}
		if got := r.secure.explainPrivate(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		b.shortcut(fyne.KeyI)
		if c.want == "" {
			b.wantSaid("private messages too")
			continue
		}
		b.wantSaid(b.app.kit.say(c.want))
	}
}

// TestLongPrivatePaste: the question says who can read it.
func TestLongPrivatePaste(t *testing.T) {
	for host, want := range map[netchat.MemberID]bool{"": true, liu.ID: false} {
		b := newBench(t, "张飞", "en")
		r := b.enter()
		b.push(r, encrypted(host))
		r.choose(liu.ID)
		b.paste(r.write.field, strings.Repeat("long ", 2_000))
		b.wantSaid("private messages, one after the other.")
		if got := b.says("The host can read it too."); got != want {
			t.Errorf("hosted by %q: %v", host, got)
		}
	}
}

// TestNothingFollowsToAll: what was typed for one is in no way in the field for all.
func TestNothingFollowsToAll(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	f := r.write.field
	r.choose(liu.ID)
	test.Type(f, "secret")
	for range len("secret") {
		b.keys(fyne.KeyBackspace)
	}
	b.keys(fyne.KeyEscape)
	f.Undo()
	if f.Text != "" {
		t.Errorf("undone: %q", f.Text)
	}

	// Enter is put off until the letters before it are heard, and Liu was left
	// meanwhile.
	r.choose(liu.ID)
	k := newKeyboard(b, &f.textEntry)
	k.press("H")
	k.down("I")
	k.down(fyne.KeyReturn)
	r.toAll()
	k.commit("i")
	if n := len(b.chat.posts()); n != 0 {
		t.Errorf("sent: %+v", b.chat.posts())
	}
	if model.DisplayName(f.Text, "") == "hi" {
		t.Errorf("the field for all has %q", f.Text)
	}
}

// TestChipFits: where there is little room, the name is cut and not what is said
// beside it.
func TestChipFits(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	set := b.app.settings
	set.TextSize = model.TextHuge
	b.app.change(set)
	long := guan
	long.TLS, long.Name = true, "Wilhelmina Featherstonehaugh-Cholmondeley"
	b.push(r, encrypted(""), &netchat.RosterDelta{Version: 2, Changed: []netchat.Member{long}})
	r.choose(guan.ID)
	for _, width := range []float32{360, 480, 1000} {
		b.app.win.Resize(fyne.NewSize(width, 640))
		chip, pill := r.write.chip, r.write.pill
		if right := chip.Position().X + chip.Size().Width; right > pill.Size().Width {
			t.Errorf("at %v the chip ends at %v, the ground at %v", width, right, pill.Size().Width)
		}
		b.wantSeen("· the host can read it")
	}
}
