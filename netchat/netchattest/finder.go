package netchattest

import (
	"context"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Found is a list of rooms, and how long after the one before a Finder tells it.
type Found struct {
	After time.Duration
	List  []netchat.Advert
}

// A Finder finds what it was told to.
type Finder []Found

// Watch tells the lists, one after the other, and closes the channel when ctx
// ends.
func (f Finder) Watch(ctx context.Context) <-chan []netchat.Advert {
	out := make(chan []netchat.Advert)
	go func() {
		defer close(out)
		for _, found := range f {
			timer := time.NewTimer(found.After)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
			select {
			case out <- found.List:
			case <-ctx.Done():
				return
			}
		}
		<-ctx.Done()
	}()
	return out
}
