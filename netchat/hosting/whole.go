package hosting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// A wholeLog is a Log as its owner reads it: every Event, whoever it is for.
type wholeLog interface {
	Head() netchat.Position
	// All yields the Events after that Seq, oldest first. After an error, which it
	// yields, it ends.
	All(ctx context.Context, after uint64) iter.Seq2[*netchat.Event, error]
	// Verify checks every Event. progress is called now and then with how many of
	// how many are done.
	Verify(ctx context.Context, progress func(done, total uint64)) error
	Close() error
}

// partStep is how many Events are read at a time.
const partStep = 500

// errUnseen says that an Event is for members of whom nothing is known.
var errUnseen = errors.New("an event that none of the known members may see")

// A gathered is the wholeLog of a Log that hands each viewer its part: the parts of
// all members make the whole. It has all of it in memory at once.
type gathered struct{ history.Log }

// All implements wholeLog. It fails with errUnseen rather than leave one out.
func (g gathered) All(ctx context.Context, after uint64) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		events, err := g.gather(ctx)
		for _, e := range events {
			if e.Seq > after && !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Verify implements wholeLog.
func (g gathered) Verify(ctx context.Context, progress func(done, total uint64)) error {
	events, err := g.gather(ctx)
	if err != nil {
		return err
	}
	good, err := history.Verify(nil, events)
	progress(uint64(good), g.Head().Seq)
	return err
}

// gather reads the part of the hosts, then that of each member who is met in a
// part, and returns all of them in order, up to the first gap.
func (g gathered) gather(ctx context.Context) ([]*netchat.Event, error) {
	found := make(map[uint64]*netchat.Event)
	met := make(map[netchat.MemberID]bool)
	viewers := []history.Viewer{{Host: true}}
	meet := func(id netchat.MemberID) {
		if !met[id] {
			met[id] = true
			viewers = append(viewers, history.Viewer{Member: id, Host: true})
		}
	}
	for len(viewers) > 0 && uint64(len(found)) < g.Head().Seq {
		viewer := viewers[0]
		viewers = viewers[1:]
		err := g.part(ctx, viewer, func(e *netchat.Event) {
			found[e.Seq] = e
			meet(e.Author)
			for _, id := range e.Audience.Members {
				meet(id)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	events := make([]*netchat.Event, 0, len(found))
	for _, e := range found {
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b *netchat.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	for i, e := range events {
		if e.Seq != uint64(i+1) {
			return events[:i], fmt.Errorf("event %d: %w", i+1, errUnseen)
		}
	}
	if head := g.Head().Seq; uint64(len(events)) < head {
		return events, fmt.Errorf("event %d: %w", len(events)+1, errUnseen)
	}
	return events, nil
}

// part reads what one viewer may see.
func (g gathered) part(ctx context.Context, viewer history.Viewer, take func(*netchat.Event)) error {
	for at, more := (netchat.Position{}), true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		tail, err := g.Tail(at, viewer, partStep)
		if err != nil {
			return err
		}
		for _, e := range tail.Events {
			take(e)
		}
		at, more = tail.Reached, tail.More
	}
	return nil
}
