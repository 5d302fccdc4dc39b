package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
)

// talkerWindow is how many messages of a talker are under way at a time.
const talkerWindow = 8

// A talker is a real client that talks without a pause and keeps account of what
// it was told.
type talker struct {
	*client.Client
	self   netchat.MemberID
	window chan struct{} // a token for each message under way
	ended  sync.WaitGroup

	mu        sync.Mutex
	acked     map[netchat.EventID]uint64
	refused   int
	state     netchat.StateChange // the last one
	seen      []netchat.Message   // in the order in which they came
	welcomes  int
	recovered bool          // all welcomes but the first were
	changed   chan struct{} // closed at the next Update
}

// newTalker joins the host at addr for the rest of the test.
func newTalker(t *testing.T, addr, name string) *talker {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Join(ctx, client.Config{Target: addr, Name: name, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	k := &talker{
		Client: c, self: netchat.MemberIDFromKey(key.Public().(ed25519.PublicKey)), window: make(chan struct{}, talkerWindow),
		acked: make(map[netchat.EventID]uint64), changed: make(chan struct{}), recovered: true,
	}
	k.ended.Go(func() {
		for u := range c.Events() {
			k.take(u)
		}
	})
	t.Cleanup(func() {
		_ = c.Close()
		k.ended.Wait()
	})
	return k
}

func (k *talker) take(u netchat.Update) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch u := u.(type) {
	case *netchat.Welcome:
		k.recovered = k.recovered && (u.Recovered || k.welcomes == 0)
		k.welcomes++
	case *netchat.Event:
		if m, ok := netchat.MessageOf(u); ok {
			k.seen = append(k.seen, m)
		}
	case *netchat.StateChange:
		k.state = *u
	case *netchat.Acked:
		k.acked[u.ID] = u.Seq
		<-k.window
	case *netchat.Refused:
		k.refused++
		<-k.window
	}
	close(k.changed)
	k.changed = make(chan struct{})
}

// talk sends n messages, none while pause is locked; to decides for whom each is,
// nil for all. It ends early with ctx.
func (k *talker) talk(ctx context.Context, n int, pause *sync.RWMutex, to func(i int) []netchat.MemberID) error {
	for i := range n {
		select {
		case k.window <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		id, err := netchat.RandomEventID(rand.Reader)
		if err != nil {
			return err
		}
		pause.RLock()
		err = k.Send(netchat.Post{ID: id, Text: fmt.Sprintf("%s 说 %d", k.self, i), To: to(i)})
		pause.RUnlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// wait blocks until ok holds, which is asked with the talker locked.
func (k *talker) wait(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	timeout := time.After(limit)
	for {
		k.mu.Lock()
		done, changed := ok(), k.changed
		k.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			k.mu.Lock()
			defer k.mu.Unlock()
			t.Fatalf("not within %v: %s; %d welcomes, %s (%v), %d acked, %d refused, %d pending",
				limit, what, k.welcomes, k.state.State, k.state.Err, len(k.acked), k.refused, k.Pending())
		}
	}
}

// acks returns a copy of what was acknowledged.
func (k *talker) acks() map[netchat.EventID]uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.acked)
}

// logged is a line of log --json.
type logged struct {
	Seq      uint64           `json:"seq"`
	Epoch    netchat.Epoch    `json:"epoch"`
	ID       netchat.EventID  `json:"id"`
	Kind     netchat.Kind     `json:"kind"`
	Audience any              `json:"audience"`
	From     netchat.MemberID `json:"from"`
	Content  string           `json:"content"`
}

// seenBy reports whether a member may see it.
func (l logged) seenBy(id netchat.MemberID) bool {
	list, private := l.Audience.([]any)
	return !private || l.From == id || slices.Contains(list, any(string(id)))
}

// readLog returns the log in a directory, which is one order without a gap and
// without a double.
func readLog(t *testing.T, dir string) []logged {
	t.Helper()
	r := invoke(t, "", "log", "--data", dir, "--json")
	if r.code != exitOK {
		t.Fatalf("log: %s", r.err)
	}
	var lines []logged
	ids := make(map[netchat.Ref]bool)
	for line := range strings.Lines(r.out) {
		var l logged
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		name := netchat.Ref{Author: l.From, ID: l.ID}
		switch {
		case l.Seq != uint64(len(lines)+1):
			t.Fatalf("line %d has the seq %d", len(lines)+1, l.Seq)
		case ids[name]:
			t.Fatalf("%v is there twice", name)
		case len(lines) > 0 && l.Epoch != lines[0].Epoch:
			t.Fatalf("another epoch at %d", l.Seq)
		}
		ids[name] = true
		lines = append(lines, l)
	}
	return lines
}

// checkAcked fails unless all that was acknowledged is in the log where it was
// said to be.
func checkAcked(t *testing.T, lines []logged, from netchat.MemberID, acked map[netchat.EventID]uint64) {
	t.Helper()
	for id, seq := range acked {
		if seq == 0 || seq > uint64(len(lines)) || lines[seq-1].ID != id || lines[seq-1].From != from {
			t.Fatalf("%s was acknowledged as %d of %d, where something else is", id, seq, len(lines))
		}
	}
}

// checkSeen fails unless the talker, who was there from the start, was told all of
// the log that it may see, once each and in order.
func (k *talker) checkSeen(t *testing.T, lines []logged) {
	t.Helper()
	visible := slices.DeleteFunc(slices.Clone(lines), func(l logged) bool { return !l.seenBy(k.self) })
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.seen) != len(visible) {
		t.Fatalf("%d messages came, there are %d to be seen", len(k.seen), len(visible))
	}
	for i, l := range visible {
		if m := k.seen[i]; m.Seq != l.Seq || m.Epoch != l.Epoch || m.ID != l.ID || m.Author != l.From || m.Text != l.Content {
			t.Fatalf("%d. came %+v, not %+v", i+1, m, l)
		}
	}
}

// quietPort returns a loopback address where nobody listens, below the ports that
// systems give to those who dial: one who dials it before a host is there again
// must not take it.
func quietPort(t *testing.T) string {
	t.Helper()
	for port := 20000; port < 30000; port++ {
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		ln, err := net.Listen("tcp", addr)
		if err == nil {
			_ = ln.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}
