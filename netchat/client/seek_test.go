package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// found is a Find that tells these lists one after the other.
func found(searches chan<- struct{}, lists ...[]netchat.Advert) func(context.Context) <-chan []netchat.Advert {
	return func(ctx context.Context) <-chan []netchat.Advert {
		out := make(chan []netchat.Advert)
		searches <- struct{}{}
		go func() {
			defer close(out)
			for _, list := range lists {
				select {
				case out <- list:
				case <-ctx.Done():
					return
				}
			}
			<-ctx.Done()
		}()
		return out
	}
}

// A door is a way to the room by TCP that can be shut.
type door struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
	done  sync.WaitGroup
}

func newDoor(t *testing.T, at string, to func(context.Context) (net.Conn, error)) *door {
	t.Helper()
	ln, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{Listener: ln}
	d.done.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			inside, err := to(t.Context())
			if err != nil {
				_ = conn.Close()
				return
			}
			d.mu.Lock()
			d.conns = append(d.conns, conn, inside)
			d.mu.Unlock()
			for _, both := range [][2]net.Conn{{conn, inside}, {inside, conn}} {
				d.done.Go(func() {
					_, _ = io.Copy(both[0], both[1])
					_ = both[0].Close()
				})
			}
		}
	})
	t.Cleanup(d.shut)
	return d
}

// shut cuts everybody off and lets nobody in.
func (d *door) shut() {
	_ = d.Close()
	d.mu.Lock()
	for _, conn := range d.conns {
		_ = conn.Close()
	}
	d.mu.Unlock()
	d.done.Wait()
}

// TestTheRoomMoves: a host that has another address is found there by its key,
// though others claim the room, too.
func TestTheRoomMoves(t *testing.T) {
	room := newRealRoom(t)
	before := newDoor(t, "127.0.0.1:0", room.mem.Dial)
	beforeAt, afterAt := before.Addr().String(), newDoor(t, "127.0.0.1:0", room.mem.Dial).Addr().String()
	impostor := newMiddleman(t, room.mem.Dial)
	claims := func(addr string) []netchat.Advert {
		return []netchat.Advert{{Room: netchat.RoomInfo{ID: testRoom}, Addrs: []string{addr}}}
	}
	searches := make(chan struct{}, 8)
	c, err := client.Join(t.Context(), client.Config{
		Target: beforeAt, Room: testRoom, Name: "x", Key: newKey(t), Backoff: client.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond},
		Find: found(searches, []netchat.Advert{{Room: netchat.RoomInfo{ID: "another"}, Addrs: []string{afterAt}}},
			claims(impostor.Addr().String()), claims(afterAt)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if len(searches) > 0 {
		t.Error("it looked for the room while it was there")
	}
	rec := netchattest.Record(c.Events())
	netchattest.WaitOf[*netchat.Welcome](t, rec, 1)
	before.shut()
	if back := netchattest.WaitOf[*netchat.Welcome](t, rec, 2); !back[1].Recovered || !back[1].Security.TLS {
		t.Errorf("%+v", back[1])
	}
	_ = impostor.Close()
	impostor.mu.Lock()
	defer impostor.mu.Unlock()
	if impostor.proved != 0 || len(impostor.heard) != 0 {
		t.Errorf("the impostor saw %d certificates and heard %q", impostor.proved, impostor.heard)
	}
}

// TestForgedPlacesHurtNobody: however many places a room is claimed to be at, it
// is joined where it was when it is back there.
func TestForgedPlacesHurtNobody(t *testing.T) {
	room := newRealRoom(t)
	first := newDoor(t, "127.0.0.1:0", room.mem.Dial)
	at := first.Addr().String()
	var lists [][]netchat.Advert
	for i := range 200 {
		lists = append(lists, []netchat.Advert{{Room: netchat.RoomInfo{ID: testRoom}, Addrs: []string{fmt.Sprintf("127.0.1.%d:1", i)}}})
	}
	searches := make(chan struct{}, 8)
	c, err := client.Join(t.Context(), client.Config{
		Target: at, Room: testRoom, Name: "x", Key: newKey(t), Find: found(searches, lists...),
		Backoff: client.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rec := netchattest.Record(c.Events())
	netchattest.WaitOf[*netchat.Welcome](t, rec, 1)
	first.shut()
	<-searches
	newDoor(t, at, room.mem.Dial)
	netchattest.WaitOf[*netchat.Welcome](t, rec, 2)
}
