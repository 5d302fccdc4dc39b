package hosting

import (
	"context"
	"reflect"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// strainEvery is the least time from one Strain that is told to the next that only
// has other numbers: while an address fills the room, each seat that it takes is news.
const strainEvery = 30 * time.Second

// strain tells the host how hard it is to get in.
type strain struct {
	room chan netchat.Strain // capacity 1: the newest of what the room says
	told chan netchat.Strain // capacity 1: the newest of what is told
}

func newStrain() strain {
	return strain{room: make(chan netchat.Strain, 1), told: make(chan netchat.Strain, 1)}
}

// watch tells at once what is of another kind, and now and then what has other
// numbers, until ctx ends.
func (s strain) watch(ctx context.Context) {
	tell := newest(s.told)
	var last, now netchat.Strain
	var pause <-chan time.Time // nil: none
	for {
		select {
		case now = <-s.room:
			if pause != nil && alike(now, last) {
				continue
			}
		case <-pause:
			pause = nil
		case <-ctx.Done():
			return
		}
		if !reflect.DeepEqual(now, last) && (now.Any() || last.Any()) {
			last = now
			tell(now)
			pause = time.After(strainEvery)
		}
	}
}

// alike reports whether the same is wrong.
func alike(a, b netchat.Strain) bool {
	return a.Descriptors == b.Descriptors && (len(a.Held) > 0) == (len(b.Held) > 0)
}
