package app

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/joining"
)

// TestWhatIsTypedInTheLobby: what may be a code and a machine is tried as both, and
// what led nowhere is told as what it may have been.
func TestWhatIsTypedInTheLobby(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	b.app.deps.Invite = joining.ParseInvite
	l := b.app.screen.(*lobbyScreen)
	for typed, c := range map[string]struct {
		tried []string // codes and addresses
		fails error
		says  textKey
	}{
		"047BY2R97MX2":       {[]string{"7BY2R97MX2"}, netchat.ErrWrongCode, textErrUncheckedCode},
		"04-7BY2R-97MX2-W":   {[]string{"7BY2R97MX2"}, netchat.ErrWrongCode, textErrWrongCode},
		"04-7BY2R-97MX2-X":   {nil, nil, textErrMistypedCode},
		"7BY2R-97MX":         {nil, nil, textErrNoCode},
		"DESKTOP-7K3M9QX":    {[]string{"desktop-7k3m9qx:8000", "T0P7K3M9QX"}, ErrNoSuchHost, textErrHostOrCode},
		"teacher-pc":         {[]string{"teacher-pc:8000"}, ErrNoSuchHost, textErrHostOrCode},
		"pc":                 {[]string{"pc:8000"}, ErrNoSuchHost, textErrNoSuchHost},
		"999.1.1.1":          {nil, nil, textErrBadIP},
		"192.168.1.20：8000。": {[]string{"192.168.1.20:8000"}, ErrRefused, textErrRefused},
	} {
		var tried []string
		b.app.deps.Join = func(_ context.Context, r JoinRequest) (Chat, error) {
			tried = append(tried, r.Target+string(r.Code))
			return nil, errors.Join(c.fails)
		}
		l.tell(notice{})
		l.join(JoinRequest{Target: typed}, typed)
		b.until("a sentence for "+typed, func() bool { return l.told.sentence != "" })
		if !slices.Equal(tried, c.tried) || l.told.sentence != b.app.kit.say(c.says) {
			t.Errorf("%q: %q, %q", typed, tried, l.told.sentence)
		}
	}
}
