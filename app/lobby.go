package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
)

const (
	// maxListed bounds the rooms that the lobby shows.
	maxListed = 200

	// heartbeat is how often the lobby looks at the clock.
	heartbeat = 500 * time.Millisecond
	// beatsToLook is how many of these pass before it looks at the network.
	beatsToLook = 4
	// hiddenAfter is how long the window is in the background before the
	// search slows down. A lobby that is projected beside another window, or
	// looked at over somebody's shoulder, is in the background too.
	hiddenAfter = 5 * time.Minute
)

// A lobbyScreen lists the rooms found and leads into one of them.
type lobbyScreen struct {
	app    *App
	stop   context.CancelFunc // ends the search
	search Search
	busy   context.CancelFunc // gives up what is being joined or opened; nil: nothing is
	doing  string             // a sentence about that
	told   notice             // what else there is to say
	away   time.Time          // since when the window is in the background; zero: it is not
	hidden bool               // the search knows that it is

	lobbyForms
	rooms *roomsPane
	foot  *lobbyFoot
	page  lobbyPage
	root  *fyne.Container
}

func newLobbyScreen(a *App, sentence string) *lobbyScreen {
	s := &lobbyScreen{app: a, told: notice{sentence: sentence, fault: true}}
	s.lobbyForms.lobby = s
	s.rooms = newRoomsPane(s)
	s.setAway(a.away)
	ctx, stop := context.WithCancel(a.tasks.ctx)
	s.stop = stop
	s.search = a.deps.Find.Search(ctx, remembered(a))
	a.tasks.start(func(context.Context) {
		for list := range s.search.Rooms() {
			a.deps.Do(func() {
				if a.screen == s {
					s.rooms.take(list)
				}
			})
		}
	})
	a.tasks.start(func(context.Context) { s.beat(ctx) })
	return s
}

// beat has the lobby look at the clock and the network until ctx ends.
func (s *lobbyScreen) beat(ctx context.Context) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	online := true
	for n := 0; ; n++ {
		if n%beatsToLook == 0 && s.app.deps.Online != nil {
			online = s.app.deps.Online()
		}
		done := make(chan struct{}) // a slow window gets no queue of beats
		s.app.deps.Do(func() {
			defer close(done)
			s.tick(!online)
		})
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// tick does what is due by now.
func (s *lobbyScreen) tick(offline bool) {
	if s.app.screen != s {
		return
	}
	now := s.app.deps.Now()
	if !s.told.until.IsZero() && now.After(s.told.until) {
		s.tell(notice{})
	}
	if !s.hidden && !s.away.IsZero() && now.Sub(s.away) >= hiddenAfter {
		s.hidden = true
		s.search.SetHidden(true)
	}
	s.rooms.offline = offline
	s.rooms.show()
}

// setAway tells whether the window is in the background.
func (s *lobbyScreen) setAway(away bool) {
	switch {
	case away:
		s.away = s.app.deps.Now()
		if s.rooms.list != nil {
			s.rooms.list.out() // nobody tells when the pointer leaves the window
		}
	default:
		s.away = time.Time{}
		if s.hidden {
			s.hidden = false
			s.search.SetHidden(false)
		}
	}
}

func (s *lobbyScreen) title() string { return s.app.kit.say(textAppName) }

// shown leaves the focus alone, so that a small window shows the rooms first.
// What is typed goes to the address, and the arrows lead to the rooms.
func (s *lobbyScreen) shown() {
	c := s.app.win.Canvas()
	c.SetOnTypedRune(func(r rune) {
		c.Focus(s.addr)
		s.addr.TypedRune(r)
	})
	listen(s.app, func(e *fyne.KeyEvent) {
		if !s.typed(e) && (e.Name == fyne.KeyDown || e.Name == fyne.KeyUp) {
			s.rooms.list.focusFrom(0, 1)
		}
	})
}

// typed does what a key does everywhere in the lobby, and reports whether it
// is such a key.
func (s *lobbyScreen) typed(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyEscape:
		if s.busy != nil {
			s.giveUp()
		} else {
			s.tell(notice{})
		}
	case fyne.KeyPageUp:
		s.page.turn(-1)
	case fyne.KeyPageDown:
		s.page.turn(1)
	default:
		return isFunctionKey(e.Name) && pressed(s.app, chord{key: e.Name})
	}
	return true
}

func (s *lobbyScreen) leave() {
	s.stop()
	if s.busy != nil {
		s.busy()
	}
}

func (s *lobbyScreen) mayClose(then func()) { then() }

func (s *lobbyScreen) build(k *kit) fyne.CanvasObject {
	s.root = nil // nothing to lay out until all parts are there
	s.foot = newLobbyFoot(s)
	left := s.rooms.build(k)
	right := container.New(column{16}, s.hostCard(k), s.addrCard(k))
	page := newPage(container.New(pageMargin{}, container.New(twoColumns{&k.sizes}, left, right)))
	s.page = lobbyPage{page.Objects[0].(*container.Scroll), s.app.fyne.Driver()}
	l := lobbyLayout{bar: newLobbyBar(s, k), page: page, foot: s.foot.root}
	s.root = container.New(l, page, l.bar, l.foot)
	s.fill()
	return container.NewStack(canvas.NewRectangle(k.ground), s.root)
}

// newLobbyBar returns the dark strip with the app's name and one's own.
func newLobbyBar(s *lobbyScreen, k *kit) fyne.CanvasObject {
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

// newCard returns parts on a card.
func newCard(k *kit, parts ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(inset{}, k.raised(k.card), container.New(evenly(16), container.New(column{8}, parts...)))
}

// fill draws what changes.
func (s *lobbyScreen) fill() {
	k := s.app.kit
	for _, b := range s.submits {
		if s.busy != nil {
			b.Disable()
		} else {
			b.Enable()
		}
	}
	s.rooms.show()
	s.foot.show(k)
	s.relayout()
	switch f := s.app.win.Canvas().Focused().(type) {
	case *roomCard:
		reveal(f)
	case *lobbyField:
		reveal(f)
	}
}

func (s *lobbyScreen) relayout() {
	if s.root != nil {
		s.root.Refresh()
	}
}

// tell shows a notice in place of the one before; an empty one shows none.
func (s *lobbyScreen) tell(n notice) {
	if n.sentence == "" && s.told.sentence == "" {
		return
	}
	s.told = n
	s.fill()
}

// forget takes a room of before out of the list, for good unless that is undone
// soon.
func (s *lobbyScreen) forget(key, name string) {
	a := s.app
	gone, err := a.opts.Visited.Forget(key)
	if err != nil {
		a.log.Warn("a room is not forgotten for good", "err", err)
	}
	restore := forgetKey(a, gone.Room.ID)
	s.rooms.list.drop(key)
	s.tell(notice{
		sentence: a.kit.say(textForgotten, words{"Room": name}),
		until:    a.deps.Now().Add(undoFor),
		undo: func() {
			if err := a.opts.Visited.Note(gone); err != nil {
				a.log.Warn("a room is not noted again", "err", err)
			}
			restore()
			s.tell(notice{})
		},
	})
}

// pageMargin keeps a distance around a page, and the page from becoming so wide
// that one loses the line between a name and its button.
type pageMargin struct{}

const (
	widestPage float32 = 1120
	leastSpace float32 = 20
)

func (pageMargin) inset(width float32) inset {
	side := max(leastSpace, (width-widestPage)/2)
	return inset{leastSpace, side, leastSpace, side}
}

func (m pageMargin) heightOf(objects []fyne.CanvasObject, width float32) float32 {
	return m.inset(width).heightOf(objects, width)
}

// Layout implements fyne.Layout.
func (m pageMargin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	m.inset(size.Width).Layout(objects, size)
}

// MinSize implements fyne.Layout.
func (m pageMargin) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return evenly(leastSpace).MinSize(objects)
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
