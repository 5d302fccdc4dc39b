package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestParseTarget(t *testing.T) {
	for in, want := range map[string]target{
		"192.168.1.5":                     {"192.168.1.5:8000", "/ws"},
		" 192.168.1.5:9000 ":              {"192.168.1.5:9000", "/ws"},
		"教室.local":                        {"教室.local:8000", "/ws"},
		"::1":                             {"[::1]:8000", "/ws"},
		"[::1]":                           {"[::1]:8000", "/ws"},
		"[fe80::1%eth0]:8001":             {"[fe80::1%eth0]:8001", "/ws"},
		"fe80::1%eth0":                    {"[fe80::1%eth0]:8000", "/ws"},
		"ws://host:8000/ws":               {"host:8000", "/ws"},
		"ws://host":                       {"host:8000", "/ws"},
		"ws://host:1/other/path":          {"host:1", "/other/path"},
		"http://192.168.1.5:8000/#ABCDEF": {"192.168.1.5:8000", "/ws"},
	} {
		got, err := parseTarget(in)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "wss://host", "host:", "host:0", "host:70000", "host:x", "a b", ":8000", "ws://", "1:2:3:4", "user@host", "ftp://host"} {
		if got, err := parseTarget(in); err == nil {
			t.Errorf("%q: got %+v", in, got)
		}
	}
	if got := (target{"[fe80::1%eth0]:8000", "/ws?x=1"}).url(); got != "ws://[fe80::1%25eth0]:8000/ws?x=1" {
		t.Errorf("url %s", got)
	}
	all, err := parseTargets("a", []string{"b:1", "a:8000", "ws://b:1/ws"})
	if err != nil || !slices.Equal(all, []target{{"a:8000", "/ws"}, {"b:1", "/ws"}}) {
		t.Errorf("got %+v, %v", all, err)
	}
	if all, _ := parseTargets("", make([]string, 3)); all != nil {
		t.Errorf("got %+v", all)
	}
	many := strings.Split(strings.Repeat("h", 1+MaxAddrs)+"x", "")
	for i := range many {
		many[i] = strings.Repeat("h", i+1)
	}
	if all, err := parseTargets("first", many); err != nil || len(all) != MaxAddrs {
		t.Errorf("%d addresses, %v", len(all), err)
	}
}

// TestRace takes the first that is open, each address a stagger after the one
// before.
func TestRace(t *testing.T) {
	targets := []target{{addr: "silent"}, {addr: "refused"}, {addr: "slow"}, {addr: "fast"}, {addr: "never"}}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		tried := make(chan string, len(targets))
		won, failed := race(t.Context(), targets, func(ctx context.Context, at target) (*reached, fault) {
			tried <- at.addr
			wait := map[string]time.Duration{"silent": time.Hour, "slow": stagger * 3 / 2, "fast": stagger / 4, "never": time.Hour}[at.addr]
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil, fault{at: at, err: ctx.Err()}
			}
			if at.addr == "refused" {
				return nil, fault{at: at, err: errors.New("refused")}
			}
			return &reached{at: at}, fault{}
		})
		if won == nil || won.at.addr != "fast" || len(failed) != 1 || failed[0].at.addr != "refused" {
			t.Fatalf("got %+v, %+v", won, failed)
		}
		// silent at 0, refused and slow at 1 stagger, fast at 2, back at 2.25
		if d := time.Since(began); d != stagger*9/4 {
			t.Errorf("took %v", d)
		}
		close(tried)
		var order []string
		for addr := range tried {
			order = append(order, addr)
		}
		if !slices.Equal(order, []string{"silent", "refused", "slow", "fast"}) {
			t.Errorf("tried %q", order)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, failed := race(t.Context(), targets[1:2], func(_ context.Context, at target) (*reached, fault) {
			return nil, fault{at: at, err: errors.New("refused")}
		})
		if err := telling(failed); err == nil || err.Error() != "refused" {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		won, failed := race(ctx, targets, func(ctx context.Context, at target) (*reached, fault) {
			<-ctx.Done()
			return nil, fault{at: at, err: ctx.Err()}
		})
		if err := telling(failed); won != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPacer(t *testing.T) {
	p := pacer{Backoff: Backoff{Min: 100, Max: 400, Stable: 1000}, random: bytes.NewReader(bytes.Repeat([]byte{0x80}, 8*5))}
	var got []time.Duration
	for range 5 {
		got = append(got, p.next())
	}
	if !slices.Equal(got, []time.Duration{50, 100, 200, 200, 200}) { // half of the limit
		t.Errorf("pauses %d", got)
	}
	if p.next() != 400 {
		t.Error("without randomness the pause must be the limit")
	}
	p.lasted(999)
	if p.next() != 400 {
		t.Error("a short connection started the backoff anew")
	}
	p.lasted(1000)
	if p.next() != 100 {
		t.Error("a long connection did not start the backoff anew")
	}
	if b := (Backoff{Min: time.Minute}).withDefaults(); b.Max != time.Minute || b.Stable != backoffStable {
		t.Errorf("defaults %+v", b)
	}
}

// post makes a Post with an id made of c.
func post(c string) netchat.Post {
	return netchat.Post{ID: netchat.EventID(strings.Repeat(c, 32)), Text: c}
}

func TestOutbox(t *testing.T) {
	o := newOutbox()
	a, b := post("a"), post("b")
	for _, p := range []netchat.Post{a, b, a} {
		if err := o.add(p); err != nil {
			t.Fatal(err)
		}
	}
	o.wrote(b.ID) // not its turn
	if p, ok := o.peek(); !ok || p.ID != a.ID || o.len() != 2 {
		t.Fatalf("next is %+v of %d", p, o.len())
	}
	// An answer that comes while the frame is on its way must not skip the next.
	o.remove(a.ID)
	o.wrote(a.ID)
	if p, ok := o.peek(); !ok || p.ID != b.ID {
		t.Fatalf("next is %+v", p)
	}
}

func TestOutboxRewind(t *testing.T) {
	o := newOutbox()
	b, c := post("b"), post("c")
	_ = o.add(b)
	o.wrote(b.ID)
	if err := o.add(c); err != nil {
		t.Fatal(err)
	}
	if p, _ := o.peek(); p.ID != c.ID || !slices.Equal(o.written(), []netchat.EventID{b.ID}) {
		t.Errorf("next is %+v, written %v", p, o.written())
	}
	o.rewind()
	if p, _ := o.peek(); p.ID != b.ID || o.written() != nil {
		t.Errorf("after rewind, next is %+v, written %v", p, o.written())
	}
	select {
	case <-o.drained():
		t.Error("drained with two posts")
	default:
	}
	for _, id := range []netchat.EventID{b.ID, c.ID, c.ID} {
		o.remove(id)
		o.told()
	}
	<-o.drained()
	if o.bytes != 0 || o.next != nil {
		t.Errorf("%d bytes left", o.bytes)
	}
}

// TestSentAgainAtItsAnswer sends the same again the moment its sender has heard the
// answer: it is another one, and has an answer of its own.
func TestSentAgainAtItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := bareMirror(t)
		m.events = make(chan netchat.Update) // whoever has read it goes on before the run loop does
		p := post("a")
		for _, answer := range []func() error{
			func() error { return m.ack(p.ID, 1) }, func() error { return m.refuse(p.ID, netchat.RefusedInvalid) },
		} {
			if err := m.outbox.add(p); err != nil {
				t.Fatal(err)
			}
			m.outbox.wrote(p.ID)
			told := make(chan error)
			go func() { told <- answer() }()
			synctest.Wait()
			select {
			case <-m.outbox.drained():
				t.Error("drained before the answer is told")
			default:
			}
			if err := m.outbox.add(p); err != nil {
				t.Fatal(err)
			}
			<-m.events
			if err := <-told; err != nil {
				t.Fatal(err)
			}
			if again, ok := m.outbox.peek(); !ok || again.ID != p.ID || m.outbox.len() != 1 {
				t.Errorf("%d wait", m.outbox.len())
			}
			go func() { told <- answer() }()
			<-m.events
			<-told
			<-m.outbox.drained()
		}
	})
}

func TestOutboxBound(t *testing.T) {
	o := newOutbox()
	for i := range maxPosts {
		if err := o.add(netchat.Post{ID: netchat.EventID(rune(i))}); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := o.add(post("a")); !errors.Is(err, netchat.ErrOutboxFull) {
		t.Errorf("one too many: %v", err)
	}
}

// TestForgedPlacesAreBounded: what others announce makes few tries, takes little
// room, and displaces nothing that was said.
func TestForgedPlacesAreBounded(t *testing.T) {
	said := target{addr: "10.0.0.1:8000", path: defaultPath}
	d := &dialer{room: "room", way: byTLS, targets: []target{said}}
	s := &seeker{}
	tries := 0
	for i := range 100 {
		ad := netchat.Advert{Room: netchat.RoomInfo{ID: "room"}, Addrs: []string{fmt.Sprintf("10.0.1.%d:1", i), "no address at all"}}
		if s.take(d, []netchat.Advert{ad, ad}, true) {
			tries++
		}
	}
	if tries != maxEarly || len(d.learned) != MaxAddrs || d.learned[0].addr != "10.0.1.99:1" || len(d.targets) != 1 || d.targets[0] != said {
		t.Errorf("%d tries, %d learned, the first %v, %v said", tries, len(d.learned), d.learned[0], d.targets)
	}
}
