package main

import "fyne.io/fyne/v2"

// keepSteady has Fyne show everything without animations, and returns the app
// to go on with. A caret that blinks has the whole window drawn again 60 times
// a second: where there is no graphics card, that is a quarter of a processor
// for a window in which nothing happens. Fyne knows no setting for that but its
// own file, which belongs to the user, and a build tag, which go run lacks.
func keepSteady(f fyne.App) fyne.App {
	f = steadyApp{f}
	fyne.SetCurrentApp(f)
	return f
}

// A steadyApp is an app whose settings are steady.
type steadyApp struct{ fyne.App }

// Settings implements fyne.App.
func (a steadyApp) Settings() fyne.Settings { return steadySettings{a.App.Settings()} }

// Run implements fyne.App. Fyne follows the system from light to dark only if,
// at the start of Run, the app is its own.
func (a steadyApp) Run() {
	a.Lifecycle().SetOnStarted(func() { fyne.SetCurrentApp(a) })
	fyne.SetCurrentApp(a.App)
	a.App.Run()
}

// steadySettings are settings without animations.
type steadySettings struct{ fyne.Settings }

// ShowAnimations implements fyne.Settings.
func (steadySettings) ShowAnimations() bool { return false }
