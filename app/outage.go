package app

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/netchat"
)

// outageButton is the least width of the banner's button.
const outageButton float32 = 120

// An outage is a room open here that nobody can reach any more: it tells so
// and leads to the room opened anew.
type outage struct{ room *roomScreen }

// watch waits for that, for what the disk says and how hard it is to get in, until
// ctx ends.
func (o outage) watch(ctx context.Context) {
	s := o.room
	if s.in.hosted == nil {
		return
	}
	s.app.tasks.start(func(context.Context) {
		failed := s.in.hosted.Failed()
		for {
			select {
			case err, ok := <-failed:
				failed = nil
				if ok {
					s.app.deps.Do(func() { o.tell(err) })
				}
			case err := <-s.in.hosted.Stored():
				s.app.deps.Do(func() { o.tellDisk(err) })
			case strain := <-s.in.hosted.Strained():
				s.app.deps.Do(func() { o.tellStrain(strain) })
			case <-ctx.Done():
				return
			}
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

// tellDisk shows or hides the banner that tells that nothing can be said.
func (o outage) tellDisk(err error) {
	s := o.room
	if err != nil {
		s.app.log.Warn("what is said cannot be stored", "err", err)
	}
	s.in.unsaid = err
	if s.gone || s.app.screen != s {
		return
	}
	showDisk(s)
	s.relayout()
}

// showDisk tells that the disk of this computer takes no more, and what comes of it.
func showDisk(s *roomScreen) {
	k := s.app.kit
	text := ""
	switch {
	case s.in.unsaid != nil:
		text = k.say(textNotStored)
	case s.room.NotKept() != nil:
		text = k.say(textNotKept)
	}
	s.strips.onDisk.set(text)
	setVisible(s.strips.disk, text != "")
}

// tellStrain shows or hides the banner that tells how hard it is to get in.
func (o outage) tellStrain(strain netchat.Strain) {
	s := o.room
	s.in.strain = strain
	if s.gone || s.app.screen != s {
		return
	}
	showStrain(s)
	s.relayout()
}

// showStrain tells who holds the seats, and what else keeps newcomers out.
func showStrain(s *roomScreen) {
	k, strain := s.app.kit, s.in.strain
	var said []string
	if len(strain.Held) > 0 {
		said = append(said, k.say(textCrowded, words{"Seats": strain.Seats, "Of": strain.Of, "Held": strain.Most()}))
	}
	if strain.Descriptors {
		said = append(said, k.say(textDescriptors))
	}
	s.strips.onStrain.set(inARow(said...))
	setVisible(s.strips.strain, strain.Any())
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
