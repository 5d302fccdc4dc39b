package app

import (
	"context"
	"errors"
	"time"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// join joins a room off the user interface's goroutine, saying meanwhile that
// it does; what calls it what it says. A target that is no address is told at
// once.
func (s *lobbyScreen) join(r JoinRequest, what string) {
	a := s.app
	r.Name = a.settings.Name
	ways, code, err := waysIn(s, r)
	if err != nil {
		s.tell(notice{sentence: a.kit.sentence(err), fault: true})
		return
	}
	joining := s.begin(a.kit.say(textJoining, words{"Room": what}), func(ctx context.Context) (*membership, error) {
		var failure error
		for _, way := range ways {
			chat, err := a.deps.Join(ctx, way)
			if err == nil {
				return &membership{chat: chat, target: what, addrs: way.places()}, nil
			}
			if failure = err; !leadsNowhere(err) {
				break
			}
		}
		return nil, mayBeCode(code, failure)
	})
	if joining != nil {
		sayIfSlow(s, joining, a.kit.say(textJoiningSlowly, words{"Room": what}))
	}
}

// host opens a room and joins it. One without a name gets the usual one.
func (s *lobbyScreen) host(r HostRequest) {
	named := true
	if r.Room = model.DisplayName(r.Room, ""); r.Room == "" {
		r.Room, named = usualRoom(s.app)
	}
	s.open(r, named, nil)
}

// open opens a room, after another one has been closed if there is one, and
// joins it.
func (s *lobbyScreen) open(r HostRequest, named bool, before *membership) {
	a := s.app
	r.Name = a.settings.Name
	s.begin(a.kit.say(textOpening), func(ctx context.Context) (*membership, error) {
		if before != nil {
			before.close()
		}
		hosted, err := a.deps.Host(ctx, r)
		if err != nil {
			return nil, err
		}
		chat, err := hosted.Join(ctx, r.Name)
		if err != nil {
			return nil, errors.Join(err, hosted.Close())
		}
		return &membership{chat: chat, hosted: hosted, target: r.Room, listen: r.Listen, named: named}, nil
	})
}

// sayIfSlow shows a sentence if what is under way until ctx ends takes longer than
// slowAfter.
func sayIfSlow(s *lobbyScreen, ctx context.Context, sentence string) {
	a := s.app
	a.tasks.start(func(context.Context) {
		timer := time.NewTimer(slowAfter)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
			a.deps.Do(func() {
				if ctx.Err() == nil && a.screen == s && s.busy != nil {
					s.doing = sentence
					s.fill()
				}
			})
		}
	})
}

// begin runs enter on a goroutine of its own and then shows the room, or why
// not. Given up meanwhile, it leaves the room again. The context that it returns,
// nil if something else is under way, ends with enter.
func (s *lobbyScreen) begin(sentence string, enter func(context.Context) (*membership, error)) context.Context {
	if s.busy != nil {
		return nil
	}
	a := s.app
	ctx, cancel := context.WithTimeout(a.tasks.ctx, joinTimeout)
	s.busy, s.doing, s.told = cancel, sentence, notice{}
	s.fill()
	a.tasks.start(func(context.Context) {
		m, err := enter(ctx)
		gaveUp := errors.Is(ctx.Err(), context.Canceled)
		cancel()
		if m != nil && (gaveUp || err != nil) {
			m.close()
			m = nil
		}
		if gaveUp {
			return
		}
		a.deps.Do(func() { s.entered(m, err) })
	})
	return ctx
}

func (s *lobbyScreen) entered(m *membership, err error) {
	a := s.app
	if a.screen != s || s.busy == nil {
		if m != nil {
			a.tasks.start(func(context.Context) { m.close() })
		}
		return
	}
	s.busy = nil
	if err != nil {
		a.log.Warn("no room entered", "err", err)
		s.told = notice{sentence: a.kit.entrance(err), fault: true}
		s.fill()
		return
	}
	a.show(newRoomScreen(a, m))
	tellRepair(a, m)
}

// tellRepair says what damage was found in what is kept of a room opened here.
func tellRepair(a *App, m *membership) {
	if m.hosted == nil {
		return
	}
	kept, lost, bad := m.hosted.Repaired()
	if bad == "" {
		return
	}
	key := textRepairedExplain
	switch {
	case kept == 0:
		key = textRepairedNothing
	case lost == 0:
		key = textRepairedWhole
	}
	tellDamage(a, a.kit.say(key, words{"Lost": lost, "Path": bad}))
}

// tellDamage explains what became of what was kept on this computer and is damaged.
func tellDamage(a *App, explained string) {
	k := a.kit
	showModal(a, k.say(textRepaired), newParagraph(k.body, k.text, explained), "", k.say(textClose), func(bool) {})
}

// giveUp ends what is being joined or opened.
func (s *lobbyScreen) giveUp() {
	if s.busy != nil {
		s.busy()
		s.busy = nil
	}
	s.fill()
}

// A membership is one's own place in a room, and the room itself if it is open
// on this machine.
type membership struct {
	chat   Chat
	hosted Hosted // nil: somebody else's room
	target string // as it was typed or found
	addrs  []string
	listen string         // if hosted: where it was to listen
	named  bool           // if hosted: its name was typed
	failed bool           // if hosted: nobody can reach it any more
	unsaid error          // if hosted: why nothing can be said, nil: it can
	strain netchat.Strain // if hosted: how hard it is to get in
	over   error          // why the room has ended, nil: it has not

	drafts drafting
}

// close leaves the room, and closes it if it is one's own. It blocks.
func (m *membership) close() {
	_ = m.chat.Close()
	if m.hosted != nil {
		_ = m.hosted.Close()
	}
}

// address returns what others type to join, if the room is on this machine.
func (m *membership) address() string {
	if m.hosted == nil {
		return ""
	}
	if addrs := m.hosted.Addrs(); len(addrs) > 0 {
		return addrs[0]
	}
	return ""
}
