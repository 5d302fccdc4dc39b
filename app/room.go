package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A roomScreen is the chat: it wires the views to the model and to the room.
type roomScreen struct {
	app    *App
	in     *membership
	room   *model.Room
	stop   context.CancelFunc // ends the pump
	gone   bool               // left, or being left
	own    string             // the address of a room open here
	people *peopleView
	head   *header
	lines  *timeline
	write  *composer
	layout *chatLayout
	root   *fyne.Container
	strips *strips
	secure *securityView
	search searching
}

// newRoomScreen shows the room that in is a place in, and from now on owns in.
func newRoomScreen(a *App, in *membership) *roomScreen {
	s := &roomScreen{app: a, in: in, room: a.newRoom()}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.secure = stop, &securityView{screen: s}
	p := pump{
		updates: in.chat.Events(), do: a.deps.Do, apply: s.apply,
		ahead: func(batch []netchat.Update) func() { return in.drafts.fetch(s, batch) },
	}
	a.tasks.start(func(context.Context) {
		p.run(ctx)
		a.deps.Do(s.ended)
	})
	outage{s}.watch(ctx)
	return s
}

// leave leaves the room. The goroutine that waits for it ends the pump too.
func (s *roomScreen) leave() {
	if s.gone {
		return
	}
	s.in.drafts.note(s)
	s.gone = true
	s.lines.release()
	if s.room.Self().ID != "" {
		noteVisit(s.app, s.in, s.room.Info())
	}
	s.app.tasks.start(func(context.Context) {
		s.in.close()
		s.stop()
	})
}

// ended leads back to the lobby once the room has ended the connection for
// good.
func (s *roomScreen) ended() {
	if s.gone || s.app.screen != s {
		return
	}
	_, cause := s.room.Connection()
	if cause == nil {
		cause = netchat.ErrClosed
	}
	if !stays(s, cause) {
		s.app.enterLobby(parting(s, cause))
	}
}

func (s *roomScreen) build(k *kit) fyne.CanvasObject {
	s.root = nil // nothing to lay out until all parts are there
	s.people = newPeopleView(k, s.room, peopleActions{
		choose: s.choose, all: s.toAll, write: func(r rune) { backFromPeople(s); s.write.field.TypedRune(r) },
		back: func() { backFromPeople(s) }, over: func() bool { return s.layout.narrow && s.layout.open },
	})
	s.head = newHeader(k, headerActions{
		people: s.togglePeople,
		leave:  func() { s.mayClose(func() { s.app.enterLobby("") }) },
		address: func() {
			s.app.fyne.Clipboard().SetContent(s.own)
			s.focus()
		},
		settings: func() { showSettings(s.app) },
		security: s.secure.open, search: func() { showSearch(s) },
	})
	s.lines = newTimeline(k, s.room.Timeline(), timelineActions{
		older: s.older, newer: func() { askNewer(s) }, retry: s.retry, discard: s.discard,
		tapped: func() {
			if s.app.screen == s { // a drag may end after leaving
				s.focus()
			}
		},
		choose: func(l *model.Line) { chooseBy(s, l) },
		menu:   func(m lineMenu) { showLineMenu(s, m) },
		open:   func(link string) { askLink(s, link) },
		moved: func(news int) {
			s.strips.showNews(s.app.kit, news, s.room.Timeline().Detached())
			s.relayout()
		},
	})
	s.strips = newStrips(k, func() { toNewest(s); s.focus() })
	s.strips.outage = outage{s}.banner(k)
	banners := container.New(column{}, s.strips.outage, s.strips.disk, s.strips.strain, s.strips.banner)
	s.layout = &chatLayout{
		kit: k, header: s.head.root, banner: banners, people: s.people.root, float: s.strips.news,
		narrowed: func(narrow bool) { narrowed(s, narrow) },
	}
	shade := newTap(canvas.NewRectangle(alpha(0, 0x80)), k.say(textClose), s.togglePeople)
	shade.byHand = true // Escape does it
	messages := container.NewClip(s.lines)
	messages.ExtendBaseWidget(messages) // it would miss its first size
	s.layout.shade, s.layout.messages = shade, messages
	s.write = newComposer(k, composerActions{
		send: s.send, offer: func(text string) { offerParts(s, text) }, changed: func(text string) { typing(s, text) }, leave: s.toAll, page: s.lines.page, resized: s.relayout,
		answer: func(id netchat.MemberID) { writeTo(s, id) },
		copy:   func() bool { return copySelection(s) }, escape: s.lines.deselect, focus: s.focus,
	})
	s.layout.composer = s.write.root
	s.root = container.New(s.layout, messages, s.strips.news, banners, s.write.root, s.head.root, shade, s.people.root)
	s.draw(model.Changed{Room: true, People: true, Timeline: true, Recipient: true, Connection: true})
	return container.NewStack(canvas.NewRectangle(k.ground), s.root)
}

func (s *roomScreen) shown() {
	write := s.people.acts.write
	s.app.win.Canvas().SetOnTypedRune(write)
	listen(s.app, func(e *fyne.KeyEvent) { s.focus(); s.write.field.TypedKey(e) })
	s.focus()
}

// focus puts the caret where one writes.
func (s *roomScreen) focus() { s.app.win.Canvas().Focus(s.write.field) }

func (s *roomScreen) relayout() {
	if s.root != nil {
		s.layout.Layout(s.root.Objects, s.root.Size())
	}
}

// apply takes what the pump carries over.
func (s *roomScreen) apply(batch []netchat.Update) {
	c := s.room.Apply(batch)
	s.secure.take(batch)
	s.in.drafts.note(s)
	if c.Room && !s.gone {
		noteVisit(s.app, s.in, s.room.Info())
	}
	if s.gone || s.app.screen != s {
		return
	}
	if c.Unread && !s.app.settings.Quiet {
		s.app.notes.tell(s.app.kit, c, s.room.Unread())
	}
	s.draw(c)
}

// sayOnce says what did not work.
func sayOnce(s *roomScreen, c model.Changed) {
	k := s.app.kit
	if c.Room || c.NotKept {
		showDisk(s)
		showStrain(s)
		s.relayout()
	}
	if c.NotRenamed != "" {
		s.write.say(k.say(textRenameLater, words{"Name": c.NotRenamed}))
	}
	if c.Hits != nil && s.search.panel != nil {
		s.search.panel.take(c.Hits)
	}
	if c.Aside != "" {
		tellDamage(s.app, k.say(textAsideExplain, words{"Path": c.Aside}))
	}
}

// draw shows again what changed.
func (s *roomScreen) draw(c model.Changed) {
	k := s.app.kit
	state, cause := s.room.Connection()
	if c.Room {
		s.people.welcome(s.room.Self())
		s.own = s.in.address()
		s.secure.show()
	}
	sayOnce(s, c)
	if c.Room || c.People {
		s.head.show(s.name(), s.secure.beside(s.own), s.room.People().Len())
	}
	if c.People || c.Recipient || c.Connection {
		s.people.pale = state == netchat.StateReconnecting
		s.people.chosen = s.room.Recipient().ID
		s.people.show()
	}
	if c.Recipient {
		s.write.over = s.in.over != nil
		s.write.show(s.room.Recipient(), s.room.Draft())
	}
	if c.Connection || c.Timeline {
		s.strips.showConnection(k, state, cause, s.room.Timeline().Waiting())
		showOver(s)
		s.relayout()
	}
	if c.Timeline {
		s.search.sought.goOn(s)
		s.lines.update(c.News)
	}
	if c.Room || c.Recipient || c.Unread {
		s.app.retitleIf(s)
	}
}

// name returns what to call the room.
func (s *roomScreen) name() string {
	return roomName(s.app.kit, s.room.Info(), []string{s.in.target})
}

func (s *roomScreen) title() string {
	k := s.app.kit
	parts := []string{s.name(), k.say(textAppName)}
	if to := s.room.Recipient(); to.Private() {
		parts = append([]string{k.say(textTitlePrivate, words{"Name": to.Name})}, parts...)
	}
	title := strings.Join(parts, " — ")
	if n := s.room.Unread(); n > 0 {
		title = fmt.Sprintf("(%d) %s", n, title)
	}
	return title
}

func (s *roomScreen) setAway(away bool) {
	if s.room.SetAway(away) {
		s.app.retitleIf(s)
	}
}

// choose makes the next messages private to somebody, or public again.
func (s *roomScreen) choose(id netchat.MemberID) {
	s.room.Choose(id)
	if s.layout.open {
		s.togglePeople()
	}
	s.draw(model.Changed{Recipient: true})
	s.focus()
}

func (s *roomScreen) toAll() {
	s.room.ChooseAll()
	s.draw(model.Changed{Recipient: true})
	s.focus()
}

func (s *roomScreen) togglePeople() {
	s.layout.open = !s.layout.open
	s.relayout()
	if s.layout.open {
		s.people.focus(s.app.win.Canvas())
	} else {
		s.lines.uncovered = s.app.kit.now()
		s.focus()
	}
}

// send hands texts to the room, each as a message or none of them, and shows
// them as waiting.
func (s *roomScreen) send(texts ...string) {
	if s.in.over != nil {
		s.write.say(s.app.kit.sentence(s.in.over))
		return
	}
	posts, err := s.room.ComposeAll(texts)
	if err != nil {
		s.write.say(s.app.kit.sentence(err))
		if errors.Is(err, model.ErrGone) {
			s.write.show(s.room.Recipient(), s.write.field.Text)
		}
		return
	}
	s.write.show(s.room.Recipient(), "")
	s.people.show() // the draft is none any more
	s.post(posts...)
}

func (s *roomScreen) post(posts ...netchat.Post) {
	for _, p := range posts {
		if err := s.in.chat.Send(p); err != nil {
			s.room.Fail(p.ID, model.Failure{Err: err})
		}
	}
	s.in.drafts.note(s)
	s.app.drafts.atOnce()
	toNewest(s)
	s.draw(model.Changed{Timeline: true})
}

func (s *roomScreen) retry(l *model.Line) {
	if post, ok := s.room.Retry(l); ok {
		s.post(post)
	}
	s.focus()
}

// discard throws a failed message away, after asking: its text is nowhere else.
func (s *roomScreen) discard(l *model.Line) {
	k := s.app.kit
	ask(s.app, k.say(textAskDiscardTitle), k.say(textAskDiscard), k.say(textDiscard), k.say(textCancel), func(yes bool) {
		if yes {
			s.room.Discard(l)
			s.in.drafts.note(s)
			s.draw(model.Changed{Timeline: true})
		}
	})
}

// older asks the room for what was said before.
func (s *roomScreen) older() {
	before, ok := s.room.Timeline().AskOlder()
	if !ok {
		return
	}
	if err := s.in.chat.History(before, netchat.MaxPageMessages); err != nil {
		s.app.log.Warn("no older messages", "err", err)
		s.room.Timeline().Unasked()
	}
}

func (s *roomScreen) mayClose(then func()) {
	k := s.app.kit
	var why []string
	confirm := textLeaveAnyway
	failed, drafts := mayLose(s)
	if n := s.room.Timeline().Waiting(); n > 0 && s.in.hosted == nil && keeps(s.app, s.room.Info().ID) {
		why = append(why, k.count(textAskWaiting, n))
	} else if n += failed; n > 0 && !s.in.drafts.safe(s.app) {
		why = append(why, k.count(textAskUnsent, n))
	}
	if drafts {
		why = append(why, k.say(textAskDraft))
	}
	if n := s.room.People().Others(); s.in.hosted != nil && n > 0 {
		why = append(why, k.count(textAskOthers, n))
		confirm = textCloseRoom
	}
	if len(why) == 0 {
		then()
		return
	}
	ask(s.app, k.say(textAskTitle), inARow(why...), k.say(confirm), k.say(textStay), func(yes bool) {
		if yes {
			then()
		}
	})
}
