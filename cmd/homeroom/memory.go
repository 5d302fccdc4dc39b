package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much garbage may gather before it is collected, in percent
// of what is in use. Most of that are fonts that Fyne has parsed, some 60 MB
// that stay as they are: Go's own 100 would let as much garbage lie beside
// them. A collection takes some milliseconds of a processor that is idle.
const gcPercent = 40

// saveMemory bounds the garbage, unless the user has with GOGC.
func saveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
