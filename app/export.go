package app

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of the names of exported files.
const (
	maxTypedPath  = 1_000 // characters
	maxExportName = 60    // characters of the room's name in a suggestion
)

// An ExportFormat is a form that a conversation is exported in.
type ExportFormat string

// The formats, by the ends of their files' names.
const (
	ExportHTML  ExportFormat = "html"
	ExportText  ExportFormat = "txt"
	ExportLines ExportFormat = "jsonl"
)

// showExport asks where to save the conversation of the room on the window, and
// in which form.
func showExport(s *roomScreen) {
	a, k := s.app, s.app.kit
	room := s.room.Info()
	if !keeps(a, room.ID) {
		s.write.say(k.say(textNothingKept))
		return
	}
	keys := &formKeys{}
	path := newNameEntry("", "")
	path.OnChanged = nil
	path.SetText(suggestedPath(a.deps.Keeper.Folder(), roomName(k, room, nil), a.deps.Now().In(k.zone), ExportHTML))
	path.escape = func() { keys.cancel() }
	path.OnSubmitted = func(string) { keys.save() }
	format := newChoice(keys, ExportHTML, option[ExportFormat]{ExportHTML, k.say(textExportHTML)},
		option[ExportFormat]{ExportText, k.say(textExportText)}, option[ExportFormat]{ExportLines, k.say(textExportLines)})
	format.OnChanged = func(string) {
		path.SetText(strings.TrimSuffix(path.Text, filepath.Ext(path.Text)) + "." + string(format.value()))
	}
	form := container.New(column{12},
		newParagraph(k.body, k.text, k.say(textExportExplain)),
		container.New(column{4}, newParagraph(k.head, k.muted, k.say(textExportFormat)), named(format, k.say(textExportFormat))),
		container.New(column{4}, newParagraph(k.head, k.muted, k.say(textExportPath)), named(k.roomy(path), k.say(textExportPath))))
	m := showModal(a, k.say(textExportTitle), container.NewThemeOverride(form, choiceLook{k.look}),
		k.say(textSave), k.say(textCancel), func(save bool) {
			if to := strings.TrimSpace(path.Text); save && to != "" && utf8.RuneCountInString(to) <= maxTypedPath {
				runExport(s, ExportRequest{Room: room, Format: format.value(), Path: to, Words: exportWords(k)})
			}
		})
	keys.save, keys.cancel = m.accept, m.refuse
	a.win.Canvas().Focus(path)
}

func exportWords(k *kit) ExportWords {
	return ExportWords{
		Lang: k.lang, Saved: k.say(textExportSaved, words{"Time": k.now().In(k.zone).Format("2006-01-02 15:04")}),
		Empty: k.say(textExportEmpty), Erased: k.say(textExportErased), ForHosts: k.say(textExportForHosts),
		PrivateTo: func(names []string) string { return k.say(textTo, words{"Name": strings.Join(names, ", ")}) },
	}
}

// suggestedPath returns where a conversation might be saved: in a folder, by the
// room's name and the day.
func suggestedPath(folder, room string, day time.Time, format ExportFormat) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) { // which some system does not allow
			return '_'
		}
		return r
	}, room)
	if runes := []rune(name); len(runes) > maxExportName {
		name = string(runes[:maxExportName])
	}
	return filepath.Join(folder, strings.Trim(name, " .")+" "+day.Format(time.DateOnly)+"."+string(format))
}

// runExport saves the conversation off the user interface's goroutine, showing
// how far it is. Cancelled, it leaves no file.
func runExport(s *roomScreen, r ExportRequest) {
	a, k := s.app, s.app.kit
	ctx, cancel := context.WithCancel(a.tasks.ctx)
	bar := widget.NewProgressBar()
	bar.TextFormatter = func() string { return strconv.Itoa(int(bar.Value*100)) + " %" }
	m := showModal(a, k.say(textExportTitle), container.New(column{12}, newParagraph(k.body, k.text, r.Path), bar),
		"", k.say(textCancel), func(bool) { cancel() })
	a.tasks.start(func(context.Context) {
		defer cancel()
		told := time.Time{}
		err := a.deps.Keeper.Export(ctx, r, func(done, total uint64) {
			if now := time.Now(); now.Sub(told) >= exportTick && total > 0 {
				told = now
				a.deps.Do(func() { bar.SetValue(float64(done) / float64(total)) })
			}
		})
		given := ctx.Err() != nil
		a.deps.Do(func() {
			if a.modal == m {
				m.close()
				a.screen.shown()
			}
			if a.screen == s && !given {
				exported(s, r, err)
			}
		})
	})
}

// exportTick is how often the progress of an export is drawn.
const exportTick = 100 * time.Millisecond

// exported says what became of an export.
func exported(s *roomScreen, r ExportRequest, err error) {
	k := s.app.kit
	if errors.Is(err, ErrExists) {
		ask(s.app, k.say(textExportTitle), k.say(textExportThere, words{"Path": r.Path}), k.say(textReplace), k.say(textCancel), func(yes bool) {
			if yes {
				r.Replace = true
				runExport(s, r)
			}
		})
		return
	}
	if err != nil {
		s.app.log.Warn("a conversation is not exported", "err", err)
		showModal(s.app, k.say(textExportTitle), newParagraph(k.body, k.text,
			k.say(textExportFailed, words{"Why": k.whyNotWritten(err)})), "", k.say(textClose), func(bool) {})
		return
	}
	showModal(s.app, k.say(textExportTitle), newParagraph(k.body, k.text,
		k.say(textExported, words{"Path": r.Path})), "", k.say(textClose), func(bool) {})
}

// forgetKept asks before all that is kept of a room of before is deleted for
// good, which has no undo.
func (s *lobbyScreen) forgetKept(v model.Visit, name string) {
	a, k := s.app, s.app.kit
	explain := k.say(textDeleteCopy)
	if v.Mine {
		explain = k.say(textDeleteHosted)
	}
	ask(a, k.say(textDeleteTitle, words{"Room": name}), explain, k.say(textDelete), k.say(textCancel), func(yes bool) {
		if !yes {
			return
		}
		a.tasks.start(func(context.Context) {
			var err error
			if a.deps.Keeper != nil {
				err = a.deps.Keeper.Delete(v.Room)
			}
			if err == nil {
				err = a.drafts.forget(v.Room.ID)
			}
			a.deps.Do(func() {
				if a.screen != s {
					return
				}
				if err != nil {
					a.log.Warn("a room is not deleted", "err", err)
					s.tell(notice{sentence: k.say(textDeleteFailed, words{"Why": err.Error()}), fault: true})
					return
				}
				s.forget(v.Key(), name)
			})
		})
	})
}

// keeps reports whether something is kept of a room.
func keeps(a *App, id netchat.RoomID) bool {
	return id != "" && a.deps.Keeper != nil && a.deps.Keeper.Keeps(id)
}

// exportLink leads from the settings to saving the conversation; nil: there is none
// to save on the window.
func exportLink(a *App) fyne.CanvasObject {
	s, ok := a.screen.(*roomScreen)
	if !ok || !keeps(a, s.room.Info().ID) {
		return nil
	}
	save := newButton(a.kit.say(textExportThis), nil, false, func() { showExport(s) })
	return container.New(atLeft{}, a.kit.wide(save))
}
