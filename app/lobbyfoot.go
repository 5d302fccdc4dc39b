package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// undoFor is how long something forgotten can be had back.
const undoFor = 10 * time.Second

// A notice is a sentence at the foot of the lobby.
type notice struct {
	sentence string
	fault    bool      // something went wrong
	undo     func()    // nil: there is nothing to undo
	until    time.Time // zero: until it is closed
}

// A lobbyFoot tells what is under way and what went wrong. It is at the foot of
// the window, so that nothing that can be clicked moves when it comes and goes.
type lobbyFoot struct {
	lobby *lobbyScreen
	root  *fyne.Container
}

func newLobbyFoot(s *lobbyScreen) *lobbyFoot {
	f := &lobbyFoot{lobby: s, root: container.New(inset{})}
	f.root.Hide()
	return f
}

// show draws what the lobby has to say.
func (f *lobbyFoot) show(k *kit) {
	s := f.lobby
	n := s.told
	var buttons []fyne.CanvasObject
	add := func(key textKey, press func()) {
		buttons = append(buttons, k.wide(newLobbyButton(s, k.say(key), nil, press)))
	}
	switch {
	case s.busy != nil:
		n = notice{sentence: s.doing}
		add(textCancel, s.giveUp)
	case n.undo != nil:
		add(textUndo, n.undo)
		fallthrough
	default:
		add(textClose, func() { s.tell(notice{}) })
	}
	f.root.Objects = nil
	setVisible(f.root, n.sentence != "")
	if n.sentence == "" {
		return
	}
	ground, ink := k.bar, k.text
	if n.fault {
		ground, ink = k.warnBar, k.onBar
	}
	f.root.Objects = []fyne.CanvasObject{
		canvas.NewRectangle(ground), container.New(fixedHeight(1), canvas.NewRectangle(k.line)),
		container.New(inset{10, 20, 10, 20}, container.New(beside{gap: 12},
			newParagraph(k.head, ink, n.sentence), container.New(row{gap: 8, grow: -1}, buttons...))),
	}
}

// A lobbyPage is what scrolls between the bar and the foot.
type lobbyPage struct {
	scroll *container.Scroll
	driver fyne.Driver
}

// turn scrolls a page down, or up if by is negative.
func (p lobbyPage) turn(by float32) { p.move(by * p.scroll.Size().Height) }

func (p lobbyPage) move(by float32) {
	p.scroll.ScrollToOffset(fyne.NewPos(0, p.scroll.Offset.Y+by))
}

// A lobbyLayout has a bar at the top, the foot at the bottom, and a page
// between them.
type lobbyLayout struct{ bar, page, foot fyne.CanvasObject }

// Layout implements fyne.Layout.
func (l lobbyLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	top := place(l.bar, 0, 0, size.Width)
	bottom := size.Height
	if l.foot.Visible() {
		h := heightFor(l.foot, size.Width)
		bottom -= h
		l.foot.Move(fyne.NewPos(0, bottom))
		l.foot.Resize(fyne.NewSize(size.Width, h))
	}
	l.page.Move(fyne.NewPos(0, top))
	l.page.Resize(fyne.NewSize(size.Width, max(bottom-top, 0)))
}

// MinSize implements fyne.Layout.
func (l lobbyLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 240) }
