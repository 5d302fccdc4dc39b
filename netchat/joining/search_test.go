package joining

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/identity"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

var errNoProof = errors.New("no proof")

// A school is a network on which keys can be asked for.
type school struct {
	network
	lists netchattest.Finder // what is found
	keys  map[string]int     // the room at an address; 0: it is silent when asked; none: nobody is there
	own   []netip.Prefix

	mu       sync.Mutex
	asked    []string
	now, max int // asked at the same time
}

func (s *school) prove(ctx context.Context, addr string) (ed25519.PublicKey, error) {
	s.mu.Lock()
	s.asked = append(s.asked, addr)
	s.now++
	s.max = max(s.max, s.now)
	n, there := s.keys[addr]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	switch {
	case !there:
		return nil, netchat.ErrUnreached
	case n == 0:
		<-ctx.Done()
		return nil, errNoProof
	}
	return keyOf(n), nil
}

// look joins by code.
func (s *school) look(t *testing.T, o Options) error {
	t.Helper()
	j := newJoiner(o)
	j.enter, j.prove, j.own = s.enter, s.prove, func() []netip.Prefix { return s.own }
	if s.lists != nil {
		j.Find = s.lists.Watch
	}
	s.rooms = make(map[string]client.Proven)
	for addr, n := range s.keys {
		if n != 0 {
			s.rooms[addr] = room(n, "Class", "Ada")
		}
	}
	_, err := j.join(t.Context())
	return err
}

// where is the address that was joined last.
func (s *school) where() string {
	if len(s.joined) == 0 {
		return ""
	}
	return s.joined[len(s.joined)-1].Target
}

func found(code netchat.RoomCode, addrs ...string) netchat.Advert {
	return netchat.Advert{Addrs: addrs, TLS: true, Code: code}
}

func TestFoundByItsCode(t *testing.T) {
	code := codeOf(1)
	for _, c := range []struct {
		name string
		s    *school
		o    Options
		at   string        // empty: not found
		took time.Duration // at most
	}{
		{name: "claimed", at: "10.0.0.1:8000", took: time.Second, s: &school{
			lists: netchattest.Finder{{After: time.Second, List: []netchat.Advert{found(codeOf(2), "10.0.0.2:8000"), found(code, "10.0.0.1:8000")}}},
			keys:  map[string]int{"10.0.0.1:8000": 1, "10.0.0.2:8000": 2},
		}},
		{name: "nothing said of codes", at: "10.0.0.1:8000", s: &school{
			lists: netchattest.Finder{{List: []netchat.Advert{found("", "10.0.0.2:8000"), found("", "10.0.0.1:8000")}}},
			keys:  map[string]int{"10.0.0.1:8000": 1, "10.0.0.2:8000": 2},
		}},
		{name: "somebody speaks for it", at: "10.0.0.1:8000", took: othersAfter, s: &school{
			lists: netchattest.Finder{{List: []netchat.Advert{found(codeOf(2), "10.0.0.1:8000")}}},
			keys:  map[string]int{"10.0.0.1:8000": 1},
		}},
		{name: "fakes that claim it", at: "10.0.0.1:8000", s: &school{
			lists: netchattest.Finder{{List: []netchat.Advert{found(code, "10.0.0.2:8000", "10.0.0.3:8000", "10.0.0.1:8000"), found(code, "10.0.0.4:8000")}}},
			keys:  map[string]int{"10.0.0.1:8000": 1, "10.0.0.2:8000": 2, "10.0.0.3:8000": 0},
		}},
		{name: "by its place", at: "192.168.1.23:8001", o: Options{Place: "2X"}, s: &school{
			keys: map[string]int{"192.168.1.23:8001": 1}, own: []netip.Prefix{netip.MustParsePrefix("192.168.1.77/24")},
		}},
		{name: "another is at its place", at: "10.0.0.1:8000", took: time.Second, o: Options{Place: "2X"}, s: &school{
			keys: map[string]int{"192.168.1.23:8001": 2, "10.0.0.1:8000": 1}, own: []netip.Prefix{netip.MustParsePrefix("192.168.1.77/24")},
			lists: netchattest.Finder{{After: time.Second, List: []netchat.Advert{found(code, "10.0.0.1:8000")}}},
		}},
		{name: "not where it was", at: "10.0.0.1:8000", o: Options{Target: "10.0.0.9:8000"}, s: &school{
			lists: netchattest.Finder{{List: []netchat.Advert{found(code, "10.0.0.1:8000")}}}, keys: map[string]int{"10.0.0.1:8000": 1, "10.0.0.9:8000": 2},
		}},
		{name: "nowhere", took: searchFor, s: &school{
			lists: netchattest.Finder{{List: []netchat.Advert{found(code, "10.0.0.2:8000"), found("", "10.0.0.3:8000")}}}, keys: map[string]int{"10.0.0.2:8000": 2},
		}},
		{name: "nothing at its place", o: Options{Place: "2X"}, s: &school{own: []netip.Prefix{netip.MustParsePrefix("192.168.1.77/24")}}},
		{name: "nowhere to look", s: &school{}},
		{name: "another room is meant", took: searchFor, o: Options{Room: idOf(2)}, s: &school{
			lists: netchattest.Finder{{List: []netchat.Advert{found(code, "10.0.0.1:8000")}}}, keys: map[string]int{"10.0.0.1:8000": 1},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.o.Code = code
				c.o.Known = memory(t)
				begin := time.Now()
				err := c.s.look(t, c.o)
				if took := time.Since(begin); took > c.took {
					t.Errorf("it took %s", took)
				}
				if c.at == "" {
					if !errors.Is(err, netchat.ErrWrongCode) || len(c.o.Known.All()) != 0 {
						t.Errorf("%v, %+v", err, c.o.Known.All())
					}
					return
				}
				if err != nil || c.s.where() != c.at || c.s.trust != netchat.TrustVerified {
					t.Errorf("at %q with trust %q: %v", c.s.where(), c.s.trust, err)
				}
				if r, ok := c.o.Known.Find(idOf(1)); !ok || !r.Verified || r.Addrs[0] != c.at {
					t.Errorf("known is %+v", r)
				}
			})
		})
	}
}

// TestManyFakes has a machine with a hundred rooms, and forty machines, that all
// claim the code and are silent when asked.
func TestManyFakes(t *testing.T) {
	code := codeOf(1)
	synctest.Test(t, func(t *testing.T) {
		s := &school{keys: map[string]int{"10.9.9.9:8000": 1}}
		var list []netchat.Advert
		for n := range 100 {
			addr := fmt.Sprintf("10.0.0.1:%d", 8000+n)
			s.keys[addr] = 0
			list = append(list, found(code, addr))
		}
		for n := range 40 {
			addr := fmt.Sprintf("10.0.1.%d:8000", n)
			s.keys[addr] = 0
			list = append(list, found(code, addr))
		}
		s.lists = netchattest.Finder{{List: append(list, found("", "10.9.9.9:8000"))}}
		begin := time.Now()
		err := s.look(t, Options{Code: code})
		if took := time.Since(begin); err != nil || s.where() != "10.9.9.9:8000" || took > 2*proveWait {
			t.Errorf("%v at %q after %s", err, s.where(), took)
		}
		if s.max != maxProofs {
			t.Errorf("%d were asked at a time", s.max)
		}
		if n := len(s.asked) - 41; n > 3*maxPerIP {
			t.Errorf("one machine was asked %d times", n)
		}
	})
}

func TestTheRoomHasTheLastWord(t *testing.T) {
	code := codeOf(1)
	synctest.Test(t, func(t *testing.T) {
		s := &school{lists: netchattest.Finder{{List: []netchat.Advert{found(code, "10.0.0.1:8000", "10.0.0.2:8000")}}}, keys: map[string]int{"10.0.0.1:8000": 1, "10.0.0.2:8000": 1}}
		s.refuse = &netchat.CloseError{Code: netchat.CloseFull}
		begin := time.Now()
		for _, target := range []string{"", "10.0.0.1:8000"} {
			if err := s.look(t, Options{Code: code, Target: target}); !errors.Is(err, netchat.ErrFull) || time.Since(begin) > 0 {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
		}
		s.refuse = netchat.ErrUnreached
		if err := s.look(t, Options{Code: code}); !errors.Is(err, netchat.ErrUnreached) {
			t.Error(err)
		}
	})
}

func TestASearchEndsWithItsContext(t *testing.T) {
	code := codeOf(1)
	synctest.Test(t, func(t *testing.T) {
		s := &school{lists: netchattest.Finder{{List: []netchat.Advert{found(code, "10.0.0.1:8000")}}}, keys: map[string]int{"10.0.0.1:8000": 0}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		j := newJoiner(Options{Code: code, Find: s.lists.Watch})
		j.enter, j.prove = s.enter, s.prove
		if _, err := j.join(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// listen accepts one TLS connection after the other with config and reads it to
// its end.
func listen(t *testing.T, config *tls.Config) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			raw, err := ln.Accept()
			if err != nil {
				return
			}
			conn := tls.Server(raw, config)
			data, _ := io.ReadAll(conn)
			if len(data) > 0 || len(conn.ConnectionState().PeerCertificates) > 0 {
				t.Errorf("the host was told %q", data)
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-ended
	})
	return ln.Addr().String()
}

func TestAKeyIsProved(t *testing.T) {
	real, err := identity.ServerConfig(roomKey(1))
	must(t, err)
	if key, err := proveKey(t.Context(), listen(t, real)); err != nil || !slices.Equal(key, keyOf(1)) {
		t.Errorf("%x, %v", key, err)
	}

	// Somebody who has the real room's certificates, which it shows to all.
	stolen := real.Clone()
	other, err := identity.ServerConfig(roomKey(2))
	must(t, err)
	stolen.Certificates = []tls.Certificate{{Certificate: real.Certificates[0].Certificate, PrivateKey: other.Certificates[0].PrivateKey}}
	if key, err := proveKey(t.Context(), listen(t, stolen)); err == nil || key != nil {
		t.Errorf("%x was believed", key)
	}
	if _, err := proveKey(t.Context(), "127.0.0.1:1"); !errors.Is(err, netchat.ErrUnreached) {
		t.Error(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	foreign, err := identity.ServerConfig(key)
	must(t, err)
	foreign.NextProtos = []string{"h2"}
	if _, err := proveKey(t.Context(), listen(t, foreign)); err == nil {
		t.Error("another protocol was taken for Homeroom")
	}
}
