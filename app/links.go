package app

import (
	"context"
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/app/textflow"
)

// Sizes of the strip that shows where a link leads, and of the address in the
// question.
const (
	stripPadX   float32 = 8
	stripPadY   float32 = 3
	stripRight  float32 = 24  // left free for the thumb
	maxAskedURL         = 400 // bytes; whom it leads to is shown whole above it
)

// A targetStrip shows in a corner of the timeline where the link under the
// pointer leads.
type targetStrip struct {
	kit  *kit
	root *fyne.Container
	link string
}

func newTargetStrip(k *kit) *targetStrip {
	s := &targetStrip{kit: k, root: container.NewWithoutLayout()}
	s.root.Hide()
	return s
}

// show shows where a link leads, in an area of size, out of the way of the
// pointer at a point of it; nothing if link is empty.
func (s *targetStrip) show(link string, size fyne.Size, at fyne.Position) {
	height := s.kit.small.height + 2*stripPadY
	y := size.Height - height
	if at.Y >= y-height {
		y = 0
	}
	if link == s.link && (link == "" || y == s.root.Position().Y) {
		return
	}
	s.link = link
	target, ok := textflow.Target(link)
	if !ok {
		s.root.Hide()
		return
	}
	text := s.kit.small.text(shortTarget(s.kit.small, target, size.Width-stripRight-2*stripPadX), s.kit.text, 0)
	text.Move(fyne.NewPos(stripPadX, stripPadY))
	ground := panel(s.kit.bar, 0)
	ground.TopRightCornerRadius, ground.BottomRightCornerRadius = cardRadius/2, cardRadius/2
	ground.StrokeColor, ground.StrokeWidth = s.kit.line, 1
	ground.Resize(fyne.NewSize(text.Size().Width+2*stripPadX, height))
	s.root.Objects = []fyne.CanvasObject{ground, text}
	s.root.Resize(ground.Size())
	s.root.Move(fyne.NewPos(0, y))
	s.root.Show()
	s.root.Refresh()
}

// shortTarget returns an address no wider than width. Whom it leads to is what
// can be trusted last: where that alone is too wide its beginning goes, which
// anybody can choose, else the end of the path.
func shortTarget(f *font, target *url.URL, width float32) string {
	const ellipsis = "…"
	whole := target.String()
	if whole, _, _ := strings.Cut(whole, "?"); f.Width(whole) <= width {
		return f.Truncate(target.String(), width)
	}
	head, _, _ := strings.Cut(whole, target.Host)
	if target.Host == "" || f.Width(head+target.Host+ellipsis) <= width {
		return f.Truncate(whole, width)
	}
	host := target.Host
	for host != "" && f.Width(head+ellipsis+host+ellipsis) > width {
		host = host[1:]
	}
	return head + ellipsis + host + ellipsis
}

// askLink shows where a link leads and opens it if that is wanted. It always
// asks: what is behind a link in a room is whatever anybody there wrote, and a
// finger has seen no strip.
func askLink(s *roomScreen, link string) {
	target, ok := textflow.Target(link)
	if !ok {
		return
	}
	k, a := s.app.kit, s.app
	host, address := target.Host, target.String()
	if target.Opaque != "" {
		host = target.Opaque
	}
	if len(address) > maxAskedURL {
		address = address[:maxAskedURL] + "…"
	}
	var m *modal
	copyIt := newButton(k.say(textCopyLink), nil, false, func() {
		a.fyne.Clipboard().SetContent(target.String())
		m.refuse()
	})
	content := container.New(column{8}, newParagraph(k.bodyBold, k.text, host), newParagraph(k.head, k.muted, address),
		container.New(row{grow: -1}, copyIt))
	m = showModal(a, k.say(textOpenLinkTitle), content, k.say(textOpenLink), k.say(textCancel), func(open bool) {
		if open {
			openTarget(s, target)
		}
	})
}

// openTarget hands an address to the system, which may take its time.
func openTarget(s *roomScreen, target *url.URL) {
	a := s.app
	a.tasks.start(func(context.Context) {
		err := a.fyne.OpenURL(target)
		if err == nil {
			return
		}
		a.deps.Do(func() {
			if a.screen == s {
				s.write.say(a.kit.sentence(err))
			}
		})
	})
}
