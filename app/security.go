package app

import (
	"bytes"
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A securityView says in the header how far a room can be trusted, and tells
// more when it is pressed. The user interface's goroutine uses it.
type securityView struct {
	screen *roomScreen
	state  netchat.Security
	told   bool // there was a Welcome

	asked []byte   // the key whose code is computed, or has been
	code  string   // of that key; empty until it is known
	shows []*label // wait for it
}

// A stand is how far a room can be trusted, in words and as a sign.
type stand struct {
	title, explain textKey
	icon           func(*kit) fyne.Resource
	compare        bool // the code has still to be compared
}

// standOf is the one table of how a connection can stand.
func standOf(s netchat.Security) stand {
	lock := func(k *kit) fyne.Resource { return k.tinted(iconLock, theme.ColorNameForeground) }
	switch {
	case !s.TLS:
		return stand{textOpenPadlock, textOpenExplain, func(*kit) fyne.Resource { return theme.WarningIcon() }, false}
	case s.Trust == netchat.TrustOwn:
		return stand{textOwnRoom, textOwnExplain, lock, false}
	case s.Trust == netchat.TrustVerified:
		return stand{textVerified, textVerifiedExplain, func(*kit) fyne.Resource { return theme.ConfirmIcon() }, false}
	case s.Trust == netchat.TrustKnown:
		return stand{textSeenBefore, textSeenExplain, lock, true}
	}
	return stand{textFirstTime, textFirstExplain, lock, true}
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
	if v.screen.in.hosted != nil {
		v.fetchCode()
	}
	k, now := v.screen.app.kit, standOf(v.state)
	v.screen.head.showSecurity(k.say(now.title), now.icon(k), v.state.TLS)
}

// fetchCode computes the code of the room, once, off the user interface's
// goroutine: it takes a moment. It is the same for the host and for everybody else,
// so that they can compare it.
func (v *securityView) fetchCode() {
	s, key := v.screen, v.state.Key
	if v.asked != nil && bytes.Equal(v.asked, key) {
		return
	}
	v.asked, v.code = append([]byte{}, key...), ""
	s.app.tasks.start(func(context.Context) {
		var code string
		if s.in.hosted != nil {
			code = codeIn(s.in.hosted.Invite())
		} else {
			code = s.app.deps.Trust.Code(key).String()
		}
		s.app.deps.Do(func() {
			if !bytes.Equal(v.asked, key) {
				return
			}
			v.code = code
			for _, l := range v.shows {
				l.set(code)
			}
			v.shows = nil
			if s.in.hosted != nil && s.app.screen == s && !s.gone {
				s.draw(model.Changed{Room: true})
			}
		})
	})
}

// codeIn returns the code of an invitation as everybody sees it: without the address
// part, and with the last character that it has by itself.
func codeIn(invite string) string {
	code, _, ok := netchat.ParseCode(invite)
	if !ok {
		return invite
	}
	return code.String()
}

// beside returns the address of a room open here with its code.
func (v *securityView) beside(address string) string {
	if address == "" || v.code == "" {
		return address
	}
	return address + " · " + v.code
}

// explain is what the state means.
func (v *securityView) explain(k *kit) string {
	explain := k.say(standOf(v.state).explain)
	switch {
	case !v.state.TLS:
		return explain
	case v.screen.room.Info().AppOnly:
		return inARow(explain, k.say(textTakesApp))
	}
	return inARow(explain, k.say(textTakesAnybody))
}

// explainPrivate is what becomes of private messages. Where nothing is encrypted
// there is no more to be said.
func (v *securityView) explainPrivate() textKey {
	s := v.screen
	switch {
	case !v.state.TLS:
		return ""
	case s.in.hosted == nil:
		return textPrivateThere
	case keeps(s.app, s.room.Info().ID):
		return textPrivateHere
	}
	return textPrivateUnkept
}

// open shows what the state means, with the room's code to compare.
func (v *securityView) open() {
	if !v.told {
		return
	}
	a, k, now := v.screen.app, v.screen.app.kit, standOf(v.state)
	body := container.New(column{modalGap}, newParagraph(k.body, k.text, v.explain(k)))
	if private := v.explainPrivate(); private != "" {
		body.Add(newParagraph(k.body, k.text, k.say(private)))
	}
	yes := ""
	if v.state.TLS && a.deps.Trust != nil {
		v.fetchCode()
		code := newLabel(k.title, k.text, v.code, 4000)
		if v.code == "" {
			code.set("…")
			v.shows = append(v.shows, code)
		}
		body.Add(newParagraph(k.small, k.muted, k.say(textRoomCode)))
		body.Add(code)
		if now.compare {
			body.Add(newParagraph(k.body, k.text, k.say(textCompare)))
			yes = k.say(textSameCode)
		}
	}
	showModal(a, k.say(now.title), body, yes, k.say(textClose), func(same bool) {
		if same {
			v.verify()
		}
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
	h.secure.name = text
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
		h.secure.SetText(h.secure.name)
	}
	h.bar.Refresh()
}

// A claim is what is to be thought of a room that is found, before it has proved
// anything.
type claim int

const (
	claimsNothing  claim = iota // known by sight at best
	claimsVerified              // to be a room whose code was compared
	claimsAnother               // to be a room that is known, which has another key
)

// claimsOf asks what is known of rooms. It reads a small file at most.
func claimsOf(t Trust, rooms []netchat.Advert) map[string]claim {
	claims := make(map[string]claim)
	if t == nil {
		return claims
	}
	for _, ad := range rooms {
		switch stands, err := t.Claimed(ad.Room, ad.Addrs); {
		case errors.Is(err, netchat.ErrChangedKey):
			claims[adKey(ad)] = claimsAnother
		case stands == netchat.TrustVerified:
			claims[adKey(ad)] = claimsVerified
		}
	}
	return claims
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
