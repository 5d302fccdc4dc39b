package app

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// pillLeast is the width below which the address is not shown at all.
const pillLeast float32 = 80

// A header is the bar over the messages: the room, its address, and the ways
// out.
type header struct {
	kit    *kit
	root   fyne.CanvasObject
	people *button // shown in a narrow window
	title  *label
	addr   *label
	pill   *fyne.Container
	leave  *button
	find   *button
	secure *button // how far the room can be trusted; hidden until that is known
	bar    *fyne.Container
}

type headerActions struct {
	people, settings, leave, address, security, search func()
}

func newHeader(k *kit, acts headerActions) *header {
	h := &header{kit: k, title: newLabel(k.title, k.text, "", 4000), addr: newLabel(k.small, k.muted, "", k.scaled(380))}
	h.people = newButton("", theme.AccountIcon(), false, acts.people)
	h.people.Importance = widget.LowImportance
	h.pill = container.NewStack(panel(k.ground, k.grown(12, 8)), container.New(inset{4, 10, 4, 10}, h.addr))
	h.pill.Hide()
	settings := newButton("", theme.SettingsIcon(), false, acts.settings)
	settings.Importance = widget.LowImportance
	h.leave = newButton(k.say(textLeave), theme.LogoutIcon(), false, acts.leave)
	settings.name, h.leave.name = k.say(textSettings), k.say(textLeave)
	pill := newTap(h.pill, k.say(textCopyAddress), acts.address)
	h.secure = newButton("", nil, false, acts.security)
	h.secure.Hide()
	h.find = newButton("", theme.SearchIcon(), false, acts.search)
	h.find.Importance, h.find.name = widget.LowImportance, k.say(textSearch)
	h.bar = container.New(headerRow{h}, h.people, h.title, pill, settings, h.leave, h.secure, h.find)
	h.root = container.New(fixedHeight(k.barHeight), canvas.NewRectangle(k.bar),
		container.New(inset{top: k.barHeight - 1}, canvas.NewRectangle(k.line)),
		container.New(inset{right: edge - 4, left: edge}, h.bar))
	return h
}

// show names the room and, if it is open on this machine, its address.
func (h *header) show(title, address string, people int) {
	h.title.set(title)
	h.addr.set(address)
	if address == "" {
		h.pill.Hide()
	} else {
		h.pill.Show()
	}
	h.people.name = h.kit.say(textShowPeople) + ", " + h.kit.count(textPeople, people)
	h.people.SetText(strconv.Itoa(people))
	h.bar.Refresh()
}

// narrow shows the button for the people, and leaves out words.
func (h *header) narrow(narrow bool) {
	if narrow {
		h.people.Show()
		h.leave.SetText("")
	} else {
		h.people.Hide()
		h.leave.SetText(h.kit.say(textLeave))
	}
	h.nameSecurity(narrow)
}

// headerRow gives the title what it needs and cuts it before the buttons.
type headerRow struct{ h *header }

// Layout implements fyne.Layout.
func (r headerRow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	put := func(i int, x, width float32) {
		h := o[i].MinSize().Height
		o[i].Move(fyne.NewPos(x, (size.Height-h)/2))
		o[i].Resize(fyne.NewSize(width, h))
	}
	left, right := float32(0), size.Width
	if o[0].Visible() {
		w := o[0].MinSize().Width
		put(0, -8, w)
		left = w
	}
	for _, i := range []int{4, 3, 6, 5} {
		if !o[i].Visible() {
			continue
		}
		w := o[i].MinSize().Width
		right -= w
		put(i, right, w)
		right -= 6
	}
	room := right - left - 8
	title, pill := min(o[1].MinSize().Width, room), float32(0)
	if r.h.pill.Visible() {
		pill = min(o[2].MinSize().Width, max(room-title-12, 0))
	}
	put(1, left, title)
	if show := pill > r.h.kit.scaled(pillLeast); show != o[2].Visible() {
		if show {
			o[2].Show()
		} else {
			o[2].Hide()
		}
	}
	put(2, left+title+12, pill)
}

// MinSize implements fyne.Layout.
func (r headerRow) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, r.h.kit.barHeight)
}
