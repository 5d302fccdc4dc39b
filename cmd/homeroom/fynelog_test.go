package main

import (
	"bytes"
	"errors"
	stdlog "log"
	"log/slog"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

// TestFyneReports has Fyne itself report, so that this fails when a later
// version of it words its reports in another way.
func TestFyneReports(t *testing.T) {
	var out bytes.Buffer
	flags, writer := stdlog.Flags(), stdlog.Writer()
	t.Cleanup(func() {
		stdlog.SetFlags(flags)
		stdlog.SetOutput(writer)
	})
	stdlog.SetFlags(0)
	stdlog.SetOutput(newFyneLog(slog.New(slog.NewTextHandler(&out, nil)), func(err error) { t.Error(err) }))
	for range 3 {
		fyne.LogError("Failed to send message to bus", errors.New("no such service"))
		fyne.LogError("Preferences load error:", errors.New("EOF"))
		fyne.LogError("No cause", nil)
		stdlog.Println("http: something else")
	}
	fyne.LogError("Failed to send message to bus", errors.New("another reason"))
	told := out.String()
	for want, times := range map[string]int{
		"Failed to send message to bus: no such service": 1,
		"Failed to send message to bus: another reason":  1,
		"No cause":             1,
		"http: something else": 3,
		"Preferences":          0,
		"At:":                  0,
		"level=WARN":           6,
	} {
		if n := strings.Count(told, want); n != times {
			t.Errorf("%q is told %d times, want %d: %s", want, n, times, told)
		}
	}
}

func TestFyneReportsAreBounded(t *testing.T) {
	var out bytes.Buffer
	f := newFyneLog(slog.New(slog.NewTextHandler(&out, nil)), func(err error) { t.Error(err) })
	for i := range 2 * maxTold {
		for _, line := range []string{fyneReason + strings.Repeat(" x", i+1), fynePlace + " here"} {
			if n, err := f.Write([]byte(line + "\n")); err != nil || n != len(line)+1 {
				t.Fatal(n, err)
			}
		}
	}
	if n := strings.Count(out.String(), "level=WARN"); n != maxTold || len(f.told) != maxTold {
		t.Errorf("%d told, %d remembered", n, len(f.told))
	}
}
