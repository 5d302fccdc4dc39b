package netchattest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A Recorder reads a client's Updates to their end and keeps them, together
// with what somebody who applies them would see. Its methods are safe for
// concurrent use.
type Recorder struct {
	done chan struct{}

	mu      sync.Mutex
	updates []netchat.Update
	shown   []netchat.Message
	roster  netchat.Roster
	changed chan struct{} // closed at the next Update
}

// Record starts a Recorder; it ends when the channel is closed.
func Record(events <-chan netchat.Update) *Recorder {
	r := &Recorder{done: make(chan struct{}), changed: make(chan struct{})}
	go func() {
		defer close(r.done)
		for u := range events {
			r.add(u)
		}
	}()
	return r
}

func (r *Recorder) add(u netchat.Update) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.updates = append(r.updates, u)
	switch u := u.(type) {
	case *netchat.Welcome:
		r.roster = u.Roster.Clone()
	case *netchat.Roster:
		r.roster = u.Clone()
	case *netchat.RosterDelta:
		r.roster.Apply(u)
	case *netchat.Page:
		if u.Snapshot {
			r.shown = nil
		}
		r.shown = append(slices.Clone(u.Messages), r.shown...)
	case *netchat.Event:
		if m, ok := netchat.MessageOf(u); ok {
			r.shown = append(r.shown, m)
		}
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// Updates returns all that came so far.
func (r *Recorder) Updates() []netchat.Update {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.updates)
}

// Shown returns the Messages that are on the screen, oldest first.
func (r *Recorder) Shown() []netchat.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.shown)
}

// Texts returns the texts of Shown.
func (r *Recorder) Texts() []string {
	var texts []string
	for _, m := range r.Shown() {
		texts = append(texts, m.Text)
	}
	return texts
}

// Names returns what those who are here are called, in order of joining.
func (r *Recorder) Names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, m := range r.roster.Members {
		names = append(names, m.Name)
	}
	return names
}

// WaitNames blocks until those who are here are called so, in order of joining.
func (r *Recorder) WaitNames(tb testing.TB, names ...string) {
	tb.Helper()
	r.Wait(tb, fmt.Sprintf("the names %q", names), func(r *Recorder) bool { return slices.Equal(r.Names(), names) })
}

// Wait blocks until ok holds for what came so far.
func (r *Recorder) Wait(tb testing.TB, what string, ok func(*Recorder) bool) {
	tb.Helper()
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		if ok(r) {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			tb.Fatalf("never came: %s\ngot %s", what, Describe(r.Updates()))
		}
	}
}

// Done waits for the end of the Updates.
func (r *Recorder) Done(tb testing.TB) {
	tb.Helper()
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		tb.Fatal("the updates do not end")
	}
}

// Of returns the Updates of one type.
func Of[T netchat.Update](r *Recorder) []T {
	var found []T
	for _, u := range r.Updates() {
		if t, ok := u.(T); ok {
			found = append(found, t)
		}
	}
	return found
}

// WaitOf blocks until there are n Updates of one type and returns all of them.
func WaitOf[T netchat.Update](tb testing.TB, r *Recorder, n int) []T {
	tb.Helper()
	var none T
	r.Wait(tb, fmt.Sprintf("%d x %T", n, none), func(r *Recorder) bool { return len(Of[T](r)) >= n })
	return Of[T](r)
}
