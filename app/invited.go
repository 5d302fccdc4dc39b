package app

import (
	"errors"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// What a code that leads nowhere may have been.
var (
	errUncheckedCode = errors.New("no room with that code; a character may be missing")
	errHostOrCode    = errors.New("no computer of that name; or a code with a wrong character")
)

// waysIn returns the joins to try, in this order, and what was typed as a code. What
// can be a code and the name of a computer is tried as both, if nobody who copies a
// code types it.
func waysIn(s *lobbyScreen, r JoinRequest) ([]JoinRequest, netchat.TypedCode, error) {
	var invite netchat.Invite
	typed := r.Target
	if typed != "" && s.app.deps.Invite != nil {
		var err error
		if invite, err = s.app.deps.Invite(typed); err != nil {
			return nil, netchat.TypedCode{}, err
		}
		r.Target, r.Code, r.Place = invite.Target, invite.Code, invite.Place
	}
	code := invite.TypedCode
	if r.Target == "" && r.Code != "" && code.Nameable {
		named, err := typedTarget(s, JoinRequest{Name: r.Name, Target: typed})
		switch {
		case err != nil:
		case code.Form == netchat.CodeChecked:
			return []JoinRequest{r, named}, code, nil
		default:
			return []JoinRequest{named, r}, code, nil
		}
	}
	r, err := typedTarget(s, r)
	return []JoinRequest{r}, code, err
}

// typedTarget reads the address that was typed, if one was.
func typedTarget(s *lobbyScreen, r JoinRequest) (JoinRequest, error) {
	if r.Target == "" {
		return r, nil
	}
	target, err := model.ParseAddress(r.Target)
	r.Target, r.Announced = target, s.rooms.announced(target)
	return r, err
}

// places returns where a room is that was joined as in r.
func (r JoinRequest) places() []string {
	if r.Target != "" {
		return []string{r.Target}
	}
	return r.Addrs
}

// leadsNowhere reports whether there is nothing where err comes from.
func leadsNowhere(err error) bool {
	if errors.Is(err, netchat.ErrSlow) || errors.Is(err, netchat.ErrBusy) {
		return false
	}
	return errors.Is(err, ErrNoSuchHost) || errors.Is(err, netchat.ErrWrongCode) || errors.Is(err, netchat.ErrUnreached)
}

// mayBeCode says of what led nowhere that a character may be wrong or missing.
func mayBeCode(code netchat.TypedCode, err error) error {
	switch {
	case errors.Is(err, netchat.ErrWrongCode) && code.Form == netchat.CodeUnchecked:
		return errors.Join(errUncheckedCode, err)
	case errors.Is(err, ErrNoSuchHost) && code.Form != netchat.CodeNone:
		return errors.Join(errHostOrCode, err)
	}
	return err
}
