// Command homeroom is the desktop app: flags, logger and the wiring of the
// real parts into package app.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"runtime"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"github.com/homeroomchat/homeroom/app"
	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/joining"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
)

// What the app is called and which version it is. FyneApp.toml says the same,
// which a test checks.
const (
	appID   = "io.github.homeroomchat.homeroom"
	version = netchat.Version
)

// quitTimeout is how long the app may take to end once its window is closed:
// the library under the window has been seen to hang there when the system's
// input method had died.
const quitTimeout = 10 * time.Second

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	saveMemory()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, out, errs io.Writer) int {
	o, err := parse(args, out, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case o.version:
		fmt.Fprintln(out, "homeroom", version)
		return exitOK
	case o.licences:
		fmt.Fprint(out, assets.FontLicences())
		return exitOK
	}
	log := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	stdlog.SetOutput(discovery.LibraryLog(log, errs))
	fail := func(err error) {
		if sentence, ok := app.Explain(o.lang, err); ok {
			fmt.Fprintln(errs, "homeroom:", sentence)
		} else {
			fmt.Fprintln(errs, "homeroom:", err)
		}
	}
	err = lookForScreen(os.Getenv, os.Setenv)
	if err == nil {
		err = show(o, log, func(err error) { // in the middle of what would panic
			fail(err)
			os.Exit(exitError)
		})
	}
	if err != nil {
		fail(err)
		return exitError
	}
	return exitOK
}

// show opens the keys and shows the window until it is closed. It calls end where Fyne
// has no window to show.
func show(o options, log *slog.Logger, end func(error)) error {
	dir, err := dataDir(o.data)
	if err != nil {
		return showFault(o, log, end, app.Fault{Err: fmt.Errorf("%w: %w", app.ErrNoHome, err)})
	}
	keys, device, warnings, err := openKeys(dir)
	if err != nil {
		return showFault(o, log, end, app.Fault{Path: dir, Err: fileFault(err)})
	}
	defer keys.Close()
	if len(warnings) > 0 && errors.Is(warnings[0], app.ErrAlreadyRunning) && o.asksForNothing() {
		err := raise(dir)
		if err == nil {
			return nil
		}
		log.Warn("the window that is open does not answer", "err", err)
	}
	for _, w := range warnings {
		log.Warn("going on with a temporary identity", "err", w)
	}
	visited, rooms, worse, err := openLists(dir, log)
	if err != nil {
		return err
	}
	warnings = append(warnings, worse...)
	var raised <-chan struct{}
	if keys.Dir() != "" {
		r := newRaiser(keys.Dir(), log)
		defer r.close()
		raised = r.asked
	}
	n := network{keys: keys, device: device, log: log, own: &ownRooms{}, known: rooms, dir: keys.Dir()}
	var kept app.Keeper
	if n.dir != "" { // a temporary identity leaves nothing, and another window may have what there is
		n.kept = &keeper{dir: n.dir, keys: keys}
		kept = n.kept
	}
	search := discovery.NewFinder(discovery.FinderOptions{Ignore: n.own.has, Logger: log})
	n.find = search.Watch
	f := newFyne(log, end)
	return app.Run(f, app.Deps{
		Join: n.join, Host: n.host,
		Find: finder{search}, Trust: trust{rooms}, Keeper: kept, Raise: raised, Invite: joining.ParseInvite,
		Paste:  pasting(log),
		Online: online, Now: time.Now, Do: app.UIThread, Log: log,
		Notify: func(title, body string) { f.SendNotification(fyne.NewNotification(title, body)) },
	}, app.Options{
		Settings: model.NewSettingsStore(dir), Visited: visited, Drafts: model.NewDraftStore(n.dir), Lang: o.lang, Name: o.name,
		Host: o.hostRequest(), Join: o.joinRequest(), Warnings: warnings,
	})
}

// showFault shows a window that says why the program cannot be used, and returns that.
func showFault(o options, log *slog.Logger, end func(error), fault app.Fault) error {
	err := app.Run(newFyne(log, end), app.Deps{
		Now: time.Now, Do: app.UIThread, Log: log, Notify: func(string, string) {},
	}, app.Options{Lang: o.lang, Fault: &fault})
	return errors.Join(fault.Err, err)
}

// newFyne returns what the window is made with.
func newFyne(log *slog.Logger, end func(error)) fyne.App {
	prepareFyne(log, end)
	f := fyneapp.NewWithID(appID)
	if runtime.GOOS != "darwin" { // there Fyne wants settings of its own type, and a graphics card draws
		f = keepSteady(f)
	}
	f.Lifecycle().SetOnStopped(func() {
		time.AfterFunc(quitTimeout, func() { os.Exit(exitError) })
	})
	return f
}

// openLists opens what is remembered of rooms: where one was, and their keys. What is
// damaged is a warning.
func openLists(dir string, log *slog.Logger) (visited *model.Visited, rooms *known.Rooms, warnings []error, err error) {
	visited, err = model.OpenVisited(dir)
	if err != nil {
		log.Warn("going on without the rooms of before", "err", err)
		warnings = append(warnings, err)
	}
	rooms, err = known.Open(dir)
	if rooms == nil {
		return nil, nil, nil, err
	}
	if err != nil {
		log.Warn("every room counts as new", "err", err)
		warnings = append(warnings, err)
	}
	return visited, rooms, warnings, nil
}

// prepareFyne has Fyne's reports told by log, and makes the folder in which
// Fyne makes its own without asking whether it is there: a new user may have
// none yet.
func prepareFyne(log *slog.Logger, end func(error)) {
	stdlog.SetFlags(0)
	stdlog.SetOutput(newFyneLog(log, end))
	if dir, err := os.UserCacheDir(); err == nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			log.Warn("no folder for what is cached", "err", err)
		}
	}
}

func dataDir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	return keyring.DefaultDir()
}
