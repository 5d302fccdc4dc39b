package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/netchat"
)

// Waits of a search for a room by its name.
const (
	searchFor  = 6 * time.Second // in all
	settleFor  = time.Second     // after the first hit, for a second room of that name
	lookupWait = 3 * time.Second // for the name of a machine
)

// maxChoices bounds the addresses that an error lists.
const maxChoices = 8

// Why a name leads nowhere.
var (
	errNoRoom    = errors.New("no room of that name on this network")
	errManyRooms = errors.New("several rooms of that name on this network")
)

// A destination is where a TARGET leads.
type destination struct {
	addrs []string       // to try in this order, never empty
	room  netchat.RoomID // what must answer there; empty: whatever does
}

// A resolver turns a TARGET into a destination.
type resolver struct {
	say    texts
	finder watcher
	lookup func(ctx context.Context, host string) ([]string, error)
	search time.Duration // searchFor and settleFor outside of tests
	settle time.Duration
}

func newResolver(say texts) resolver {
	return resolver{
		say: say, finder: newWatcher(), lookup: net.DefaultResolver.LookupHost,
		search: searchFor, settle: settleFor,
	}
}

// resolve takes a URL, HOST:PORT, an IP address and localhost as what they are.
// So it does with a host name that has a dot and is known. Anything else is the
// name of a room on this network or, if there is none, of a machine.
func (r resolver) resolve(ctx context.Context, target string) (destination, error) {
	there := destination{addrs: []string{target}}
	if isAddress(target) {
		return there, nil
	}
	isHost := looksLikeHost(target)
	if isHost && strings.Contains(target, ".") && r.known(ctx, target) {
		return there, nil
	}
	found, err := r.find(ctx, target)
	switch {
	case err != nil:
		return destination{}, err
	case len(found) == 0 && isHost && r.known(ctx, target):
		return there, nil
	case len(found) == 0:
		return destination{}, failure{r.say.of(failNoRoom, clip(target)), errNoRoom}
	case len(found) > 1:
		return destination{}, failure{r.say.of(failManyRooms, clip(target), choices(found)), errManyRooms}
	}
	return destination{addrs: found[0].Addrs, room: found[0].Room.ID}, nil
}

// isAddress reports whether target can be nothing but an address.
func isAddress(target string) bool {
	if strings.Contains(target, "://") || target == "localhost" {
		return true
	}
	if _, err := netip.ParseAddr(strings.Trim(target, "[]")); err == nil {
		return true
	}
	host, port, err := net.SplitHostPort(target)
	if err != nil || strings.ContainsAny(host, " \t") || host == "" {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// looksLikeHost reports whether target has the form of a host name.
func looksLikeHost(target string) bool {
	for _, r := range target {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return target != ""
}

func (r resolver) known(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, lookupWait)
	defer cancel()
	addrs, err := r.lookup(ctx, host)
	return err == nil && len(addrs) > 0
}

// find returns the rooms of that name. It waits for the first for the whole
// search, and then a little longer for others.
func (r resolver) find(ctx context.Context, name string) ([]netchat.Advert, error) {
	watchCtx, cancel := context.WithCancel(ctx)
	lists := r.finder.Watch(watchCtx)
	defer func() {
		cancel()
		for range lists { // until no goroutine of the Watch is left
		}
	}()
	var found []netchat.Advert
	timer := time.NewTimer(r.search)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return found, nil
		case list, ok := <-lists:
			if !ok {
				return found, ctx.Err()
			}
			hits := namedSo(list, name)
			if len(found) == 0 && len(hits) > 0 {
				timer.Reset(r.settle)
			}
			found = hits
		}
	}
}

func namedSo(list []netchat.Advert, name string) []netchat.Advert {
	var hits []netchat.Advert
	for _, advert := range list {
		if advert.Room.Name == name && len(advert.Addrs) > 0 {
			hits = append(hits, advert)
		}
	}
	return hits
}

// choices lists the rooms in an error so that one can be picked.
func choices(found []netchat.Advert) string {
	var all []string
	for _, advert := range found[:min(len(found), maxChoices)] {
		all = append(all, fmt.Sprintf("%s (%s)", advert.Addrs[0], termsafe.Line(advert.Room.Host)))
	}
	if len(found) > maxChoices {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}
