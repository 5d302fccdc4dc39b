package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// enableSequences makes the console obey escape sequences. undo takes it back.
func enableSequences(out *os.File) (undo func(), err error) {
	handle := windows.Handle(out.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return nil, fmt.Errorf("console mode: %w", err)
	}
	if err := windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return nil, fmt.Errorf("console mode: %w", err)
	}
	return func() { _ = windows.SetConsoleMode(handle, mode) }, nil
}
