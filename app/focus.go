package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Measures of a ring.
const (
	ringWidth float32 = 2
	ringGap   float32 = 1 // between it and what it is around
)

// A ring is drawn around what has the keyboard: a light line within a dark
// one, so that one of the two stands out from whatever is behind.
type ring struct{ light, dark *canvas.Rectangle }

func newRing() *ring {
	line := func(name fyne.ThemeColorName) *canvas.Rectangle {
		r := canvas.NewRectangle(color.Transparent)
		r.StrokeColor, r.StrokeWidth = theme.Color(name), ringWidth
		r.Hide()
		return r
	}
	return &ring{light: line(colorRingLight), dark: line(colorRingDark)}
}

// around puts the ring around a rectangle with such corners; with a negative
// distance, into it.
func (r *ring) around(pos fyne.Position, size fyne.Size, radius, distance float32) {
	for _, line := range []*canvas.Rectangle{r.light, r.dark} {
		distance += ringWidth
		line.Move(pos.SubtractXY(distance, distance))
		line.Resize(size.AddWidthHeight(2*distance, 2*distance))
		line.CornerRadius = min(max(radius+distance, 0), line.Size().Height/2)
	}
}

func (r *ring) show(shown bool) {
	for _, line := range []*canvas.Rectangle{r.light, r.dark} {
		if shown {
			line.Show()
		} else {
			line.Hide()
		}
	}
}

func (r *ring) objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.dark, r.light} }

// ringed draws a control with its ring, round at the ends.
type ringed struct {
	fyne.WidgetRenderer
	ring *ring
}

// Layout implements fyne.WidgetRenderer.
func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.around(fyne.Position{}, size, min(theme.Size(theme.SizeNameButtonRadius), size.Height/2), ringGap)
}

// Objects implements fyne.WidgetRenderer.
func (r *ringed) Objects() []fyne.CanvasObject {
	drawn := r.WidgetRenderer.Objects()
	return append(drawn[:len(drawn):len(drawn)], r.ring.objects()...)
}

// A button is pressed by Enter too, and shows well that it has the keyboard.
// Pressed by a key it keeps that, unless what it does puts it elsewhere.
type button struct {
	widget.Button
	name string // for those who cannot see it; empty: what is written on it
	ring *ring
	self fyne.CanvasObject // the button as it is on the window
}

// newButton returns a button of the window's kind; the main one of a place is
// filled with the accent.
func newButton(text string, icon fyne.Resource, main bool, pressed func()) *button {
	b := &button{}
	b.set(b, text, icon, main, pressed)
	b.ExtendBaseWidget(b)
	return b
}

// set makes the button that self is, or begins with.
func (b *button) set(self fyne.CanvasObject, text string, icon fyne.Resource, main bool, pressed func()) {
	b.self, b.Text, b.Icon, b.OnTapped, b.ring = self, text, icon, pressed, newRing()
	if main {
		b.Importance = widget.HighImportance
	}
}

// FocusGained implements fyne.Focusable.
func (b *button) FocusGained() {
	b.ring.show(true)
	b.Button.FocusGained()
	reveal(b.self)
}

// FocusLost implements fyne.Focusable.
func (b *button) FocusLost() {
	b.ring.show(false)
	b.Button.FocusLost()
}

// TypedKey implements fyne.Focusable. The space bar presses by its character,
// which comes after its key: it would be typed into the field that gets the
// keyboard in between.
func (b *button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.press()
	case fyne.KeySpace:
	default:
		passKey(b.self, e)
	}
}

// TypedRune implements fyne.Focusable.
func (b *button) TypedRune(r rune) {
	if r == ' ' {
		b.press()
		return
	}
	passRune(b.self, r)
}

func (b *button) press() {
	if !b.Disabled() && b.OnTapped != nil {
		b.OnTapped()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (b *button) AccessibilityLabel() string {
	if b.name != "" {
		return b.name
	}
	return b.Text
}

// CreateRenderer implements fyne.Widget.
func (b *button) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{b.Button.CreateRenderer(), b.ring}
}

// A lineEntry is a field of one line that leaves to the window what the window
// has a use for: shortcuts, the function keys, and the keys that it is told.
type lineEntry struct {
	textEntry
	typed func(*fyne.KeyEvent) bool // reports whether it took the key; may be nil
	self  fyne.CanvasObject         // the field as it is on the window
}

// set makes the field that self is, or begins with.
func (e *lineEntry) set(self fyne.Widget) {
	e.self = self
	e.extend(self, e.key)
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
}

// FocusGained implements fyne.Focusable.
func (e *lineEntry) FocusGained() {
	e.textEntry.FocusGained()
	reveal(e.self)
}

// key does what a key does that is no input method's.
func (e *lineEntry) key(k *fyne.KeyEvent) {
	switch {
	case e.typed != nil && e.typed(k):
	case isFunctionKey(k.Name), k.Name == fyne.KeyEscape:
		passKey(e.self, k)
	default:
		e.edit(k)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (e *lineEntry) TypedShortcut(s fyne.Shortcut) {
	if !passShortcut(e.self, s) {
		e.textEntry.TypedShortcut(s)
	}
}

// reveal scrolls what scrolls around o to where o can be seen, with its ring.
func reveal(o fyne.CanvasObject) {
	a := appOf(o)
	if a == nil {
		return
	}
	root := a.win.Canvas().Overlays().Top()
	if root == nil {
		root = a.win.Canvas().Content()
	}
	scroll := scrollAround(root, o)
	if scroll == nil || scroll.Size().IsZero() {
		return
	}
	const margin = ringGap + 2*ringWidth
	driver := a.fyne.Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(scroll).Y - margin
	below := top + o.Size().Height + 2*margin - scroll.Size().Height
	switch {
	case top < 0:
		scroll.ScrollToOffset(scroll.Offset.AddXY(0, top))
	case below > 0:
		scroll.ScrollToOffset(scroll.Offset.AddXY(0, below))
	}
}

// scrollAround returns what scrolls target in root, nil if nothing does.
func scrollAround(root, target fyne.CanvasObject) *container.Scroll {
	var found *container.Scroll
	var look func(o fyne.CanvasObject, in *container.Scroll) bool
	look = func(o fyne.CanvasObject, in *container.Scroll) bool {
		if o == target {
			found = in
			return true
		}
		if s, ok := o.(*container.Scroll); ok {
			in = s
		}
		_, parts := inside(o, spot{})
		for _, part := range parts {
			if look(part, in) {
				return true
			}
		}
		return false
	}
	look(root, nil)
	return found
}
