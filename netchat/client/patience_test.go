package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/identity"
)

// A badWay leads to a room, but does something else with connections that begin with
// TLS first.
type badWay struct {
	to    func(context.Context) (net.Conn, error)
	times int64          // how many are ill-treated; negative: all
	treat func(net.Conn) // it is hung up on then
	clear bool           // what comes in clear is led to the room; else it is silent

	secure, open atomic.Int64 // connections
}

func (w *badWay) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		in := bufio.NewReader(theirs)
		first, err := in.Peek(1)
		if err != nil {
			return
		}
		switch isTLS := first[0] == identity.FirstByte; {
		case isTLS && (w.secure.Add(1) <= w.times || w.times < 0):
			go func() { _, _ = io.Copy(io.Discard, in) }() // a pipe takes nothing that is not read
			w.treat(theirs)
		case !isTLS && w.open.Add(1) > 0 && !w.clear:
			_, _ = io.Copy(io.Discard, in)
		default:
			w.pass(ctx, theirs, in)
		}
	}()
	return ours, nil
}

func (w *badWay) pass(ctx context.Context, member net.Conn, in io.Reader) {
	room, err := w.to(context.WithoutCancel(ctx))
	if err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(member, room)
		_ = member.Close()
	})
	_, _ = io.Copy(room, in)
	_ = room.Close()
	both.Wait()
}

func silence(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func cut(net.Conn) {}

func busy(c net.Conn) { _, _ = c.Write(identity.BusyRecord()) }

// TestBadNetworkIsNoAttack: silence, cuts and a busy host are got over, or told as
// what they are; nobody joins in clear a room that has TLS.
func TestBadNetworkIsNoAttack(t *testing.T) {
	for name, test := range map[string]struct {
		way  *badWay
		want error         // nil: it is joined over TLS
		most time.Duration // that takes
	}{
		"first silent":                 {&badWay{times: 1, treat: silence}, nil, 3 * time.Second},
		"first two silent":             {&badWay{times: 2, treat: silence, clear: true}, nil, 9 * time.Second},
		"cut four times":               {&badWay{times: 4, treat: cut, clear: true}, nil, 8 * time.Second},
		"busy at first":                {&badWay{times: 6, treat: busy, clear: true}, nil, 15 * time.Second},
		"silent for ever":              {&badWay{times: -1, treat: silence}, netchat.ErrSlow, 31 * time.Second},
		"silent, and TLS is promised":  {&badWay{times: -1, treat: silence, clear: true}, netchat.ErrSlow, 31 * time.Second},
		"cut for ever":                 {&badWay{times: -1, treat: cut}, netchat.ErrSlow, 31 * time.Second},
		"cut, and TLS is promised":     {&badWay{times: -1, treat: cut, clear: true}, netchat.ErrSlow, 8 * time.Second},
		"busy for ever":                {&badWay{times: -1, treat: busy, clear: true}, netchat.ErrBusy, 31 * time.Second},
		"silent for ever, by its code": {&badWay{times: -1, treat: silence, clear: true}, netchat.ErrSlow, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := newRealRoom(t)
				way := test.way
				way.to = room.mem.Dial
				cfg := client.Config{Dial: way.dial, Plain: name != "silent for ever, by its code", Name: "x", Key: newKey(t)}
				began := time.Now()
				c, err := client.Join(t.Context(), cfg)
				took := time.Since(began)
				if took > test.most {
					t.Errorf("it took %v", took)
				}
				if test.want != nil {
					if !errors.Is(err, test.want) || !errors.Is(err, netchat.ErrUnreached) || errors.Is(err, netchat.ErrNoTLS) || errors.Is(err, netchat.ErrStripped) {
						t.Errorf("%v", err)
					}
					if room.Members() != 0 || !cfg.Plain && way.open.Load() > 0 {
						t.Errorf("%d members, %d connections in clear", room.Members(), way.open.Load())
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if w, ok := (<-c.Events()).(*netchat.Welcome); !ok || !w.Security.TLS {
					t.Errorf("%+v", w)
				}
				_ = c.Close()
				for range c.Events() {
				}
			})
		})
	}
}
