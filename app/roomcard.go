package app

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

const (
	cardPad  float32 = 14
	tileSize float32 = 42
	pillHigh float32 = 34
)

// A roomCard is a room in the list. It is one thing to press, with the pointer
// anywhere or with Enter or Space; only what forgets the room is another.
type roomCard struct {
	widget.BaseWidget
	list        *roomList
	item        roomItem
	moved       time.Time // when it last changed its place
	over, focal bool
	ground      *canvas.Rectangle
	tile        *fyne.Container
	name, about *label
	pill        *canvas.Rectangle
	word        *label
	act         *fyne.Container
	forget      *link
	content     *fyne.Container
}

func newRoomCard(l *roomList) *roomCard {
	k := l.kit
	c := &roomCard{list: l}
	c.ground = k.raised(k.card)
	c.tile = container.NewStack()
	c.name = newLabel(k.bodyBold, k.text, "", 4000)
	c.about = newLabel(k.small, k.muted, "", 4000)
	c.pill = panel(k.accent, k.grown(pillHigh, 20)/2)
	c.word = newLabel(k.bodyBold, k.onAccent, "", 400)
	c.act = container.New(atLeast{k.buttonLeast, k.grown(pillHigh, 20)}, c.pill, container.New(middle{edge}, c.word))
	c.forget = newLink(k, linkPlace{l.keys, l.over, l.out, func() bool { return !c.aimedElsewhere() }}, k.say(textForget), func() {
		if c.item.forget != nil {
			c.item.forget()
		}
	})
	c.content = container.New(inset{}, c.ground, container.New(evenly(cardPad), container.New(cardRow{row{gap: cardPad, grow: 1}},
		c.tile, container.New(column{2}, c.name, c.about), c.forget, c.act)))
	c.ExtendBaseWidget(c)
	return c
}

// show takes what the card says now.
func (c *roomCard) show(it roomItem) {
	k, was := c.list.kit, c.item
	c.item = it
	if was.tile != it.tile || was.name != it.name || was.state != it.state || len(c.tile.Objects) == 0 {
		tile := k.newTile(it.tile, it.name, tileSize)
		if it.state != roomOpen {
			tile = k.badge(panel(k.sideGrey, cardRadius), initial(it.name), tileSize)
		}
		c.tile.Objects = []fyne.CanvasObject{tile}
		c.tile.Refresh()
	}
	c.name.color = k.text
	if it.state != roomOpen {
		c.name.color = k.muted
	}
	c.name.set(it.name)
	c.about.color = k.muted
	if it.warned {
		c.about.color = k.danger
	}
	c.about.set(it.about)
	c.dressAct(was)
	c.dress()
	if was.act != it.act || was.state != it.state || (was.forget == nil) != (it.forget == nil) {
		c.content.Refresh()
	}
}

// dressAct shows what pressing the card does, if it does anything.
func (c *roomCard) dressAct(was roomItem) {
	k, it := c.list.kit, c.item
	c.pill.FillColor, c.pill.StrokeColor, c.pill.StrokeWidth, c.word.color = k.accent, nil, 0, k.onAccent
	switch {
	case it.press == nil:
		c.pill.FillColor, c.word.color = k.disable, k.muted
	case it.state != roomOpen:
		c.pill.FillColor, c.word.color = k.button, k.text
	}
	c.word.set(it.act)
	setVisible(c.act, it.act != "")
	setVisible(c.forget, it.forget != nil)
	if (was.press == nil) != (it.press == nil) || was.state != it.state {
		c.pill.Refresh()
		c.word.fit()
	}
}

// dress draws what the pointer and the focus change.
func (c *roomCard) dress() {
	k := c.list.kit
	fill, shadow := k.card, k.raised(k.card).Shadow
	if c.item.state != roomOpen {
		fill, shadow = alphaOf(k.card, 0x80), canvas.Shadow{}
	}
	stroke, width := k.card, float32(0)
	switch {
	case c.focal:
		stroke, width = k.mark, ringWidth
	case c.over && c.item.press != nil:
		stroke, width = alphaOf(k.mark, 0x90), 1
	}
	if c.ground.FillColor == fill && c.ground.StrokeColor == stroke && c.ground.StrokeWidth == width {
		return
	}
	c.ground.FillColor, c.ground.StrokeColor, c.ground.StrokeWidth, c.ground.Shadow = fill, stroke, width, shadow
	c.ground.Refresh()
}

// aimedElsewhere reports whether a click now was meant for what stood here
// before.
func (c *roomCard) aimedElsewhere() bool { return c.list.kit.now().Sub(c.moved) < aimTime }

// press does what the card is for.
func (c *roomCard) press() {
	if c.item.press != nil {
		c.item.press()
	}
}

// Tapped implements fyne.Tappable.
func (c *roomCard) Tapped(*fyne.PointEvent) {
	if !c.aimedElsewhere() {
		c.press()
	}
}

// MouseIn implements desktop.Hoverable.
func (c *roomCard) MouseIn(e *desktop.MouseEvent) {
	c.over = true
	c.list.over(e)
	c.dress()
}

// MouseMoved implements desktop.Hoverable.
func (c *roomCard) MouseMoved(e *desktop.MouseEvent) { c.list.over(e) }

// MouseOut implements desktop.Hoverable.
func (c *roomCard) MouseOut() {
	c.over = false
	c.list.out()
	c.dress()
}

// Cursor implements desktop.Cursorable.
func (c *roomCard) Cursor() desktop.Cursor {
	if c.item.press == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// FocusGained implements fyne.Focusable.
func (c *roomCard) FocusGained() {
	c.focal = true
	c.dress()
	reveal(c)
}

// FocusLost implements fyne.Focusable.
func (c *roomCard) FocusLost() {
	c.focal = false
	c.dress()
}

// TypedRune implements fyne.Focusable. The space bar presses by its character,
// which comes after its key: it would go to the field that gets the keyboard.
func (c *roomCard) TypedRune(r rune) {
	if r == ' ' {
		c.press()
		return
	}
	c.list.typed(r)
}

// TypedKey implements fyne.Focusable.
func (c *roomCard) TypedKey(e *fyne.KeyEvent) {
	if c.list.keys(e) {
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		c.press()
	case fyne.KeyUp:
		c.list.step(c.item.key, -1)
	case fyne.KeyDown:
		c.list.step(c.item.key, 1)
	case fyne.KeyHome:
		c.list.focusFrom(0, 1)
	case fyne.KeyEnd:
		c.list.focusFrom(len(c.list.order)-1, -1)
	case fyne.KeyDelete:
		c.forget.pressed()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (c *roomCard) AccessibilityLabel() string {
	return strings.TrimSpace(c.item.act + " " + c.item.name + ", " + c.item.about)
}

// AccessibilityRole implements fyne.Accessible.
func (c *roomCard) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (c *roomCard) heightFor(width float32) float32 { return heightFor(c.content, width) }

// Refresh implements fyne.CanvasObject.
func (c *roomCard) Refresh() {
	c.content.Refresh()
	c.BaseWidget.Refresh()
}

func (c *roomCard) shows() []fyne.CanvasObject { return []fyne.CanvasObject{c.content} }

// A cardRow is what stands in a card side by side. All but what forgets the
// room is in the name of the card already.
type cardRow struct{ row }

func (cardRow) reading(o []fyne.CanvasObject) []fyne.CanvasObject { return o[2:3] }

// CreateRenderer implements fyne.Widget.
func (c *roomCard) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.content) }

// setVisible shows or hides o.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// middle puts its objects in the middle, with a distance at the sides.
type middle struct{ pad float32 }

// Layout implements fyne.Layout.
func (m middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		o.Resize(least)
		o.Move(fyne.NewPos((size.Width-least.Width)/2, (size.Height-least.Height)/2))
	}
}

// MinSize implements fyne.Layout.
func (m middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return inset{}.MinSize(objects).AddWidthHeight(2*m.pad, 0)
}
