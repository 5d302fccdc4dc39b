package hosting

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestStrainsAreToldNowAndThen: what is of another kind at once, other numbers only
// now and then, and then the newest.
func TestStrainsAreToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStrain()
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.watch(ctx)
		}()
		say := func(seats int, descriptors bool) {
			now := netchat.Strain{Seats: seats, Of: 10, Descriptors: descriptors}
			if seats > 4 {
				now.Held = []netchat.Held{{Address: "a", Seats: seats}}
			}
			newest(s.room)(now)
			synctest.Wait()
		}
		began := time.Now()
		want := func(seats int, descriptors bool, after time.Duration) {
			t.Helper()
			got := <-s.told
			if got.Seats != seats || got.Descriptors != descriptors || time.Since(began) != after {
				t.Errorf("after %v: %+v", time.Since(began), got)
			}
			began = time.Now()
		}
		say(1, false) // nothing is wrong
		say(5, false)
		want(5, false, 0)
		say(6, false)
		say(7, false)
		want(7, false, strainEvery)
		say(8, false)
		say(8, true)
		want(8, true, 0)
		say(1, false)
		want(1, false, 0)
		say(2, false)
		time.Sleep(2 * strainEvery)
		select {
		case got := <-s.told:
			t.Errorf("told %+v", got)
		default:
		}
		end()
		<-ended
	})
}
