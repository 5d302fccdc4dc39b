package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// A tap is an area that can be pressed, by the keyboard too, and says so when
// the pointer is over it; what it shows is its content.
type tap struct {
	widget.BaseWidget
	content fyne.CanvasObject
	name    string // for those who cannot see it
	pressed func()
	hover   func(over bool) // may be nil
	arrow   func(by int)    // what the keys for up, -1, and down, 1, do; nil: nothing
	byHand  bool            // Tab passes it by: a key does the same
	ring    *ring
}

func newTap(content fyne.CanvasObject, name string, pressed func()) *tap {
	t := &tap{content: content, name: name, pressed: pressed, ring: newRing()}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements fyne.Tappable.
func (t *tap) Tapped(*fyne.PointEvent) { t.press() }

func (t *tap) press() {
	if t.pressed != nil {
		t.pressed()
	}
}

// FocusGained implements fyne.Focusable.
func (t *tap) FocusGained() {
	t.ring.show(true)
	t.Refresh()
	reveal(t)
}

// FocusLost implements fyne.Focusable.
func (t *tap) FocusLost() {
	t.ring.show(false)
	t.Refresh()
}

// TypedKey implements fyne.Focusable. For the space bar see button.TypedKey.
func (t *tap) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		t.press()
	case fyne.KeySpace:
	case fyne.KeyUp, fyne.KeyDown:
		if t.arrow == nil {
			passKey(t, e)
			return
		}
		t.arrow(map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyDown: 1}[e.Name])
	default:
		passKey(t, e)
	}
}

// TypedRune implements fyne.Focusable.
func (t *tap) TypedRune(r rune) {
	if r == ' ' {
		t.press()
		return
	}
	passRune(t, r)
}

// Disabled implements fyne.Disableable: Tab passes by what is disabled.
func (t *tap) Disabled() bool { return t.pressed == nil || t.byHand }

// Enable implements fyne.Disableable.
func (t *tap) Enable() { t.byHand = false }

// Disable implements fyne.Disableable.
func (t *tap) Disable() { t.byHand = true }

// MouseIn implements desktop.Hoverable.
func (t *tap) MouseIn(*desktop.MouseEvent) { t.over(true) }

// MouseMoved implements desktop.Hoverable.
func (t *tap) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *tap) MouseOut() { t.over(false) }

func (t *tap) over(over bool) {
	if t.hover != nil {
		t.hover(over)
	}
}

// Cursor implements desktop.Cursorable.
func (t *tap) Cursor() desktop.Cursor {
	if t.pressed == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// AccessibilityLabel implements fyne.Accessible.
func (t *tap) AccessibilityLabel() string { return t.name }

// AccessibilityRole implements fyne.Accessible.
func (t *tap) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (t *tap) heightFor(width float32) float32 { return heightFor(t.content, width) }

// CreateRenderer implements fyne.Widget.
func (t *tap) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{widget.NewSimpleRenderer(t.content), t.ring}
}
