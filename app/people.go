package app

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// personGap is the distance between the entries of the list of people.
const personGap float32 = 6

// filterAbove is how many people there are before the list can be filtered.
const filterAbove = 12

// A peopleView is the left side: one's own card and everybody in the room.
type peopleView struct {
	kit    *kit
	root   fyne.CanvasObject
	own    *fyne.Container
	count  *canvas.Text
	filter *widget.Entry
	list   *personList
	scroll *container.Scroll
	source *model.People
	chosen netchat.MemberID
	pale   bool // the connection is lost: the list may be out of date
}

func newPeopleView(k *kit, source *model.People, choose func(netchat.MemberID)) *peopleView {
	v := &peopleView{kit: k, source: source, own: container.NewStack(), filter: widget.NewEntry()}
	v.count = k.small.text("", k.sideMuted, 0)
	v.count.Alignment = fyne.TextAlignTrailing
	v.filter.SetPlaceHolder(k.say(textFindPerson))
	v.filter.OnChanged = func(string) { v.scroll.ScrollToTop(); v.show() }
	v.filter.Hide()
	v.list = newPersonList(k, choose)
	v.scroll = container.NewVScroll(v.list)
	v.scroll.OnScrolled = func(fyne.Position) { v.list.window(v.scroll.Offset.Y, v.scroll.Size().Height) }
	heading := container.New(row{grow: 1}, k.small.text(k.say(textOnline), k.sideMuted, 0), newLabel(k.small, k.sideMuted, "", 0), v.count)
	v.list.resized = func() { v.list.window(v.scroll.Offset.Y, v.scroll.Size().Height) }
	top := container.New(column{10}, v.own, v.filter, heading)
	v.root = container.NewStack(
		canvas.NewRectangle(k.side),
		container.New(evenly(edge), container.NewBorder(top, nil, nil, nil, container.New(inset{top: 8}, v.scroll))),
	)
	return v
}

// welcome draws one's own card.
func (v *peopleView) welcome(self netchat.Member) {
	k := v.kit
	name := model.DisplayName(self.Name, self.Label)
	lines := container.New(column{1},
		newLabel(k.title, k.sideText, name, 400),
		newLabel(k.small, k.sideMuted, k.say(textID, words{"ID": self.Label}), 400))
	v.own.Objects = []fyne.CanvasObject{
		panel(k.sideCard, cardRadius),
		container.New(evenly(12), container.New(row{gap: 12, grow: 1},
			k.newAvatar(string(self.ID), self.Name, 40), lines)),
	}
	v.own.Refresh()
}

// show draws the list again.
func (v *peopleView) show() {
	n := v.source.Len()
	v.count.Text = strconv.Itoa(n)
	v.count.Refresh()
	if long := n > filterAbove; long != v.filter.Visible() && (long || v.filter.Text == "") {
		if long {
			v.filter.Show()
		} else {
			v.filter.Hide()
		}
		v.root.Refresh()
	}
	v.list.set(v.source.List(v.filter.Text), v.chosen, v.pale)
	v.scroll.Refresh()
	v.list.window(v.scroll.Offset.Y, v.scroll.Size().Height)
}

// A personList draws those of many people that are on the screen.
type personList struct {
	widget.BaseWidget
	kit     *kit
	choose  func(netchat.MemberID)
	resized func()
	people  []model.Person
	chosen  netchat.MemberID
	pale    bool
	rows    []*personRow
	from    int
	box     *fyne.Container
}

func newPersonList(k *kit, choose func(netchat.MemberID)) *personList {
	l := &personList{kit: k, choose: choose, box: container.NewWithoutLayout()}
	l.ExtendBaseWidget(l)
	return l
}

func (l *personList) set(people []model.Person, chosen netchat.MemberID, pale bool) {
	l.people, l.chosen, l.pale = people, chosen, pale
}

// pitch is how much further down the next one stands.
func (l *personList) pitch() float32 { return l.kit.personHeight + personGap }

// window has rows for the part of the list from top on.
func (l *personList) window(top, height float32) {
	pitch := l.pitch()
	from := max(int(top/pitch), 0)
	to := min(int((top+height)/pitch)+1, len(l.people))
	from = min(from, to)
	for len(l.rows) < to-from {
		l.rows = append(l.rows, newPersonRow(l.kit, l.choose))
	}
	l.from = from
	l.box.Objects = l.box.Objects[:0]
	for i := from; i < to; i++ {
		r := l.rows[i-from]
		r.Move(fyne.NewPos(0, float32(i)*pitch))
		r.Resize(fyne.NewSize(l.Size().Width, l.kit.personHeight))
		r.set(l.people[i], l.people[i].ID == l.chosen, l.pale)
		l.box.Objects = append(l.box.Objects, r)
	}
	canvas.Refresh(l)
}

// Resize implements fyne.CanvasObject.
func (l *personList) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	if l.resized != nil {
		l.resized()
	}
}

// MinSize implements fyne.CanvasObject.
func (l *personList) MinSize() fyne.Size {
	return fyne.NewSize(80, float32(len(l.people))*l.pitch())
}

// CreateRenderer implements fyne.Widget.
func (l *personList) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.box) }

// A personRow is one entry of the list. A press chooses that person.
type personRow struct {
	widget.BaseWidget
	kit    *kit
	choose func(netchat.MemberID)
	person model.Person
	chosen bool
	pale   bool
	over   bool
	drawn  fyne.Size

	ground *canvas.Rectangle
	box    *fyne.Container
}

func newPersonRow(k *kit, choose func(netchat.MemberID)) *personRow {
	r := &personRow{kit: k, choose: choose, ground: panel(k.sideCard, 6), box: container.NewWithoutLayout()}
	r.ExtendBaseWidget(r)
	return r
}

func (r *personRow) set(p model.Person, chosen, pale bool) {
	if r.person == p && r.chosen == chosen && r.pale == pale && r.drawn == r.Size() {
		return
	}
	r.person, r.chosen, r.pale, r.drawn = p, chosen, pale, r.Size()
	r.draw()
}

func (r *personRow) draw() {
	k, width, height := r.kit, r.Size().Width, r.kit.personHeight
	name := model.DisplayName(r.person.Name, r.person.Label)
	faint := r.pale || r.person.Presence == netchat.Reconnecting
	ink, sub := k.sideText, k.sideMuted
	if faint {
		ink, sub = k.sideFaint, k.sideFaint
	}
	if r.chosen {
		ink, sub = k.onAccent, k.onAccent
	}
	avatar := k.newAvatar(string(r.person.ID), name, avatarSize)
	if faint {
		avatar = k.badge(canvas.NewCircle(k.sideGrey), initial(name), avatarSize)
	}
	avatar.Move(fyne.NewPos(10, (height-avatarSize)/2))
	x := 10 + avatarSize + 10
	right := width - 10
	objects := []fyne.CanvasObject{r.ground, avatar}
	if tag := r.tag(); tag != nil {
		tag.Move(fyne.NewPos(right-tag.Size().Width, (height-tag.Size().Height)/2))
		right -= tag.Size().Width + 8
		objects = append(objects, tag)
	}
	title := k.body.line(name, ink, max(right-x, 20))
	title.Move(fyne.NewPos(x, height/2-k.body.height+2))
	under := k.small.text(r.under(), sub, max(right-x, 20))
	under.Move(fyne.NewPos(x, height/2+3))
	r.ground.Resize(fyne.NewSize(width, height))
	r.paint()
	r.box.Objects = append(objects, title, under)
	canvas.Refresh(r)
}

// under is the small line: the id, or that the person is coming back.
func (r *personRow) under() string {
	id := r.kit.say(textID, words{"ID": r.person.Label})
	if r.person.Presence == netchat.Reconnecting {
		return r.kit.say(textReconnectingPerson)
	}
	return id
}

// tag marks the host and oneself.
func (r *personRow) tag() *fyne.Container {
	k := r.kit
	var tags []string
	ink := k.sideMuted
	if r.person.Host {
		tags, ink = append(tags, k.say(textHostMark)), k.hostMark
	}
	if r.person.Self {
		tags = append(tags, k.say(textYou))
	}
	if len(tags) == 0 {
		return nil
	}
	if r.chosen {
		ink = k.onAccent
	}
	t := k.small.text(strings.Join(tags, " · "), ink, 0)
	size := t.Size().AddWidthHeight(12, 2)
	frame := panel(alphaOf(ink, 0), 4)
	frame.StrokeColor, frame.StrokeWidth = alphaOf(ink, 0xb0), 1
	frame.Resize(size)
	t.Move(fyne.NewPos(6, 1))
	box := container.NewWithoutLayout(frame, t)
	box.Resize(size)
	return box
}

func (r *personRow) paint() {
	switch {
	case r.chosen:
		r.ground.FillColor = r.kit.sideChosen
	case r.over && !r.person.Self:
		r.ground.FillColor = r.kit.sideHover
	default:
		r.ground.FillColor = r.kit.sideCard
	}
	r.ground.Refresh()
}

// Tapped implements fyne.Tappable.
func (r *personRow) Tapped(*fyne.PointEvent) { r.choose(r.person.ID) }

// MouseIn implements desktop.Hoverable.
func (r *personRow) MouseIn(*desktop.MouseEvent) { r.over = true; r.paint() }

// MouseMoved implements desktop.Hoverable.
func (r *personRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (r *personRow) MouseOut() { r.over = false; r.paint() }

// Cursor implements desktop.Cursorable.
func (r *personRow) Cursor() desktop.Cursor {
	if r.person.Self {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// AccessibilityLabel implements fyne.Accessible.
func (r *personRow) AccessibilityLabel() string {
	return model.DisplayName(r.person.Name, r.person.Label)
}

// AccessibilityRole implements fyne.Accessible.
func (r *personRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (r *personRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }
