package main

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A startingApp has a life like that of Fyne's own app: it looks at the current
// app when it is run, and tells when it has started.
type startingApp struct {
	fyne.App
	lifecycle
	current fyne.App // at the start of Run
}

type lifecycle struct {
	fyne.Lifecycle
	started func()
}

func (l *lifecycle) SetOnStarted(f func()) { l.started = f }

func (a *startingApp) Lifecycle() fyne.Lifecycle { return &a.lifecycle }

func (a *startingApp) Run() {
	a.current = fyne.CurrentApp()
	a.started()
}

// TestSteady: nothing moves by itself, neither while the window is made nor
// later, and Fyne finds its own app where it looks for it.
func TestSteady(t *testing.T) {
	own := &startingApp{App: test.NewTempApp(t)}
	if !own.Settings().ShowAnimations() {
		t.Fatal("without keepSteady there are no animations either")
	}
	f := keepSteady(own)
	still := func(when string) {
		t.Helper()
		if f.Settings().ShowAnimations() || fyne.CurrentApp().Settings().ShowAnimations() {
			t.Errorf("there are animations %s", when)
		}
	}
	still("before the start")
	f.Run()
	if own.current != fyne.App(own) {
		t.Error("Fyne did not find its own app at the start")
	}
	still("after the start")
	if f.Settings().Theme() != own.Settings().Theme() {
		t.Error("the other settings are not the app's")
	}
}
