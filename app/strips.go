package app

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/netchat"
)

// strips are what comes over the messages at times: the banner of a lost
// connection, and the button that tells of new messages below.
type strips struct {
	banner   *fyne.Container
	sentence *paragraph
	news     *tap
	newsIn   *fyne.Container
	outage   *fyne.Container // the banner of a room open here that failed
	disk     *fyne.Container // the banner of a disk that takes no more
	onDisk   *paragraph
	strain   *fyne.Container // the banner of a room that is hard to get into
	onStrain *paragraph
}

// newStrips makes them, hidden. toNews is what the button does.
func newStrips(k *kit, toNews func()) *strips {
	s := &strips{sentence: newParagraph(k.head, k.onBar, ""), onDisk: newParagraph(k.head, k.onBar, ""), onStrain: newParagraph(k.head, k.onBar, ""), newsIn: container.NewStack()}
	s.banner, s.disk, s.strain = newBanner(k, s.sentence), newBanner(k, s.onDisk), newBanner(k, s.onStrain)
	s.news = newTap(s.newsIn, "", toNews)
	s.news.Hide()
	return s
}

// newBanner makes a hidden banner for a warning.
func newBanner(k *kit, sentence *paragraph) *fyne.Container {
	warn := canvas.NewImageFromResource(theme.NewColoredResource(theme.WarningIcon(), colorOnBar))
	warn.SetMinSize(k.square(18))
	banner := container.New(inset{}, canvas.NewRectangle(k.warnBar),
		container.New(inset{8, edge, 8, edge + k.scaled(18) + 10}, sentence), container.New(inset{8, 0, 8, edge}, container.New(atLeft{}, warn)))
	banner.Hide()
	return banner
}

// showConnection says what happens while the connection is lost, how many
// messages wait for it, and that they wait in vain if cause is that another
// room is at the address.
func (s *strips) showConnection(k *kit, state netchat.State, cause error, waiting int) {
	if state != netchat.StateReconnecting {
		s.sentence.set("")
		s.banner.Hide()
		return
	}
	said := []string{k.say(textReconnecting)}
	for _, row := range []struct {
		cause error
		text  textKey
	}{
		{netchat.ErrNotFound, textErrOtherRoom},
		{netchat.ErrChangedKey, textStranger},
		{netchat.ErrNoTLS, textStripped},
		{netchat.ErrStripped, textStripped},
		{netchat.ErrBusy, textHostBusy},
		{netchat.ErrAway, textAway},
	} {
		if errors.Is(cause, row.cause) {
			said[0] = k.say(row.text)
			break
		}
	}
	if waiting > 0 {
		said = append(said, k.count(textWaiting, waiting))
	}
	s.sentence.set(inARow(said...))
	s.banner.Show()
}

// showNews tells how many new messages are below, or leads back to the newest from a
// part of long ago.
func (s *strips) showNews(k *kit, n int, longAgo bool) {
	if n == 0 && !longAgo {
		s.news.Hide()
		return
	}
	text := k.say(textKeyNewest)
	if n > 0 {
		text = k.count(textNew, n)
	}
	arrow := canvas.NewImageFromResource(k.tinted(iconDown, theme.ColorNameForegroundOnPrimary))
	arrow.SetMinSize(k.square(16))
	s.news.name = text
	s.newsIn.Objects = []fyne.CanvasObject{k.raisedPill(k.accent), container.New(inset{7, 14, 7, 12},
		container.New(row{gap: 6, grow: -1}, arrow, k.head.text(text, k.onAccent, 0)))}
	s.news.Show()
	s.news.Refresh()
}
