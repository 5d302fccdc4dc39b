package hosting_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// classPace is the time between two messages of a lively class: 20 a second.
const classPace = 50 * time.Millisecond

// A class is members who note how long each message took to them.
type class struct {
	members []*client.Client
	reading sync.WaitGroup
	heard   chan struct{}
	took    [][]time.Duration // by member
}

func newClass(b *testing.B, target string, size int) *class {
	c := &class{heard: make(chan struct{}, size), took: make([][]time.Duration, size)}
	for i := range size {
		m, err := client.Join(b.Context(), client.Config{Target: target, Name: fmt.Sprintf("pupil %d", i), Key: newDevice()})
		if err != nil {
			b.Fatal(err)
		}
		c.members = append(c.members, m)
		c.reading.Go(func() {
			for u := range m.Events() {
				e, _ := u.(*netchat.Event)
				if e == nil {
					continue
				}
				said, _ := netchat.MessageOf(e)
				at, _ := strconv.ParseInt(said.Text, 10, 64)
				c.took[i] = append(c.took[i], time.Since(time.Unix(0, at)))
				c.heard <- struct{}{}
			}
		})
	}
	return c
}

// BenchmarkClass has one member after another say something to all, 20 times a
// second, over TLS, kept on disk. ms-p50 and ms-p99 are the time from sending to
// being told, of all who are told; one member alone is the baseline.
//
//	go test -run '^$' -bench Class -benchtime 200x ./netchat/hosting
func BenchmarkClass(b *testing.B) {
	for _, size := range []int{1, 200} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			keys, err := keyring.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = keys.Close() }()
			room, err := hosting.Open(b.Context(), hosting.Options{Room: "R", Listen: "127.0.0.1:0", Keyring: keys})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = room.Close() }()
			c := newClass(b, room.Addr(), size)
			pace := time.NewTicker(classPace)
			defer pace.Stop()
			n := 0
			for b.Loop() {
				<-pace.C
				id := netchat.EventID(fmt.Sprintf("%032x", n+1))
				if err := c.members[n%size].Send(netchat.Post{ID: id, Text: fmt.Sprint(time.Now().UnixNano())}); err != nil {
					b.Fatal(err)
				}
				for range size {
					<-c.heard
				}
				n++
			}
			for _, m := range c.members {
				_ = m.Close()
			}
			c.reading.Wait()
			all := slices.Sorted(slices.Values(slices.Concat(c.took...)))
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-p50")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}
