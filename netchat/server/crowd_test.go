package server

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

func TestCrowdLetsTheOldestGo(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCrowd[*session](3, 2, 5*time.Second)
	who := make([]*session, 10)
	for i := range who {
		who[i] = &session{}
	}
	add := func(i int, want ...int) {
		t.Helper()
		var gone []int
		for _, s := range c.add(who[i], "", 1, now) {
			gone = append(gone, slices.Index(who, s))
		}
		if !slices.Equal(gone, want) {
			t.Errorf("for %d went %v, want %v", i, gone, want)
		}
	}
	for i := range 5 {
		add(i) // within limit and slack, and nobody has waited long
	}
	add(5, 0) // beyond the slack the oldest goes all the same
	c.remove(who[2])
	c.renew(who[1], now)
	now = now.Add(5 * time.Second)
	c.renew(who[3], now)
	add(6, 4, 5) // back to the limit as soon as it may be
	if !c.has(who[1]) || !c.has(who[3]) || c.has(who[4]) {
		t.Error("others went than it said")
	}
	add(7, 1)
	for i := range who {
		c.remove(who[i])
	}
	if c.weight != 0 || c.order.Len() != 0 || len(c.places) != 0 {
		t.Errorf("left: %d, %d, %d", c.weight, c.order.Len(), len(c.places))
	}
}

func TestCrowdWeighs(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCrowd[*session](10, 10, time.Second)
	small, large, huge := &session{}, &session{}, &session{}
	if gone := c.add(huge, "", 100, now); len(gone) != 0 {
		t.Error("the newest went")
	}
	if gone := c.add(small, "", 1, now); len(gone) != 1 || gone[0] != huge {
		t.Error("the huge one stayed")
	}
	if gone := c.add(large, "", 15, now); len(gone) != 0 {
		t.Error("one went that had not waited")
	}
}

// TestCrowdGrows: what gets heavier keeps its place, and may have to go itself.
func TestCrowdGrows(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCrowd[*session](10, 10, time.Second)
	old, young := &session{}, &session{}
	c.add(old, "", 4, now)
	now = now.Add(time.Second)
	c.add(young, "", 4, now)
	if gone := c.add(old, "", 6, now); len(gone) != 0 || c.weight != 10 {
		t.Errorf("%d went within the limit, which weighs %d", len(gone), c.weight)
	}
	if gone := c.add(young, "", 5, now); len(gone) != 1 || gone[0] != old || c.weight != 5 {
		t.Errorf("%d went for the young one, %d are left", len(gone), c.weight)
	}
	c.add(old, "", 5, now)
	if gone := c.add(young, "", 15, now); len(gone) != 0 {
		t.Error("one went that had not waited")
	}
	if gone := c.add(young, "", 16, now); len(gone) != 1 || gone[0] != young || c.weight != 5 {
		t.Errorf("%d went, not the one that has been there for longest", len(gone))
	}
}

// TestCrowdIsShared: an address that comes again and again displaces its own, and
// those of others stay.
func TestCrowdIsShared(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCrowd[int](10, 2, time.Second)
	for i := range 3 {
		c.add(i, "calm", 1, now)
	}
	c.add(3, "other", 1, now)
	for i := 100; i < 1000; i++ {
		now = now.Add(10 * time.Millisecond)
		for _, gone := range c.add(i, "flood", 1, now) {
			if gone < 100 {
				t.Fatalf("%d went for the flood", gone)
			}
		}
	}
	// From many addresses, each of them is as good as any.
	gone := []int{}
	for i := range 20 {
		now = now.Add(10 * time.Second)
		gone = append(gone, c.add(1000+i, strconv.Itoa(i), 1, now)...)
	}
	if slices.Contains(gone, 1019) {
		t.Error("the newest went")
	}
	if !slices.Contains(gone, 0) || !slices.Contains(gone, 3) {
		t.Errorf("those who have waited longest are still there: %v went", gone)
	}
	for i := range 2000 {
		c.remove(i)
	}
	if c.weight != 0 || len(c.owners) != 0 || len(c.heavy) != 0 {
		t.Errorf("left: %d, %d, %d", c.weight, len(c.owners), len(c.heavy))
	}
}

// TestNewestStays: however much it weighs, while it can be somebody else.
func TestNewestStays(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newCrowd[int](10, 0, 0)
	c.add(1, "a", 4, now)
	c.add(2, "b", 4, now)
	if gone := c.add(3, "c", 9, now); !slices.Equal(gone, []int{1, 2}) {
		t.Errorf("%v went", gone)
	}
}
