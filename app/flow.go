package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Fyne asks for a minimum size before it gives a width, so text that wraps has
// no height to answer. These layouts ask for the height at a width instead.

// A tall object or layout knows its height at a width.
type tall interface{ heightFor(width float32) float32 }

// A tallLayout knows the height of its objects at a width.
type tallLayout interface {
	fyne.Layout
	heightOf(objects []fyne.CanvasObject, width float32) float32
}

func heightFor(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case tall:
		return o.heightFor(width)
	case *container.ThemeOverride:
		return heightFor(o.Content, width)
	case *fyne.Container:
		if l, ok := o.Layout.(tallLayout); ok {
			return l.heightOf(o.Objects, width)
		}
	}
	return o.MinSize().Height
}

// column stacks objects, each as wide as the column and as high as it needs.
type column struct{ gap float32 }

func (c column) heightOf(objects []fyne.CanvasObject, width float32) float32 {
	var sum float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if sum > 0 {
			sum += c.gap
		}
		sum += heightFor(o, width)
	}
	return sum
}

// Layout implements fyne.Layout.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var y float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := heightFor(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + c.gap
	}
}

// MinSize implements fyne.Layout.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range objects {
		if o.Visible() {
			w = max(w, o.MinSize().Width)
		}
	}
	return fyne.NewSize(w, c.heightOf(objects, w))
}

// inset keeps a distance around its objects, which lie on each other.
type inset struct{ top, right, bottom, left float32 }

func evenly(d float32) inset { return inset{d, d, d, d} }

func (i inset) heightOf(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range objects {
		if o.Visible() {
			h = max(h, heightFor(o, width-i.left-i.right))
		}
	}
	return h + i.top + i.bottom
}

// Layout implements fyne.Layout.
func (i inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(i.left, i.top))
		o.Resize(fyne.NewSize(max(size.Width-i.left-i.right, 0), max(size.Height-i.top-i.bottom, 0)))
	}
}

// MinSize implements fyne.Layout.
func (i inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if o.Visible() {
			s = s.Max(o.MinSize())
		}
	}
	return s.AddWidthHeight(i.left+i.right, i.top+i.bottom)
}

// row lays objects side by side at their least width, centred across, the one
// at index grow taking what is left (-1: none). Hidden ones take no room.
type row struct {
	gap  float32
	grow int
}

// Layout implements fyne.Layout.
func (r row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := size.Width - r.MinSize(objects).Width
	var x float32
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		if i == r.grow {
			least.Width = max(least.Width+left, 0)
		}
		o.Move(fyne.NewPos(x, (size.Height-least.Height)/2))
		o.Resize(least)
		x += least.Width + r.gap
	}
}

// MinSize implements fyne.Layout.
func (r row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(-r.gap, 0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		s = fyne.NewSize(s.Width+r.gap+least.Width, max(s.Height, least.Height))
	}
	return s.Max(fyne.Size{})
}

// fixed gives its objects one size, in the middle.
type fixed struct{ size fyne.Size }

// Layout implements fyne.Layout.
func (f fixed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos((size.Width-f.size.Width)/2, (size.Height-f.size.Height)/2))
		o.Resize(f.size)
	}
}

// MinSize implements fyne.Layout.
func (f fixed) MinSize([]fyne.CanvasObject) fyne.Size { return f.size }

// atLeast gives its objects no less than a size.
type atLeast struct{ width, height float32 }

// Layout implements fyne.Layout.
func (a atLeast) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

// MinSize implements fyne.Layout.
func (a atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return inset{}.MinSize(objects).Max(fyne.NewSize(a.width, a.height))
}

// fixedHeight gives its objects a height and all the width.
type fixedHeight float32

// Layout implements fyne.Layout.
func (h fixedHeight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(fyne.NewSize(size.Width, float32(h)))
	}
}

// MinSize implements fyne.Layout.
func (h fixedHeight) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, float32(h)) }

// atLeft puts its objects at the left edge, centred across, at their least
// size.
type atLeft struct{}

// Layout implements fyne.Layout.
func (atLeft) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		o.Resize(least)
		o.Move(fyne.NewPos(0, (size.Height-least.Height)/2))
	}
}

// MinSize implements fyne.Layout.
func (atLeft) MinSize(objects []fyne.CanvasObject) fyne.Size { return inset{}.MinSize(objects) }

// page is a vertical scroll of one object that is as high as it needs at the
// scroll's width.
type page struct {
	scroll  *container.Scroll
	content fyne.CanvasObject
	width   float32
}

// newPage returns content in a page.
func newPage(content fyne.CanvasObject) *fyne.Container {
	_, root := scrolling(content)
	return root
}

// scrolling returns content in a page, and what shows it.
func scrolling(content fyne.CanvasObject) (*page, *fyne.Container) {
	p := &page{content: content}
	p.scroll = container.NewVScroll(container.New(pageContent{p}, content))
	return p, container.New(p, p.scroll)
}

// Layout implements fyne.Layout.
func (p *page) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	p.width = size.Width
	p.scroll.Move(fyne.Position{})
	p.scroll.Resize(size)
	p.scroll.Refresh()
}

// MinSize implements fyne.Layout.
func (p *page) MinSize([]fyne.CanvasObject) fyne.Size { return p.scroll.MinSize() }

type pageContent struct{ p *page }

// Layout implements fyne.Layout.
func (c pageContent) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	c.p.content.Move(fyne.Position{})
	c.p.content.Resize(size)
}

// MinSize implements fyne.Layout.
func (c pageContent) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, heightFor(c.p.content, c.p.width))
}
