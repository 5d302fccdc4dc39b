package app

import "fyne.io/fyne/v2"

// chatLayout places a room's parts: header, banner, messages, composer; the
// people, who stand beside the messages in a wide window and in a narrow one
// lie over them when a button shows them; the shade between them there; and
// what floats over the messages.
type chatLayout struct {
	kit                                *kit
	header, banner, messages, composer fyne.CanvasObject
	people, shade, float               fyne.CanvasObject
	open                               bool // the people are shown in a narrow window
	narrow                             bool
	width                              float32
	narrowed                           func(narrow bool) // called when that changes
}

// Layout implements fyne.Layout.
func (l *chatLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if narrow := size.Width < l.kit.sideFrom; narrow != l.narrow || l.width == 0 {
		l.narrow = narrow
		l.open = false
		l.narrowed(narrow)
	}
	l.width = size.Width
	l.side(size)
	left := float32(0)
	if !l.narrow {
		left = l.kit.sideWidth
	}
	width := size.Width - left
	top := place(l.header, left, 0, width)
	if l.banner.Visible() {
		top += place(l.banner, left, top, width)
	}
	bottom := size.Height - heightFor(l.composer, width)
	place(l.composer, left, bottom, width)
	l.messages.Move(fyne.NewPos(left, top))
	l.messages.Resize(fyne.NewSize(width, max(bottom-top, 0)))
	f := l.float.MinSize()
	l.float.Resize(f)
	l.float.Move(fyne.NewPos(left+(width-f.Width)/2, bottom-f.Height-12))
}

// side places the people and the shade.
func (l *chatLayout) side(size fyne.Size) {
	if l.narrow && !l.open {
		l.people.Hide()
		l.shade.Hide()
		return
	}
	l.people.Show()
	l.people.Move(fyne.Position{})
	l.people.Resize(fyne.NewSize(min(l.kit.sideWidth, size.Width-48), size.Height))
	if !l.narrow {
		l.shade.Hide()
		return
	}
	l.shade.Show()
	l.shade.Move(fyne.Position{})
	l.shade.Resize(size)
}

// place gives o a place as wide as said and as high as needed, and returns the
// height.
func place(o fyne.CanvasObject, x, y, width float32) float32 {
	h := heightFor(o, width)
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(width, h))
	return h
}

// MinSize implements fyne.Layout.
func (l *chatLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 240) }

// topped puts its first object at the top, as high as it needs, and gives the
// second what is left.
type topped struct{ gap float32 }

// Layout implements fyne.Layout.
func (t topped) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top := place(o[0], 0, 0, size.Width) + t.gap
	o[1].Move(fyne.NewPos(0, top))
	o[1].Resize(fyne.NewSize(size.Width, max(size.Height-top, 0)))
}

// MinSize implements fyne.Layout.
func (t topped) MinSize(o []fyne.CanvasObject) fyne.Size {
	first, second := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(first.Width, second.Width), first.Height+t.gap+second.Height)
}

// reading implements ordered: from the people by the header down to where one
// writes. Over what the people cover nothing is read.
func (l *chatLayout) reading([]fyne.CanvasObject) []fyne.CanvasObject {
	if l.narrow && l.open {
		return []fyne.CanvasObject{l.people, l.shade}
	}
	return []fyne.CanvasObject{l.people, l.header, l.banner, l.messages, l.float, l.composer}
}
