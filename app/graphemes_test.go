package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// Characters of several code points.
var clusters = []string{"👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "क्षि", "👩🏽‍💻", "#️⃣"}

func TestAround(t *testing.T) {
	for _, c := range clusters {
		n := len([]rune(c))
		text := "a\n" + c + c + "\nz"
		for at := range n + 1 {
			back, ahead, whole := around(text, 2+at)
			want := [2]int{at, n - at}
			switch at {
			case 0:
				want = [2]int{1, n}
			case n:
				want = [2]int{n, n}
			}
			if got := [2]int{back, ahead}; got != want || whole != (at == 0 || at == n) {
				t.Errorf("%s at %d: %v, whole %v; want %v", c, at, got, whole, want)
			}
		}
	}
	for _, c := range []struct {
		text            string
		at, back, ahead int
	}{{"", 0, 0, 0}, {"a", 0, 0, 1}, {"a", 1, 1, 0}, {"a\r\nb", 3, 2, 1}, {"a\r\nb", 1, 1, 2}, {"a\n\nb", 2, 1, 1}, {"a", 9, 1, 0}} {
		back, ahead, whole := around(c.text, c.at)
		if back != c.back || ahead != c.ahead || !whole {
			t.Errorf("%q at %d: %d, %d, %v", c.text, c.at, back, ahead, whole)
		}
	}
}

// editing returns a field in a window with a text, the cursor behind it.
func editing(t *testing.T, text string) *field {
	t.Helper()
	b := newBench(t, "张飞", "en")
	f := b.enter().write.field
	f.SetText(text)
	f.toEnd()
	return f
}

func strike(f *field, names ...fyne.KeyName) {
	for _, name := range names {
		f.KeyDown(key(name))
		f.TypedKey(key(name))
		f.KeyUp(key(name))
	}
}

func TestDeletingCharacters(t *testing.T) {
	for _, c := range clusters {
		f := editing(t, "a"+c+c+"b")
		changes := 0
		changed := f.OnChanged
		f.OnChanged = func(s string) { changes++; changed(s) }
		strike(f, fyne.KeyLeft, fyne.KeyBackspace)
		if f.Text != "a"+c+"b" || changes != 1 {
			t.Errorf("%s: Backspace left %q in %d changes", c, f.Text, changes)
		}
		f.TypedShortcut(&fyne.ShortcutUndo{})
		if f.Text != "a"+c+c+"b" {
			t.Errorf("%s: undone, it is %q", c, f.Text)
		}
		f = editing(t, "a"+c+"b")
		strike(f, fyne.KeyLeft, fyne.KeyLeft)
		if at := f.CursorTextOffset(); at != 1 {
			t.Fatalf("%s: the cursor is at %d", c, at)
		}
		strike(f, fyne.KeyDelete)
		if f.Text != "ab" || f.CursorTextOffset() != 1 {
			t.Errorf("%s: Delete left %q, the cursor at %d", c, f.Text, f.CursorTextOffset())
		}
		f.TypedShortcut(&fyne.ShortcutUndo{})
		if f.Text != "a"+c+"b" {
			t.Errorf("%s: undone, it is %q", c, f.Text)
		}
	}
}

func TestMovingByCharacters(t *testing.T) {
	for _, c := range clusters {
		n := len([]rune(c))
		f := editing(t, "a"+c+"b")
		at := func(want int, after string) {
			t.Helper()
			if got := f.CursorTextOffset(); got != want {
				t.Errorf("%s: the cursor is at %d after %s, not %d", c, got, after, want)
			}
		}
		strike(f, fyne.KeyLeft)
		at(n+1, "Left")
		strike(f, fyne.KeyLeft)
		at(1, "Left and Left")
		strike(f, fyne.KeyRight)
		at(n+1, "Right")
		f.KeyDown(key(desktop.KeyShiftLeft))
		f.TypedKey(key(fyne.KeyLeft))
		if f.SelectedText() != c {
			t.Errorf("%s: Shift+Left selects %q", c, f.SelectedText())
		}
		f.TypedKey(key(fyne.KeyLeft))
		if f.SelectedText() != "a"+c {
			t.Errorf("%s: with another, %q", c, f.SelectedText())
		}
		f.TypedKey(key(fyne.KeyRight))
		f.TypedKey(key(fyne.KeyRight))
		if f.SelectedText() != "" {
			t.Errorf("%s: back again, %q is selected", c, f.SelectedText())
		}
		f.TypedKey(key(fyne.KeyLeft))
		f.KeyUp(key(desktop.KeyShiftLeft))
		strike(f, fyne.KeyBackspace)
		if f.Text != "ab" {
			t.Errorf("%s: deleting what is selected left %q", c, f.Text)
		}
	}
}

// TestLeavingASelectionOfCharacters: Left leads to where it begins.
func TestLeavingASelectionOfCharacters(t *testing.T) {
	f := editing(t, "a🇩🇪🇫🇷")
	strike(f, fyne.KeyHome, fyne.KeyRight)
	f.KeyDown(key(desktop.KeyShiftLeft))
	f.TypedKey(key(fyne.KeyRight))
	f.TypedKey(key(fyne.KeyRight))
	f.KeyUp(key(desktop.KeyShiftLeft))
	if f.SelectedText() != "🇩🇪🇫🇷" {
		t.Fatalf("%q is selected", f.SelectedText())
	}
	strike(f, fyne.KeyLeft)
	if at := f.CursorTextOffset(); at != 1 || f.SelectedText() != "" {
		t.Errorf("the cursor is at %d, %q selected", at, f.SelectedText())
	}
}

// TestErasingWithShift: Shift stays what it was.
func TestErasingWithShift(t *testing.T) {
	f := editing(t, "ab🇩🇪")
	f.KeyDown(key(desktop.KeyShiftLeft))
	f.TypedKey(key(fyne.KeyBackspace))
	f.TypedKey(key(fyne.KeyLeft))
	if f.Text != "ab" || f.SelectedText() != "b" {
		t.Errorf("%q, %q selected", f.Text, f.SelectedText())
	}
}

// TestMovingOverRows: also where Fyne wraps within a character.
func TestMovingOverRows(t *testing.T) {
	const family = "👩‍👩‍👧‍👦"
	n := len([]rune(family))
	f := editing(t, strings.Repeat(family, 60))
	if f.CursorRow == 0 {
		t.Fatal("the text is on one row")
	}
	for i := 60; i > 0; i-- {
		if at := f.CursorTextOffset(); at != i*n {
			t.Fatalf("the cursor is at %d, not %d", at, i*n)
		}
		strike(f, fyne.KeyLeft)
	}
	for i := range 60 {
		if at := f.CursorTextOffset(); at != i*n {
			t.Fatalf("the cursor is at %d, not %d", at, i*n)
		}
		strike(f, fyne.KeyRight)
	}
	for range 60 {
		strike(f, fyne.KeyBackspace)
	}
	if f.Text != "" {
		t.Errorf("%d runes are left", len([]rune(f.Text)))
	}
}

func TestUpAndDownBetweenCharacters(t *testing.T) {
	f := editing(t, "👩‍👩‍👧‍👦\nabc\n👩‍👩‍👧‍👦")
	strike(f, fyne.KeyUp, fyne.KeyUp)
	if at := f.CursorTextOffset(); at != 0 && at != 7 {
		t.Errorf("Up led into a character, to %d", at)
	}
	strike(f, fyne.KeyDown)
	strike(f, fyne.KeyHome, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyDown)
	if at := f.CursorTextOffset() - 12; at != 0 && at != 7 {
		t.Errorf("Down led into a character, to %d", at)
	}
}

// TestTypingACharacter: its code points come one by one, and before another that
// they could join.
func TestTypingACharacter(t *testing.T) {
	for _, c := range clusters {
		f := editing(t, "🇫🇷👩")
		strike(f, fyne.KeyHome)
		test.Type(f, c)
		strike(f, fyne.KeyEnd)
		test.Type(f, c)
		if f.Text != c+"🇫🇷👩"+c {
			t.Errorf("%s typed: %q", c, f.Text)
		}
	}
}

// TestPointingBetweenCharacters clicks and drags everywhere along a text.
func TestPointingBetweenCharacters(t *testing.T) {
	all := strings.Join(clusters, "")
	for _, text := range []string{"a" + all + "z", all} {
		pointAlong(t, text)
	}
}

func pointAlong(t *testing.T, text string) {
	t.Helper()
	f := editing(t, text)
	whole := func(at int) bool { _, _, ok := around(text, at); return ok }
	y := f.Size().Height / 2
	mouse := func(x float32) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, y)}, Button: desktop.MouseButtonPrimary}
	}
	f.KeyDown(key(desktop.KeyShiftLeft))
	f.MouseDown(mouse(0))
	f.MouseUp(mouse(0))
	f.KeyUp(key(desktop.KeyShiftLeft))
	if f.SelectedText() != text {
		t.Errorf("Shift and a click selected %q", f.SelectedText())
	}
	places := make(map[int]bool)
	for x := float32(0); x < 400; x += 5 {
		f.MouseDown(mouse(x))
		f.MouseUp(mouse(x))
		places[f.CursorTextOffset()] = true
		if at := f.CursorTextOffset(); !whole(at) {
			t.Errorf("a click at %v went to %d", x, at)
		}
		for to := float32(0); to < 400; to += 35 {
			f.MouseDown(mouse(x))
			from := f.CursorTextOffset()
			// The driver calls the Entry's own method.
			f.Entry.Dragged(&fyne.DragEvent{PointEvent: mouse(to).PointEvent, Dragged: fyne.NewDelta(to-x, 0)})
			if at := f.CursorTextOffset(); !whole(at) {
				t.Fatalf("dragging from %v to %v went to %d", x, to, at)
			}
			f.MouseUp(mouse(to))
			f.DragEnd()
			at := f.CursorTextOffset()
			want := string([]rune(text)[min(from, at):max(from, at)])
			if got := f.SelectedText(); got != want || !whole(at) {
				t.Fatalf("dragging from %v (%d) to %v (%d) selected %q, want %q", x, from, to, at, got, want)
			}
		}
	}
	if len(places) < len(clusters) {
		t.Errorf("clicks reached only %v", places)
	}
}
