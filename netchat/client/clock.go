package client

import "time"

const (
	clockEvery = time.Second     // how often the clocks are compared
	sleepJump  = 5 * time.Second // a larger difference means that the machine slept
)

// A clockWatch sees that the machine slept: then the wall clock has gone on
// and the monotonic one has not. One goroutine uses it.
type clockWatch struct {
	now  func() time.Time // its wall clock is looked at
	wall time.Time
	mono time.Time // by package time, whose differences are monotonic
}

func newClockWatch(now func() time.Time) *clockWatch {
	return &clockWatch{now: now, wall: now().Round(0), mono: time.Now()}
}

// slept reports whether the machine slept since the last call. A wall clock
// set forward looks the same and does no harm.
func (w *clockWatch) slept() bool {
	wall, mono := w.now().Round(0), time.Now()
	jump := wall.Sub(w.wall) - mono.Sub(w.mono)
	w.wall, w.mono = wall, mono
	return jump > sleepJump
}
