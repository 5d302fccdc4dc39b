package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// keys presses keys one after another as the window's driver does: first the
// key, then the character that goes with it, to whoever has the keyboard then.
func (b *bench) keys(names ...fyne.KeyName) {
	c := b.app.win.Canvas()
	for _, name := range names {
		if name == fyne.KeyTab {
			if t, ok := c.Focused().(fyne.Tabbable); !ok || !t.AcceptsTab() {
				c.FocusNext()
				continue
			}
		}
		if f := c.Focused(); f != nil {
			f.TypedKey(key(name))
		} else if take := c.OnTypedKey(); take != nil {
			take(key(name))
		}
		if name == fyne.KeySpace {
			b.runes(" ")
		}
	}
}

func (b *bench) runes(text string) {
	c := b.app.win.Canvas()
	for _, r := range text {
		if f := c.Focused(); f != nil {
			f.TypedRune(r)
		} else if take := c.OnTypedRune(); take != nil {
			take(r)
		}
	}
}

// shortcut presses a key with Ctrl, which the field that has the keyboard gets.
func (b *bench) shortcut(name fyne.KeyName, held ...fyne.KeyModifier) {
	b.t.Helper()
	s := &desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault}
	for _, mod := range held {
		s.Modifier |= mod
	}
	f, ok := b.app.win.Canvas().Focused().(fyne.Shortcutable)
	if !ok {
		b.t.Fatalf("%T has the keyboard, no field", b.app.win.Canvas().Focused())
	}
	f.TypedShortcut(s)
}

// controls returns what Tab must lead to, in the order of the window.
func (b *bench) controls() []fyne.Focusable {
	root := b.app.win.Canvas().Content()
	if top := b.app.win.Canvas().Overlays().Top(); top != nil {
		root = top
	}
	var out []fyne.Focusable
	walk(root, func(o fyne.CanvasObject) {
		f, ok := o.(fyne.Focusable)
		if d, is := o.(fyne.Disableable); ok && !(is && d.Disabled()) {
			out = append(out, f)
		}
	})
	return out
}

// crowd makes n members besides those of the test's room.
func crowd(n int) []netchat.Member {
	out := make([]netchat.Member, n)
	for i := range out {
		out[i] = netchat.Member{
			ID: netchat.MemberID(fmt.Sprintf("c%031x", i)), Label: netchat.Label(fmt.Sprintf("c%07x", i)),
			Name: fmt.Sprintf("Guest %04d", i), Presence: netchat.Present,
		}
	}
	return out
}

// ringedRow returns the person with the ring, if there is one.
func (b *bench) ringedRow() netchat.MemberID {
	var id netchat.MemberID
	walk(b.app.win.Canvas().Content(), func(o fyne.CanvasObject) {
		if r, ok := o.(*personRow); ok && r.ring.light.Visible() && r.ring.dark.Visible() {
			id = r.person.ID
		}
	})
	return id
}

func (b *bench) wantFocus(what string, want fyne.Focusable) {
	b.t.Helper()
	if got := b.app.win.Canvas().Focused(); got != want {
		b.t.Errorf("%s: %T has the keyboard, want %T", what, got, want)
	}
}

func TestTabLeadsEverywhere(t *testing.T) {
	b := newBench(t, "", "en")
	round := func(what string, least int) {
		t.Helper()
		want := b.controls()
		if len(want) < least {
			t.Errorf("%s: only %d controls", what, len(want))
		}
		for range want {
			b.keys(fyne.KeyTab)
			got := b.app.win.Canvas().Focused()
			i := slices.Index(want, got)
			if i < 0 {
				t.Fatalf("%s: Tab leads to %T twice", what, got)
			}
			want = slices.Delete(want, i, i+1)
		}
	}
	s := b.app.screen.(*namingScreen)
	b.runes("张飞")
	round("first start", 2)
	s.done()
	b.finder.lists <- []netchat.Advert{{Room: netchat.RoomInfo{ID: "aa", Name: "Class"}, Members: 3}}
	b.until("the list", func() bool { return b.sees("Class") })
	round("lobby", 6)
	r := b.enter()
	round("room", 5)
	r.choose(liu.ID)
	round("private", 6)
	b.push(r, &netchat.RosterDelta{Version: 2, Joined: crowd(20)})
	round("many people", 7)
	b.shortcut(fyne.KeyComma)
	round("settings", 4)
	b.keys(fyne.KeyEscape)
	b.app.win.Resize(fyne.NewSize(480, 360))
	round("narrow", 6)
}

// TestPressedByKeys presses what can be pressed in a room by Enter and by the
// space bar, which must not end up in the message.
func TestPressedByKeys(t *testing.T) {
	for _, press := range []fyne.KeyName{fyne.KeyReturn, fyne.KeySpace} {
		b := newBench(t, "张飞", "en")
		b.press("Host")
		b.chat.events <- welcome()
		b.until("the own room", func() bool { return b.sees("192.168.1.20:8000") && b.sees("刘备") })
		r := b.app.screen.(*roomScreen)
		c := b.app.win.Canvas()
		on := func(name string) {
			t.Helper()
			for _, o := range b.controls() {
				if a, ok := o.(fyne.Accessible); ok && a.AccessibilityLabel() == name {
					c.Focus(o)
					b.keys(press)
					return
				}
			}
			t.Fatalf("no control %q", name)
		}
		on("Copy the address")
		if got := b.app.fyne.Clipboard().Content(); got != "192.168.1.20:8000" {
			t.Errorf("%s copied %q", press, got)
		}
		b.wantFocus("after copying", r.write.field)
		r.choose(liu.ID)
		on("Back to everyone")
		if r.room.Recipient().Private() {
			t.Errorf("%s did not leave private mode", press)
		}
		b.wantFocus("after the chip", r.write.field)
		on("Settings")
		b.wantSeen("Language")
		b.keys(fyne.KeyEscape)
		b.wantFocus("after the settings", r.write.field)
		on("Leave")
		b.wantSeen("3 other people")
		b.keys(press) // on "Stay"
		b.wantFocus("after staying", r.write.field)
		if r.write.field.Text != "" {
			t.Errorf("%s wrote %q", press, r.write.field.Text)
		}
		b.runes("hi")
		on("Send")
		if n := len(b.chat.posts()); n != 1 || r.write.field.Text != "" {
			t.Errorf("%s on Send: %d posts, %q left", press, n, r.write.field.Text)
		}
		b.wantFocus("after sending", r.write.field)
	}
}

// TestMouseLeavesTheKeyboard presses with the mouse: the composer keeps the
// keyboard.
func TestMouseLeavesTheKeyboard(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	r.write.field.SetText("x")
	for _, o := range b.controls() {
		pressed, ok := o.(fyne.Tappable)
		if !ok || o == fyne.Focusable(r.write.field) {
			continue
		}
		b.app.win.Canvas().Unfocus() // as the driver does
		test.Tap(pressed)
		if b.app.win.Canvas().Overlays().Top() != nil {
			b.keys(fyne.KeyEscape)
		}
		if b.app.screen != r {
			break // left
		}
		b.wantFocus(fmt.Sprintf("%T", o), r.write.field)
	}
}

func TestPeopleByKeys(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.keys(fyne.KeyF6)
	b.wantFocus("F6", r.people.list)
	if got := b.ringedRow(); got != liu.ID {
		t.Errorf("the ring begins at %s", got)
	}
	b.keys(fyne.KeyDown, fyne.KeyReturn)
	if got := r.room.Recipient().ID; got != guan.ID {
		t.Fatalf("chose %s", got)
	}
	b.wantFocus("chosen", r.write.field)
	if b.ringedRow() != "" {
		t.Error("the ring stayed")
	}
	b.shortcut(fyne.KeyK)
	if got := b.ringedRow(); got != guan.ID {
		t.Errorf("the ring comes back at %s", got)
	}
	b.keys(fyne.KeySpace)
	if r.room.Recipient().Private() || r.write.field.Text != "" {
		t.Errorf("a second time: to %+v, wrote %q", r.room.Recipient(), r.write.field.Text)
	}
	b.keys(fyne.KeyF6, fyne.KeyHome, fyne.KeyReturn)
	if b.ringedRow() != self.ID || r.room.Recipient().Private() {
		t.Error("oneself was chosen")
	}
	b.keys(fyne.KeyEscape)
	b.wantFocus("Escape", r.write.field)
	b.keys(fyne.KeyF6)
	b.runes("hey")
	b.wantFocus("writing", r.write.field)
	if r.write.field.Text != "hey" {
		t.Errorf("wrote %q", r.write.field.Text)
	}
	b.keys(fyne.KeyF6, fyne.KeyF6)
	b.wantFocus("F6 twice", r.write.field)
}

func TestRingFollowsThePerson(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.keys(fyne.KeyF6, fyne.KeyEnd, fyne.KeyUp)
	if got := b.ringedRow(); got != guan.ID {
		t.Fatalf("the ring is at %s", got)
	}
	b.push(r, &netchat.RosterDelta{Version: 2, Left: []netchat.MemberID{liu.ID}})
	if got := b.ringedRow(); got != guan.ID {
		t.Errorf("somebody left, the ring went to %s", got)
	}
	b.push(r, &netchat.RosterDelta{Version: 3, Left: []netchat.MemberID{guan.ID}})
	if got := b.ringedRow(); got != guan2.ID {
		t.Errorf("the person left, the ring went to %s", got)
	}
	b.push(r, &netchat.RosterDelta{Version: 4, Left: []netchat.MemberID{guan2.ID}})
	if got := b.ringedRow(); got != self.ID {
		t.Errorf("all left, the ring went to %s", got)
	}
}

func TestManyPeopleByKeys(t *testing.T) {
	const many = 5_000
	b := newBench(t, "张飞", "en")
	r := b.enter()
	guests := crowd(many)
	b.push(r, &netchat.RosterDelta{Version: 2, Joined: guests})
	b.keys(fyne.KeyF6)
	b.wantFocus("F6", r.people.filter)
	b.keys(fyne.KeyDown, fyne.KeyEnd)
	if got := b.ringedRow(); got != guests[many-1].ID {
		t.Fatalf("End leads to %s", got)
	}
	b.keys(fyne.KeyPageUp, fyne.KeyPageDown)
	if got := b.ringedRow(); got != guests[many-1].ID {
		t.Errorf("a page up and down leads to %s", got)
	}
	b.keys(fyne.KeyHome, fyne.KeyPageDown)
	page := slices.IndexFunc(r.people.list.people, func(p model.Person) bool { return p.ID == b.ringedRow() })
	if page < 5 || page > 12 {
		t.Errorf("a page is %d rows", page)
	}
	if rows := len(r.people.list.rows); rows > 20 {
		t.Errorf("%d rows for a screen", rows)
	}
}

func TestFilter(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	if r.people.filter.Visible() {
		t.Error("a filter for four people")
	}
	b.push(r, &netchat.RosterDelta{Version: 2, Joined: crowd(20)})
	b.shortcut(fyne.KeyK)
	b.runes("guest 001")
	b.wantSeen("10 of 24", "Guest 0010")
	if b.sees("刘备") {
		t.Error("somebody else is listed")
	}
	b.runes("x")
	b.wantSeen("0 of 24", "Nobody here goes by that name.")
	b.keys(fyne.KeyReturn, fyne.KeyDown)
	b.wantFocus("nobody to choose", r.people.filter)
	b.keys(fyne.KeyEscape)
	if r.people.filter.Text != "" || b.sees("Nobody here") || b.sees("24 of") {
		t.Errorf("Escape left %q", r.people.filter.Text)
	}
	b.wantFocus("the first Escape", r.people.filter)
	b.keys(fyne.KeyEscape)
	b.wantFocus("the second Escape", r.write.field)
	b.shortcut(fyne.KeyK)
	b.runes("飞")
	b.keys(fyne.KeyReturn)
	if r.room.Recipient().Private() {
		t.Error("oneself was chosen")
	}
	b.keys(fyne.KeyEscape)
	b.runes("刘")
	b.keys(fyne.KeyReturn)
	if r.room.Recipient().ID != liu.ID || r.people.filter.Text != "" {
		t.Errorf("to %+v, the filter has %q", r.room.Recipient(), r.people.filter.Text)
	}
	b.wantFocus("chosen", r.write.field)
	b.shortcut(fyne.KeyK)
	b.runes("刘")
	b.keys(fyne.KeyReturn)
	if r.room.Recipient().ID != liu.ID {
		t.Error("finding somebody again led back to everyone")
	}
	b.shortcut(fyne.KeyK)
	b.runes("2")
	gone := make([]netchat.MemberID, 0, 20)
	for _, m := range crowd(20) {
		gone = append(gone, m.ID)
	}
	b.push(r, &netchat.RosterDelta{Version: 3, Left: gone})
	if !r.people.filter.Visible() {
		t.Error("the filter went while it was in use")
	}
	b.keys(fyne.KeyEscape)
	if r.people.filter.Visible() {
		t.Error("the filter stayed for few")
	}
	b.wantFocus("the filter went", r.write.field)
}

func TestPeopleOverTheMessages(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, &netchat.RosterDelta{Version: 2, Joined: crowd(20)})
	b.app.win.Resize(fyne.NewSize(480, 360))
	b.keys(fyne.KeyF6)
	if !r.people.root.Visible() {
		t.Fatal("F6 does not show the people")
	}
	b.wantFocus("shown", r.people.filter)
	b.keys(fyne.KeyTab)
	b.wantFocus("Tab", r.people.list)
	b.keys(fyne.KeyTab)
	b.wantFocus("Tab twice", r.people.filter)
	b.keys(fyne.KeyEscape)
	if r.people.root.Visible() {
		t.Error("Escape leaves the people there")
	}
	b.wantFocus("Escape", r.write.field)
	b.keys(fyne.KeyF6, fyne.KeyTab)
	b.runes("x")
	if r.people.root.Visible() || r.write.field.Text != "x" {
		t.Errorf("writing: %q", r.write.field.Text)
	}
	b.keys(fyne.KeyF6, fyne.KeyDown, fyne.KeyReturn)
	if r.people.root.Visible() || !r.room.Recipient().Private() {
		t.Error("choosing leaves the people there")
	}
	b.app.win.Resize(fyne.NewSize(1000, 700))
	b.keys(fyne.KeyF6)
	b.app.win.Resize(fyne.NewSize(480, 360))
	b.wantFocus("the people went with the width", r.write.field)
}

// TestFocusScrollsIntoView: in a small window Tab leads to what is below too.
func TestFocusScrollsIntoView(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.app.win.Resize(fyne.NewSize(480, 360))
	abs := b.app.fyne.Driver().AbsolutePositionForObject
	for range 2 * len(b.controls()) {
		b.keys(fyne.KeyTab)
		o := b.app.win.Canvas().Focused().(fyne.CanvasObject)
		if top := abs(o).Y; top < 0 || top+o.Size().Height > 360 {
			t.Errorf("%T has the keyboard from %v to %v", o, top, top+o.Size().Height)
		}
	}
}

func TestShortcuts(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	say := func(text string) {
		b.runes(text)
		b.keys(fyne.KeyReturn)
	}
	say("first")
	say("second")
	posts := b.chat.posts()
	for _, p := range posts {
		b.push(r, &netchat.Refused{ID: p.ID, Reason: netchat.RefusedNotStored})
	}
	b.shortcut(fyne.KeyR)
	if got := b.chat.posts(); len(got) != 3 || got[2].ID != posts[1].ID {
		t.Errorf("sent again %+v", got)
	}
	b.shortcut(fyne.KeyD, fyne.KeyModifierShift)
	b.app.modal.accept()
	if b.sees("first") || !b.sees("second") {
		t.Errorf("discarding left %q", b.seen())
	}
	b.shortcut(fyne.KeyR)
	if n := len(b.chat.posts()); n != 3 {
		t.Errorf("%d posts, nothing had failed", n)
	}
	for i := range 60 {
		b.push(r, event(uint64(i+1), netchat.EventID(fmt.Sprintf("%032x", i)), guan, "line"))
	}
	b.keys(fyne.KeyPageUp)
	if r.lines.tail {
		t.Fatal("Page Up stays at the end")
	}
	b.shortcut(fyne.KeyEnd)
	if !r.lines.tail {
		t.Error("Ctrl+End does not lead to the end")
	}
	b.shortcut(fyne.KeyComma)
	b.wantSeen("Language")
	before := b.app.win.Canvas().Focused()
	b.keys(fyne.KeyF6)
	if passShortcut(r.write.field, &desktop.CustomShortcut{KeyName: fyne.KeyW, Modifier: fyne.KeyModifierShortcutDefault}) {
		t.Error("a shortcut went through the settings")
	}
	b.wantFocus("under the settings", before)
	b.keys(fyne.KeyEscape)
	b.app.win.Canvas().Unfocus()
	b.keys(fyne.KeyF6)
	b.wantFocus("F6 while nothing has the keyboard", r.people.list)
	b.keys(fyne.KeyF1, fyne.KeyEscape)
	b.shortcut(fyne.KeyW)
	b.wantSeen("1 message is not sent yet")
	b.press("Leave anyway")
	if _, ok := b.app.screen.(*lobbyScreen); !ok {
		t.Fatal("not in the lobby")
	}
}

func TestLobbyShortcuts(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.keys(fyne.KeyF5)
	b.app.win.Canvas().Unfocus()
	b.keys(fyne.KeyF5)
	if n := b.refreshed(); n != 2 {
		t.Errorf("searched again %d times", n)
	}
	b.app.win.Canvas().Focus(b.app.screen.(*lobbyScreen).addr)
	b.shortcut(fyne.KeyComma)
	b.wantSeen("Your name")
	b.keys(fyne.KeyEscape)
	if b.app.win.Canvas().Overlays().Top() != nil {
		t.Fatal("Escape does not close the settings")
	}
	b.keys(fyne.KeyF1)
	b.wantSeen("Keyboard shortcuts", "F5", "Search again")
}

func names(chords []chord) []string {
	out := make([]string, len(chords))
	for i, c := range chords {
		out[i] = c.String()
	}
	return out
}

func TestShortcutsAreListed(t *testing.T) {
	for lang, title := range map[string]string{"en": "Keyboard shortcuts", "zh-Hans": "键盘快捷键"} {
		b := newBench(t, "张飞", lang)
		r := b.enter()
		b.shortcut(fyne.KeySlash)
		b.wantSeen(title)
		dense := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		all := dense(strings.Join(b.seen(), ""))
		for _, s := range shortcutsOf(b.app) {
			for _, want := range append([]string{b.app.kit.say(s.what)}, names(s.by)...) {
				if !strings.Contains(all, dense(want)) {
					t.Errorf("%q is not listed: %q", want, all)
				}
			}
		}
		b.keys(fyne.KeyReturn)
		b.wantFocus("after the list", r.write.field)
	}
	b := newBench(t, "", "en")
	b.keys(fyne.KeyF1)
	b.wantSeen("Keyboard shortcuts", "Ctrl+Q")
	if b.sees("Ctrl+,") {
		t.Error("settings before there is a name")
	}
}
