package app

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

// maxListed bounds the rooms that the lobby shows.
const maxListed = 200

// A lobbyScreen lists the rooms found and leads into one of them.
type lobbyScreen struct {
	app    *App
	stop   context.CancelFunc // ends the search
	search Search
	busy   context.CancelFunc // gives up what is being joined or opened; nil: nothing is
	doing  string             // a sentence about that
	notice string             // a sentence about what went wrong
	found  []netchat.Advert

	address, room string // what is typed

	rooms    *fyne.Container
	banner   *fyne.Container
	status   *label
	root     *fyne.Container
	addr     *widget.Entry
	hostName *nameEntry
}

func newLobbyScreen(a *App, sentence string) *lobbyScreen {
	s := &lobbyScreen{app: a, notice: sentence}
	ctx, stop := context.WithCancel(a.tasks.ctx)
	s.stop = stop
	s.search = a.deps.Find.Search(ctx, nil)
	a.tasks.start(func(context.Context) {
		for list := range s.search.Rooms() {
			a.deps.Do(func() { s.show(list) })
		}
	})
	return s
}

func (s *lobbyScreen) title() string { return s.app.kit.say(textAppName) }

func (s *lobbyScreen) shown() { s.app.win.Canvas().Focus(s.addr) }

func (s *lobbyScreen) leave() {
	s.stop()
	if s.busy != nil {
		s.busy()
	}
}

func (s *lobbyScreen) mayClose(then func()) { then() }

func (s *lobbyScreen) build(k *kit) fyne.CanvasObject {
	s.rooms = container.New(column{10})
	s.banner = container.New(inset{})
	s.status = newLabel(k.head, k.muted, k.say(textSearching), k.scaled(200))
	heading := container.New(row{gap: 10, grow: 0}, newLabel(k.headBold, k.muted, k.say(textRoomsHere), 400), s.status)
	left := container.New(column{10}, heading, s.rooms)
	right := container.New(column{16}, s.hostCard(k), s.addrCard(k))
	s.root = newPage(container.New(inset{20, 20, 20, 20}, container.New(column{14}, s.banner,
		container.New(twoColumns{&k.sizes}, left, right))))
	s.fill(k)
	return container.NewStack(canvas.NewRectangle(k.ground), container.NewBorder(s.bar(k), nil, nil, nil, s.root))
}

// bar is the dark strip with the app's name and one's own.
func (s *lobbyScreen) bar(k *kit) fyne.CanvasObject {
	name := model.DisplayName(s.app.settings.Name, "")
	gear := canvas.NewImageFromResource(theme.NewColoredResource(theme.SettingsIcon(), colorSideText))
	gear.SetMinSize(k.square(16))
	ground := panel(k.sideCard, k.pillRadius)
	you := newTap(container.NewStack(ground, container.New(inset{7, 14, 7, 14}, container.New(row{gap: 8, grow: 0},
		newLabel(k.head, k.sideText, k.say(textYouAre, words{"Name": name}), k.scaled(220)), gear))),
		k.say(textSettings), func() { showSettings(s.app) })
	you.hover = func(over bool) {
		ground.FillColor = k.sideCard
		if over {
			ground.FillColor = k.sideHover
		}
		ground.Refresh()
	}
	return container.New(inset{}, canvas.NewRectangle(k.side), container.New(fixedHeight(k.barHeight),
		container.New(inset{left: 20, right: 20}, container.New(row{gap: 16, grow: 0},
			newLabel(k.title, k.sideText, k.say(textAppName), 400), you))))
}

func (s *lobbyScreen) card(k *kit, parts ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(inset{}, k.raised(k.card), container.New(evenly(16), container.New(column{8}, parts...)))
}

func (s *lobbyScreen) hostCard(k *kit) fyne.CanvasObject {
	s.hostName = newNameEntry(k.say(textRoomOf, words{"Name": model.DisplayName(s.app.settings.Name, "")}), s.room)
	limited := s.hostName.OnChanged
	s.hostName.OnChanged = func(text string) { limited(text); s.room = s.hostName.Text }
	open := func() { s.host(HostRequest{Room: s.hostName.Text}) }
	s.hostName.OnSubmitted = func(string) { open() }
	return s.card(k,
		newLabel(k.bodyBold, k.text, k.say(textHostTitle), 300),
		newParagraph(k.small, k.muted, k.say(textHostExplain)),
		k.roomy(s.hostName), newButton(k.say(textHost), nil, true, open))
}

func (s *lobbyScreen) addrCard(k *kit) fyne.CanvasObject {
	s.addr = widget.NewEntry()
	s.addr.SetPlaceHolder(k.say(textAddrHint))
	s.addr.SetText(s.address)
	s.addr.OnChanged = func(text string) { s.address = text }
	join := func() {
		if target := strings.TrimSpace(s.addr.Text); target != "" {
			s.join(JoinRequest{Target: target}, target)
		}
	}
	s.addr.OnSubmitted = func(string) { join() }
	return s.card(k,
		newLabel(k.bodyBold, k.text, k.say(textAddrTitle), 300),
		newParagraph(k.small, k.muted, k.say(textAddrExplain)),
		k.roomy(s.addr), newButton(k.say(textJoin), nil, false, join))
}

// show lists what the Finder found.
func (s *lobbyScreen) show(found []netchat.Advert) {
	if s.app.screen != s {
		return
	}
	s.found = found[:min(len(found), maxListed)]
	s.fill(s.app.kit)
}

// fill draws what changes: the banner and the rooms.
func (s *lobbyScreen) fill(k *kit) {
	s.rooms.Objects = nil
	for i := range s.found {
		s.rooms.Objects = append(s.rooms.Objects, s.roomCard(k, s.found[i]))
	}
	if len(s.found) == 0 {
		s.rooms.Objects = []fyne.CanvasObject{s.card(k,
			newLabel(k.bodyBold, k.text, k.say(textNoRooms), 400),
			newParagraph(k.head, k.muted, k.say(textNoRoomsHelp)))}
	}
	s.fillBanner(k)
	s.root.Refresh()
}

func (s *lobbyScreen) fillBanner(k *kit) {
	sentence, key, press := s.notice, textClose, func() { s.say("") }
	if s.busy != nil {
		sentence, key, press = s.doing, textCancel, s.giveUp
	}
	s.banner.Objects = nil
	if sentence == "" {
		s.banner.Hide()
		return
	}
	s.banner.Show()
	s.banner.Objects = []fyne.CanvasObject{panel(k.warnBar, cardRadius), container.New(evenly(12), container.New(beside{gap: 12},
		newParagraph(k.head, k.onBar, sentence), newButton(k.say(key), nil, false, press)))}
}

func (s *lobbyScreen) roomCard(k *kit, ad netchat.Advert) fyne.CanvasObject {
	name := roomName(k, ad.Room, ad.Addrs)
	about := make([]string, 0, 2)
	if host := model.DisplayName(ad.Room.Host, ""); host != "" {
		about = append(about, textflow.Isolate(host))
	}
	if ad.Members >= 0 {
		about = append(about, k.count(textPeople, ad.Members))
	}
	if len(about) == 0 {
		about = append(about, ad.Addrs...)
	}
	join := newButton(k.say(textJoin), nil, true, func() {
		s.join(JoinRequest{Addrs: ad.Addrs, Room: ad.Room.ID}, name)
	})
	lines := container.New(column{2}, newLabel(k.bodyBold, k.text, name, 4000),
		newLabel(k.small, k.muted, strings.Join(about, " · "), 4000))
	return container.New(inset{}, k.raised(k.card), container.New(evenly(14), container.New(row{gap: 14, grow: 1},
		k.newTile(string(ad.Room.ID)+name, name, 42), lines, k.wide(join))))
}

// roomName returns what to call a room, one without a name too.
func roomName(k *kit, room netchat.RoomInfo, addrs []string) string {
	if name := model.DisplayName(room.Name, ""); name != "" {
		return name
	}
	if len(addrs) > 0 && addrs[0] != "" {
		return addrs[0]
	}
	return k.say(textUnnamedRoom)
}

// say shows a sentence over the rooms, or none.
func (s *lobbyScreen) say(sentence string) {
	s.notice = sentence
	s.fill(s.app.kit)
}

// giveUp ends what is being joined or opened.
func (s *lobbyScreen) giveUp() {
	if s.busy != nil {
		s.busy()
		s.busy = nil
	}
	s.fill(s.app.kit)
}

// twoColumns puts its second object beside the first, or below it where that
// is narrow.
type twoColumns struct{ sizes *sizes }

// Measures of the columns with normal text.
const (
	columnsFrom  float32 = 680
	secondColumn float32 = 300
	columnGap    float32 = 24
)

// second returns the width of the second column; 0: it goes below the first.
func (t twoColumns) second(width float32) float32 {
	if width < t.sizes.grown(columnsFrom, 320) {
		return 0
	}
	return t.sizes.grown(secondColumn, 160)
}

func (t twoColumns) heightOf(o []fyne.CanvasObject, width float32) float32 {
	second := t.second(width)
	if second == 0 {
		return heightFor(o[0], width) + columnGap + heightFor(o[1], width)
	}
	return max(heightFor(o[0], width-second-columnGap), heightFor(o[1], second))
}

// Layout implements fyne.Layout.
func (t twoColumns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	second := t.second(size.Width)
	if second == 0 {
		h := place(o[0], 0, 0, size.Width)
		place(o[1], 0, h+columnGap, size.Width)
		return
	}
	left := size.Width - second - columnGap
	place(o[0], 0, 0, left)
	place(o[1], left+columnGap, 0, second)
}

// MinSize implements fyne.Layout.
func (t twoColumns) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(280, 100) }
