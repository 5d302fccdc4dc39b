package app

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
)

const modalPad float32 = 20

// ask asks a question in the window. The answer comes once.
func ask(a *App, title, text, yes, no string, answer func(bool)) {
	showModal(a, title, newParagraph(a.kit.body, a.kit.text, text), yes, no, answer)
}

// A modalButton is pressed by Enter too, and Escape refuses.
type modalButton struct {
	widget.Button
	escape func()
}

func newModalButton(text string, main bool, pressed, escape func()) *modalButton {
	b := &modalButton{escape: escape}
	b.Text, b.OnTapped = text, pressed
	if main {
		b.Importance = widget.HighImportance
	}
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey implements fyne.Focusable.
func (b *modalButton) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		b.escape()
	case fyne.KeyReturn, fyne.KeyEnter:
		b.OnTapped()
	default:
		b.Button.TypedKey(e)
	}
}

// A modal lies over the window until one of two buttons is pressed; Escape is
// the second.
type modal struct {
	app    *App
	pop    *widget.PopUp
	answer func(bool)
}

// showModal shows content over the window. The answer comes once.
func showModal(a *App, title string, content fyne.CanvasObject, yes, no string, answer func(bool)) *modal {
	k, c := a.kit, a.win.Canvas()
	m := &modal{app: a, answer: answer}
	refuse := newModalButton(no, false, m.refuse, m.refuse)
	buttons := container.New(row{gap: 10, grow: 0}, layout.NewSpacer(), wide(refuse),
		wide(newModalButton(yes, true, func() { m.done(true) }, m.refuse)))
	width := min(dialogWidth, c.Size().Width-2*edge-2*modalPad)
	body := container.New(atWidth(width), container.New(column{14},
		newParagraph(k.title, k.text, title), content, buttons))
	m.pop = widget.NewModalPopUp(container.New(evenly(modalPad), body), c)
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			m.refuse()
		}
	})
	m.pop.Show()
	c.Focus(refuse)
	return m
}

func (m *modal) refuse() { m.done(false) }

func (m *modal) done(value bool) {
	m.pop.Hide()
	m.app.screen.shown()
	m.answer(value)
}

// showSettings lets the user change the name, where that has an effect, the
// language and the theme.
func showSettings(a *App, withName bool) {
	k, set := a.kit, a.settings
	name := newNameEntry(k.say(textNameHint), set.Name)
	langs := []string{"", LangEnglish, LangChinese}
	lang, langField := k.choice([]string{k.say(textLangSystem), "English", "简体中文"}, slices.Index(langs, set.Lang))
	themes := []model.ThemeChoice{model.ThemeSystem, model.ThemeLight, model.ThemeDark}
	look, lookField := k.choice([]string{k.say(textThemeSys), k.say(textThemeLight), k.say(textThemeDark)},
		slices.Index(themes, set.Theme))
	form := container.New(column{10})
	add := func(key textKey, field fyne.CanvasObject) {
		form.Add(container.New(column{4}, newLabel(k.head, k.muted, k.say(key), dialogWidth), field))
	}
	if withName {
		add(textYourName, k.roomy(name))
	}
	add(textLanguage, langField)
	add(textTheme, lookField)
	m := showModal(a, k.say(textSettings), form, k.say(textSave), k.say(textCancel), func(save bool) {
		if !save {
			return
		}
		if clean := model.DisplayName(name.Text, ""); withName && clean != "" {
			set.Name = clean
		}
		set.Lang, set.Theme = langs[lang.SelectedIndex()], themes[look.SelectedIndex()]
		a.change(set)
	})
	name.escape = m.refuse
	name.OnSubmitted = func(string) { m.done(true) }
	if withName {
		a.win.Canvas().Focus(name)
	}
}

// atWidth gives its object a width and the height that it needs then.
type atWidth float32

// Layout implements fyne.Layout.
func (w atWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

// MinSize implements fyne.Layout.
func (w atWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), heightFor(objects[0], float32(w)))
}
