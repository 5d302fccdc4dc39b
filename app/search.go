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
)

// A searching is the search in a room.
type searching struct {
	panel  *searchPanel  // nil: it is not open
	found  *netchat.Hits // what it showed last; nil: nothing
	sought seeking       // a message on its way into view
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
	p.field.act = p.key
	s.search.panel = p
	if found := s.search.found; found != nil {
		p.asked = found.Text
		p.field.SetText(found.Text)
		p.take(found)
	}
	a.win.Canvas().Focus(p.field)
	p.field.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// key does what a key does in the field.
func (p *searchPanel) key(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyDown {
		p.step(-1, 1)
		return
	}
	p.field.key(e)
}

// step leads the keyboard from the hit at index from by so many on; in front of the
// first one is the field.
func (p *searchPanel) step(from, by int) {
	c := p.screen.app.win.Canvas()
	switch to := from + by; {
	case to < 0:
		c.Focus(p.field)
	case to < len(p.hits.Objects):
		c.Focus(p.hits.Objects[to].(*tap))
	}
}

// ask has the room search.
func (p *searchPanel) ask() {
	k := p.screen.app.kit
	text := strings.TrimSpace(p.field.Text)
	if text == "" {
		return
	}
	p.hits.Objects, p.screen.search.found = nil, nil
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
	p.hits.Objects, p.screen.search.found = nil, found
	for i := range found.Messages {
		p.hits.Add(p.hit(&found.Messages[i], i))
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
func (p *searchPanel) hit(m *netchat.Message, i int) fyne.CanvasObject {
	k := p.screen.app.kit
	who := model.DisplayName(m.Name, m.Author.Label())
	at := m.Time.In(k.zone)
	when := at.Format("15:04")
	if at.Format(time.DateOnly) != k.now().In(k.zone).Format(time.DateOnly) {
		when = at.Format("2006-01-02 15:04")
	}
	cut := excerptOf(m.Text, p.asked)
	said := newParagraph(k.body, k.text, cut.text)
	said.mark(cut.from, cut.to, k.selection)
	ground := panel(k.field, cardRadius)
	content := container.New(inset{}, ground, container.New(inset{6, 10, 6, 10}, container.New(column{2},
		newLabel(k.small, k.muted, textflow.Isolate(who)+" · "+when, 4000), said)))
	sought := seeking{seq: m.Seq, id: m.ID}
	t := newTap(content, who+", "+when+": "+cut.text, func() {
		p.modal.refuse()
		sought.begin(p.screen)
	})
	t.arrow = func(by int) { p.step(i, by) }
	return t
}

// A cutting is the part of a text around what was found in it, the bytes from..to of
// it; nothing is marked where that is not there as it was asked for.
type cutting struct {
	text     string
	from, to int
}

// excerptOf returns what is shown of a text with found in it, on one line.
func excerptOf(text, found string) cutting {
	text = strings.Join(strings.Fields(textflow.Clean(text)), " ")
	lower, sought := strings.ToLower(text), strings.ToLower(found)
	at, end := strings.Index(lower, sought), 0
	if at < 0 || len(lower) != len(text) || !utf8.ValidString(text[:at]) { // lower case may be of another length
		at = 0
	} else {
		end = at + len(sought)
	}
	from, rest := []rune(text[:at]), []rune(text[at:])
	out := cutting{}
	if len(from) > excerptBefore {
		from, out.text = from[len(from)-excerptBefore:], "…"
	}
	out.text += string(from)
	if end > 0 {
		out.from, out.to = len(out.text), len(out.text)+end-at
	}
	if len(rest) > excerpt {
		rest = append(rest[:excerpt:excerpt], '…')
	}
	out.text += string(rest)
	out.to = min(out.to, len(out.text))
	return out
}
