package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/internal/jsonline"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/discovery"
)

// How long find looks.
const (
	defaultFind = 3 * time.Second
	maxFind     = 24 * time.Hour
)

// maxShown bounds the rooms that one search shows, whatever a network invents.
const maxShown = 10_000

// A watcher is what finds rooms: *discovery.Finder outside of tests.
type watcher interface {
	Watch(ctx context.Context) <-chan []netchat.Advert
}

// newWatcher returns the real one.
func newWatcher() watcher { return discovery.NewFinder(discovery.FinderOptions{}) }

// runFind lists rooms for a while. Finding none is no failure.
func runFind(ctx context.Context, e env, args []string) error {
	fs := flag.NewFlagSet("find", flag.ContinueOnError)
	during := fs.Duration("for", defaultFind, "")
	asJSON := fs.Bool("json", false, "")
	rest, err := parse(e, fs, args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return usageError{e.say.of(usageArguments, clip(rest[0]))}
	case *during <= 0 || *during > maxFind:
		return usageError{e.say.of(usageFor, maxFind)}
	}
	show := showRoomText
	if *asJSON {
		show = showRoomJSON
	}
	ctx, cancel := context.WithTimeout(ctx, *during)
	defer cancel()
	return e.find(ctx, newWatcher(), show)
}

// find shows each room once, as it is found, until ctx ends. A room of which
// only a link-local address is known yet is shown later: people cannot use one
// well, and others mostly follow at once.
func (e env) find(ctx context.Context, finder watcher, show func(io.Writer, netchat.Advert) error) error {
	ctx, cancel := context.WithCancel(ctx)
	lists := finder.Watch(ctx)
	defer func() {
		cancel()
		for range lists { // until no goroutine of the Watch is left
		}
	}()
	shown := make(map[netchat.RoomID]bool)
	var last []netchat.Advert
	for last = range lists {
		if err := e.showNew(last, shown, handy, show); err != nil {
			return err
		}
	}
	if err := e.showNew(last, shown, func(netchat.Advert) bool { return true }, show); err != nil {
		return err
	}
	if len(shown) == 0 {
		e.note(noteNoRooms)
	}
	return nil
}

// showNew shows the wanted rooms of a list that are not shown yet.
func (e env) showNew(
	list []netchat.Advert, shown map[netchat.RoomID]bool,
	wanted func(netchat.Advert) bool, show func(io.Writer, netchat.Advert) error,
) error {
	for _, advert := range list {
		if shown[advert.Room.ID] || len(shown) == maxShown || !wanted(advert) {
			continue
		}
		shown[advert.Room.ID] = true
		if err := show(e.out, advert); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

// handy reports whether the best address of a room is one that people can use.
func handy(a netchat.Advert) bool {
	if len(a.Addrs) == 0 {
		return false
	}
	addr, err := netip.ParseAddrPort(a.Addrs[0])
	return err != nil || !addr.Addr().Is6() || !addr.Addr().IsLinkLocalUnicast()
}

// showRoomText prints a room as columns; the address comes first because it
// has no blanks.
func showRoomText(w io.Writer, a netchat.Advert) error {
	addr, members := "-", "-"
	if len(a.Addrs) > 0 {
		addr = a.Addrs[0]
	}
	if a.Members >= 0 {
		members = strconv.Itoa(a.Members)
	}
	_, err := fmt.Fprintf(w, "%s | %s | %s | %s\n", addr, termsafe.Line(a.Room.Name), termsafe.Line(a.Room.Host), members)
	return err
}

func showRoomJSON(w io.Writer, a netchat.Advert) error {
	addrs := a.Addrs
	if addrs == nil {
		addrs = []string{}
	}
	return jsonline.Write(w, struct {
		RoomID  netchat.RoomID `json:"room_id"`
		Name    string         `json:"name"`
		Addrs   []string       `json:"addrs"`
		Port    int            `json:"port"`
		Host    string         `json:"host"`
		Members int            `json:"members"` // -1: unknown
		Says    claims         `json:"says"`
	}{a.Room.ID, a.Room.Name, addrs, portOf(addrs), a.Room.Host, a.Members, claims{a.TLS, a.Code, a.Room.AppOnly}})
}

// claims are what a room says of its own security. Nothing of it is proved, so
// people, who might compare it with a screen, are not shown it.
type claims struct {
	TLS     bool             `json:"tls"`
	Code    netchat.RoomCode `json:"code,omitempty"`
	AppOnly bool             `json:"app_only"`
}

// portOf returns the port of the best address, 0 if there is none.
func portOf(addrs []string) int {
	if len(addrs) == 0 {
		return 0
	}
	_, port, err := net.SplitHostPort(addrs[0])
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(port)
	return n
}
