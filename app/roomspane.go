package app

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

const (
	// askFor is how long rooms are given to answer before it is said that they
	// do not.
	askFor = 5 * time.Second
	// helpAfter is how long nothing is found before it is said what may be
	// wrong.
	helpAfter = 10 * time.Second
)

// A roomsPane is the left side of the lobby: the rooms that answer, those of
// before, and what to do where there are none.
type roomsPane struct {
	lobby   *lobbyScreen
	found   []netchat.Advert
	claims  map[string]claim // of those, by key; nothing of a room that is new
	began   time.Time        // since when nothing is found
	asked   time.Time        // when the search last started over
	offline bool             // this computer is on no network

	list     *roomList
	status   *label
	again    *lobbyButton
	help     *fyne.Container
	headline *label
	advice   *paragraph
	heading  *fyne.Container
}

func newRoomsPane(s *lobbyScreen) *roomsPane {
	now := s.app.deps.Now()
	return &roomsPane{lobby: s, began: now, asked: now}
}

func (p *roomsPane) build(k *kit) fyne.CanvasObject {
	s := p.lobby
	canvas := s.app.win.Canvas
	p.status = newLabel(k.head, k.muted, "", 200)
	p.again = newLobbyButton(s, "", theme.ViewRefreshIcon(), p.refresh)
	p.again.Importance, p.again.name = widget.LowImportance, k.say(textSearchAgain)
	p.heading = container.New(row{gap: 8, grow: 0}, newLabel(k.headBold, k.muted, k.say(textRoomsHere), 400), p.status, p.again)
	p.list = newRoomList(k, listPlace{
		changed: s.relayout, keys: s.typed,
		typed:   func(r rune) { canvas().OnTypedRune()(r) },
		focus:   func(f fyne.Focusable) { canvas().Focus(f) },
		focused: func() fyne.Focusable { return canvas().Focused() },
	})
	p.headline = newLabel(k.bodyBold, k.text, "", 4000)
	p.advice = newParagraph(k.head, k.muted, "")
	p.help = newCard(k, p.headline, p.advice).(*fyne.Container)
	return container.New(column{listGap}, p.heading, p.list, p.help)
}

// show brings everything up to date, in place.
func (p *roomsPane) show() {
	k := p.lobby.app.kit
	p.list.show(p.items(k))
	status := p.statusText(k)
	if p.status.text != status {
		p.status.set(status)
		p.heading.Refresh()
	}
	headline, advice := p.helpText(k)
	if visible := len(p.found) == 0; visible != p.help.Visible() || headline != p.headline.text || advice != p.advice.text {
		setVisible(p.help, visible)
		p.headline.set(headline)
		p.advice.set(advice)
		p.lobby.relayout()
	}
}

// take lists what the Finder found.
func (p *roomsPane) take(found []netchat.Advert) {
	some := len(p.found) > 0
	p.found = slices.Clone(found[:min(len(found), maxListed)])
	p.claims = claimsOf(p.lobby.app.deps.Trust, p.found)
	slices.SortStableFunc(p.found, func(a, b netchat.Advert) int {
		return cmp.Or(strings.Compare(fold(a.Room.Name), fold(b.Room.Name)),
			strings.Compare(fold(a.Room.Host), fold(b.Room.Host)), strings.Compare(adKey(a), adKey(b)))
	})
	if some && len(found) == 0 {
		p.began = p.lobby.app.deps.Now()
	}
	p.show()
}

// refresh has the search start over, and shows that it does.
func (p *roomsPane) refresh() {
	p.asked = p.lobby.app.deps.Now()
	p.lobby.search.Refresh()
	p.show()
}

// asking reports whether the search has only just started over.
func (p *roomsPane) asking() bool { return p.lobby.app.deps.Now().Sub(p.asked) < askFor }

func (p *roomsPane) statusText(k *kit) string {
	switch {
	case p.offline && len(p.found) == 0:
		return k.say(textNotConnected)
	case p.asking():
		return k.say(textSearching)
	case len(p.found) == 0:
		return k.say(textStillSearching)
	}
	return k.say(textUpToDate)
}

func (p *roomsPane) helpText(k *kit) (headline, advice string) {
	switch {
	case p.offline:
		return k.say(textNoNetwork), k.say(textNoNetworkHelp)
	case p.lobby.app.deps.Now().Sub(p.began) >= helpAfter:
		return k.say(textNoRooms), k.say(textNoRoomsLong)
	}
	return k.say(textNoRooms), k.say(textNoRoomsHelp)
}

// items returns what is to be listed.
func (p *roomsPane) items(k *kit) []roomItem {
	visited := p.lobby.app.opts.Visited
	here := make(map[string]bool, len(p.found))
	alike := make(map[string]int)
	for _, ad := range p.found {
		here[adKey(ad)] = true
		alike[likeness(ad.Room)]++
	}
	var before []model.Visit
	for _, v := range visited.All() {
		if !here[v.Key()] {
			before = append(before, v)
			alike[likeness(v.Room)]++
		}
	}
	var items []roomItem
	for _, ad := range p.found {
		items = append(items, p.foundItem(k, ad, alike[likeness(ad.Room)] > 1))
	}
	if len(before) == 0 {
		return items
	}
	if len(items) == 0 {
		items = append(items, roomItem{key: keyNone, state: notARoom, name: k.say(textNoneHere)})
	}
	items = append(items, roomItem{key: keyBefore, state: notARoom, name: k.say(textBefore)})
	for _, v := range before {
		items = append(items, p.beforeItem(k, v, alike[likeness(v.Room)] > 1))
	}
	return items
}

// foundItem shows a room that answers.
func (p *roomsPane) foundItem(k *kit, ad netchat.Advert, alike bool) roomItem {
	s := p.lobby
	it := roomItem{key: adKey(ad), state: roomOpen, name: roomName(k, ad.Room, ad.Addrs), act: k.say(textJoin)}
	it.tile = string(ad.Room.ID) + it.name
	about := make([]string, 0, 6)
	switch p.claims[it.key] {
	case claimsAnother:
		it.warned, about = true, append(about, k.say(textImitation))
	case claimsVerified:
		about = append(about, k.say(textVerified))
	}
	if host := model.DisplayName(ad.Room.Host, ""); host != "" {
		about = append(about, textflow.Isolate(host))
	}
	if ad.Members >= 0 {
		about = append(about, k.count(textPeople, ad.Members))
	}
	if alike || len(about) == 0 {
		about = append(about, ad.Addrs[:min(len(ad.Addrs), 1)]...)
	}
	if s.app.drafts.has(ad.Room.ID) {
		about = append(about, k.say(textHasDraft))
	}
	if v, ok := s.app.opts.Visited.Find(it.key); ok {
		if v.Mine {
			about = append(about, k.say(textYourRoom))
		}
		about = append(about, k.lastHere(v.Last))
	}
	it.about = strings.Join(about, " · ")
	if s.busy == nil {
		it.press = func() { s.join(JoinRequest{Addrs: ad.Addrs, Room: ad.Room.ID}, it.name) }
	}
	return it
}

// beforeItem shows a room of before that does not answer.
func (p *roomsPane) beforeItem(k *kit, v model.Visit, alike bool) roomItem {
	s := p.lobby
	it := roomItem{key: v.Key(), state: roomBefore, name: roomName(k, v.Room, v.Addrs), act: k.say(textTryAgain)}
	kept := keeps(s.app, v.Room.ID)
	if kept {
		it.act = k.say(textOpenKept)
	}
	about := []string{k.day(v.Last)}
	switch {
	case v.Mine:
		it.act = k.say(textOpenAgain)
		about = append(about, k.say(textYourRoom))
	case v.Room.ID == "": // whether it answers is not known
	case p.asking():
		about = append(about, k.say(textAsking))
	default:
		about = append(about, k.say(textNoAnswer))
	}
	if s.app.drafts.has(v.Room.ID) {
		about = append(about, k.say(textHasDraft))
	}
	if alike && len(v.Addrs) > 0 && v.Room.ID != "" {
		about = append(about, v.Addrs[0])
	}
	it.about = strings.Join(about, " · ")
	it.forget = func() { s.forget(it.key, it.name) }
	if kept || s.app.drafts.has(v.Room.ID) {
		it.forget = func() { s.forgetKept(v, it.name) }
	}
	switch {
	case s.busy != nil:
	case v.Mine:
		it.press = func() { s.host(HostRequest{Room: v.Room.Name, Listen: v.Listen, AppOnly: v.Room.AppOnly}) }
	default:
		it.press = func() { s.join(JoinRequest{Addrs: v.Addrs, Room: v.Room.ID, Away: kept}, it.name) }
	}
	return it
}

// adKey says which room it is, as Visit.Key does.
func adKey(ad netchat.Advert) string {
	return model.Visit{Room: ad.Room, Addrs: ad.Addrs}.Key()
}

// likeness is the same for rooms that one cannot tell apart by name and host.
func likeness(r netchat.RoomInfo) string { return fold(r.Name) + "\n" + fold(r.Host) }

// fold makes names that look alike the same.
func fold(name string) string { return strings.ToLower(model.DisplayName(name, "")) }

// lastHere says when one was in a room.
func (k *kit) lastHere(t time.Time) string {
	t, now := t.In(k.zone), k.now().In(k.zone)
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return k.say(textHereToday)
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		return k.say(textHereYesterday)
	}
	return k.say(textHereOn, words{"Day": t.Format(time.DateOnly)})
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

// announced reports whether a room that is found is at that address.
func (p *roomsPane) announced(addr string) bool {
	return slices.ContainsFunc(p.found, func(a netchat.Advert) bool { return slices.Contains(a.Addrs, addr) })
}
