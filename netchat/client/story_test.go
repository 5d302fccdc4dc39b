package client_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/server"
)

// A story is a room with a Log on disk and a few members with a copy each, whose
// programs, and whose host, are started and ended again and again.
type story struct {
	t       *testing.T
	dir     string
	mu      sync.Mutex
	mem     *netchattest.Listener // nil: no host
	host    *server.Server
	log     *history.SQLite
	served  chan error
	members []*actor
	sent    int
}

// An actor is one member of a story.
type actor struct {
	key   ed25519.PrivateKey
	path  string
	proxy *netchattest.Proxy
	now   *visitor                   // nil: the program does not run
	sent  map[netchat.EventID]string // what it has ever sent, and what that said
}

const (
	storyMembers = 3
	stories      = 30 // of rapid's runs: each writes to the disk
)

func newStory(t *testing.T, dir string) *story {
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, dir: dir}
	s.open()
	for i := range storyMembers {
		a := &actor{key: newKey(t), path: filepath.Join(dir, fmt.Sprint(i), "copy.db"), sent: make(map[netchat.EventID]string)}
		a.proxy = netchattest.NewProxy(t, s.dial)
		s.members = append(s.members, a)
	}
	return s
}

func (s *story) dial(ctx context.Context) (net.Conn, error) {
	s.mu.Lock()
	mem := s.mem
	s.mu.Unlock()
	if mem == nil {
		return nil, net.ErrClosed
	}
	return mem.Dial(ctx)
}

// open starts the host.
func (s *story) open() {
	log, err := history.OpenSQLite(filepath.Join(s.dir, "log.db"), history.SQLiteOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	host, err := server.New(server.Config{Room: roomInfo(), Key: roomKey(), Log: log, Rate: server.Rate{Off: true}})
	if err != nil {
		s.t.Fatal(err)
	}
	mem := netchattest.Listen()
	s.log, s.host, s.served = log, host, make(chan error, 1)
	go func(served chan<- error) { served <- host.Serve(mem) }(s.served)
	s.mu.Lock()
	s.mem = mem
	s.mu.Unlock()
}

// kill ends the host without a word: its members lose their connections first.
func (s *story) kill() {
	s.mu.Lock()
	s.mem = nil
	s.mu.Unlock()
	for _, a := range s.members {
		a.proxy.CutAll()
	}
	if err := errors.Join(s.host.Close(), <-s.served, s.log.Close()); err != nil {
		s.t.Error(err)
	}
	s.host = nil
}

// start starts a member's program, whether there is a host or not.
func (s *story) start(a *actor) {
	cfg := client.Config{
		Dial: a.proxy.Dial, Room: testRoom, Name: "actor", Key: a.key, Backoff: client.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond},
		Keep: client.Keep{Away: true, Open: func(netchat.RoomID) (client.Store, error) { return history.OpenCopy(a.path) }},
	}
	for range maxJoins {
		c, err := client.Join(s.t.Context(), cfg)
		if err == nil {
			a.now = &visitor{Client: c, rec: netchattest.Record(c.Events())}
			return
		}
		if !errors.Is(err, netchat.ErrUnreached) {
			s.t.Error(err)
			return
		}
	}
}

func (s *story) end(a *actor) {
	_ = a.now.Close()
	a.now.rec.Done(s.t)
	for _, r := range netchattest.Of[*netchat.Refused](a.now.rec) {
		s.t.Errorf("refused: %+v", r)
	}
	a.now = nil
}

// say sends a message to all.
func (s *story) say(a *actor) {
	s.sent++
	id, err := netchat.RandomEventID(randomBytes{})
	if err != nil {
		s.t.Fatal(err)
	}
	text := fmt.Sprintf("message %d", s.sent)
	a.sent[id] = text
	if err := a.now.Send(netchat.Post{ID: id, Text: text}); err != nil {
		s.t.Error(err)
	}
}

// close has everybody come back, and compares what they have.
func (s *story) close() {
	if s.host == nil {
		s.open()
	}
	for _, a := range s.members {
		if a.now == nil {
			s.start(a)
		}
		drain(s.t, a.now.Client, a.now.rec)
	}
	s.say(s.members[0]) // who came last sees this, if nothing else
	drain(s.t, s.members[0].now.Client, s.members[0].now.rec)
	want := map[netchat.EventID]string{}
	for _, a := range s.members {
		for id, text := range a.sent {
			want[id] = text
		}
	}
	var log []string
	for e, err := range s.log.All(s.t.Context(), 0) {
		if err != nil {
			s.t.Fatal(err)
		}
		m, _ := netchat.MessageOf(e)
		if text, ok := want[e.ID]; !ok || text != m.Text {
			s.t.Errorf("%q is in the room twice, or was never sent", m.Text)
		}
		delete(want, e.ID)
		log = append(log, m.Text)
	}
	if len(want) > 0 {
		s.t.Errorf("lost: %v", want)
	}
	for i, a := range s.members {
		a.now.rec.Wait(s.t, "everything", func(r *netchattest.Recorder) bool {
			shown := r.Texts()
			return len(shown) > 0 && shown[len(shown)-1] == log[len(log)-1]
		})
		shown := a.now.rec.Texts()
		if len(shown) > len(log) || !slices.Equal(shown, log[len(log)-len(shown):]) {
			s.t.Errorf("member %d shows %q of %q", i, shown, log)
		}
		s.end(a)
	}
	s.kill()
}

// TestAnyStory: whatever order things happen in, nothing is lost, nothing is there
// twice, and everybody shows one order: that of the Log, up to its end.
func TestAnyStory(t *testing.T) {
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		if run++; run > stories {
			return
		}
		s := newStory(t, filepath.Join(t.TempDir(), fmt.Sprint(run)))
		steps := rapid.SliceOfN(rapid.IntRange(0, 9*storyMembers-1), 5, 40).Draw(rt, "steps")
		for _, step := range steps {
			a := s.members[step%storyMembers]
			switch what := step / storyMembers; {
			case what == 0 && s.host != nil:
				s.kill()
			case what == 0:
				s.open()
			case what == 1 && a.now != nil:
				s.end(a)
			case a.now == nil:
				s.start(a)
			case what == 2:
				a.proxy.CutAll()
			case what == 3:
				a.proxy.CutNext(netchattest.Cut{Dir: netchattest.ToClient, Frame: 1 + step%7})
			default:
				s.say(a)
			}
		}
		s.close()
		if t.Failed() {
			rt.Fatalf("after %v", steps)
		}
	})
}
