package main

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsBounded(t *testing.T) {
	const before = 70
	defer debug.SetGCPercent(debug.SetGCPercent(before))
	for set, want := range map[string]int{"": gcPercent, "70": before, "off": before} {
		t.Setenv("GOGC", set)
		debug.SetGCPercent(before)
		saveMemory()
		if got := debug.SetGCPercent(before); got != want {
			t.Errorf("GOGC=%s: %d percent, want %d", set, got, want)
		}
	}
}
