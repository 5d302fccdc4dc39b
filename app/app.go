package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
)

// Names of the icons in assets.
const (
	iconLock = "lock"
	iconDown = "down"
)

// Sizes of the window at first, and how long leaving a room may keep it open.
const (
	defaultWidth  float32 = 1000
	defaultHeight float32 = 700
	leastWidth    float32 = 360
	leastHeight   float32 = 300
	mostSide      float32 = 10_000 // of a size that was kept
	maxLeaving            = 5 * time.Second
	joinTimeout           = 60 * time.Second // with TLS and then plainly, on a slow network
	slowAfter             = 5 * time.Second  // then it is said that joining takes long
)

// Options say how to start.
type Options struct {
	Settings model.SettingsStore
	Visited  *model.Visited // nil: none, and none are kept
	Drafts   model.DraftStore
	Lang     string       // LangEnglish or LangChinese; empty: as set, or as the system
	Name     string       // one's own, for this time; empty: as set
	Host     *HostRequest // open this room at once; its Name is ignored
	Join     *JoinRequest // join this room at once; its Name is ignored
	Fault    *Fault       // show nothing but this; nil: there is none
	Warnings []error      // told in the lobby at first, such as ErrAlreadyRunning
}

// What can be odd about a start, for Options.Warnings.
var (
	ErrAlreadyRunning = errors.New("another window has this user's identity")
	ErrDamagedKey     = errors.New("the device key is damaged")
	ErrLostKey        = errors.New("the device key is gone")
)

// An App is the window. Its methods are for the user interface's goroutine
// unless they say otherwise.
type App struct {
	fyne     fyne.App
	deps     Deps
	opts     Options
	log      *slog.Logger
	win      fyne.Window
	kit      *kit
	settings model.Settings
	screen   screen
	tasks    *tasks
	away     bool
	closing  bool
	modal    *modal // what lies over the screen; nil: nothing does
	notes    *notifier
	drafts   *draftKeeper
}

// A screen is what fills the window.
type screen interface {
	// build makes the views anew, in another language or theme too.
	build(k *kit) fyne.CanvasObject
	// title is the window's.
	title() string
	// shown is called each time after build, with the views on the window.
	shown()
	// leave ends what the screen has under way; it must not be shown again.
	leave()
	// mayClose calls then if the window may close, at once or after asking.
	mayClose(then func())
}

// Run shows the window and returns when it is closed and everything it began
// has ended. It must be called on the main goroutine.
func Run(f fyne.App, deps Deps, opts Options) error {
	a, err := New(f, deps, opts)
	if err != nil {
		return err
	}
	a.Show()
	f.Run()
	if !a.closing { // ended by a signal
		a.keepSize()
	}
	a.Close()
	return nil
}

// New makes the window without showing it.
func New(f fyne.App, deps Deps, opts Options) (*App, error) {
	a := &App{fyne: f, deps: deps, opts: opts, log: deps.Log, tasks: newTasks()}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if a.opts.Visited == nil {
		a.opts.Visited = &model.Visited{}
	}
	if a.settings, err = opts.Settings.Load(); err != nil {
		a.log.Warn("starting with default settings", "err", err)
	}
	if opts.Name != "" {
		a.settings.Name = opts.Name
	}
	if err := a.dress(); err != nil {
		return nil, err
	}
	f.SetIcon(fyne.NewStaticResource("icon.png", assets.AppIcon()))
	a.win = f.NewWindow(a.kit.say(textAppName))
	a.win.SetPadded(false)
	a.win.SetMaster()
	a.win.Resize(a.size())
	a.win.SetCloseIntercept(a.askClose)
	f.Lifecycle().SetOnEnteredForeground(func() { a.setAway(false) })
	f.Lifecycle().SetOnExitedForeground(func() { a.setAway(true); forgetTyping(a.win.Canvas().Focused()) })
	f.Settings().AddListener(func(fyne.Settings) { deps.Do(a.systemChanged) })
	a.notes = newNotifier(deps.Notify, deps.Now)
	a.tasks.start(a.notes.run)
	a.drafts = newDraftKeeper(opts.Drafts, a.log)
	a.tasks.start(a.drafts.run)
	if deps.Raise != nil {
		a.tasks.start(raising(a))
	}
	a.begin()
	return a, nil
}

// size returns how large the window was last, or the usual size if that can't
// have been.
func (a *App) size() fyne.Size {
	w, h := a.settings.Width, a.settings.Height
	if w < leastWidth || h < leastHeight || w > mostSide || h > mostSide {
		return fyne.NewSize(defaultWidth, defaultHeight)
	}
	return fyne.NewSize(w, h)
}

// keepSize keeps the window's size for the next start, and nothing else: what
// another window of this user has set meanwhile stays.
func (a *App) keepSize() {
	kept, err := a.opts.Settings.Load()
	if err != nil || kept.Name == "" {
		kept = a.settings
	}
	size := a.win.Canvas().Size()
	if size.Width >= leastWidth && size.Height >= leastHeight { // a minimised window may have none
		kept.Width, kept.Height = size.Width, size.Height
	}
	if err := a.opts.Settings.Save(kept); err != nil {
		a.log.Warn("the window's size is not kept", "err", err)
	}
}

// begin shows the first screen, and goes on to the room asked for.
func (a *App) begin() {
	if a.opts.Fault != nil {
		a.show(newFaultScreen(a))
		return
	}
	if a.settings.Name == "" {
		a.show(newNamingScreen(a))
		return
	}
	var told []string
	for _, w := range a.opts.Warnings {
		told = append(told, a.kit.sentence(w))
	}
	a.enterLobby(inARow(told...))
	l, _ := a.screen.(*lobbyScreen)
	switch {
	case a.opts.Host != nil:
		l.host(*a.opts.Host)
	case a.opts.Join != nil:
		l.join(*a.opts.Join, a.opts.Join.Target)
	}
}

// Show shows the window.
func (a *App) Show() { a.win.Show() }

// Close ends everything that the window began and blocks until it has. It is
// called after the user interface's loop has ended, or in its place.
func (a *App) Close() {
	if a.screen != nil {
		a.screen.leave()
		a.screen = nil
	}
	a.tasks.close(maxLeaving)
}

// dress chooses words and colours as set.
func (a *App) dress() error {
	t, err := newTexts(assets.Translations(), chooseLang(a.opts.Lang, a.settings.Lang))
	if err != nil {
		return fmt.Errorf("start the window: %w", err)
	}
	l := newLook(a.settings.Theme, a.settings.TextSize, a.fyne.Settings().ThemeVariant())
	if a.kit == nil {
		l.fonts = newFonts(systemLetters())
	} else {
		l.fonts = a.kit.fonts
	}
	a.fyne.Settings().SetTheme(l)
	a.kit = newKit(t, l, a.deps.Now, func(name string) fyne.Resource {
		return fyne.NewStaticResource(name+".svg", assets.Icon(name))
	})
	return nil
}

// systemChanged follows the system from light to dark and back.
func (a *App) systemChanged() {
	if a.screen == nil || newLook(a.settings.Theme, a.settings.TextSize, a.fyne.Settings().ThemeVariant()).variant == a.kit.variant {
		return
	}
	a.redress()
}

// redress draws everything anew, in the language, theme and size that are set.
func (a *App) redress() {
	if err := a.dress(); err != nil {
		a.log.Error("texts", "err", err)
		return
	}
	a.rebuild()
}

// show replaces the screen.
func (a *App) show(s screen) {
	if a.screen != nil {
		a.screen.leave()
	}
	a.screen = s
	a.rebuild()
}

func (a *App) rebuild() {
	a.dismiss()
	c := a.win.Canvas()
	c.SetOnTypedRune(nil)
	c.SetOnTypedKey(nil)
	a.win.SetContent(newSurface(a, a.screen.build(a.kit)))
	a.retitle()
	a.screen.shown()
}

func (a *App) retitle() { a.win.SetTitle(a.screen.title()) }

// retitleIf names the window anew if s is what it shows.
func (a *App) retitleIf(s screen) {
	if a.screen == s {
		a.retitle()
	}
}

// enterLobby shows the lobby, with a sentence to start with if there is one.
func (a *App) enterLobby(sentence string) { a.show(newLobbyScreen(a, sentence)) }

// change keeps settings, and shows them.
func (a *App) change(to model.Settings) {
	was := a.settings
	a.settings = to
	if was.Lang != to.Lang {
		a.opts.Lang = "" // chosen here now, not by the command line
	}
	if was.Name != to.Name {
		a.opts.Name = ""
	}
	a.keep()
	if was.Quiet = to.Quiet; was != to {
		a.redress()
	}
}

// keep saves the settings. A name for this time alone does not replace the one
// that was kept before.
func (a *App) keep() {
	kept := a.settings
	if a.opts.Name != "" {
		if saved, _ := a.opts.Settings.Load(); saved.Name != "" {
			kept.Name = saved.Name
		}
	}
	if err := a.opts.Settings.Save(kept); err != nil {
		a.log.Warn("settings are not kept", "err", err)
	}
}

func (a *App) setAway(away bool) {
	a.away = away
	switch s := a.screen.(type) {
	case *roomScreen:
		s.setAway(away)
	case *lobbyScreen:
		s.setAway(away)
	}
}

// askClose closes the window, after asking if something would be lost.
func (a *App) askClose() {
	if a.closing || a.screen == nil {
		return
	}
	a.screen.mayClose(a.quit)
}

// quit leaves the room, keeps the window's size and ends the app.
func (a *App) quit() {
	if a.closing {
		return
	}
	a.closing = true
	a.keepSize()
	a.screen.leave()
	a.win.Hide()
	go func() { // ends within maxLeaving: it owns nothing
		a.tasks.close(maxLeaving)
		a.deps.Do(a.fyne.Quit)
	}()
}

// newRoom returns the model of a room that is being entered.
func (a *App) newRoom() *model.Room {
	r := model.NewRoom(model.Options{
		Now:   a.deps.Now,
		NewID: func() (netchat.EventID, error) { return netchat.RandomEventID(rand.Reader) },
		Zone:  a.kit.zone,
	})
	r.SetAway(a.away)
	return r
}
