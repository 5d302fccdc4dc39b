package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// A cardLink is a word on a card that can be pressed by itself.
type cardLink struct {
	widget.BaseWidget
	card    *roomCard
	text    string
	pressed func()
	word    *label
	ground  *canvas.Rectangle
	content *fyne.Container
}

func newCardLink(card *roomCard, text string, pressed func()) *cardLink {
	c := &cardLink{card: card, text: text, pressed: pressed}
	k := card.list.kit
	c.word = newLabel(k.small, k.link, text, 200)
	c.ground = panel(alphaOf(k.card, 0), k.grown(pillHigh, 20)/2)
	c.content = container.New(atLeast{0, k.grown(pillHigh, 20)}, c.ground, container.New(middle{8}, c.word))
	c.ExtendBaseWidget(c)
	return c
}

func (c *cardLink) dress(fill fyne.ThemeColorName, ring float32) {
	c.ground.FillColor = alphaOf(c.card.list.kit.card, 0)
	if fill != "" {
		c.ground.FillColor = c.card.list.kit.colors()[fill]
	}
	c.ground.StrokeColor, c.ground.StrokeWidth = c.card.list.kit.mark, ring
	c.ground.Refresh()
}

// Tapped implements fyne.Tappable.
func (c *cardLink) Tapped(*fyne.PointEvent) {
	if !c.card.aimedElsewhere() {
		c.pressed()
	}
}

// MouseIn implements desktop.Hoverable.
func (c *cardLink) MouseIn(*desktop.MouseEvent) {
	c.card.list.over(true)
	c.dress(theme.ColorNameHover, c.ground.StrokeWidth)
}

// MouseMoved implements desktop.Hoverable.
func (c *cardLink) MouseMoved(*desktop.MouseEvent) { c.card.list.over(true) }

// MouseOut implements desktop.Hoverable.
func (c *cardLink) MouseOut() {
	c.card.list.over(false)
	c.dress("", c.ground.StrokeWidth)
}

// Cursor implements desktop.Cursorable.
func (c *cardLink) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (c *cardLink) FocusGained() {
	c.dress("", ringWidth)
	reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *cardLink) FocusLost() { c.dress("", 0) }

// TypedRune implements fyne.Focusable.
func (c *cardLink) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *cardLink) TypedKey(e *fyne.KeyEvent) {
	if c.card.list.keys(e) {
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.pressed()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (c *cardLink) AccessibilityLabel() string { return c.text }

// AccessibilityRole implements fyne.Accessible.
func (c *cardLink) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Refresh implements fyne.CanvasObject.
func (c *cardLink) Refresh() {
	c.content.Refresh()
	c.BaseWidget.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (c *cardLink) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.content) }
