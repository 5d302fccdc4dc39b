package main

import (
	"errors"
	"log/slog"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"

	"github.com/homeroomchat/homeroom/internal/x11paste"
)

// pasting returns app.Deps.Paste. The library under the window takes what other
// programs offer for a C string, so that all behind a NUL is lost, and waits for a
// program that does not answer for ever. On X11 the text is read without it. On
// Windows a text on the clipboard cannot have a NUL; on macOS and Wayland there is no
// way past the library.
func pasting(log *slog.Logger) func(win fyne.Window) (string, bool) {
	return func(win fyne.Window) (string, bool) {
		var handle uintptr
		if native, ok := win.(driver.NativeWindow); ok {
			native.RunNative(func(context any) {
				if x11, ok := context.(driver.X11WindowContext); ok {
					handle = x11.WindowHandle
				}
			})
		}
		if handle == 0 {
			return "", false
		}
		text, err := x11paste.Text(os.Getenv("DISPLAY"), uint32(handle))
		switch {
		case errors.Is(err, x11paste.ErrOwn):
			return "", false
		case errors.Is(err, os.ErrDeadlineExceeded):
			log.Warn("the program with the clipboard does not answer", "err", err)
			return "", true
		case err != nil:
			log.Warn("the clipboard is read by the library", "err", err)
			return "", false
		}
		return text, true
	}
}
