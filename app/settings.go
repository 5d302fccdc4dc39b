package app

import (
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// A settingsForm is what the user chooses, as it is being chosen.
type settingsForm struct {
	set    model.Settings // what it began with
	name   *nameEntry
	lang   *choice[string]
	theme  *choice[model.ThemeChoice]
	text   *choice[model.TextSize]
	quiet  *choice[bool]
	fields []fyne.CanvasObject
}

// showSettings lets the user change the name, the language and how the window
// looks and tells.
func showSettings(a *App) {
	k := a.kit
	keys := &formKeys{}
	f := newSettingsForm(k, a.settings, keys)
	// One look for all of them: Fyne parses all fonts again for each container
	// like this, 6 MB, and never lets go of them.
	fields := container.NewThemeOverride(container.New(column{12}, f.fields...), choiceLook{k.look})
	content := container.New(column{12}, fields)
	if export := exportLink(a); export != nil {
		content.Add(export)
	}
	content.Add(newLabel(k.small, k.muted, k.say(textVersion, words{"Version": netchat.Version}), k.dialogWidth))
	m := showModal(a, k.say(textSettings), content, k.say(textSave), k.say(textCancel), func(save bool) {
		if save {
			takeSettings(a, f.result())
		}
	})
	keys.save, keys.cancel = m.accept, m.refuse
	c := a.win.Canvas()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { keys.take(e) })
	c.Focus(f.name)
}

func newSettingsForm(k *kit, set model.Settings, keys *formKeys) *settingsForm {
	f := &settingsForm{set: set, name: newNameEntry(k.say(textNameHint), set.Name)}
	f.name.escape = func() { keys.cancel() }
	f.name.OnSubmitted = func(string) { keys.save() }
	f.lang = newChoice(keys, set.Lang, option[string]{"", k.say(textLangSystem)},
		option[string]{LangEnglish, "English"}, option[string]{LangChinese, "简体中文"})
	f.theme = newChoice(keys, set.Theme, option[model.ThemeChoice]{model.ThemeSystem, k.say(textThemeSys)},
		option[model.ThemeChoice]{model.ThemeLight, k.say(textThemeLight)},
		option[model.ThemeChoice]{model.ThemeDark, k.say(textThemeDark)})
	f.text = newChoice(keys, set.TextSize, option[model.TextSize]{model.TextSmall, k.say(textSizeSmall)},
		option[model.TextSize]{model.TextNormal, k.say(textSizeNormal)},
		option[model.TextSize]{model.TextLarge, k.say(textSizeLarge)},
		option[model.TextSize]{model.TextHuge, k.say(textSizeHuge)})
	f.quiet = newChoice(keys, set.Quiet, option[bool]{false, k.say(textNotifyOn)}, option[bool]{true, k.say(textNotifyOff)})
	add := func(key textKey, field fyne.CanvasObject) {
		f.fields = append(f.fields, container.New(column{4}, newParagraph(k.head, k.muted, k.say(key)), named(field, k.say(key))))
	}
	add(textYourName, k.roomy(f.name))
	add(textLanguage, f.lang)
	add(textTheme, f.theme)
	add(textTextSize, f.text)
	add(textNotify, f.quiet)
	return f
}

// result returns the settings as they are in the form. A name of nothing but
// blanks is none: the old one stays.
func (f *settingsForm) result() model.Settings {
	set := f.set
	set.Name = model.DisplayName(f.name.Text, netchat.Label(set.Name))
	set.Lang, set.Theme, set.TextSize, set.Quiet = f.lang.value(), f.theme.value(), f.text.value(), f.quiet.value()
	return set
}

// takeSettings keeps settings, shows them, and asks the room that is on the
// window to call one by a new name. The name is kept whatever the room says:
// the next room gets it.
func takeSettings(a *App, set model.Settings) {
	renamed := set.Name != a.settings.Name
	a.change(set)
	r, ok := a.screen.(*roomScreen)
	if !ok || !renamed {
		return
	}
	err := r.in.chat.Rename(set.Name)
	switch {
	case errors.Is(err, netchat.ErrUnsupported):
		r.write.say(a.kit.say(textRenameLater, words{"Name": set.Name}))
	case err != nil:
		r.write.say(a.kit.sentence(err))
	}
}

// formKeys is what all fields of a form do alike: Enter saves, Escape cancels,
// and the form scrolls to the field that has the focus.
type formKeys struct {
	save, cancel func()
}

// take reports whether the key was for the form.
func (f *formKeys) take(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		f.save()
	case fyne.KeyEscape:
		f.cancel()
	default:
		return false
	}
	return true
}

// An option is a value to choose and what it is called.
type option[T comparable] struct {
	value T
	name  string
}

// A choice is a field to choose one of a few values from.
type choice[T comparable] struct {
	widget.Select
	keys    *formKeys
	options []option[T]
	was     T
	ring    *ring
}

func newChoice[T comparable](keys *formKeys, now T, options ...option[T]) *choice[T] {
	c := &choice[T]{keys: keys, options: options, was: now, ring: newRing()}
	for _, o := range options {
		c.Options = append(c.Options, o.name)
	}
	c.ExtendBaseWidget(c)
	c.SetSelectedIndex(slices.IndexFunc(options, func(o option[T]) bool { return o.value == now }))
	return c
}

// value returns what is chosen: what it began with if nothing has been, which
// may be no option of this version.
func (c *choice[T]) value() T {
	if i := c.SelectedIndex(); i >= 0 {
		return c.options[i].value
	}
	return c.was
}

// TypedKey implements fyne.Focusable.
func (c *choice[T]) TypedKey(e *fyne.KeyEvent) {
	if !c.keys.take(e) {
		c.Select.TypedKey(e)
	}
}

// FocusLost implements fyne.Focusable.
func (c *choice[T]) FocusLost() {
	c.ring.show(false)
	c.Select.FocusLost()
}

// CreateRenderer implements fyne.Widget.
func (c *choice[T]) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Select.CreateRenderer(), c.ring}
}

// FocusGained implements fyne.Focusable.
func (c *choice[T]) FocusGained() {
	c.ring.show(true)
	c.Select.FocusGained()
	reveal(c)
}
