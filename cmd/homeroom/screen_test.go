package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	stdlog "log"

	"fyne.io/fyne/v2"

	"github.com/homeroomchat/homeroom/app"
)

func TestLookForScreen(t *testing.T) {
	run := t.TempDir()
	if err := os.WriteFile(filepath.Join(run, "wayland-0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return // they have one
	}
	for _, c := range []struct {
		env      map[string]string
		err      error
		platform string
	}{
		{nil, app.ErrNoScreen, ""},
		{map[string]string{"XDG_RUNTIME_DIR": t.TempDir()}, app.ErrNoScreen, ""},
		{map[string]string{"XDG_RUNTIME_DIR": run}, nil, ""},
		{map[string]string{"DISPLAY": ":7"}, nil, "x11"},
		{map[string]string{"DISPLAY": ":7", "FYNE_PLATFORM": "wayland"}, nil, "wayland"},
		{map[string]string{"DISPLAY": ":7", "WAYLAND_DISPLAY": "wayland-1"}, nil, ""},
		{map[string]string{"WAYLAND_SOCKET": "3"}, nil, ""},
	} {
		platform := c.env["FYNE_PLATFORM"]
		err := lookForScreen(func(name string) string { return c.env[name] }, func(name, value string) error {
			if name == "FYNE_PLATFORM" {
				platform = value
			}
			return nil
		})
		if !errors.Is(err, c.err) || platform != c.platform {
			t.Errorf("%v: %v, %q", c.env, err, platform)
		}
	}
}

// TestHopelessReports has Fyne itself report: it is ended before it panics, with no
// more than that.
func TestHopelessReports(t *testing.T) {
	var out bytes.Buffer
	flags, writer := stdlog.Flags(), stdlog.Writer()
	t.Cleanup(func() {
		stdlog.SetFlags(flags)
		stdlog.SetOutput(writer)
	})
	stdlog.SetFlags(0)
	for report, want := range hopeless() {
		var got error
		stdlog.SetOutput(newFyneLog(slog.New(slog.NewTextHandler(&out, nil)), func(err error) { got = err }))
		fyne.LogError(report, errors.New("PlatformUnavailable"))
		if !errors.Is(got, want) || out.Len() > 0 {
			t.Errorf("%s: %v, %s", report, got, out.String())
		}
	}
}
