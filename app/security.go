package app

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A security view says in the header how far a room can be trusted, and tells
// more when it is pressed. The user interface's goroutine uses it.
type securityView struct {
	screen *roomScreen
	state  netchat.Security
	told   bool // there was a Welcome

	invite  string // of a room open here: its code, once it is computed
	invited bool   // that is under way
}

// take brings it up to what came from the room.
func (v *securityView) take(batch []netchat.Update) {
	for _, u := range batch {
		if w, ok := u.(*netchat.Welcome); ok {
			v.state, v.told = w.Security, true
		}
	}
}

// show puts the state into the header.
func (v *securityView) show() {
	if v.screen.head == nil || !v.told {
		return
	}
	v.fetchInvite()
	k := v.screen.app.kit
	v.screen.head.showSecurity(k.say(v.title()), v.icon(k), v.state.TLS)
}

// fetchInvite computes the code of a room that is open here, once, off the user
// interface's goroutine.
func (v *securityView) fetchInvite() {
	s := v.screen
	if s.in.hosted == nil || v.invited {
		return
	}
	v.invited = true
	s.app.tasks.start(func(context.Context) {
		invite := s.in.hosted.Invite()
		s.app.deps.Do(func() {
			v.invite = invite
			if s.app.screen == s && !s.gone {
				s.draw(model.Changed{Room: true})
			}
		})
	})
}

// beside returns the address of a room open here with its code.
func (v *securityView) beside(address string) string {
	if address == "" || v.invite == "" {
		return address
	}
	return address + " · " + v.invite
}

// title is the state in two or three words.
func (v *securityView) title() textKey {
	switch {
	case !v.state.TLS:
		return textOpenPadlock
	case v.state.Trust == netchat.TrustOwn:
		return textOwnRoom
	case v.state.Trust == netchat.TrustVerified:
		return textVerified
	case v.state.Trust == netchat.TrustKnown:
		return textSeenBefore
	}
	return textFirstTime
}

func (v *securityView) icon(k *kit) fyne.Resource {
	switch v.title() {
	case textOpenPadlock:
		return theme.WarningIcon()
	case textVerified:
		return theme.ConfirmIcon()
	}
	return k.tinted("lock", theme.ColorNameForeground)
}

// explain is what the state means.
func (v *securityView) explain(k *kit) string {
	who := k.say(textTakesAnybody)
	if v.screen.room.Info().AppOnly {
		who = k.say(textTakesApp)
	}
	switch v.title() {
	case textOpenPadlock:
		return k.say(textOpenExplain)
	case textOwnRoom:
		return inARow(k.say(textOwnExplain), who)
	case textVerified:
		return inARow(k.say(textVerifiedExplain), who)
	case textSeenBefore:
		return inARow(k.say(textSeenExplain), who)
	}
	return inARow(k.say(textFirstExplain), who)
}

// open shows what the state means, with the room's code to compare.
func (v *securityView) open() {
	s := v.screen
	a, k := s.app, s.app.kit
	body := container.New(column{modalGap}, newParagraph(k.body, k.text, v.explain(k)))
	yes := ""
	if v.state.TLS && a.deps.Trust != nil {
		code := newLabel(k.title, k.text, "…", 4000)
		body.Add(newParagraph(k.small, k.muted, k.say(textRoomCode)))
		body.Add(code)
		v.code(code)
		if t := v.title(); t == textFirstTime || t == textSeenBefore {
			body.Add(newParagraph(k.body, k.text, k.say(textCompare)))
			yes = k.say(textSameCode)
		}
	}
	showModal(a, k.say(v.title()), body, yes, k.say(textClose), func(same bool) {
		if same {
			v.verify()
		}
	})
}

// code computes the code off the user interface's goroutine.
func (v *securityView) code(shown *label) {
	a, state, hosted := v.screen.app, v.state, v.screen.in.hosted
	a.tasks.start(func(context.Context) {
		var text string
		if hosted != nil {
			text = hosted.Invite()
		} else {
			text = a.deps.Trust.Code(state.Key).String()
		}
		a.deps.Do(func() { shown.set(text) })
	})
}

// verify takes it that somebody has compared the code.
func (v *securityView) verify() {
	a := v.screen.app
	if err := a.deps.Trust.Verify(v.screen.room.Info().ID); err != nil {
		a.log.Warn("the room is not remembered as verified", "err", err)
	}
	v.state.Trust = netchat.TrustVerified
	v.show()
}

// showSecurity shows a state in the header's button.
func (h *header) showSecurity(text string, icon fyne.Resource, closed bool) {
	h.secure.name, h.security = text, text
	h.secure.Importance = widget.LowImportance
	if !closed {
		h.secure.Importance = widget.WarningImportance
	}
	h.secure.SetIcon(icon)
	h.secure.Show()
	h.nameSecurity(h.people.Visible())
}

// nameSecurity leaves out the word where it is narrow.
func (h *header) nameSecurity(narrow bool) {
	if narrow {
		h.secure.SetText("")
	} else {
		h.secure.SetText(h.security)
	}
	h.bar.Refresh()
}

// forgetKey forgets the key of a room too, and returns how to undo that.
func forgetKey(a *App, id netchat.RoomID) (undo func()) {
	if a.deps.Trust == nil || id == "" {
		return func() {}
	}
	restore, err := a.deps.Trust.Forget(id)
	if err != nil {
		a.log.Warn("a room's key is not forgotten for good", "err", err)
		return func() {}
	}
	return func() {
		if err := restore(); err != nil {
			a.log.Warn("a room's key is not remembered again", "err", err)
		}
	}
}
