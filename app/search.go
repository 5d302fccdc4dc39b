package app

import (
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

const (
	// excerpt is how many characters of a hit are shown, and how many of them stand
	// before what was found.
	excerpt       = 120
	excerptBefore = 24
	// maxSought bounds how many pages are fetched to reach a message.
	maxSought = model.MaxLines / netchat.MaxPageMessages
)

// A searching is the search in a room.
type searching struct {
	panel  *searchPanel // nil: it is not open
	sought seeking      // a message on its way into view
}

// A searchPanel asks what to look for in the room and lists what was found. The
// user interface's goroutine uses it.
type searchPanel struct {
	screen *roomScreen
	field  *nameEntry
	status *paragraph
	hits   *fyne.Container
	modal  *modal
	asked  string
}

// showSearch opens the search over the room.
func showSearch(s *roomScreen) {
	a, k := s.app, s.app.kit
	p := &searchPanel{screen: s, field: newNameEntry(k.say(textSearchHint), ""), hits: container.New(column{4})}
	p.field.OnChanged = nil
	p.status = newParagraph(k.head, k.muted, k.say(textSearchExplain))
	p.field.OnSubmitted = func(string) { p.ask() }
	p.modal = showModal(a, k.say(textSearch), container.New(column{10}, named(k.roomy(p.field), k.say(textSearch)), p.status, p.hits),
		"", k.say(textClose), func(bool) { s.search.panel = nil })
	p.field.escape = p.modal.refuse
	s.search.panel = p
	a.win.Canvas().Focus(p.field)
}

// ask has the room search.
func (p *searchPanel) ask() {
	k := p.screen.app.kit
	text := strings.TrimSpace(p.field.Text)
	if text == "" {
		return
	}
	p.hits.Objects = nil
	if err := p.screen.in.chat.Search(text, netchat.MaxHits); err != nil {
		p.say(k.sentence(err))
		return
	}
	p.asked = text
	p.say(k.say(textSearchRuns))
}

func (p *searchPanel) say(sentence string) {
	p.status.set(sentence)
	p.modal.lid.Refresh()
}

// take lists what was found, unless something else has been asked for since.
func (p *searchPanel) take(found *netchat.Hits) {
	k := p.screen.app.kit
	if found.Text != p.asked {
		return
	}
	p.hits.Objects = nil
	for i := range found.Messages {
		p.hits.Add(p.hit(&found.Messages[i]))
	}
	switch n := len(found.Messages); {
	case found.Err != nil:
		p.screen.app.log.Info("no search", "err", found.Err)
		p.say(k.say(textSearchNot))
	case n == 0:
		p.say(k.say(textSearchNone, words{"Text": p.asked}))
	default:
		p.say(k.count(textSearchFound, n))
	}
}

// hit is a message that was found, to be opened in its place.
func (p *searchPanel) hit(m *netchat.Message) fyne.CanvasObject {
	k := p.screen.app.kit
	who := model.DisplayName(m.Name, m.Author.Label())
	at := m.Time.In(k.zone)
	when := at.Format("15:04")
	if at.Format(time.DateOnly) != k.now().In(k.zone).Format(time.DateOnly) {
		when = at.Format("2006-01-02 15:04")
	}
	text := excerptOf(m.Text, p.asked)
	ground := panel(k.field, cardRadius)
	content := container.New(inset{}, ground, container.New(inset{6, 10, 6, 10}, container.New(column{2},
		newLabel(k.small, k.muted, textflow.Isolate(who)+" · "+when, 4000), newParagraph(k.body, k.text, text))))
	seq := m.Seq
	return newTap(content, who+", "+when+": "+text, func() {
		p.modal.refuse()
		p.screen.search.sought = seeking{seq: seq}
		p.screen.search.sought.goOn(p.screen)
	})
}

// excerptOf returns the part of text around what was found in it, on one line.
func excerptOf(text, found string) string {
	text = strings.Join(strings.Fields(textflow.Clean(text)), " ")
	i := max(strings.Index(strings.ToLower(text), strings.ToLower(found)), 0)
	if i > len(text) || !utf8.ValidString(text[:i]) { // lower case is of another length
		i = 0
	}
	from := []rune(text[:i])
	rest := []rune(text[i:])
	out := ""
	if len(from) > excerptBefore {
		from, out = from[len(from)-excerptBefore:], "…"
	}
	out += string(from)
	if len(rest) > excerpt {
		return out + string(rest[:excerpt]) + "…"
	}
	return out + string(rest)
}

// A seeking brings a message into view, with all that was said since: older
// messages are fetched until it is there. The zero seeking does nothing.
type seeking struct {
	seq   uint64 // of the message; 0: none
	pages int    // that were asked for
}

// goOn goes on when the timeline has changed.
func (g *seeking) goOn(s *roomScreen) {
	if g.seq == 0 {
		return
	}
	if i, ok := s.room.Timeline().At(g.seq); ok {
		*g = seeking{}
		s.lines.show(i)
		s.write.say("")
		s.focus()
		return
	}
	switch t := s.room.Timeline(); {
	case t.More() && g.pages < maxSought:
		g.pages++
		s.write.say(s.app.kit.say(textSeeking))
		s.older()
	case !t.Asking():
		*g = seeking{}
		s.write.say(s.app.kit.say(textNotThere))
	}
}
