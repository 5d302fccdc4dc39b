package main

import (
	"log/slog"
	"strings"
	"sync"
)

// maxTold bounds the reports that a fyneLog remembers.
const maxTold = 100

// A fyneLog is what the standard logger writes to, without flags: Fyne, and
// whatever else has no logger of ours. It hands all on as warnings, but a report
// of Fyne's once: Fyne reports anew for every notification that no service
// takes. It leaves out what Fyne says of its preferences, which this program
// doesn't use: Fyne writes them at the end all the same, and then reads them
// half-written. It may be used from any goroutine.
type fyneLog struct {
	log *slog.Logger
	end func(why error) // called when Fyne reports that there will be no window

	mu     sync.Mutex
	told   map[string]bool
	reason string // of the report that is coming in
}

// Parts of a report, each a line of its own.
const (
	fyneReason      = "Fyne error:"
	fyneCause       = "  Cause:"
	fynePlace       = "  At:"
	fynePreferences = "Preferences load error:"
)

func newFyneLog(log *slog.Logger, end func(error)) *fyneLog {
	return &fyneLog{log: log, end: end, told: make(map[string]bool)}
}

// Write implements io.Writer. It takes one line.
func (f *fyneLog) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := strings.TrimRight(string(line), "\n")
	if reason, ok := strings.CutPrefix(text, fyneReason); ok {
		f.flush()
		f.reason = strings.TrimSpace(reason)
		return len(line), nil
	}
	if cause, ok := strings.CutPrefix(text, fyneCause); ok && f.reason != "" {
		f.reason += ": " + strings.TrimSpace(cause)
		return len(line), nil
	}
	place := f.reason != "" && strings.HasPrefix(text, fynePlace)
	f.flush()
	if !place {
		f.log.Warn("a library reports", "err", text)
	}
	return len(line), nil
}

// flush hands on the report that has come in, unless it was told before.
func (f *fyneLog) flush() {
	reason := f.reason
	f.reason = ""
	if err := hopelessReport(reason); err != nil {
		f.end(err)
		return
	}
	if reason == "" || strings.HasPrefix(reason, fynePreferences) || f.told[reason] || len(f.told) >= maxTold {
		return
	}
	f.told[reason] = true
	f.log.Warn("Fyne reports", "err", reason)
}
