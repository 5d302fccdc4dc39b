package app

import (
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Bounds of guessing what an input method does.
const (
	answersWithin = 300 * time.Millisecond // from a key, or the answer to the one before, through a busy window
	longestCode   = 4                      // letters that make one character in shape-based methods, such as Wubi
	maxUnheard    = 256                    // keys remembered
)

// A composition follows what an input method holds of what was typed: the keys
// that gave no character yet.
//
// On X11 and macOS, GLFW reports every key at once, also those that belong to
// an input method and edit what that has not committed yet. Nothing tells them
// apart but this: a key that types is followed by its character before the next
// key, or, where an input method passes it back, a little later. While keys are
// unheard, others belong to the input method. If it lets go of its text without
// a sign, one Return or Escape is lost, and a Backspace for each key.
//
// An input method that passes on every letter, as one that is turned off does,
// is left time to: keys behind the letters are put off, and done when those are
// heard. The clock must be set.
type composition struct {
	now     func() time.Time
	unheard []keystroke // the first one types
	passing bool        // the last letter that was heard was passed on
	heard   time.Time   // when a key was last passed on
	taken   fyne.KeyName
}

// A keystroke is a key that should give a character, or one put off.
type keystroke struct {
	at      time.Time
	name    fyne.KeyName
	putOff  *fyne.KeyEvent // nil if it types
	carried bool           // it ended one composition and began the next
}

func (k keystroke) letter() bool { return k.putOff == nil && k.name[0] >= 'A' && len(k.name) == 1 }

// gives reports whether r may be what the key gives.
func (k keystroke) gives(r rune) bool {
	if k.letter() {
		return unicode.ToUpper(r) == rune(k.name[0])
	}
	return r < utf8.RuneSelf && !unicode.IsLetter(r)
}

// active reports whether an input method seems to hold text.
func (c *composition) active() bool { return len(c.unheard) > 0 }

func (c *composition) recent(t time.Time) bool { return c.now().Sub(t) < answersWithin }

// answering reports whether the first key may yet be passed on: a busy window
// gets one character a frame, and falls behind while one types.
func (c *composition) answering() bool {
	return c.active() && (c.recent(c.unheard[0].at) || c.passing && c.recent(c.heard))
}

// takes is told of each key that is typed, repeated ones too, and reports
// whether nothing is to be done now, because it belongs to the input method or
// is put off.
func (c *composition) takes(e *fyne.KeyEvent) bool {
	stroke := keystroke{at: c.now(), name: e.Name}
	switch {
	case types(e):
		if len(c.unheard) < maxUnheard {
			c.unheard = append(c.unheard, stroke)
		}
		return false
	case e.Name == fyne.KeyUnknown, isModifier(e.Name), !c.active() && e.Name != c.taken:
		return false
	case c.passing && c.answering() && e.Name != fyne.KeyTab:
		stroke.putOff = e
		c.unheard = append(c.unheard, stroke)
		return true
	}
	c.taken = e.Name
	c.drop()
	switch e.Name {
	case fyne.KeyBackspace:
		c.unheard = c.unheard[:max(len(c.unheard)-1, 0)]
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		c.unheard = nil
	}
	return true
}

// hears is told of each character that is typed, and returns the keys that are
// to be done after it.
func (c *composition) hears(r rune) (after []*fyne.KeyEvent) {
	n := len(c.unheard)
	if n == 0 {
		return nil
	}
	first, last := c.unheard[0], &c.unheard[n-1]
	switch {
	case n == 2 && last.name == fyne.KeySpace && !first.letter() && r != ' ':
		c.unheard = nil // a dead key that gave its own sign
	case first.gives(r) && c.answering():
		c.passing, c.heard = c.passing || first.letter(), c.now()
		after = c.pop()
	case last.letter() && c.recent(last.at) && c.carries(r):
		last.carried, c.passing = true, false
		c.unheard = c.unheard[n-1:]
	default:
		c.unheard, c.passing = nil, false
	}
	return after
}

// pop removes the first key, and those put off behind it, which it returns.
func (c *composition) pop() (putOff []*fyne.KeyEvent) {
	c.unheard = c.unheard[1:]
	for c.active() && c.unheard[0].putOff != nil {
		putOff = append(putOff, c.unheard[0].putOff)
		c.unheard = c.unheard[1:]
	}
	return putOff
}

// drop forgets the keys that are put off: what they were meant for is no longer
// there.
func (c *composition) drop() {
	c.unheard = slices.DeleteFunc(c.unheard, func(k keystroke) bool { return k.putOff != nil })
}

// carries reports whether the last letter, which made the input method commit
// r, is not part of that but begins what comes next.
func (c *composition) carries(r rune) bool {
	n := len(c.unheard)
	return r >= utf8.RuneSelf &&
		(c.unheard[n-1].carried || n > longestCode || n > 1 && unicode.Is(unicode.Hangul, r))
}

// pressed is told of each key that goes down, and not of its repetitions. One
// with a modifier may turn an input method on.
func (c *composition) pressed(k fyne.KeyName) {
	c.taken = fyne.KeyUnknown
	if isModifier(k) {
		c.passing = false
	}
}

// released is told of each key that goes up.
func (c *composition) released() { c.taken = fyne.KeyUnknown }

// forget is told that the input method holds nothing, because the window lost
// the keyboard.
func (c *composition) forget() { *c = composition{now: c.now} }

// types reports whether a key should give a character. Without Num Lock, those of
// the keypad do not, and are named as if they did.
func types(e *fyne.KeyEvent) bool {
	const firstOfKeypad, lastOfKeypad = 79, 91 // on X11
	if code := e.Physical.ScanCode; code >= firstOfKeypad && code <= lastOfKeypad {
		return false
	}
	return len(e.Name) == 1 || e.Name == fyne.KeySpace
}

func isShift(k fyne.KeyName) bool { return k == desktop.KeyShiftLeft || k == desktop.KeyShiftRight }

func isModifier(k fyne.KeyName) bool {
	switch k {
	case desktop.KeyControlLeft, desktop.KeyControlRight, desktop.KeyAltLeft, desktop.KeyAltRight,
		desktop.KeySuperLeft, desktop.KeySuperRight, desktop.KeyCapsLock:
		return true
	default:
		return isShift(k)
	}
}
