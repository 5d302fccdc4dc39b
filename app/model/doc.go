// Package model is what the window shows, without the window: it applies the
// Updates of a netchat client and keeps the timeline, the people, the private
// recipient with a draft for each, the posts that wait for their room, and the
// settings. It knows no Fyne, starts no goroutine and takes no lock: everything
// here is called on one goroutine, the user interface's.
package model
