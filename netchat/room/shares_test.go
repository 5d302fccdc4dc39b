package room_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
)

// seat has somebody join from an address.
func (b *bench) seat(source string) (*recorder, netchat.MemberID, error) {
	r := &recorder{}
	id, err := b.Join(room.Entrant{Name: "x", HasName: true, Source: source, Sink: r})
	return r, id, err
}

// seats are few, so that it goes fast.
const seats = 500

// fill has as many join from an address as may, and returns them.
func (b *bench) fill(t *testing.T, source string) (sinks []*recorder) {
	t.Helper()
	for range seats + 1 {
		r, _, err := b.seat(source)
		if err != nil {
			if !errors.Is(err, netchat.ErrAddressFull) {
				t.Errorf("%s is refused with %v", source, err)
			}
			return sinks
		}
		sinks = append(sinks, r)
	}
	t.Fatalf("%s got every seat", source)
	return nil
}

// TestNobodyTakesTheRoom: one address fills most of the room, but others get in.
func TestNobodyTakesTheRoom(t *testing.T) {
	b := newBench(t, func(c *room.Config) { c.Seats = seats })
	if got := len(b.fill(t, "192.0.2.1")); got < seats*8/10 || got > seats*95/100 {
		t.Errorf("one address alone gets %d seats", got)
	}
	for n := range seats / 4 { // a school
		if _, _, err := b.seat("203.0.113.1"); err != nil {
			t.Fatalf("one of %d from another address: %v", n, err)
		}
	}
	pupils := 0
	for n := range seats {
		_, _, err := b.seat(fmt.Sprintf("198.51.100.%d", n%250))
		if err != nil {
			t.Fatalf("pupil %d: %v", n, err)
		}
		if pupils++; pupils == seats/4 {
			break
		}
	}
	if _, _, err := b.seat("192.0.2.1"); !errors.Is(err, netchat.ErrAddressFull) {
		t.Errorf("the largest address gets one more: %v", err)
	}
	if n := len(b.Members()); n > seats {
		t.Errorf("%d are in", n)
	}
	if _, err := b.Join(room.Entrant{Name: "host", HasName: true, Host: true, Sink: &recorder{}}); err != nil {
		t.Errorf("the host: %v", err)
	}
}

// TestWhoYields: of the address that holds most seats the newest who has not said a
// word, and when all have, the newest.
func TestWhoYields(t *testing.T) {
	b := newBench(t, func(c *room.Config) { c.Seats = 6 })
	var many []*recorder
	var ids []netchat.MemberID
	for range 5 {
		r, id, err := b.seat("many")
		if err != nil {
			t.Fatal(err)
		}
		many, ids = append(many, r), append(ids, id)
		b.Settle()
	}
	b.Post(ids[4], many[4], netchat.Post{ID: "00000000000000000000000000000001", Text: "hi"})
	gone := map[int]bool{}
	want := func(newcomer string, yields ...int) {
		t.Helper()
		if _, _, err := b.seat(newcomer); err != nil {
			t.Fatal(err)
		}
		b.Settle()
		for _, i := range yields {
			gone[i] = true
		}
		for i, id := range ids {
			if _, in := b.Member(id); in == gone[i] || gone[i] != (many[i].closed == netchat.CloseAddressFull) {
				t.Errorf("for %s: %d is in: %v, closed with %d", newcomer, i, in, many[i].closed)
			}
		}
		if n := len(b.Members()); n != 6 {
			t.Errorf("%d are in", n)
		}
	}
	want("a")
	want("b", 3)
	want("c", 2)
	// Three have it now: two more would make it no fewer than others.
	if _, _, err := b.seat("many"); !errors.Is(err, netchat.ErrAddressFull) {
		t.Errorf("%v", err)
	}
	want("d", 1)
	if _, _, err := b.seat("a"); !errors.Is(err, netchat.ErrAddressFull) {
		t.Errorf("a second one of few: %v", err)
	}
	b.Post(ids[0], many[0], netchat.Post{ID: "00000000000000000000000000000002", Text: "hi"})
	want("e", 4)
	if _, _, err := b.seat("f"); !errors.Is(err, netchat.ErrFull) {
		t.Errorf("in a room where each address has one seat: %v", err)
	}
}

// TestSharesFollowTheSeats: who leaves gives back its share, who comes back with its
// key from elsewhere takes it along, and one that is only reconnecting holds it.
func TestSharesFollowTheSeats(t *testing.T) {
	var held []netchat.Held
	b := newBench(t, func(c *room.Config) {
		c.Changed = func(change *room.Change) { held = change.Held }
	})
	want := func(all ...netchat.Held) {
		t.Helper()
		b.Settle()
		if fmt.Sprint(held) != fmt.Sprint(all) {
			t.Errorf("%v, want %v", held, all)
		}
	}
	r, id, _ := b.seat("a")
	want(netchat.Held{Address: "a", Seats: 1})
	key := netchat.MemberID("0123456789abcdef0123456789abcdef")
	keyed := &recorder{}
	if _, err := b.Join(room.Entrant{ID: key, Source: "b", Sink: keyed}); err != nil {
		t.Fatal(err)
	}
	want(netchat.Held{Address: "a", Seats: 1}, netchat.Held{Address: "b", Seats: 1})
	b.Lost(key, keyed)
	want(netchat.Held{Address: "a", Seats: 1}, netchat.Held{Address: "b", Seats: 1})
	if _, err := b.Join(room.Entrant{ID: key, Source: "a", Sink: &recorder{}}); err != nil {
		t.Fatal(err)
	}
	want(netchat.Held{Address: "a", Seats: 2})
	b.Leave(id, r)
	want(netchat.Held{Address: "a", Seats: 1})
}
