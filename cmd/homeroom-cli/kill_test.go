package main

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// hostWait bounds how long a host lives that is not killed.
const hostWait = 10 * time.Minute

// A killTrial kills a host in the middle of its work, again and again.
type killTrial struct {
	path, dir, addr string
	host            *process
	back            time.Duration // how long members may take to be back
}

func newKillTrial(t *testing.T, back time.Duration) *killTrial {
	t.Helper()
	tr := &killTrial{path: build(t), dir: t.TempDir(), addr: quietPort(t), back: back}
	tr.open(t)
	return tr
}

// open starts the host, and returns when it listens.
func (tr *killTrial) open(t *testing.T) {
	t.Helper()
	tr.host = launchFor(t, hostWait, tr.path, "host", "--room", "教室", "--listen", tr.addr, "--data", tr.dir, "--rate", "off", "--no-announce")
	if tr.host.until("listening on ") == "" {
		t.Fatalf("the host does not open: %s", tr.host.errs.String())
	}
}

// kill ends the host as a power cut would, but for what the system has taken.
func (tr *killTrial) kill(t *testing.T) {
	t.Helper()
	if err := tr.host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	tr.host.until("")
	_ = tr.host.Wait() // it was killed
}

// verify fails unless the log on disk is as it was stored.
func (tr *killTrial) verify(t *testing.T) {
	t.Helper()
	if r := invoke(t, "", "verify", "--data", tr.dir); r.code != exitOK {
		t.Fatalf("verify: %s", r.err)
	}
}

// killRounds has talkers talk all the time, to all and to one another, while their
// host is killed after a random number of messages and started again.
func killRounds(t *testing.T, rounds, members int, back time.Duration) {
	tr := newKillTrial(t, back)
	talkers := make([]*talker, members)
	for i := range talkers {
		talkers[i] = newTalker(t, tr.addr, string(rune('甲'+i)))
		talkers[i].wait(t, patience, "the first welcome", func() bool { return talkers[i].welcomes == 1 })
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var pause sync.RWMutex
	var talking sync.WaitGroup
	defer talking.Wait()
	defer stop()
	for i, k := range talkers {
		talking.Go(func() {
			next := talkers[(i+1)%members].self
			err := k.talk(ctx, math.MaxInt, &pause, func(n int) []netchat.MemberID {
				if n%5 == 4 {
					return []netchat.MemberID{next}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	random := netchattest.Random(t)
	for round := range rounds {
		busy := talkers[round%members]
		more := len(busy.acks()) + 1 + random.IntN(150)
		busy.wait(t, patience, "more messages", func() bool { return len(busy.acked) >= more })
		tr.kill(t)
		tr.resume(t, talkers, round+2, &pause)
	}
	stop()
	talking.Wait()
	waitForLast(t, talkers, &pause)
	tr.kill(t)
	lines := tr.check(t, talkers)
	for _, k := range talkers {
		k.checkSeen(t, lines)
		if k.welcomes != rounds+1 || !k.recovered {
			t.Errorf("%d welcomes after %d rounds, all to go on: %v", k.welcomes, rounds, k.recovered)
		}
	}
	t.Logf("%d messages", len(lines))
}

// resume checks the log that the killed host has left, starts it again, and waits
// for everybody's nth welcome. Nothing is sent meanwhile: those who are back
// first would leave the others too far behind for a tail.
func (tr *killTrial) resume(t *testing.T, talkers []*talker, welcomes int, pause *sync.RWMutex) {
	t.Helper()
	pause.Lock()
	defer pause.Unlock()
	tr.check(t, talkers)
	tr.open(t)
	for _, k := range talkers {
		k.wait(t, tr.back, "the member is back", func() bool { return k.welcomes >= welcomes })
	}
}

func toAll(int) []netchat.MemberID { return nil }

// waitForLast blocks until everybody has been told what was said last.
func waitForLast(t *testing.T, talkers []*talker, pause *sync.RWMutex) {
	t.Helper()
	last := uint64(0)
	for _, k := range talkers {
		if err := k.talk(t.Context(), 1, pause, toAll); err != nil {
			t.Fatal(err)
		}
		k.wait(t, patience, "all is answered", func() bool { return len(k.window) == 0 })
		for _, seq := range k.acks() {
			last = max(last, seq)
		}
	}
	for _, k := range talkers {
		k.wait(t, patience, "the last message", func() bool { return k.seen[len(k.seen)-1].Seq == last })
	}
}

// check fails unless the log on disk is whole and has all that was acknowledged.
func (tr *killTrial) check(t *testing.T, talkers []*talker) []logged {
	t.Helper()
	acked := make([]map[netchat.EventID]uint64, len(talkers))
	for i, k := range talkers {
		acked[i] = k.acks()
	}
	lines := readLog(t, tr.dir)
	for i, k := range talkers {
		checkAcked(t, lines, k.self, acked[i])
	}
	tr.verify(t)
	return lines
}

// TestKilledHostLosesNothing is the short version of TestSoakKilledHost.
func TestKilledHostLosesNothing(t *testing.T) { killRounds(t, 5, 4, patience) }
