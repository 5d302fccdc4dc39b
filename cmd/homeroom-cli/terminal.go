package main

import (
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

// defaultColumns is the width of a terminal that does not tell.
const defaultColumns = 80

// A terminal is the one that a person sits at, in raw mode.
type terminal struct {
	in, out *os.File
	state   *term.State
	undo    func()
}

// openTerminal puts the streams into raw mode if both are a terminal that can
// move its cursor; otherwise it returns nil.
func openTerminal(s streams) (*terminal, error) {
	in, out := terminalFile(s.in), terminalFile(s.out)
	if in == nil || out == nil || s.getenv("TERM") == "dumb" {
		return nil, nil
	}
	undo, err := enableSequences(out)
	if err != nil {
		return nil, nil // an old console: plain lines work there
	}
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		undo()
		return nil, fmt.Errorf("terminal: %w", err)
	}
	return &terminal{in: in, out: out, state: state, undo: undo}, nil
}

// terminalFile returns stream as a file if it is a terminal.
func terminalFile(stream any) *os.File {
	file := fileOf(stream)
	if file == nil || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return file
}

// fileOf returns the file that a stream of run leads to; nil: it is none.
func fileOf(stream any) *os.File {
	if output, ok := stream.(wholefile.Output); ok {
		stream = output.To
	}
	if o, ok := stream.(*outlet); ok {
		stream = o.to
	}
	file, _ := stream.(*os.File)
	return file
}

// close leaves raw mode.
func (t *terminal) close() error {
	defer t.undo()
	if err := term.Restore(int(t.in.Fd()), t.state); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	return nil
}

// columns returns the width of the terminal now.
func (t *terminal) columns() int {
	width, _, err := term.GetSize(int(t.out.Fd()))
	if err != nil || width <= 0 {
		return defaultColumns
	}
	return width
}
