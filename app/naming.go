package app

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
)

const logoSize float32 = 72

// A namingScreen asks for one's name, at the first start.
type namingScreen struct {
	app   *App
	field *nameEntry
	typed string
}

func newNamingScreen(a *App) *namingScreen { return &namingScreen{app: a} }

func (s *namingScreen) build(k *kit) fyne.CanvasObject {
	s.field = newNameEntry(k.say(textNameHint), s.typed)
	next := newButton(k.say(textContinue), nil, true, s.done)
	next.Disable()
	limited := s.field.OnChanged
	s.field.OnChanged = func(text string) {
		limited(text)
		s.typed = s.field.Text
		if model.DisplayName(s.typed, "") == "" {
			next.Disable()
		} else {
			next.Enable()
		}
	}
	s.field.OnSubmitted = func(string) { s.done() }
	s.field.OnChanged(s.typed)
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.AppIcon()))
	logo.FillMode = canvas.ImageFillContain
	title := newParagraph(k.title, k.text, k.say(textNameTitle))
	explain := newParagraph(k.head, k.muted, k.say(textNameExplain))
	title.align, explain.align = fyne.TextAlignCenter, fyne.TextAlignCenter
	form := container.New(column{14},
		container.New(fixed{fyne.NewSquareSize(logoSize)}, logo),
		container.New(column{4}, title, explain), named(k.roomy(s.field), k.say(textYourName)), next)
	return container.NewStack(canvas.NewRectangle(k.ground), container.New(centred{k.dialogWidth},
		k.raised(k.card), container.New(evenly(24), form)))
}

func (s *namingScreen) title() string { return s.app.kit.say(textAppName) }

func (s *namingScreen) shown() {
	listen(s.app, nil)
	s.app.win.Canvas().Focus(s.field)
}

func (s *namingScreen) leave() {}

func (s *namingScreen) mayClose(then func()) { then() }

func (s *namingScreen) done() {
	name := model.DisplayName(s.field.Text, "")
	if name == "" {
		return
	}
	a := s.app
	a.settings.Name = name
	if err := a.opts.Settings.Save(a.settings); err != nil {
		a.log.Warn("the name is not kept", "err", err)
	}
	a.begin()
}

// A nameEntry is a field for a name of a person or a room. It takes no more
// than may be typed of one.
type nameEntry struct {
	lineEntry
	escape func() // may be nil
}

func newNameEntry(hint, text string) *nameEntry {
	e := &nameEntry{}
	e.lineEntry.set(e)
	e.act = e.key
	e.SetPlaceHolder(hint)
	e.SetText(text)
	e.CursorColumn = utf8.RuneCountInString(text)
	e.OnChanged = func(text string) {
		if utf8.RuneCountInString(text) > netchat.MaxTypedName {
			e.SetText(string([]rune(text)[:netchat.MaxTypedName]))
		}
	}
	return e
}

// key does what a key does.
func (e *nameEntry) key(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape && e.escape != nil {
		e.escape()
		return
	}
	e.lineEntry.key(k)
}

// centred puts its objects in the middle, as wide as said and as high as
// needed.
type centred struct{ width float32 }

// Layout implements fyne.Layout.
func (c centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(c.width, size.Width-2*edge)
	var height float32
	for _, o := range objects {
		height = max(height, heightFor(o, width))
	}
	for _, o := range objects {
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos((size.Width-width)/2, max((size.Height-height)/2, 0)))
	}
}

// MinSize implements fyne.Layout.
func (c centred) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(leastWidth, leastHeight) }
