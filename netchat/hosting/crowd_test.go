package hosting_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// joinsAtOnce is how many of a crowd join at a time. When they come back, it is
// all at once.
const joinsAtOnce = 8

// A crowd is many members of one room.
type crowd struct {
	size     int
	welcomes chan struct{}
	failed   chan error
	stop     chan struct{}
	members  sync.WaitGroup
}

// newCrowd begins to join.
func newCrowd(target string, size int) *crowd {
	c := &crowd{size: size, welcomes: make(chan struct{}, size), failed: make(chan error, size), stop: make(chan struct{})}
	turns := make(chan struct{}, joinsAtOnce)
	for i := range size {
		c.members.Go(func() {
			turns <- struct{}{}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			member, err := client.Join(ctx, client.Config{Target: target, Name: fmt.Sprintf("pupil %d", i), Key: newDevice()})
			<-turns
			if err != nil {
				c.failed <- err
				return
			}
			c.watch(member)
		})
	}
	return c
}

// watch tells each Welcome until the crowd is to leave.
func (c *crowd) watch(member *client.Client) {
	for {
		select {
		case u := <-member.Events():
			if _, in := u.(*netchat.Welcome); in {
				c.welcomes <- struct{}{}
			}
		case <-c.stop:
			_ = member.Close()
			return
		}
	}
}

// await waits until all have been welcomed once more.
func (c *crowd) await(ctx context.Context) error {
	for range c.size {
		select {
		case <-c.welcomes:
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (c *crowd) leave() {
	close(c.stop)
	c.members.Wait()
}

// newDevice makes a key.
func newDevice() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// BenchmarkCrowdReturns cuts 500 members off at once, who come back over TLS. All
// of them and the host are on this machine. It fails if that takes over 10 s.
//
//	go test -run '^$' -bench CrowdReturns -benchtime 3x ./netchat/hosting
func BenchmarkCrowdReturns(b *testing.B) {
	const size, limit = 500, 10 * time.Second
	room, err := hosting.Open(b.Context(), hosting.Options{Room: "R", Listen: "127.0.0.1:0", Keyring: keyring.Temporary()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = room.Close() }()
	proxy := netchattest.NewProxy(b, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", room.Addr())
	})
	all := newCrowd(proxy.ListenTCP(b), size)
	defer all.leave()
	if err := all.await(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		start := time.Now()
		proxy.CutAll()
		if err := all.await(b.Context()); err != nil {
			b.Fatal(err)
		}
		if took := time.Since(start); took > limit {
			b.Errorf("took %v", took)
		}
	}
}
