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

// Distances in the list of people.
const (
	personGap float32 = 6
	rowRadius float32 = 6
)

// filterAbove is how many people there are before the list can be filtered.
const filterAbove = 12

// peopleActions is what the people ask of their screen.
type peopleActions struct {
	choose func(netchat.MemberID) // somebody was pressed
	all    func()                 // to everybody
	back   func()                 // to where one writes
	write  func(rune)             // a character that belongs there
	over   func() bool            // whether the people lie over the messages
}

// A peopleView is the left side: one's own card and everybody in the room.
type peopleView struct {
	kit    *kit
	acts   peopleActions
	root   fyne.CanvasObject
	own    *fyne.Container
	count  *canvas.Text
	filter *personFilter
	list   *personList
	scroll *container.Scroll
	nobody *paragraph // in place of the list: nobody goes by what is in the filter
	forAll *tap       // leads to the draft for everybody
	source *model.Room
	chosen netchat.MemberID
	pale   bool // the connection is lost: the list may be out of date
}

func newPeopleView(k *kit, source *model.Room, acts peopleActions) *peopleView {
	v := &peopleView{kit: k, acts: acts, source: source, own: container.NewStack()}
	v.count = k.small.text("", k.sideMuted, 0)
	v.count.Alignment = fyne.TextAlignTrailing
	v.filter = newPersonFilter(v)
	v.filter.Hide()
	v.list = newPersonList(k, acts)
	v.scroll = container.NewVScroll(v.list)
	v.scroll.OnScrolled = func(fyne.Position) { v.list.window(v.scroll.Offset.Y, v.scroll.Size().Height) }
	v.list.reveal = v.reveal
	v.list.other = func() fyne.Focusable {
		if v.filter.Visible() {
			return v.filter
		}
		return v.list
	}
	v.forAll = newDraftMark(k, acts.all)
	v.nobody = newParagraph(k.head, k.sideMuted, k.say(textNobody))
	v.nobody.align = fyne.TextAlignCenter
	v.nobody.Hide()
	heading := container.New(row{grow: 1}, k.small.text(k.say(textOnline), k.sideMuted, 0), newLabel(k.small, k.sideMuted, "", 0), v.count)
	v.list.redraw = func() { v.list.window(v.scroll.Offset.Y, v.scroll.Size().Height) }
	search := container.NewThemeOverride(named(v.filter, k.say(textFindPerson)), sideLook{k.look})
	top := container.New(column{10}, v.own, v.forAll, search, heading)
	v.root = container.NewStack(
		canvas.NewRectangle(k.side),
		container.New(evenly(edge), container.New(topped{8}, top,
			container.New(inset{}, v.scroll, container.New(inset{top: 16}, v.nobody)))),
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
	n, asked := v.source.People().Len(), v.filter.Text
	people := model.ListPeople(v.source, asked)
	setVisible(v.forAll, v.chosen != "" && model.HasDraft(v.source, ""))
	v.count.Text = strconv.Itoa(n)
	if asked != "" {
		v.count.Text = v.kit.say(textMatches, words{"N": len(people), "All": n})
	}
	v.count.Resize(fyne.NewSize(v.kit.small.Width(v.count.Text), v.count.Size().Height))
	if long := n > filterAbove || asked != ""; long != v.filter.Visible() {
		if long {
			v.filter.Show()
		} else {
			v.hideFilter()
		}
	}
	v.scroll.Show()
	v.nobody.Hide()
	if len(people) == 0 {
		v.scroll.Hide()
		v.nobody.Show()
	}
	v.list.set(people, v.chosen, v.pale)
	v.root.Refresh()
	v.scroll.Refresh()
	v.list.window(v.scroll.Offset.Y, v.scroll.Size().Height)
}

// A personList draws those of many people that are on the screen. For the
// keyboard it is one stop, with a ring around one of its rows.
type personList struct {
	widget.BaseWidget
	kit    *kit
	acts   peopleActions
	redraw func() // calls window
	people []model.Person
	chosen netchat.MemberID
	pale   bool
	rows   []*personRow
	box    *fyne.Container
	cursor
}

func newPersonList(k *kit, acts peopleActions) *personList {
	l := &personList{kit: k, acts: acts, box: container.NewWithoutLayout()}
	l.ExtendBaseWidget(l)
	return l
}

func (l *personList) set(people []model.Person, chosen netchat.MemberID, pale bool) {
	l.people, l.chosen, l.pale = people, chosen, pale
	l.follow(people)
}

// pitch is how much further down the next one stands.
func (l *personList) pitch() float32 { return l.kit.personHeight + personGap }

// window has rows for the part of the list from top on.
func (l *personList) window(top, height float32) {
	pitch := l.pitch()
	l.page = max(int(height/pitch)-1, 1)
	from := max(int(top/pitch), 0)
	to := min(int((top+height)/pitch)+1, len(l.people))
	from = min(from, to)
	for len(l.rows) < to-from {
		l.rows = append(l.rows, newPersonRow(l.kit, l.acts.choose))
	}
	l.box.Objects = l.box.Objects[:0]
	for i := from; i < to; i++ {
		r := l.rows[i-from]
		r.Move(fyne.NewPos(0, float32(i)*pitch))
		r.Resize(fyne.NewSize(l.Size().Width, l.kit.personHeight))
		r.set(l.people[i], l.people[i].ID == l.chosen, l.pale)
		r.ring.show(l.lit && i == l.index)
		l.box.Objects = append(l.box.Objects, r)
	}
	canvas.Refresh(l)
}

// Resize implements fyne.CanvasObject.
func (l *personList) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	if l.redraw != nil {
		l.redraw()
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
	down   netchat.MemberID // on whom the button went down

	ground *canvas.Rectangle
	ring   *ring
	box    *fyne.Container
}

func newPersonRow(k *kit, choose func(netchat.MemberID)) *personRow {
	r := &personRow{kit: k, choose: choose, ground: panel(k.sideCard, rowRadius), ring: newRing(), box: container.NewWithoutLayout()}
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
	faint := r.pale || r.person.Away || r.person.Presence == netchat.Reconnecting
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
	r.ring.around(fyne.Position{}, r.ground.Size(), rowRadius, -2*ringWidth)
	r.paint()
	r.box.Objects = append(append(objects, title, under), r.ring.objects()...)
	canvas.Refresh(r)
}

// under is the small line: the id, or that the person is coming back.
func (r *personRow) under() string {
	id := r.kit.say(textID, words{"ID": r.person.Label})
	if r.person.Open {
		id += " · " + r.kit.say(textOpenMember)
	}
	if r.person.Away {
		return r.kit.say(textAwayPerson)
	}
	if r.person.Presence != netchat.Reconnecting {
		return id
	}
	back := r.kit.say(textReconnectingPerson)
	if r.person.Namesake {
		return id + " · " + back
	}
	return back
}

// newDraftMark says, while one writes to somebody, that there is a draft for
// everybody. A press leads there.
func newDraftMark(k *kit, pressed func()) *tap {
	text := k.say(textDraftForAll)
	t := newTap(container.New(inset{}, panel(k.sideCard, rowRadius),
		container.New(inset{6, 10, 6, 10}, newLabel(k.small, k.sideText, text, 400))), text, pressed)
	t.Hide()
	return t
}

// tag marks the host, oneself, and who has a draft.
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
	if r.person.Draft {
		tags = append(tags, k.say(textDraft))
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

// MouseDown implements desktop.Mouseable.
func (r *personRow) MouseDown(*desktop.MouseEvent) { r.down = r.person.ID }

// MouseUp implements desktop.Mouseable.
func (r *personRow) MouseUp(*desktop.MouseEvent) {}

// Tapped implements fyne.Tappable. Rows change places: it may be another person's
// by now than the one that was pressed.
func (r *personRow) Tapped(*fyne.PointEvent) {
	pressed := r.down
	r.down = ""
	if pressed == "" || pressed == r.person.ID {
		r.choose(r.person.ID)
	}
}

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

// CreateRenderer implements fyne.Widget.
func (r *personRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }
