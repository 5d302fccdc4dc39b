package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/internal/address"
	"github.com/homeroomchat/homeroom/internal/likeness"
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

// resolve takes what is obviously an address as that. So it does with a host name
// that has a dot and is known. Anything else is the name of a room on this network
// or, if there is none, of a machine.
func (r resolver) resolve(ctx context.Context, target string) (destination, error) {
	at, wrong := address.Parse(target)
	there := destination{addrs: []string{at.String()}}
	switch obvious := address.Obvious(target); {
	case obvious && wrong != nil:
		return destination{}, fmt.Errorf("the address %q: %w", clip(target), wrong)
	case obvious:
		return there, nil
	}
	isHost := wrong == nil && at.Path == address.UsualPath && !strings.ContainsAny(strings.TrimSpace(target), " \t")
	if isHost && strings.Contains(at.Host, ".") && r.known(ctx, at.Host) {
		return there, nil
	}
	found, err := r.find(ctx, target)
	switch {
	case err != nil:
		return destination{}, err
	case len(found) == 0 && isHost && r.known(ctx, at.Host):
		return there, nil
	case len(found) == 0:
		return destination{}, r.nothing(target, wrong)
	case len(found) > 1:
		return destination{}, failure{r.say.of(failManyRooms, clip(target), choices(found)), errManyRooms}
	}
	return destination{addrs: found[0].Addrs, room: found[0].Room.ID}, nil
}

// nothing says that target is the name of nothing; wrong is what is wrong with it
// as an address.
func (r resolver) nothing(target string, wrong error) error {
	if errors.Is(wrong, address.ErrBadIP) && strings.Contains(target, ".") {
		return fmt.Errorf("neither a room nor an address %q: %w", clip(target), wrong)
	}
	return failure{r.say.of(failNoRoom, clip(target)), errNoRoom}
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

// namedSo returns the rooms of that name or, if there is none, those whose names
// differ from it in case alone.
func namedSo(list []netchat.Advert, name string) []netchat.Advert {
	var exact, folded []netchat.Advert
	for _, advert := range list {
		switch {
		case len(advert.Addrs) == 0:
		case advert.Room.Name == name:
			exact = append(exact, advert)
		case likeness.Fold(advert.Room.Name) == likeness.Fold(strings.TrimSpace(name)):
			folded = append(folded, advert)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return folded
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
