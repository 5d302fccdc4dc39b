package app

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/assets"
)

// What keeps the window from being shown at all, or from being of any use.
var (
	ErrNoScreen   = errors.New("there is no screen")
	ErrNoGraphics = errors.New("the screen cannot show a window of ours")
	ErrNoHome     = errors.New("the system names no folder for this user's data")
)

// A Fault is why the program cannot be used: there is nothing to keep anything in.
type Fault struct {
	Path string // the folder that cannot be used; empty: there is none
	Err  error  // ErrNoHome, or what Export can fail with, or something else
}

// Explain says err in that language, or the system's if it is empty, and reports
// whether there is a sentence for it.
func Explain(lang string, err error) (string, bool) {
	t, loadErr := newTexts(assets.Translations(), chooseLang(lang))
	if loadErr != nil {
		return "", false
	}
	for _, row := range sentenceOf() {
		if errors.Is(err, row.err) {
			return t.say(row.key), true
		}
	}
	return "", false
}

// A faultScreen says why the program cannot be used, and ends it.
type faultScreen struct {
	app  *App
	quit *button
}

func newFaultScreen(a *App) *faultScreen { return &faultScreen{app: a} }

func (s *faultScreen) build(k *kit) fyne.CanvasObject {
	fault := s.app.opts.Fault
	what := k.say(textFaultNoHome)
	if fault.Path != "" {
		what = k.say(textFaultData, words{"Path": fault.Path, "Why": k.whyNotWritten(fault.Err)})
	}
	s.quit = newButton(k.say(textQuit), nil, true, s.app.askClose)
	logo := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.AppIcon()))
	logo.FillMode = canvas.ImageFillContain
	title := newParagraph(k.title, k.text, k.say(textFaultTitle))
	title.align = fyne.TextAlignCenter
	form := container.New(column{14},
		container.New(fixed{fyne.NewSquareSize(logoSize)}, logo),
		title, newParagraph(k.body, k.text, what), newParagraph(k.body, k.text, k.say(textFaultDo)), s.quit)
	return container.NewStack(canvas.NewRectangle(k.ground), container.New(centred{k.dialogWidth},
		k.raised(k.card), container.New(evenly(24), form)))
}

func (s *faultScreen) title() string { return s.app.kit.say(textAppName) }

func (s *faultScreen) shown() {
	listen(s.app, nil)
	s.app.win.Canvas().Focus(s.quit)
}

func (s *faultScreen) leave() {}

func (s *faultScreen) mayClose(then func()) { then() }

// whyNotWritten says why a file or a folder cannot be written to.
func (t *texts) whyNotWritten(err error) string {
	for _, row := range []struct {
		err error
		key textKey
	}{{ErrNoFolder, textErrNoFolder}, {ErrForbidden, textErrForbidden}, {ErrDiskFull, textErrDiskFull}} {
		if errors.Is(err, row.err) {
			return t.say(row.key)
		}
	}
	return err.Error()
}
