package discovery

import (
	"context"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

// Timing of an Announcer.
const (
	pollEvery    = time.Second      // looking at the interfaces; a change must last that long
	rebuildEvery = 10 * time.Minute // starting over on an interface that did not change
	retryFirst   = time.Second      // the pause after a registration failed; it doubles
	retryMost    = 32 * time.Second // up to this
)

// An Announcement is what Announce tells the network: this, and that the room
// speaks TLS, as every host of this program does. The number of members is
// not in it: it is told by the host's answer to a Hello.
type Announcement struct {
	Room       netchat.RoomInfo            // ID and Name are announced
	Port       int                         // where the host answers Hello and lets people in
	Interfaces func() ([]Interface, error) // nil: SystemInterfaces
	Registrar  Registrar                   // nil: multicast DNS
	Logger     *slog.Logger                // nil: silent
}

// An Announcer makes one room findable for as long as it lives. It follows the
// machine's network by itself.
type Announcer struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when its goroutine has ended
}

// Announce starts to announce a room until Close or the end of ctx. It does not
// wait for the network, and having none is no error: the room is announced on
// each usable interface as it appears. It fails only if the Announcement itself
// can't be: a room without an id, a name over netchat.MaxRoomName or not UTF-8,
// a port out of range.
func Announce(ctx context.Context, a Announcement) (*Announcer, error) {
	switch {
	case !a.Room.ID.Valid():
		return nil, fmt.Errorf("announce: room id %q", a.Room.ID)
	case len(a.Room.Name) > netchat.MaxRoomName:
		return nil, fmt.Errorf("announce: the room's name: %w", netchat.ErrTooLong)
	case !utf8.ValidString(a.Room.Name):
		return nil, fmt.Errorf("announce: the room's name %q is not UTF-8", a.Room.Name)
	case a.Port < 1 || a.Port > 65535:
		return nil, fmt.Errorf("announce: port %d", a.Port)
	}
	if a.Interfaces == nil {
		a.Interfaces = SystemInterfaces
	}
	if a.Logger == nil {
		a.Logger = slog.New(slog.DiscardHandler)
	}
	if a.Registrar == nil {
		a.Registrar = multicastDNS{}
	}
	ctx, cancel := context.WithCancel(ctx)
	announcer := &Announcer{cancel: cancel, done: make(chan struct{})}
	go announcer.run(ctx, &announcing{Announcement: a, text: encodeText(a.Room), on: make(map[int]*spot)})
	return announcer, nil
}

// Close takes the announcement back and waits until the Announcer has ended.
// Any goroutine may call it, more than once; it returns nil.
func (a *Announcer) Close() error {
	a.cancel()
	<-a.done
	return nil
}

func (a *Announcer) run(ctx context.Context, on *announcing) {
	defer close(a.done)
	defer on.stopAll()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		on.poll(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// announcing is what an Announcer's goroutine owns.
type announcing struct {
	Announcement
	text  []string
	on    map[int]*spot // by the interface's index
	slept sleepWatch
	begun bool // there was a previous poll
	quiet bool // the previous poll could not list the interfaces
}

// A spot is one interface that the room is or shall be announced on.
type spot struct {
	stop    func()    // nil: not announced
	current string    // the fingerprint it was announced with
	seen    string    // the fingerprint at the previous poll, empty if it was gone
	since   time.Time // when it was announced
	retry   time.Time // not to be tried again before
	pause   time.Duration
}

// poll brings what is announced in line with the interfaces there are.
func (a *announcing) poll(now time.Time) {
	list, err := a.Interfaces()
	if err != nil {
		if !a.quiet {
			a.Logger.Warn("announcing: cannot list the network interfaces", "err", err)
		}
		a.quiet = true
		return
	}
	a.quiet = false
	woke := a.slept.woke(now)
	first := !a.begun
	a.begun = true

	present := make(map[int]bool, len(list))
	for _, i := range list {
		present[i.Index] = true
		s := a.on[i.Index]
		if s == nil {
			s = &spot{}
			a.on[i.Index] = s
		}
		print := i.fingerprint()
		settled := first || s.seen == print
		s.seen = print
		if settled && (woke || s.stale(print, now)) {
			a.rebuild(s, i, now)
		}
	}
	for index, s := range a.on {
		switch {
		case present[index]:
		case s.seen != "": // it may be back in a moment
			s.seen = ""
		default:
			s.end()
			delete(a.on, index)
		}
	}
}

// stale reports whether s is to be announced anew as print.
func (s *spot) stale(print string, now time.Time) bool {
	if s.stop == nil {
		return !now.Before(s.retry)
	}
	return s.current != print || now.Sub(s.since) >= rebuildEvery
}

func (a *announcing) rebuild(s *spot, i Interface, now time.Time) {
	s.end()
	stop, err := a.Registrar.Register(Registration{
		Instance:  instancePrefix + string(a.Room.ID),
		Port:      a.Port,
		Text:      a.text,
		Interface: i,
	})
	if err != nil {
		s.pause = min(max(2*s.pause, retryFirst), retryMost)
		s.retry = now.Add(s.pause)
		a.Logger.Warn("announcing: failed on an interface", "interface", i.Name, "again_in", s.pause, "err", err)
		return
	}
	s.stop, s.current, s.since, s.pause = stop, i.fingerprint(), now, 0
	a.Logger.Debug("announcing on an interface", "interface", i.Name)
}

func (s *spot) end() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

func (a *announcing) stopAll() {
	for _, s := range a.on {
		s.end()
	}
}
