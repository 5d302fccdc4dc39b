package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// linkPad is the room beside the word of a link, where the pointer shows.
const linkPad float32 = 8

// A link is a word in the lobby that can be pressed.
type link struct {
	widget.BaseWidget
	kit     *kit
	place   linkPlace
	text    string
	pressed func()
	ground  *canvas.Rectangle
	content *fyne.Container
}

// A linkPlace is what a link stands on.
type linkPlace struct {
	keys func(e *fyne.KeyEvent) bool // takes the keys of the whole lobby
	over func(*desktop.MouseEvent)   // is told of the pointer
	out  func()                      // is told that it went
	ripe func() bool                 // reports whether a click is meant for the link
}

func newLink(k *kit, at linkPlace, text string, pressed func()) *link {
	l := &link{kit: k, place: at, text: text, pressed: pressed}
	l.ground = panel(alphaOf(k.card, 0), k.grown(pillHigh, 20)/2)
	l.content = container.New(atLeast{0, k.grown(pillHigh, 20)}, l.ground, container.New(middle{linkPad}, newLabel(k.small, k.link, text, 200)))
	l.ExtendBaseWidget(l)
	return l
}

func (l *link) dress(fill fyne.ThemeColorName, ring float32) {
	l.ground.FillColor = alphaOf(l.kit.card, 0)
	if fill != "" {
		l.ground.FillColor = l.kit.colors()[fill]
	}
	l.ground.StrokeColor, l.ground.StrokeWidth = l.kit.mark, ring
	l.ground.Refresh()
}

// Tapped implements fyne.Tappable.
func (l *link) Tapped(*fyne.PointEvent) {
	if l.place.ripe() {
		l.pressed()
	}
}

// MouseIn implements desktop.Hoverable.
func (l *link) MouseIn(e *desktop.MouseEvent) {
	l.place.over(e)
	l.dress(theme.ColorNameHover, l.ground.StrokeWidth)
}

// MouseMoved implements desktop.Hoverable.
func (l *link) MouseMoved(e *desktop.MouseEvent) { l.place.over(e) }

// MouseOut implements desktop.Hoverable.
func (l *link) MouseOut() {
	l.place.out()
	l.dress("", l.ground.StrokeWidth)
}

// Cursor implements desktop.Cursorable.
func (l *link) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (l *link) FocusGained() {
	l.dress("", ringWidth)
	reveal(l)
}

// FocusLost implements fyne.Focusable.
func (l *link) FocusLost() { l.dress("", 0) }

// TypedRune implements fyne.Focusable. The space bar presses by its character,
// which comes after its key: it would go to the field that gets the keyboard.
func (l *link) TypedRune(r rune) {
	if r == ' ' {
		l.pressed()
		return
	}
	passRune(l, r)
}

// TypedKey implements fyne.Focusable.
func (l *link) TypedKey(e *fyne.KeyEvent) {
	if l.place.keys(e) {
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.pressed()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (l *link) AccessibilityLabel() string { return l.text }

// AccessibilityRole implements fyne.Accessible.
func (l *link) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Refresh implements fyne.CanvasObject.
func (l *link) Refresh() {
	l.content.Refresh()
	l.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (l *link) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.content) }
