// Package app is Homeroom's window: one struct per view, the model of package
// model drawn by them, and nothing of the network but what Deps hands in.
// Everything in it runs on the user interface's goroutine unless its comment
// says otherwise; Deps.Do is the only way onto that goroutine.
package app
