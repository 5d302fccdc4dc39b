package app

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// A keyboard types into what has the focus, with the calls and in the order of
// Fyne's driver for GLFW, on a clock of its own.
type keyboard struct {
	b     *bench
	clock time.Time
	ime   bool // an input method keeps every key
}

func newKeyboard(b *bench, entries ...*textEntry) *keyboard {
	k := &keyboard{b: b, clock: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)}
	for _, e := range entries {
		e.ime.now = func() time.Time { return k.clock }
	}
	return k
}

func (k *keyboard) wait(d time.Duration) { k.clock = k.clock.Add(d) }

func (k *keyboard) focused() fyne.Focusable { return k.b.app.win.Canvas().Focused() }

// down is a key going down, repeat one that stays down.
func (k *keyboard) down(name fyne.KeyName) {
	k.focused().(desktop.Keyable).KeyDown(key(name))
	k.repeat(name)
}

func (k *keyboard) repeat(name fyne.KeyName) {
	if t, ok := k.focused().(fyne.Tabbable); name == fyne.KeyTab && (!ok || !t.AcceptsTab()) {
		k.b.app.win.Canvas().FocusNext()
		return
	}
	k.focused().TypedKey(key(name))
}

func (k *keyboard) up(name fyne.KeyName) {
	if f, ok := k.focused().(desktop.Keyable); ok { // the screen may be another by now
		f.KeyUp(key(name))
	}
}

// press presses keys at a usual pace. Without an input method, those that type
// are heard at once.
func (k *keyboard) press(names ...fyne.KeyName) {
	for _, name := range names {
		k.down(name)
		switch {
		case k.ime:
		case name == fyne.KeySpace:
			k.focused().TypedRune(' ')
		case len(name) == 1:
			k.focused().TypedRune(rune(name[0]) | 0x20)
		}
		k.wait(60 * time.Millisecond)
		k.up(name)
		k.wait(60 * time.Millisecond)
	}
}

// commit is text that comes from the input method.
func (k *keyboard) commit(text string) {
	for _, r := range text {
		k.focused().TypedRune(r)
	}
}

func (k *keyboard) letters(text string) {
	for _, r := range text {
		k.press(fyne.KeyName(r))
	}
}

func TestComposing(t *testing.T) {
	compose := func(k *keyboard) { k.letters("NIHAO") }
	commit := func(k *keyboard) { compose(k); k.down(fyne.KeySpace); k.commit("你好"); k.up(fyne.KeySpace) }
	enter := func(k *keyboard) { k.press(fyne.KeyReturn) }
	cases := []struct {
		name string
		do   func(k *keyboard)
		text string // left in the field
		sent string
	}{
		{"Space commits, Return sends", func(k *keyboard) { commit(k); enter(k) }, "", "是你好"},
		{"Return commits the letters", func(k *keyboard) { compose(k); enter(k); k.commit("nihao") }, "是nihao", ""},
		{"and another sends them", func(k *keyboard) { compose(k); enter(k); k.commit("nihao"); enter(k) }, "", "是nihao"},
		{"a Return held for long sends nothing", func(k *keyboard) {
			compose(k)
			k.down(fyne.KeyReturn)
			k.commit("nihao")
			k.wait(time.Second)
			k.repeat(fyne.KeyReturn)
			k.repeat(fyne.KeyReturn)
		}, "是nihao", ""},
		{"Backspace stays within", func(k *keyboard) {
			compose(k)
			k.press(fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace)
			enter(k)
			k.commit("n")
		}, "是n", ""},
		{"until it is empty", func(k *keyboard) {
			compose(k)
			k.press(fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace)
			enter(k)
		}, "", "是"},
		{"then it deletes", func(k *keyboard) {
			k.letters("NI")
			k.press(fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace)
		}, "", ""},
		{"held, it does not go on", func(k *keyboard) {
			k.letters("NI")
			k.down(fyne.KeyBackspace)
			for range 9 {
				k.repeat(fyne.KeyBackspace)
			}
			k.up(fyne.KeyBackspace)
		}, "是", ""},
		{"Ctrl and Backspace too", func(k *keyboard) {
			compose(k)
			k.focused().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyBackspace, Modifier: fyne.KeyModifierControl})
		}, "是", ""},
		{"Escape drops it", func(k *keyboard) { compose(k); k.press(fyne.KeyEscape); enter(k) }, "", "是"},
		{"arrows and pages choose", func(k *keyboard) {
			compose(k)
			k.press(fyne.KeyLeft, fyne.KeyHome, fyne.KeyPageDown, fyne.KeyTab, fyne.KeyDown, fyne.KeyDelete)
			k.commit("你好")
		}, "是你好", ""},
		{"a digit chooses", func(k *keyboard) { compose(k); k.down("2"); k.commit("拟好"); enter(k) }, "", "是拟好"},
		{"a comma commits", func(k *keyboard) { compose(k); k.down(","); k.commit("你好，"); enter(k) }, "", "是你好，"},
		{"a digit commits letters", func(k *keyboard) { compose(k); k.down("3"); k.commit("nihao"); enter(k) }, "", "是nihao"},
		{"a part is chosen", func(k *keyboard) { compose(k); k.press(fyne.KeySpace); enter(k); k.commit("你hao") }, "是你hao", ""},
		{"a long pause changes nothing", func(k *keyboard) { compose(k); k.wait(time.Hour); enter(k); k.commit("nihao") }, "是nihao", ""},
		{"a repeated letter is in it", func(k *keyboard) {
			k.down("A")
			k.repeat("A")
			k.up("A")
			k.wait(time.Second)
			k.press(fyne.KeyBackspace, fyne.KeyBackspace)
		}, "是", ""},
		{"a click in the window leaves it", func(k *keyboard) {
			compose(k)
			f := k.focused()
			k.b.app.win.Canvas().Unfocus()
			k.b.app.win.Canvas().Focus(f)
			enter(k)
			k.commit("nihao")
		}, "是nihao", ""},
		{"another window ends it", func(k *keyboard) { compose(k); forgetTyping(k.focused()); enter(k) }, "", "是"},
		{"a fifth letter commits four and begins the next", func(k *keyboard) {
			k.letters("WQVB")
			k.down("W")
			k.wait(5 * time.Millisecond)
			k.commit("你好")
			k.wait(time.Second)
			enter(k)
		}, "是你好", ""},
		{"a fourth letter commits itself", func(k *keyboard) { k.letters("WQV"); k.down("B"); k.commit("你好"); k.wait(time.Second); enter(k) }, "", "是你好"},
		{"a vowel takes the syllable's end along", func(k *keyboard) {
			k.letters("RKS")
			k.down("K")
			k.commit("가")
			k.wait(time.Second)
			enter(k)
		}, "是가", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "张飞", "en")
			r := b.enter()
			k := newKeyboard(b, &r.write.field.textEntry)
			k.commit("是")
			k.ime = true
			c.do(k)
			wantTyped(t, b, r, c.text, c.sent)
		})
	}
}

func wantTyped(t *testing.T, b *bench, r *roomScreen, text, sent string) {
	t.Helper()
	if r.write.field.Text != text {
		t.Errorf("the field has %q, want %q", r.write.field.Text, text)
	}
	var got string
	for _, p := range b.chat.posts() {
		got += p.Text
	}
	if got != sent {
		t.Errorf("sent %q, want %q", got, sent)
	}
}

// TestNotComposing: what looks like an input method's doing and is not.
func TestNotComposing(t *testing.T) {
	enter := func(k *keyboard) { k.press(fyne.KeyReturn) }
	cases := []struct {
		name string
		do   func(k *keyboard)
		text string
		sent string
	}{
		{"no input method", func(k *keyboard) { k.letters("OK"); enter(k) }, "", "ok"},
		{"fast", func(k *keyboard) {
			for _, r := range "fast" {
				k.down(fyne.KeyName(r &^ 0x20))
				k.focused().TypedRune(r)
			}
			k.down(fyne.KeyReturn)
		}, "", "fast"},
		{"a key that repeats", func(k *keyboard) {
			k.down("A")
			k.commit("a")
			k.repeat("A")
			k.commit("a")
			k.up("A")
			k.press(fyne.KeyBackspace)
			enter(k)
		}, "", "a"},
		{"a dead key", func(k *keyboard) {
			k.down("=")
			k.wait(time.Second)
			k.down("E")
			k.commit("é")
			enter(k)
		}, "", "é"},
		{"a dead key alone", func(k *keyboard) {
			k.down("=")
			k.wait(time.Second)
			k.down(fyne.KeySpace)
			k.commit("^")
			enter(k)
		}, "", "^"},
		{"a dead key that is its own sign, fast", func(k *keyboard) {
			k.letters("A")
			k.down("'")
			k.wait(100 * time.Millisecond)
			k.down(fyne.KeySpace)
			k.commit("'")
			k.wait(100 * time.Millisecond)
			enter(k)
		}, "", "a'"},
		{"a Compose key", func(k *keyboard) {
			k.down("-")
			k.wait(time.Second)
			k.down("-")
			k.wait(time.Second)
			k.down("-")
			k.commit("—")
			enter(k)
		}, "", "—"},
		{"AltGr", func(k *keyboard) { k.down(desktop.KeyAltRight); k.down("Q"); k.commit("@"); enter(k) }, "", "@"},
		{"Cyrillic", func(k *keyboard) {
			for _, r := range "привет" {
				k.down("G")
				k.commit(string(r))
			}
			enter(k)
		}, "", "привет"},
		{"shortcuts", func(k *keyboard) {
			k.letters("AB")
			k.down(desktop.KeyControlLeft)
			k.focused().(desktop.Keyable).KeyDown(key(fyne.KeyA)) // and no TypedKey
			k.focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
			k.press(fyne.KeyBackspace)
			k.letters("C")
			enter(k)
		}, "", "c"},
		{"the keypad without Num Lock", func(k *keyboard) {
			k.letters("A")
			k.focused().TypedKey(&fyne.KeyEvent{Name: fyne.Key4, Physical: fyne.HardwareKey{ScanCode: 83}})
			enter(k)
		}, "", "a"},
		{"an input method that passes keys on, late", func(k *keyboard) {
			k.down("O")
			k.wait(10 * time.Millisecond)
			k.down("K")
			k.wait(10 * time.Millisecond)
			k.commit("o")
			k.wait(10 * time.Millisecond)
			k.commit("k")
			enter(k)
		}, "", "ok"},
		{"with keys behind them, in the order they were struck", func(k *keyboard) {
			k.press("H")
			k.down("O")
			k.down("X")
			k.down(fyne.KeyBackspace)
			k.down(fyne.KeyReturn)
			k.down("P")
			k.down(fyne.KeyLeft)
			k.wait(100 * time.Millisecond)
			k.commit("oxp")
			k.wait(time.Second)
			k.letters("A")
		}, "ap", "ho"},
		{"and Tab, which is too late to lead away", func(k *keyboard) { k.press("H"); k.down("O"); k.down(fyne.KeyTab); k.commit("o") }, "ho", ""},
		{"and keys put off that it then kept", func(k *keyboard) {
			k.letters("OK")
			k.down("N")
			k.down(fyne.KeyLeft)
			k.wait(time.Second)
			k.press(fyne.KeyBackspace, fyne.KeyReturn)
		}, "", "ok"},
		{"and falls behind", func(k *keyboard) {
			k.press("H")
			const rest = "ELLOTHEREEVERYBODY"
			for i, r := range rest {
				k.down(fyne.KeyName(r))
				k.wait(40 * time.Millisecond)
				if i%2 == 1 {
					k.commit(string(rune(rest[i/2]) | 0x20))
				}
			}
			k.down(fyne.KeyReturn)
			for _, r := range rest[len(rest)/2:] {
				k.wait(40 * time.Millisecond)
				k.commit(string(r | 0x20))
			}
		}, "", "hellothereeverybody"},
		{"but not one that was just turned on", func(k *keyboard) {
			k.letters("OK")
			k.down(desktop.KeyShiftLeft)
			k.up(desktop.KeyShiftLeft)
			k.down("N")
			k.down("I")
			k.down(fyne.KeyReturn)
			k.wait(100 * time.Millisecond)
			k.commit("ni")
		}, "okni", ""},
		{"or does not answer", func(k *keyboard) {
			k.letters("OK")
			k.down("N")
			k.down(fyne.KeyReturn)
			k.wait(time.Second)
			k.press(fyne.KeyReturn)
			k.commit("n")
		}, "okn", ""},
		{"and very late", func(k *keyboard) {
			k.down("O")
			k.down("K")
			k.wait(time.Second)
			k.commit("ok")
			enter(k)
		}, "", "ok"},
		{"a composition that ended without a sign costs one Return", func(k *keyboard) {
			k.commit("a")
			k.down("X")
			k.wait(time.Second)
			enter(k)
			enter(k)
		}, "", "a"},
		{"or nothing, once a letter is heard", func(k *keyboard) { k.down("X"); k.wait(time.Second); k.letters("A"); enter(k) }, "", "a"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "张飞", "en")
			r := b.enter()
			c.do(newKeyboard(b, &r.write.field.textEntry))
			wantTyped(t, b, r, c.text, c.sent)
		})
	}
}

func TestComposingLeavesPrivateModeAlone(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	test.Tap(b.person(liu.ID))
	k := newKeyboard(b, &r.write.field.textEntry)
	k.ime = true
	k.letters("NI")
	k.press(fyne.KeyEscape)
	if !r.room.Recipient().Private() {
		t.Fatal("the first Escape, the input method's, left private mode")
	}
	k.press(fyne.KeyEscape)
	if r.room.Recipient().Private() {
		t.Error("the second Escape did not")
	}
}

// TestComposingInOtherFields: Return neither submits a name nor an address while
// it is composed, and Tab stays.
func TestComposingInOtherFields(t *testing.T) {
	b := newBench(t, "", "zh-Hans")
	name := b.app.screen.(*namingScreen).field
	k := newKeyboard(b, &name.textEntry)
	k.commit("张")
	k.ime = true
	k.letters("FEI")
	k.press(fyne.KeyTab, fyne.KeyReturn)
	if s, ok := b.app.screen.(*namingScreen); !ok || k.focused() != s.field {
		t.Fatalf("the name was submitted or left: %q", b.seen())
	}
	k.commit("飞")
	k.press(fyne.KeyReturn)
	lobby, ok := b.app.screen.(*lobbyScreen)
	if !ok {
		t.Fatalf("the name was not submitted: %q", b.seen())
	}
	k = newKeyboard(b, &lobby.addr.textEntry)
	b.app.win.Canvas().Focus(lobby.addr)
	k.commit("nowhere")
	k.ime = true
	k.letters("A")
	k.press(fyne.KeyReturn)
	select {
	case j := <-b.joins:
		t.Fatalf("joining %+v", j)
	default:
	}
	k.press(fyne.KeyReturn)
	if got := b.joined(); got.Target != "nowhere:8000" {
		t.Errorf("joining %+v", got)
	}
}

// TestEveryEntryKnowsInputMethods: none is Fyne's own.
func TestEveryEntryKnowsInputMethods(t *testing.T) {
	b := newBench(t, "张飞", "en")
	look := func(where string) {
		n := 0
		walk(b.app.win.Canvas().Content(), func(o fyne.CanvasObject) {
			if _, own := o.(interface{ forget() }); own {
				n++
			} else if _, bare := o.(*widget.Entry); bare {
				t.Errorf("%s has an entry of Fyne's", where)
			}
		})
		if n == 0 {
			t.Errorf("%s has no entry", where)
		}
	}
	look("the lobby")
	b.enter()
	look("the room")
}
