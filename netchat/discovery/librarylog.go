package discovery

import (
	"io"
	"log/slog"
	"runtime"
	"strings"
)

// libraryPath begins the names of the multicast library's functions.
const libraryPath = "github.com/grandcat/zeroconf."

// maxLogFrames is how far up the stack a line's origin is looked for: package
// log's own functions come first.
const maxLogFrames = 8

// LibraryLog returns what a program should give to log.SetOutput: the multicast
// library logs by package log, and its lines are of no use to whoever started
// the program. They go to quiet at debug level; the lines of everybody else go
// to rest. Only package log may write to it.
func LibraryLog(quiet *slog.Logger, rest io.Writer) io.Writer {
	return libraryLog{quiet: quiet, rest: rest}
}

type libraryLog struct {
	quiet *slog.Logger
	rest  io.Writer
}

// Write takes one line from package log, on the goroutine that logged it.
func (l libraryLog) Write(line []byte) (int, error) {
	if !fromLibrary() {
		return l.rest.Write(line)
	}
	l.quiet.Debug("multicast library", "line", strings.TrimSpace(string(line)))
	return len(line), nil
}

// fromLibrary looks at the stack above Write.
func fromLibrary() bool {
	callers := make([]uintptr, maxLogFrames)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, libraryPath) {
			return true
		}
		if !more {
			return false
		}
	}
}
