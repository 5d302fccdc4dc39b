package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// memberWindow is how many messages a member that is killed has under way.
const memberWindow = 32

// A killedMember is a member of a program that is killed in the middle of its work
// and started again.
type killedMember struct {
	path, dir, addr string
	acked           map[netchat.EventID]bool // what was acknowledged
	seen            []string                 // what it showed, without what it showed before
	fresh           map[uint64]bool
}

// round starts the program, talks, and kills it once it has told of enough that was
// stored; then the program has ended, and what it printed until then is known.
func (k *killedMember) round(t *testing.T, n, enough int) {
	t.Helper()
	p := launch(t, k.path, "join", k.addr, "--name", "one", "--data", k.dir, "--json")
	if p.until(`"type":"roster"`) == "" {
		t.Fatalf("round %d: not in: %s", n, p.errs.String())
	}
	window := make(chan struct{}, memberWindow)
	fed := make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(fed)
		for i := 0; ; i++ {
			select {
			case window <- struct{}{}:
			case <-over:
				return
			}
			if _, err := fmt.Fprintf(p.in, `{"type":"public","content":"%d.%d","id":"%016x%016x"}`+"\n", n, i, n+1, i+1); err != nil {
				return // it is dead
			}
		}
	}()
	for acked := 0; p.lines.Scan(); {
		if id := k.take(t, p.lines.Text()); strings.HasPrefix(string(id), fmt.Sprintf("%016x", n+1)) {
			<-window
			if acked++; acked == enough {
				if err := p.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	close(over)
	_ = p.Wait() // it was killed
	<-fed
}

// take takes a line in, and returns the id of what it acknowledges, if it does.
func (k *killedMember) take(t *testing.T, line string) netchat.EventID {
	t.Helper()
	var got struct {
		Type    string
		ID      netchat.EventID
		Seq     uint64
		Content string
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		return "" // it was killed in the middle of it
	}
	switch got.Type {
	case "public":
		if !k.fresh[got.Seq] {
			k.fresh[got.Seq] = true
			k.seen = append(k.seen, got.Content)
		}
	case "ack":
		k.acked[got.ID] = true
		return got.ID
	case "refused", "not_kept":
		t.Errorf("%s", line)
	}
	return ""
}

// TestKilledMemberLosesNothing kills the program of a member again and again while it
// talks. What was acknowledged is in the room, once; and of what it was given last
// only the end can be missing, never something in front of what is there.
func TestKilledMemberLosesNothing(t *testing.T) {
	const rounds = 6
	host := newKillTrial(t, patience)
	k := &killedMember{path: host.path, dir: t.TempDir(), addr: host.addr, acked: make(map[netchat.EventID]bool), fresh: make(map[uint64]bool)}
	random := netchattest.Random(t)
	for n := range rounds {
		k.round(t, n, 1+random.IntN(120))
	}
	last := launch(t, k.path, "join", k.addr, "--name", "one", "--data", k.dir, "--json")
	if err := last.in.Close(); err != nil { // all that waits is sent first
		t.Fatal(err)
	}
	for last.lines.Scan() {
		k.take(t, last.lines.Text())
	}
	if err := last.Wait(); err != nil {
		t.Fatalf("the last time: %v: %s", err, last.errs.String())
	}
	host.kill(t)
	lines := readLog(t, host.dir)
	host.verify(t)
	round, next := 0, 0
	var said []string
	for _, l := range lines {
		said = append(said, l.Content)
		delete(k.acked, l.ID)
		if !strings.HasPrefix(l.Content, fmt.Sprintf("%d.", round)) {
			round, next = round+1, 0
		}
		if want := fmt.Sprintf("%d.%d", round, next); l.Content != want {
			t.Fatalf("line %d of the log is %s, not %s", l.Seq, l.Content, want)
		}
		next++
	}
	if len(k.acked) > 0 || round != rounds-1 {
		t.Errorf("acknowledged and not there: %v; %d rounds", k.acked, round+1)
	}
	if strings.Join(k.seen, " ") != strings.Join(said, " ") {
		t.Errorf("shown was\n%v\nsaid was\n%v", k.seen, said)
	}
	t.Logf("%d messages", len(lines))
}
