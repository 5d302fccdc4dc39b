package discovery

import (
	"context"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A watch is one Search as its goroutine sees it: all that is not a channel
// belongs to run.
type watch struct {
	FinderOptions
	*Search
	out    chan []netchat.Advert
	rounds rounds
	asking asking
	rooms  rooms
	memory memory
	list   []netchat.Advert // as of now
	offer  []netchat.Advert // a copy of it for the receiver to keep
	told   []netchat.Advert // the list that it got last
	on     []Interface
	slept  sleepWatch
	slow   bool // as hidden was when it was last looked at
}

func (w *watch) run(ctx context.Context) {
	defer close(w.out)
	defer w.asking.wait() // all of them end with ctx
	defer w.rounds.wait()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	ask := time.NewTimer(helloEvery)
	defer ask.Stop()
	w.slept.woke(time.Now())
	w.look()
	for {
		w.startChecks(ctx, ask)
		out := w.news()
		select {
		case <-ctx.Done():
			return
		case out <- w.offer:
			w.told = w.list
		case <-poll.C:
			w.polled()
		case <-w.wishes:
			w.heed()
		case <-w.rounds.timer.C:
			w.rounds.start(ctx, w.Browser, w.on)
		case err := <-w.rounds.over:
			if err != nil {
				w.Logger.Debug("finding: a round failed", "err", err)
			}
			w.rounds.ended(w.slow)
		case s := <-w.rounds.sightings:
			w.sighted(s)
		case a := <-w.asking.answers:
			w.answered(a)
		case <-ask.C: // startChecks has what is due
		}
	}
}

// startChecks starts what is due, and sets the timer to the next hello; anything
// else may wait for the next poll.
func (w *watch) startChecks(ctx context.Context, ask *time.Timer) {
	now := time.Now()
	for _, c := range w.rooms.next(now, nearness(w.on)) {
		w.asking.start(ctx, c)
	}
	for _, c := range w.memory.next(now, &w.rooms, w.on) {
		w.asking.start(ctx, c)
	}
	if due, any := w.rooms.wake(); any {
		ask.Reset(time.Until(due))
	}
}

// news brings the list up to date. It returns where to send the offer, or nil
// if the receiver knows it all.
func (w *watch) news() chan<- []netchat.Advert {
	if w.rooms.changed {
		w.rooms.changed = false
		w.list = w.rooms.list(nearness(w.on))
		w.offer = cloneList(w.list)
	}
	if sameList(w.list, w.told) {
		return nil
	}
	return w.out
}

// polled does what is done every pollEvery.
func (w *watch) polled() {
	w.rooms.forget(w.Ignore)
	moved := w.look()
	switch {
	case w.slept.woke(time.Now()):
		w.startOver()
	case moved:
		w.rounds.restart()
		w.memory.hasten(time.Now())
	}
}

// look reads the interfaces and reports whether they are others than before.
func (w *watch) look() bool {
	on, err := w.Interfaces()
	if err != nil {
		w.Logger.Debug("finding: cannot list the network interfaces", "err", err)
		return false
	}
	changed := fingerprints(on) != fingerprints(w.on)
	w.on = on
	if changed {
		w.rooms.changed = true // the order of addresses hangs on our own
	}
	return changed
}

// heed does what Refresh and SetHidden asked for.
func (w *watch) heed() {
	hidden := w.hidden.Load()
	shown := w.slow && !hidden
	if hidden && !w.slow {
		w.rounds.slowDown()
	}
	w.slow = hidden
	w.rooms.pace, w.memory.least = helloEvery, helloEvery
	if hidden {
		w.rooms.pace, w.memory.least = hiddenEvery, hiddenEvery
	}
	if w.refresh.Swap(false) || shown {
		w.startOver()
	}
}

// startOver searches and asks everybody at once.
func (w *watch) startOver() {
	now := time.Now()
	w.rounds.restart()
	w.rooms.hasten(now)
	w.memory.hasten(now)
}

func (w *watch) sighted(s Sighting) {
	said, err := decodeText(s.Text)
	if err != nil {
		w.Logger.Debug("finding: ignored an announcement", "err", err)
		return
	}
	if !w.Ignore(said.Room.ID) {
		w.rooms.propose(said.Room.ID, said.TLS, candidates(s, w.on))
	}
}

func (w *watch) answered(a answer) {
	if a.err != nil {
		w.Logger.Debug("finding: no answer", "room", a.check.id, "addr", a.addr, "err", a.err)
	}
	switch now := time.Now(); {
	case a.check.recalled == nil:
		w.rooms.take(a, now)
	case a.ended:
		w.memory.ended(a.check.recalled, now)
	case a.err == nil && !w.Ignore(a.advert.Room.ID):
		if w.memory.answered(a) {
			w.rooms.admit(a, now)
		}
	}
}
