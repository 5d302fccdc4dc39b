package server

import (
	"testing"
	"time"
)

// TestOnlyFlooderIsClosed has a hundred flooders of one address, and beside
// them somebody who says a word every ten seconds.
func TestOnlyFlooderIsClosed(t *testing.T) {
	now := time.Unix(1000, 0)
	b := newBudgets(Rate{})
	flooders := make([]*budget, 100)
	next := make([]time.Time, len(flooders))
	closed := 0
	for i := range flooders {
		flooders[i], _ = b.take("10.0.0.7")
		next[i] = now
	}
	calm, _ := b.take("10.0.0.7")
	for tick := range 2000 {
		now = now.Add(100 * time.Millisecond)
		for i, f := range flooders {
			for n := 0; n < 50 && !next[i].After(now); n++ {
				pause, flood := f.frames.spend(now)
				next[i] = now.Add(pause)
				if flood {
					closed++
					next[i] = now.Add(time.Hour)
				}
			}
		}
		if tick%100 == 0 {
			pause, flood := calm.frames.spend(now)
			if flood || pause > maxPause {
				t.Fatalf("after %v it has to pause %v, flood: %v", time.Duration(tick)*100*time.Millisecond, pause, flood)
			}
		}
	}
	if closed != len(flooders) {
		t.Errorf("%d of %d flooders were closed", closed, len(flooders))
	}
	if pause, _ := calm.frames.spend(now); pause > 0 {
		t.Errorf("they left a debt of %v", pause)
	}
}

func TestJoinsOfOneAddress(t *testing.T) {
	now := time.Unix(1000, 0)
	b := newBudgets(Rate{})
	limit, _ := b.take("10.0.0.7")
	other, _ := b.take("10.0.0.8")
	own, _ := b.take("")
	for n := range 2000 {
		if pause, ok := limit.join(now); pause > 0 || !ok {
			t.Fatalf("join %d has to wait %v", n, pause)
		}
	}
	refused := 0
	for range 100_000 {
		pause, ok := limit.join(now)
		if pause > maxJoinPause {
			t.Fatalf("a wait of %v", pause)
		}
		if !ok {
			refused++
		}
	}
	if want := 100_000 - 200*15; refused != want {
		t.Errorf("%d were refused, want %d", refused, want)
	}
	for _, l := range []*budget{other, own, {}} {
		if pause, ok := l.join(now); pause > 0 || !ok {
			t.Error("somebody else waits for it")
		}
	}
	if _, ok := limit.join(now.Add(time.Second)); !ok {
		t.Error("no way in a second later")
	}
}

func TestAddressesAreForgotten(t *testing.T) {
	b := newBudgets(Rate{})
	_, release := b.take("10.0.0.7")
	release()
	if len(b.addresses) != 0 {
		t.Error("one that spent nothing is remembered")
	}
	limit, release := b.take("10.0.0.7")
	limit.join(time.Now())
	release()
	if len(b.addresses) != 1 {
		t.Error("leaving refilled its budget")
	}
}
