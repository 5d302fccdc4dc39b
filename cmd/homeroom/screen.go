package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/homeroomchat/homeroom/app"
)

// What Fyne reports when no window can be shown; then it goes on, and panics.
func hopeless() map[string]error {
	return map[string]error{
		"failed to initialise GLFW":   app.ErrNoScreen,
		"window creation error":       app.ErrNoGraphics,
		"failed to initialise OpenGL": app.ErrNoGraphics,
	}
}

// hopelessReport returns what a report of Fyne means for the window; nil: it can be
// shown all the same.
func hopelessReport(reason string) error {
	for start, err := range hopeless() {
		if strings.HasPrefix(reason, start) {
			return fmt.Errorf("%w: %s", err, reason)
		}
	}
	return nil
}

// lookForScreen fails with app.ErrNoScreen where the environment names none. Where it
// names an X server alone, only that is tried: else the libraries below would complain
// of what nobody asked for.
func lookForScreen(getenv func(string) string, setenv func(name, value string) error) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return nil
	}
	wayland := getenv("WAYLAND_DISPLAY") != "" || getenv("WAYLAND_SOCKET") != ""
	if dir := getenv("XDG_RUNTIME_DIR"); !wayland && dir != "" {
		_, err := os.Stat(filepath.Join(dir, "wayland-0")) // which is tried if none is named
		wayland = err == nil
	}
	switch {
	case wayland:
		return nil
	case getenv("DISPLAY") == "":
		return app.ErrNoScreen
	case getenv("FYNE_PLATFORM") == "":
		return setenv("FYNE_PLATFORM", "x11")
	}
	return nil
}
