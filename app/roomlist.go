package app

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
)

// Keys of what is no room in the list. No room's key has a blank in it.
const (
	keyNone   = "no room"
	keyBefore = "rooms before"
	keyLate   = "rooms that came late"
)

const (
	// settleAfter is how long after the pointer has left it a list stays as it
	// is: who aims at a card crosses its neighbours, and comes back.
	settleAfter = time.Second
	// aimTime is how long a card that has moved cannot be clicked: whoever
	// clicks there earlier means what was there before.
	aimTime = 400 * time.Millisecond

	// maxLate is with how many entries a list that is kept from moving takes
	// no more.
	maxLate = 2 * (maxListed + model.MaxVisits)

	listGap float32 = 10
	lineTop float32 = 8 // over a line of text
)

// A roomState says how a room in the list is.
type roomState int

const (
	roomOpen   roomState = iota // it answers
	roomBefore                  // one was there before
	roomGone                    // it was here a moment ago
	notARoom                    // a line of text in its place
)

// A roomItem is what the list shows in one place.
type roomItem struct {
	key         string
	state       roomState
	name, about string
	warned      bool   // about says to take care
	tile        string // what chooses the colour
	act         string // what press does, as the button says; empty: nothing can be done
	press       func() // nil: not now
	forget      func() // nil: nothing to forget
}

// A roomList shows rooms one below the other, in the order that it is given.
// While the pointer is over it nothing moves: what is new comes last, what is
// gone stays, greyed.
type roomList struct {
	widget.BaseWidget
	listPlace
	kit     *kit
	box     *fyne.Container              // of what is shown, in order
	shown   map[string]fyne.CanvasObject // by key
	order   []string
	wanted  []roomItem
	first   *fyne.Position // where the pointer was first seen
	stirred bool           // the pointer has moved since
	inside  bool           // it is over the list
	left    time.Time      // when it went
}

// A listPlace is what a list stands on.
type listPlace struct {
	changed func()                      // after a change of height
	keys    func(e *fyne.KeyEvent) bool // takes the keys of the whole lobby
	typed   func(r rune)                // takes what is typed on a card
	focus   func(f fyne.Focusable)      // gives the focus to
	focused func() fyne.Focusable       // has the focus
}

func newRoomList(k *kit, at listPlace) *roomList {
	l := &roomList{kit: k, listPlace: at, box: container.New(column{listGap}), shown: make(map[string]fyne.CanvasObject)}
	l.ExtendBaseWidget(l)
	return l
}

// show brings the list up to date. What stays is changed in place, and keeps
// the focus and the pointer.
func (l *roomList) show(items []roomItem) {
	l.wanted = items
	l.settle()
}

// held reports whether nothing may move now.
func (l *roomList) held() bool {
	return l.inside || l.kit.now().Sub(l.left) < settleAfter
}

// settle shows what is wanted, as far as it may now.
func (l *roomList) settle() {
	wanted := make([]string, len(l.wanted))
	for i, it := range l.wanted {
		wanted[i] = it.key
	}
	order := steady(l.order, wanted, l.held(), l.focusedKey())
	l.showItem(roomItem{key: keyLate, state: notARoom, name: l.kit.say(textJustFound)})
	for _, it := range l.wanted {
		l.showItem(it)
	}
	for _, key := range order {
		if key != keyLate && !slices.Contains(wanted, key) {
			l.showGone(key)
		}
	}
	if slices.Equal(order, l.order) {
		return
	}
	l.place(order)
}

// steady returns the order in which to show what is wanted. While it is held
// all that is shown stays where it is, and what is new comes last. What has
// the focus, kept, stays in any case: a key pressed now is not for another.
func steady(shown, wanted []string, held bool, kept string) []string {
	if !held {
		order := slices.Clone(wanted)
		if at := slices.Index(shown, kept); at >= 0 && !slices.Contains(wanted, kept) {
			behind := -1
			for at--; at >= 0 && behind < 0; at-- {
				behind = slices.Index(order, shown[at])
			}
			order = slices.Insert(order, behind+1, kept)
		}
		return order
	}
	order := slices.Clone(shown)
	there := make(map[string]bool, len(shown))
	for _, key := range shown {
		there[key] = true
	}
	for _, key := range wanted {
		switch {
		case there[key] || len(order) >= maxLate:
			continue
		case there[keyBefore] && !there[keyLate]: // it is no room of before
			there[keyLate] = true
			order = append(order, keyLate)
		}
		order = append(order, key)
	}
	return order
}

func (l *roomList) focusedKey() string {
	if c, ok := l.focused().(*roomCard); ok && c.list == l {
		return c.item.key
	}
	return ""
}

// showItem makes or changes what stands for it.
func (l *roomList) showItem(it roomItem) {
	switch o := l.shown[it.key].(type) {
	case *roomCard:
		o.show(it)
	case *fyne.Container:
		lineOfText(o).set(it.name)
	default:
		if it.state == notARoom {
			font, top := l.kit.headBold, lineTop
			if it.key == keyNone {
				font, top = l.kit.head, 0
			}
			l.shown[it.key] = container.New(inset{top: top}, newLabel(font, l.kit.muted, it.name, 4000))
			return
		}
		c := newRoomCard(l)
		c.show(it)
		l.shown[it.key] = c
	}
}

// showGone greys what is no longer wanted and cannot go yet.
func (l *roomList) showGone(key string) {
	switch o := l.shown[key].(type) {
	case *roomCard:
		it := o.item
		it.state, it.about, it.act, it.press, it.forget = roomGone, l.kit.say(textVanished), "", nil, nil
		o.show(it)
	case *fyne.Container:
		lineOfText(o).set("")
	}
}

// lineOfText returns what is written in a place that is no room.
func lineOfText(box *fyne.Container) *label { return box.Objects[0].(*label) }

// place puts the objects in order, and marks those that move.
func (l *roomList) place(order []string) {
	was := make(map[string]float32, len(l.order))
	for _, key := range l.order {
		was[key] = l.shown[key].Position().Y
	}
	for key := range l.shown {
		if !slices.Contains(order, key) {
			delete(l.shown, key)
		}
	}
	l.order = order
	l.box.Objects = nil
	for _, key := range order {
		l.box.Objects = append(l.box.Objects, l.shown[key])
	}
	l.box.Refresh()
	l.changed()
	now := l.kit.now()
	for _, key := range order {
		c, ok := l.shown[key].(*roomCard)
		if y, old := was[key]; ok && (!old || y != c.Position().Y) {
			c.moved = now
		}
	}
}

// drop takes an item out at once, wherever the pointer is.
func (l *roomList) drop(key string) {
	at := slices.Index(l.order, key)
	if at < 0 {
		return
	}
	had := l.focusedKey() == key
	l.wanted = slices.DeleteFunc(slices.Clone(l.wanted), func(it roomItem) bool { return it.key == key })
	l.place(slices.Delete(slices.Clone(l.order), at, at+1))
	if had {
		l.focus(nil)
		l.focusFrom(min(at, len(l.order)-1), 1)
	}
}

// step moves the focus from a card to the next one before or behind it.
func (l *roomList) step(key string, by int) {
	l.focusFrom(slices.Index(l.order, key)+by, by)
}

// focusFrom gives the focus to the first card from at on, in steps of by.
func (l *roomList) focusFrom(at, by int) {
	for ; at >= 0 && at < len(l.order); at += by {
		if c, ok := l.shown[l.order[at]].(*roomCard); ok {
			l.focus(c)
			return
		}
	}
}

// over takes that the pointer is on the list or on something in it. One that
// was there before the list was, and has not moved since, aims at nothing.
func (l *roomList) over(e *desktop.MouseEvent) {
	if l.first == nil {
		l.first = &e.AbsolutePosition
	}
	l.stirred = l.stirred || e.AbsolutePosition != *l.first
	l.inside = l.stirred
}

// out takes that the pointer has gone.
func (l *roomList) out() {
	if l.inside {
		l.left = l.kit.now()
	}
	l.inside, l.stirred = false, true
}

// MouseIn implements desktop.Hoverable.
func (l *roomList) MouseIn(e *desktop.MouseEvent) { l.over(e) }

// MouseMoved implements desktop.Hoverable.
func (l *roomList) MouseMoved(e *desktop.MouseEvent) { l.over(e) }

// MouseOut implements desktop.Hoverable.
func (l *roomList) MouseOut() { l.out() }

func (l *roomList) heightFor(width float32) float32 { return heightFor(l.box, width) }

// MinSize implements fyne.CanvasObject.
func (l *roomList) MinSize() fyne.Size {
	return fyne.NewSize(1, l.heightFor(max(l.Size().Width, 1)))
}

// Refresh implements fyne.CanvasObject.
func (l *roomList) Refresh() {
	l.box.Refresh()
	l.BaseWidget.Refresh()
}

func (l *roomList) shows() []fyne.CanvasObject { return []fyne.CanvasObject{l.box} }

// CreateRenderer implements fyne.Widget.
func (l *roomList) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.box) }
