package app

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// outageButton is the least width of the banner's button.
const outageButton float32 = 120

// An outage is a room open here that nobody can reach any more: it tells so
// and leads to the room opened anew.
type outage struct{ room *roomScreen }

// watch waits until it happens or ctx ends.
func (o outage) watch(ctx context.Context) {
	s := o.room
	if s.in.hosted == nil {
		return
	}
	s.app.tasks.start(func(context.Context) {
		select {
		case err, failed := <-s.in.hosted.Failed():
			if failed {
				s.app.deps.Do(func() { o.tell(err) })
			}
		case <-ctx.Done():
		}
	})
}

// tell shows the banner. Those who are in the room may go on talking.
func (o outage) tell(err error) {
	s := o.room
	s.app.log.Warn("the room can no longer be reached", "err", err)
	s.in.failed = true
	if s.gone || s.app.screen != s {
		return
	}
	s.strips.outage.Show()
	s.relayout()
}

// banner returns what tell shows.
func (o outage) banner(k *kit) *fyne.Container {
	again := newButton(k.say(textOpenAgain), nil, false, o.openAgain)
	box := container.New(inset{}, canvas.NewRectangle(k.warnBar), container.New(inset{8, edge, 8, edge},
		container.New(beside{gap: 12}, newParagraph(k.head, k.onBar, k.say(textUnreachable)), container.New(atLeast{width: outageButton}, again))))
	setVisible(box, o.room.in.failed)
	return box
}

// openAgain closes the room, after asking if something would be lost, and opens
// it once more.
func (o outage) openAgain() {
	s := o.room
	s.mayClose(func() {
		in, room := s.in, s.room.Info()
		s.app.enterLobby("")
		if l, ok := s.app.screen.(*lobbyScreen); ok {
			l.open(HostRequest{Room: room.Name, Listen: in.listen}, in.named, in)
		}
	})
}
