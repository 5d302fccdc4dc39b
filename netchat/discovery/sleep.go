package discovery

import "time"

// wakeGap is how far apart two polls are if the machine slept between them.
const wakeGap = 10 * time.Second

// A sleepWatch sees by the wall clock, which goes on while a machine sleeps,
// that it slept. Whoever was stopped for that long, or has set the clock,
// counts as well: there is no harm in it.
type sleepWatch struct {
	last time.Time // of the previous poll
}

// woke is called once in each poll.
func (w *sleepWatch) woke(now time.Time) bool {
	now = now.Round(0) // the monotonic clock may stand still meanwhile
	gap := now.Sub(w.last)
	first := w.last.IsZero()
	w.last = now
	return !first && gap > wakeGap
}
