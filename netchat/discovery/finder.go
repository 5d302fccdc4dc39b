package discovery

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"

	"golang.org/x/time/rate"

	"github.com/homeroomchat/homeroom/netchat"
)

// FinderOptions are the parts of a Finder. The zero value is right outside of
// tests, but for Ignore.
type FinderOptions struct {
	Browser    Browser                                                        // nil: multicast DNS
	Hello      func(ctx context.Context, addr string) (netchat.Advert, error) // nil: Hello
	Interfaces func() ([]Interface, error)                                    // nil: SystemInterfaces
	// Ignore reports whether a room is not to be listed: those that this process
	// has itself. It is asked again all the time, by any goroutine, and must not
	// block. nil: all are listed.
	Ignore func(netchat.RoomID) bool
	Logger *slog.Logger // nil: silent
}

// A Finder finds the rooms of the local network. Any goroutine may use it.
type Finder struct {
	opts FinderOptions
}

// NewFinder returns a Finder. It does nothing until Search or Watch is called.
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
	if opts.Ignore == nil {
		opts.Ignore = func(netchat.RoomID) bool { return false }
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return &Finder{opts: opts}
}

// A Search is one search for rooms, which goes on until its context ends. Any
// goroutine may use it.
type Search struct {
	rooms   <-chan []netchat.Advert
	wishes  chan struct{} // of one: something below is to be looked at
	refresh atomic.Bool
	hidden  atomic.Bool
}

// Search searches until ctx ends, by multicast and at the same time at the
// addresses that the remembered rooms had: the first MaxRemembered of them,
// maxRecallAddrs addresses each, "IP:port" only. A remembered room is listed
// once it answers with its id; one without an id, if any room answers. What
// stays silent is asked less and less often, though never less than every
// recallMost.
//
// Each Search searches for itself: end it as soon as nobody looks, above all
// once a room is joined, because multicast costs everybody on a wireless
// network.
func (f *Finder) Search(ctx context.Context, remembered []netchat.Advert) *Search {
	out := make(chan []netchat.Advert)
	s := &Search{rooms: out, wishes: make(chan struct{}, 1)}
	w := &watch{
		FinderOptions: f.opts,
		Search:        s,
		out:           out,
		rounds:        newRounds(),
		asking: asking{
			hello:   f.opts.Hello,
			answers: make(chan answer),
			probes:  make(chan struct{}, maxProbes),
			hellos:  make(chan struct{}, maxHellos),
			recalls: make(chan struct{}, maxRecalls),
			pace:    rate.NewLimiter(probesPerSecond, probeBurst),
		},
		rooms:  rooms{known: make(map[netchat.RoomID]*room), pace: helloEvery},
		memory: newMemory(remembered),
	}
	go w.run(ctx)
	return s
}

// Watch is the channel of a Search that remembers nothing.
func (f *Finder) Watch(ctx context.Context) <-chan []netchat.Advert {
	return f.Search(ctx, nil).Rooms()
}

// Rooms returns the channel of the whole list of rooms that answered, sorted by
// name, at most MaxRooms, sent each time something in it changed; who reads
// slowly gets the newest list only. The lists are the receiver's. When the
// Search's context has ended and no goroutine of it is left, the channel is
// closed.
func (s *Search) Rooms() <-chan []netchat.Advert { return s.rooms }

// Refresh has the search start over and everybody asked at once. It never
// blocks; several in a row may count as one.
func (s *Search) Refresh() {
	s.refresh.Store(true)
	s.wish()
}

// SetHidden slows the search down to hiddenEvery while nobody looks. Visible
// again, which a Search is at first, it starts over as with Refresh. It never
// blocks.
func (s *Search) SetHidden(hidden bool) {
	s.hidden.Store(hidden)
	s.wish()
}

func (s *Search) wish() {
	select {
	case s.wishes <- struct{}{}:
	default: // it is looked at in a moment, with what is set now
	}
}

// cloneList copies a list so that its receiver may do with it what it likes.
func cloneList(list []netchat.Advert) []netchat.Advert {
	clone := make([]netchat.Advert, len(list))
	for i, a := range list {
		clone[i] = a
		clone[i].Addrs = slices.Clone(a.Addrs)
	}
	return clone
}
