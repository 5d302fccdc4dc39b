package app

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

func textSizes() []model.TextSize {
	return []model.TextSize{model.TextSmall, model.TextNormal, model.TextLarge, model.TextHuge}
}

// TestEverythingScales has the theme of Fyne's own widgets go with the fonts.
func TestEverythingScales(t *testing.T) {
	test.NewTempApp(t)
	normal := newLook(model.ThemeLight, model.TextNormal, theme.VariantLight)
	for _, size := range textSizes() {
		l, scale := newLook(model.ThemeLight, size, theme.VariantLight), scaleOf(size)
		for _, name := range []fyne.ThemeSizeName{
			theme.SizeNameText, theme.SizeNameCaptionText, theme.SizeNameHeadingText,
			theme.SizeNameSubHeadingText, theme.SizeNameInlineIcon,
		} {
			if got, want := l.Size(name), normal.Size(name)*scale; got != want {
				t.Errorf("%q: %s is %v, want %v", size, name, got, want)
			}
		}
	}
}

// cut returns the texts under o that are not drawn as a whole: what is outside
// of view, or of an object around it.
func cut(o fyne.CanvasObject, at fyne.Position, view rect) []string {
	if o == nil || !o.Visible() {
		return nil
	}
	at = at.Add(o.Position())
	own := rect{at, o.Size()}
	var found []string
	if text, ok := o.(*canvas.Text); ok && text.Text != "" {
		own.size = fyne.MeasureText(text.Text, text.TextSize, text.TextStyle)
		if text.Alignment == fyne.TextAlignTrailing {
			own.at.X += text.Size().Width - own.size.Width
		} else if text.Alignment == fyne.TextAlignCenter {
			own.at.X += (text.Size().Width - own.size.Width) / 2
		}
		// Nothing is drawn in the upper tenth of a line; Chinese is raised into it.
		own.at.Y += own.size.Height / 10
		own.size.Height *= 0.9
		if !view.holds(own) {
			found = append(found, fmt.Sprintf("%q at %v %v, in %v", text.Text, own.at, own.size, view))
		}
		return found
	}
	_, scrolls := o.(*container.Scroll)
	_, draws := o.(*timeline)
	if scrolls || draws { // what is in it may be outside, above and below
		own.at.Y, own.size.Height = -1e6, 2e6
		view.at.Y, view.size.Height = -1e6, 2e6
	}
	for _, child := range children(o) {
		found = append(found, cut(child, at, view.within(own))...)
	}
	return found
}

func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case *timeline:
		return o.box.Objects // each as high as what is on it
	case fyne.Widget:
		return test.WidgetRenderer(o).Objects()
	}
	return nil
}

type rect struct {
	at   fyne.Position
	size fyne.Size
}

// holds leaves a pixel for what fonts are rounded to.
func (r rect) holds(in rect) bool {
	return in.at.X >= r.at.X-1 && in.at.Y >= r.at.Y-1 &&
		in.at.X+in.size.Width <= r.at.X+r.size.Width+1 && in.at.Y+in.size.Height <= r.at.Y+r.size.Height+1
}

func (r rect) within(o rect) rect {
	left, top := max(r.at.X, o.at.X), max(r.at.Y, o.at.Y)
	right := min(r.at.X+r.size.Width, o.at.X+o.size.Width)
	bottom := min(r.at.Y+r.size.Height, o.at.Y+o.size.Height)
	return rect{fyne.NewPos(left, top), fyne.NewSize(right-left, bottom-top)}
}

// wantWhole checks that every text on the window can be read.
func (b *bench) wantWhole(what string) {
	b.t.Helper()
	c := b.app.win.Canvas()
	for _, o := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		for _, text := range cut(o, fyne.Position{}, rect{size: c.Size()}) {
			b.t.Errorf("%s: cut off: %s", what, text)
		}
	}
}

// TestNothingIsCutOff looks at every screen in both languages at every size of
// the text, in a small window and in a large one.
func TestNothingIsCutOff(t *testing.T) {
	for _, lang := range []string{LangEnglish, LangChinese} {
		for _, size := range textSizes() {
			for _, window := range []fyne.Size{fyne.NewSize(480, 360), fyne.NewSize(1600, 1000)} {
				what := fmt.Sprintf("%s %q %v", lang, size, window)
				t.Run(what, func(t *testing.T) { lookAround(t, lang, size, window) })
			}
		}
	}
}

func lookAround(t *testing.T, lang string, size model.TextSize, window fyne.Size) {
	b := newBench(t, "", lang)
	b.app.settings.TextSize = size
	b.app.redress()
	b.app.win.Resize(window)
	b.wantWhole("naming")
	b.app.settings.Name = "Maximilian"
	b.app.begin()
	b.finder.lists <- []netchat.Advert{{
		Room: netchat.RoomInfo{ID: "aa", Name: "A room with quite a long name for a class", Host: "诸葛亮"}, Members: 28,
	}}
	b.until("the list", func() bool { return b.sees("28") })
	b.wantWhole("lobby")
	showSettings(b.app)
	b.wantWhole("settings")
	name := b.focused().(fyne.CanvasObject)
	for range 5 {
		b.wantInView(b.focused().(fyne.CanvasObject))
		b.types(fyne.KeyTab)
	}
	b.types(fyne.KeyTab)
	save := b.focused().(*modalButton)
	if got, want := b.right(save), b.right(name); got != want {
		t.Errorf("Save ends at %v, its column at %v", got, want)
	}
	b.app.dismiss()

	r := b.enter()
	b.push(r, event(1, "a", liu, "Hello everybody, this is a text of some length that breaks in a small window."),
		event(2, "b", guan, "你好", self.ID), event(3, "c", self, "answer", guan.ID),
		&netchat.SystemLine{What: netchat.SystemJoined, Name: "Maximilian", Time: b.app.deps.Now()})
	b.wantWhole("room")
	r.choose(liu.ID)
	r.room.Fail("", model.Failure{})
	b.wantWhole("private")
	b.push(r, &netchat.StateChange{State: netchat.StateReconnecting})
	r.write.say(b.app.kit.say(textErrOutboxFull))
	b.wantWhole("reconnecting")
	if r.layout.narrow {
		r.togglePeople()
		b.wantWhole("people")
	}
	ask(b.app, b.app.kit.say(textAskTitle), b.app.kit.count(textAskOthers, 12), b.app.kit.say(textLeaveAnyway),
		b.app.kit.say(textStay), func(bool) {})
	b.wantWhole("question")
}

// right returns where o ends on the window.
func (b *bench) right(o fyne.CanvasObject) float32 {
	return b.app.fyne.Driver().AbsolutePositionForObject(o).X + o.Size().Width
}

// wantInView checks that o can be seen as a whole in the modal.
func (b *bench) wantInView(o fyne.CanvasObject) {
	b.t.Helper()
	driver, scroll := b.app.fyne.Driver(), b.app.modal.page.scroll
	view := rect{driver.AbsolutePositionForObject(scroll), scroll.Size()}
	if field := (rect{driver.AbsolutePositionForObject(o), o.Size()}); !view.holds(field) {
		b.t.Errorf("%T has the focus at %v, the view is %v", o, field, view)
	}
}
