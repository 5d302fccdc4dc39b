package app

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A cursor is where the keyboard is in the list of people. It stays with the
// person while others come and go, and with the place when the person goes.
type cursor struct {
	on     netchat.MemberID
	index  int
	page   int                   // rows that Page Down goes
	lit    bool                  // the list has the keyboard: the ring is drawn
	reveal func(index int)       // has a row scrolled into view
	other  func() fyne.Focusable // where Tab leads within the people
}

// follow finds the cursor's person again among others.
func (c *cursor) follow(people []model.Person) {
	i := slices.IndexFunc(people, func(p model.Person) bool { return p.ID == c.on })
	if i < 0 {
		i = min(c.index, len(people)-1)
	}
	c.index = max(i, 0)
	if len(people) > 0 && c.lit {
		c.on = people[c.index].ID
	}
}

// FocusGained implements fyne.Focusable. The ring begins where it was, or
// where messages go now, or with the first who can be chosen.
func (l *personList) FocusGained() {
	l.lit = true
	find := func(is func(model.Person) bool) bool {
		i := slices.IndexFunc(l.people, is)
		if i >= 0 {
			l.index, l.on = i, l.people[i].ID
		}
		return i >= 0
	}
	_ = find(func(p model.Person) bool { return p.ID == l.chosen }) ||
		find(func(p model.Person) bool { return p.ID == l.on }) ||
		find(func(p model.Person) bool { return !p.Self })
	l.reveal(l.index)
}

// FocusLost implements fyne.Focusable.
func (l *personList) FocusLost() {
	l.lit = false
	l.redraw()
}

// AcceptsTab implements fyne.Tabbable: over the messages, Tab stays with the
// people.
func (l *personList) AcceptsTab() bool { return l.acts.over() }

// TypedRune implements fyne.Focusable. The space bar chooses, like Enter;
// other characters are written where one writes.
func (l *personList) TypedRune(r rune) {
	if r == ' ' {
		l.pick()
		return
	}
	l.acts.write(r)
}

// TypedKey implements fyne.Focusable.
func (l *personList) TypedKey(e *fyne.KeyEvent) {
	steps := map[fyne.KeyName]int{
		fyne.KeyUp: -1, fyne.KeyDown: 1, fyne.KeyPageUp: -l.page, fyne.KeyPageDown: l.page,
		fyne.KeyHome: -len(l.people), fyne.KeyEnd: len(l.people),
	}
	if step, ok := steps[e.Name]; ok {
		l.move(step)
		return
	}
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.pick()
	case fyne.KeyEscape:
		l.acts.back()
	case fyne.KeyTab:
		focusOn(l, l.other())
	case fyne.KeySpace:
	default:
		passKey(l, e)
	}
}

// move moves the ring by so many rows, as far as there are any.
func (l *personList) move(by int) {
	if len(l.people) == 0 {
		return
	}
	l.index = min(max(l.index+by, 0), len(l.people)-1)
	l.on = l.people[l.index].ID
	l.reveal(l.index)
}

// pick chooses whom the ring is around. Oneself can't be chosen.
func (l *personList) pick() {
	if l.index < len(l.people) && !l.people[l.index].Self {
		l.acts.choose(l.people[l.index].ID)
	}
}

func focusOn(on fyne.CanvasObject, to fyne.Focusable) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(on); c != nil {
		c.Focus(to)
	}
}

// reveal scrolls to a row, and draws it anew.
func (v *peopleView) reveal(index int) {
	top, height := float32(index)*v.list.pitch(), v.scroll.Size().Height
	bottom := top + v.list.pitch() - personGap
	switch offset := v.scroll.Offset.Y; {
	case top < offset:
		v.scroll.ScrollToOffset(fyne.NewPos(0, top))
	case bottom > offset+height:
		v.scroll.ScrollToOffset(fyne.NewPos(0, bottom-height))
	}
	v.list.window(v.scroll.Offset.Y, height)
}

// focus gives the people the keyboard: the filter if there is one.
func (v *peopleView) focus(c fyne.Canvas) { c.Focus(v.list.other()) }

// focused reports whether o, which has the keyboard, is part of the people.
func (v *peopleView) focused(o fyne.Focusable) bool { return o == v.filter || o == v.list }

// hideFilter leads the keyboard away from the filter too.
func (v *peopleView) hideFilter() {
	v.filter.Hide()
	if c := fyne.CurrentApp().Driver().CanvasForObject(v.filter); c != nil && c.Focused() == v.filter {
		v.acts.back()
	}
}

// A personFilter is the field to find somebody in a long list.
type personFilter struct {
	lineEntry
	over func() bool
}

func newPersonFilter(v *peopleView) *personFilter {
	f := &personFilter{over: v.acts.over}
	f.set(f)
	f.SetPlaceHolder(v.kit.say(textFindPerson))
	f.OnChanged = func(string) { v.scroll.ScrollToTop(); v.show() }
	f.OnSubmitted = func(string) { v.pickFirst() }
	f.typed = v.filterKey
	return f
}

// AcceptsTab implements fyne.Tabbable; see personList.AcceptsTab.
func (f *personFilter) AcceptsTab() bool { return f.over() || f.lineEntry.AcceptsTab() }

// filterKey takes what keys do in the filter besides writing.
func (v *peopleView) filterKey(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyEscape:
		if v.filter.Text == "" {
			v.acts.back()
		} else {
			v.filter.SetText("")
		}
	case fyne.KeyTab, fyne.KeyDown, fyne.KeyPageDown:
		if len(v.list.people) > 0 {
			focusOn(v.list, v.list)
		}
	default:
		return false
	}
	return true
}

// pickFirst chooses the first who goes by what is in the filter.
func (v *peopleView) pickFirst() {
	i := slices.IndexFunc(v.list.people, func(p model.Person) bool { return !p.Self })
	if v.filter.Text == "" || i < 0 {
		return
	}
	id := v.list.people[i].ID
	v.filter.SetText("")
	if id == v.chosen {
		v.acts.back()
		return
	}
	v.acts.choose(id)
}
