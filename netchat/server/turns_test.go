package server

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns: addresses have their turns one after the other, however many wait at
// one of them.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1, 3)
		never := make(chan struct{})
		if !turns.take("first", never) {
			t.Fatal("there was a slot")
		}
		var served []string
		wait := func(address string, given <-chan struct{}) {
			go func() {
				if turns.take(address, given) {
					served = append(served, address) // one at a time: there is one slot
					turns.leave()
				}
			}()
			synctest.Wait()
		}
		for range 3 {
			wait("flood", never)
		}
		if turns.take("flood", never) {
			t.Error("a fourth of one address waits")
		}
		given := make(chan struct{})
		wait("gives up", given)
		wait("a", never)
		wait("b", never)
		wait("b", never)
		close(given)
		synctest.Wait()
		turns.leave()
		synctest.Wait()
		if want := []string{"flood", "a", "b", "flood", "b", "flood"}; !slices.Equal(served, want) {
			t.Errorf("served %q, want %q", served, want)
		}
		turns.mu.Lock()
		defer turns.mu.Unlock()
		if len(turns.order) != 0 || len(turns.waiting) != 0 || turns.free != 1 {
			t.Errorf("left are %+v", turns)
		}
	})
}

// TestTurnsLoseNoSlot: who gives up as its turn comes hands it on.
func TestTurnsLoseNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2, 100)
		for i := range 200 {
			given := make(chan struct{})
			go func() {
				if turns.take(fmt.Sprint(i%7), given) {
					<-time.After(time.Duration(i%5) * time.Millisecond)
					turns.leave()
				}
			}()
			time.AfterFunc(time.Duration(i%11)*time.Millisecond, func() { close(given) })
		}
		<-time.After(time.Second)
		turns.mu.Lock()
		defer turns.mu.Unlock()
		if turns.free != 2 || len(turns.order) != 0 || len(turns.waiting) != 0 {
			t.Errorf("left are %+v", turns)
		}
	})
}
