package discovery

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Timing of a search. Each round asks once and listens for roundWindow; the
// pause before the next one grows through searchPauses and stays at the last.
const roundWindow = 1200 * time.Millisecond

func searchPauses() []time.Duration {
	return []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second}
}

// Bounds of the hellos under way, so that false announcements can't make a
// Finder open connections without end nor keep it from the rooms it lists.
const (
	maxProbes = 32                     // to addresses that have proven nothing
	maxHellos = 64                     // to listed rooms
	helloStep = 200 * time.Millisecond // before the next address of a listed room is tried too
)

// FinderOptions are the parts of a Finder. The zero value is right outside of
// tests.
type FinderOptions struct {
	Browser    Browser                                                        // nil: multicast DNS
	Hello      func(ctx context.Context, addr string) (netchat.Advert, error) // nil: Hello
	Interfaces func() ([]Interface, error)                                    // nil: SystemInterfaces
	Logger     *slog.Logger                                                   // nil: silent
}

// A Finder finds the rooms of the local network. Any goroutine may use it.
type Finder struct {
	opts FinderOptions
}

// NewFinder returns a Finder. It does nothing until Watch is called.
func NewFinder(opts FinderOptions) *Finder {
	if opts.Browser == nil {
		opts.Browser = multicastDNS{}
	}
	if opts.Hello == nil {
		opts.Hello = Hello
	}
	if opts.Interfaces == nil {
		opts.Interfaces = SystemInterfaces
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Finder{opts: opts}
}

// Watch searches until ctx ends. It sends the whole list of rooms each time
// something in it changed, sorted by name, at most MaxRooms; who reads slowly
// gets the newest list only. The lists are the receiver's. When ctx has ended
// and no goroutine of this Watch is left, the channel is closed. Each Watch
// searches for itself: end it as soon as nobody looks, above all once a room is
// joined, because multicast costs everybody on a wireless network.
func (f *Finder) Watch(ctx context.Context) <-chan []netchat.Advert {
	w := &watch{
		FinderOptions: f.opts,
		out:           make(chan []netchat.Advert),
		sightings:     make(chan Sighting),
		rounds:        make(chan error),
		answers:       make(chan answer),
		probes:        make(chan struct{}, maxProbes),
		hellos:        make(chan struct{}, maxHellos),
		rooms:         rooms{known: make(map[netchat.RoomID]*room)},
	}
	go w.run(ctx)
	return w.out
}

// A Search is one search. Any goroutine may use it.
type Search struct{ rooms <-chan []netchat.Advert }

// Search is Watch with remembered rooms, which are asked at the addresses that
// they had.
func (f *Finder) Search(ctx context.Context, remembered []netchat.Advert) *Search {
	return &Search{rooms: f.Watch(ctx)}
}

// Rooms returns the channel that Watch describes.
func (s *Search) Rooms() <-chan []netchat.Advert { return s.rooms }

// Refresh has the search start over at once. It never blocks.
func (s *Search) Refresh() {}

// SetHidden slows the search down while nobody looks. It never blocks.
func (s *Search) SetHidden(hidden bool) {}

// A watch is one Watch. Its fields below the channels belong to the goroutine
// of run.
type watch struct {
	FinderOptions
	out       chan []netchat.Advert
	sightings chan Sighting
	rounds    chan error // a round is over
	answers   chan answer
	probes    chan struct{} // one held by each hello under way
	hellos    chan struct{}
	wg        sync.WaitGroup // rounds and checks

	rooms rooms
	list  []netchat.Advert // as of now
	offer []netchat.Advert // a copy of it for the receiver to keep
	told  []netchat.Advert // the list that it got last
	on    []Interface
	round int // how many rounds since the search last started over
}

func (w *watch) run(ctx context.Context) {
	defer close(w.out)
	defer w.wg.Wait() // they all end with ctx
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	search := time.NewTimer(0)
	defer search.Stop()
	hello := time.NewTimer(helloEvery)
	defer hello.Stop()
	searching := false
	w.look()
	for {
		w.startChecks(ctx)
		if due, any := w.rooms.wake(); any {
			hello.Reset(time.Until(due))
		}
		out := w.news()
		select {
		case <-ctx.Done():
			return
		case out <- w.offer:
			w.told = w.list
		case <-poll.C:
			if w.look() && !searching {
				search.Reset(0)
			}
		case <-search.C:
			searching = true
			w.startRound(ctx)
		case err := <-w.rounds:
			searching = false
			search.Reset(w.pause(err))
		case s := <-w.sightings:
			w.sighted(s)
		case a := <-w.answers:
			w.answered(a)
		case <-hello.C: // startChecks has what is due
		}
	}
}

func (w *watch) startChecks(ctx context.Context) {
	for _, c := range w.rooms.next(time.Now(), preference(w.on)) {
		w.wg.Go(func() { w.ask(ctx, c) })
	}
}

func (w *watch) startRound(ctx context.Context) {
	on := w.on
	w.wg.Go(func() { w.search(ctx, on) })
}

// news brings the list up to date. It returns where to send the offer, or nil
// if the receiver knows it all.
func (w *watch) news() chan<- []netchat.Advert {
	if w.rooms.changed {
		w.rooms.changed = false
		w.list = w.rooms.list(preference(w.on))
		w.offer = cloneList(w.list)
	}
	if sameList(w.list, w.told) {
		return nil
	}
	return w.out
}

// look reads the interfaces and reports whether they are others than before:
// then the search starts over.
func (w *watch) look() bool {
	on, err := w.Interfaces()
	if err != nil {
		w.Logger.Debug("finding: cannot list the network interfaces", "err", err)
		return false
	}
	changed := fingerprints(on) != fingerprints(w.on)
	w.on = on
	if changed {
		w.round = 0
		w.rooms.changed = true // the order of addresses hangs on our own
	}
	return changed
}

// pause returns how long to wait after a round.
func (w *watch) pause(err error) time.Duration {
	if err != nil {
		w.Logger.Debug("finding: a round failed", "err", err)
	}
	pauses := searchPauses()
	pause := pauses[min(w.round, len(pauses)-1)]
	w.round++
	return pause
}

// search does one round. Every answer to it is drained, also when nobody wants
// them any more.
func (w *watch) search(ctx context.Context, on []Interface) {
	window, cancel := context.WithTimeout(ctx, roundWindow)
	defer cancel()
	err := w.Browser.Browse(window, on, func(s Sighting) {
		select {
		case w.sightings <- s:
		case <-ctx.Done():
		}
	})
	select {
	case w.rounds <- err:
	case <-ctx.Done():
	}
}

func (w *watch) sighted(s Sighting) {
	room, err := decodeText(s.Text)
	if err != nil {
		w.Logger.Debug("finding: ignored an announcement", "err", err)
		return
	}
	w.rooms.propose(room.ID, candidates(s, w.on))
}

func (w *watch) answered(a answer) {
	if a.err != nil {
		w.Logger.Debug("finding: no answer", "room", a.check.id, "addr", a.addr, "err", a.err)
	}
	w.rooms.take(a, time.Now())
}

// ask does one check and reports what came of it, address by address. Unless
// all are to be asked, it gives each address helloStep before it tries the next
// as well, and ends with the first that answers.
func (w *watch) ask(ctx context.Context, c *check) {
	var wg sync.WaitGroup
	checkCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan struct{}, len(c.addrs))
	for i, at := range c.addrs {
		if i > 0 && !c.all && !w.stepOn(checkCtx, failed) {
			break
		}
		wg.Go(func() {
			a, done := w.helloTo(checkCtx, c, at)
			switch {
			case !done: // ended early: says nothing about this address
				return
			case a.err != nil || a.advert.Room.ID != c.id:
				failed <- struct{}{}
			case !c.all:
				cancel()
			}
			w.report(ctx, a)
		})
	}
	wg.Wait()
	w.report(ctx, answer{check: c, ended: true})
}

// stepOn waits until the next address is to be tried, and reports false if the
// check is over.
func (w *watch) stepOn(ctx context.Context, failed <-chan struct{}) bool {
	step := time.NewTimer(helloStep)
	defer step.Stop()
	select {
	case <-failed:
	case <-step.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// helloTo says hello to one address. done is false if ctx ended meanwhile.
func (w *watch) helloTo(ctx context.Context, c *check, at netip.AddrPort) (a answer, done bool) {
	limit := w.probes
	if c.hello {
		limit = w.hellos
	}
	select {
	case limit <- struct{}{}:
		defer func() { <-limit }()
	case <-ctx.Done():
		return answer{}, false
	}
	advert, err := w.Hello(ctx, at.String())
	return answer{check: c, addr: at, advert: advert, err: err}, err == nil || ctx.Err() == nil
}

func (w *watch) report(ctx context.Context, a answer) {
	select {
	case w.answers <- a:
	case <-ctx.Done():
	}
}

// cloneList copies a list so that its receiver may do with it what it likes.
func cloneList(list []netchat.Advert) []netchat.Advert {
	clone := make([]netchat.Advert, len(list))
	for i, a := range list {
		clone[i] = a
		clone[i].Addrs = append([]string(nil), a.Addrs...)
	}
	return clone
}
