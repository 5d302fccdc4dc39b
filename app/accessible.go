package app

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Built with the tag "accessibility", Fyne tells screen readers what there is
// on the window: each time it has painted, it asks every fyne.Container for its
// objects and these for their names. It does not look into widgets, so what
// scrolls or is clipped would be left out. Therefore the screen lies behind a
// curtain, where Fyne does not look, and beside it stand voices: one for each
// thing to be read out, where that thing is, in the order of reading. They are
// made when Fyne asks; without the tag there are none.

// A surface is the layout of the window's content: the screen, all over it.
type surface struct {
	app    *App
	screen *curtain
	voices *fyne.Container
}

// newSurface returns what the window has as its content to show a screen.
func newSurface(a *App, screen fyne.CanvasObject) *fyne.Container {
	s := &surface{app: a, screen: newCurtain(screen), voices: container.NewWithoutLayout()}
	return container.New(s, s.screen, &narrator{surface: s}, s.voices)
}

// Layout implements fyne.Layout.
func (s *surface) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s.screen.Move(fyne.Position{})
	s.screen.Resize(size)
}

// MinSize implements fyne.Layout.
func (s *surface) MinSize([]fyne.CanvasObject) fyne.Size { return s.screen.MinSize() }

// speak makes the voices of what can be used now: of the screen, or of what
// lies over it. Fyne sees for itself what is in the containers of the latter.
func (s *surface) speak() {
	c := s.app.win.Canvas()
	r := reader{kit: s.app.kit}
	whole := spot{size: c.Size()}
	if top := c.Overlays().Top(); top != nil {
		_, whole.seen = top.(*fyne.Container)
		r.read(top, whole)
	} else {
		r.read(s.screen, whole)
	}
	s.voices.Objects = r.voices
}

// A curtain is a widget around the screen.
type curtain struct {
	widget.BaseWidget
	screen fyne.CanvasObject
}

func newCurtain(screen fyne.CanvasObject) *curtain {
	c := &curtain{screen: screen}
	c.ExtendBaseWidget(c)
	return c
}

func (c *curtain) shows() []fyne.CanvasObject { return []fyne.CanvasObject{c.screen} }

// CreateRenderer implements fyne.Widget.
func (c *curtain) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.screen) }

// A narrator is asked by Fyne before the voices are, and has them made.
type narrator struct {
	unpainted
	surface *surface
}

// AccessibilityLabel implements fyne.Accessible.
func (n *narrator) AccessibilityLabel() string { return n.surface.app.kit.say(textAppName) }

// AccessibilityRole implements fyne.Accessible.
func (n *narrator) AccessibilityRole() fyne.AccessibleRole {
	n.surface.speak()
	return fyne.AccessibleRoleContainer
}

// A voice is one thing to be read out.
type voice struct {
	unpainted
	of   fyne.CanvasObject
	name string
	role fyne.AccessibleRole
}

// AccessibilityLabel implements fyne.Accessible.
func (v *voice) AccessibilityLabel() string { return v.name }

// AccessibilityRole implements fyne.Accessible.
func (v *voice) AccessibilityRole() fyne.AccessibleRole { return v.role }

// unpainted is an object that has a place and nothing to see. Moving it has
// nothing painted again.
type unpainted struct {
	pos  fyne.Position
	size fyne.Size
}

// MinSize implements fyne.CanvasObject.
func (u *unpainted) MinSize() fyne.Size { return fyne.Size{} }

// Move implements fyne.CanvasObject.
func (u *unpainted) Move(pos fyne.Position) { u.pos = pos }

// Position implements fyne.CanvasObject.
func (u *unpainted) Position() fyne.Position { return u.pos }

// Resize implements fyne.CanvasObject.
func (u *unpainted) Resize(size fyne.Size) { u.size = size }

// Size implements fyne.CanvasObject.
func (u *unpainted) Size() fyne.Size { return u.size }

// Visible implements fyne.CanvasObject.
func (u *unpainted) Visible() bool { return true }

// Show implements fyne.CanvasObject.
func (u *unpainted) Show() {}

// Hide implements fyne.CanvasObject.
func (u *unpainted) Hide() {}

// Refresh implements fyne.CanvasObject.
func (u *unpainted) Refresh() {}

// A reader goes through what is shown and gives each thing its voice.
type reader struct {
	kit    *kit
	voices []fyne.CanvasObject
}

// A spot is where a reader is.
type spot struct {
	at   fyne.Position // of the parent, in the window
	from fyne.Position // the part that can be seen: from here,
	size fyne.Size     // so large
	name string        // of the control to come, as naming says it
	seen bool          // Fyne sees what is here too
}

// A teller is a widget that draws things to be read out itself.
type teller interface{ tell(k *kit) []voice }

// A shower is a widget with others in it.
type shower interface{ shows() []fyne.CanvasObject }

// An ordered layout is read in another order than it is drawn.
type ordered interface {
	reading(objects []fyne.CanvasObject) []fyne.CanvasObject
}

// naming gives the control in a container its name, like a word beside it
// does for those who see.
type naming struct {
	inset
	name string
}

// named gives a control a name.
func named(control fyne.CanvasObject, name string) *fyne.Container {
	return container.New(naming{name: name}, control)
}

func (r *reader) read(o fyne.CanvasObject, s spot) {
	if o == nil || !o.Visible() {
		return
	}
	if t, ok := o.(teller); ok {
		at := s.at.Add(o.Position())
		for _, v := range t.tell(r.kit) {
			v.of = o
			r.add(&v, at.Add(v.pos), v.size, s)
		}
		return
	}
	if name, role := spoken(o); role != "" {
		r.speak(o, name, role, s)
		if _, more := o.(shower); !more {
			return
		}
	}
	inner, parts := inside(o, s)
	for _, part := range parts {
		r.read(part, inner)
	}
}

// inside returns what is in an object, and where that is.
func inside(o fyne.CanvasObject, s spot) (spot, []fyne.CanvasObject) {
	s.at = s.at.Add(o.Position())
	c, ok := o.(*fyne.Container)
	s.seen = s.seen && ok
	if ok {
		switch l := c.Layout.(type) {
		case naming:
			s.name = l.name
		case ordered:
			return s, l.reading(c.Objects)
		}
		return s, c.Objects
	}
	switch o := o.(type) {
	case shower:
		return s, o.shows()
	case *container.Scroll:
		return s.within(o.Size()), []fyne.CanvasObject{o.Content}
	case *container.Clip:
		return s.within(o.Size()), []fyne.CanvasObject{o.Content}
	case *container.ThemeOverride:
		return s, []fyne.CanvasObject{o.Content}
	}
	return s, nil
}

// within returns s without what lies outside of a part of the window that is
// there and so large.
func (s spot) within(size fyne.Size) spot {
	s.from, s.size = common(s.from, s.size, s.at, size)
	return s
}

func (r *reader) speak(o fyne.CanvasObject, name string, role fyne.AccessibleRole, s spot) {
	if s.name != "" && (role == fyne.AccessibleRoleButton || isField(o)) {
		name = strings.TrimSuffix(s.name+": "+name, ": ")
	}
	if _, accessible := o.(fyne.Accessible); name != "" && !(s.seen && accessible) {
		r.add(&voice{of: o, name: name, role: role}, s.at.Add(o.Position()), o.Size(), s)
	}
}

// add has v speak from the part of its place that can be seen, if there is one.
func (r *reader) add(v *voice, at fyne.Position, size fyne.Size, s spot) {
	v.pos, v.size = common(s.from, s.size, at, size)
	if v.size.Width > 0 && v.size.Height > 0 {
		r.voices = append(r.voices, v)
	}
}

// common returns what two rectangles share.
func common(p1 fyne.Position, s1 fyne.Size, p2 fyne.Position, s2 fyne.Size) (fyne.Position, fyne.Size) {
	from := fyne.NewPos(max(p1.X, p2.X), max(p1.Y, p2.Y))
	to := fyne.NewPos(min(p1.X+s1.Width, p2.X+s2.Width), min(p1.Y+s1.Height, p2.Y+s2.Height))
	return from, fyne.NewSize(max(to.X-from.X, 0), max(to.Y-from.Y, 0))
}
