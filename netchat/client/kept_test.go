package client_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A resident is one device with its copy of the room, whose program is started
// again and again.
type resident struct {
	t    *testing.T
	path string
	key  ed25519.PrivateKey
	edit func(*client.Config)
}

func newResident(t *testing.T) *resident {
	return &resident{t: t, path: filepath.Join(t.TempDir(), "copies", "room.db"), key: newKey(t)}
}

func (r *resident) keep() client.Keep {
	return client.Keep{Open: func(room netchat.RoomID) (client.Store, error) {
		if room != testRoom {
			r.t.Errorf("the copy of %s is asked for", room)
		}
		return history.OpenCopy(r.path)
	}}
}

// start joins. It is to be ended before the next start.
func (r *resident) start(dial func(context.Context) (net.Conn, error)) *visitor {
	r.t.Helper()
	cfg := client.Config{
		Dial: dial, Name: "resident", Key: r.key, Keep: r.keep(),
		Backoff: client.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond},
	}
	if r.edit != nil {
		r.edit(&cfg)
	}
	var c *client.Client
	var err error
	for range maxJoins {
		if c, err = client.Join(r.t.Context(), cfg); err == nil {
			break
		}
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return &visitor{Client: c, rec: netchattest.Record(c.Events()), name: "resident"}
}

func (r *resident) end(v *visitor) {
	r.t.Helper()
	_ = v.Close()
	v.rec.Done(r.t)
}

// kept returns what is on the disk now.
func (r *resident) kept() netchat.Kept {
	r.t.Helper()
	c, err := history.OpenCopy(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	kept, err := c.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	return kept
}

// keptBefore makes a copy of the room and returns where it is.
func keptBefore(t *testing.T, steps ...netchat.Keeping) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copies", "room.db")
	c, err := history.OpenCopy(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Save(steps), c.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func texts(page *netchat.Page) (all []string) {
	for _, m := range page.Messages {
		all = append(all, m.Text)
	}
	return all
}

// TestGoesOnFromTheCopy: a program started again shows what it had, and is told
// just what it missed.
func TestGoesOnFromTheCopy(t *testing.T) {
	room := newRealRoom(t)
	witness := room.join("witness", newKey(t), room.DialInProcess)
	r := newResident(t)
	v := r.start(room.mem.Dial)
	witness.say(t)
	v.say(t)
	v.rec.Wait(t, "both", func(r *netchattest.Recorder) bool { return len(r.Shown()) == 2 })
	shown := v.rec.Texts()
	r.end(v)
	witness.say(t)
	drain(t, witness.Client, witness.rec)

	v = r.start(room.mem.Dial)
	v.rec.Wait(t, "what was missed", func(r *netchattest.Recorder) bool { return len(netchattest.Of[*netchat.Event](r)) == 1 })
	if w := netchattest.Of[*netchat.Welcome](v.rec); !w[0].Recovered {
		t.Errorf("%+v", w[0])
	}
	pages := netchattest.Of[*netchat.Page](v.rec)
	if len(pages) != 1 || !pages[0].Snapshot || pages[0].More || !slices.Equal(texts(pages[0]), shown) {
		t.Errorf("shown was %q, kept %+v", shown, pages)
	}
	if len(netchattest.Of[*netchat.Waiting](v.rec)) != 0 {
		t.Error("something waits")
	}
	r.end(v)
	if kept := r.kept(); kept.Room.ID != testRoom || kept.Position.Seq != 3 || kept.Since != 0 || len(kept.Waiting) != 0 {
		t.Errorf("%+v", kept)
	}
}

// TestOutboxSurvives: what was sent and not answered when the program ended is in
// the room once after the next start, whether the host had it or not.
func TestOutboxSurvives(t *testing.T) {
	for frame := range 24 {
		t.Run(fmt.Sprint(frame), func(t *testing.T) {
			t.Parallel()
			room := newRealRoom(t)
			witness := room.join("witness", newKey(t), room.DialInProcess)
			r := newResident(t)
			proxy := netchattest.NewProxy(t, room.mem.Dial)
			v := r.start(proxy.Dial)
			netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
			random := rand.New(rand.NewPCG(uint64(frame), 1))
			var posts []netchat.Post
			for i := range 3 {
				id, err := netchat.RandomEventID(randomBytes{})
				if err != nil {
					t.Fatal(err)
				}
				posts = append(posts, netchat.Post{ID: id, Text: fmt.Sprintf("resident %03d", i+1)})
				if err := v.Send(posts[i]); err != nil {
					t.Fatal(err)
				}
				if random.IntN(4) == frame%4 {
					proxy.CutAll()
				}
				if i == frame%3 {
					proxy.Hold() // nothing comes through any more, either way
				}
			}
			r.end(v)
			proxy.Release()

			v = r.start(room.mem.Dial)
			drain(t, v.Client, v.rec)
			v.rec.Wait(t, "all of them", func(r *netchattest.Recorder) bool { return len(r.Shown()) >= len(posts) })
			want := []string{"resident 001", "resident 002", "resident 003"}
			if got := v.rec.Texts(); !slices.Equal(got, want) {
				t.Errorf("shown: %q", got)
			}
			witness.rec.Wait(t, "all of them", func(r *netchattest.Recorder) bool { return len(r.Shown()) >= len(posts) })
			if got := witness.rec.Texts(); !slices.Equal(got, want) {
				t.Errorf("the room has %q", got)
			}
			for _, w := range netchattest.Of[*netchat.Waiting](v.rec) {
				for _, p := range w.Posts {
					if !slices.ContainsFunc(posts, func(q netchat.Post) bool { return q.ID == p.ID && q.Text == p.Text }) {
						t.Errorf("%+v waited", p)
					}
				}
			}
			r.end(v)
			if kept := r.kept(); len(kept.Waiting) != 0 || kept.Position.Seq != 3 {
				t.Errorf("%+v", kept)
			}
		})
	}
}

// TestAwayFromTheHost: what is kept is shown, scrolled and written to while no host
// answers; once it does, nothing is missing.
func TestAwayFromTheHost(t *testing.T) {
	room := newRealRoom(t)
	witness := room.join("witness", newKey(t), room.DialInProcess)
	r := newResident(t)
	v := r.start(room.mem.Dial)
	netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
	const lines = netchat.MaxPageMessages + 20
	for range lines {
		witness.say(t)
	}
	v.rec.Wait(t, "all lines", func(r *netchattest.Recorder) bool { return len(r.Shown()) == lines })
	r.end(v)

	away := make(chan struct{})
	dial := func(ctx context.Context) (net.Conn, error) {
		select {
		case <-away:
			return room.mem.Dial(ctx)
		default:
			return nil, net.ErrClosed
		}
	}
	r.edit = func(c *client.Config) { c.Keep.Away, c.Room = true, testRoom }
	v = r.start(dial)
	page := netchattest.WaitOf[*netchat.Page](t, v.rec, 1)[0]
	if len(page.Messages) != netchat.MaxPageMessages || !page.More || page.Messages[0].Text != "witness 021" {
		t.Errorf("%d messages from %q on, more: %v", len(page.Messages), page.Messages[0].Text, page.More)
	}
	if s := netchattest.WaitOf[*netchat.StateChange](t, v.rec, 1)[0]; s.State != netchat.StateReconnecting || !errors.Is(s.Err, netchat.ErrUnreached) || !errors.Is(s.Err, netchat.ErrAway) {
		t.Errorf("%+v", s)
	}
	if err := v.History(page.Messages[0].Seq, netchat.MaxPageMessages); err != nil {
		t.Fatal(err)
	}
	older := netchattest.WaitOf[*netchat.Page](t, v.rec, 2)[1]
	if len(older.Messages) != 20 || older.More || older.Snapshot || older.Messages[0].Text != "witness 001" {
		t.Errorf("%+v", older)
	}
	// Around and after it, too, as far as what is kept goes.
	first := older.Messages[0].Seq
	for i, of := range []netchat.PageAsk{{Around: first + 100}, {After: first + 100}} {
		if err := map[bool]func(uint64, int) error{true: v.Around, false: v.After}[of.Around != 0](first+100, 4); err != nil {
			t.Fatal(err)
		}
		p := netchattest.WaitOf[*netchat.Page](t, v.rec, 3+i)[2+i]
		if len(p.Messages) != 4 || p.Of != of || !p.More || !p.Newer || p.Err != nil || p.Messages[0].Text != []string{"witness 100", "witness 102"}[i] {
			t.Errorf("%+v", p)
		}
	}
	v.say(t)
	witness.say(t)
	close(away)
	drain(t, v.Client, v.rec)
	v.rec.Wait(t, "both", func(r *netchattest.Recorder) bool { return len(netchattest.Of[*netchat.Event](r)) == 2 })
	if w := netchattest.Of[*netchat.Welcome](v.rec); len(w) != 2 || !w[0].Recovered || !w[1].Recovered || len(netchattest.Of[*netchat.Page](v.rec)) != 4 {
		t.Errorf("%+v", w)
	}
	r.end(v)

	r.path = filepath.Join(t.TempDir(), "nothing.db")
	cfg := client.Config{Dial: failing, Room: testRoom, Name: "x", Key: r.key, Keep: r.keep()}
	cfg.Keep.Away = true
	if _, err := client.Join(t.Context(), cfg); !errors.Is(err, netchat.ErrUnreached) {
		t.Errorf("with nothing to show: %v", err)
	}
}

// A smallStore has one Message of the room, and takes more for granted.
type smallStore struct {
	client.Store
	said netchat.Message
}

func (s smallStore) Load() (netchat.Kept, error) {
	at := netchat.Position{Epoch: s.said.Epoch, Seq: s.said.Seq, Mark: s.said.Mark}
	return netchat.Kept{Room: roomInfo(), Position: at}, nil
}

func (s smallStore) Page(of netchat.PageAsk, _ int) (netchat.Page, error) {
	return netchat.Page{Of: of, Messages: []netchat.Message{s.said}}, nil
}

func (s smallStore) Save([]netchat.Keeping) error { return nil }
func (s smallStore) Close() error                 { return nil }

// TestAwayFromASlowHost: what is kept is shown, too, while a host was reached that is
// in no hurry to take us in.
func TestAwayFromASlowHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said, _ := netchat.MessageOf(event(7, someone(7).ID, "kept"))
		k, peer, joined := begin(t, func(c *client.Config) {
			c.Room = testRoom
			c.Keep.Away = true
			c.Keep.Open = func(netchat.RoomID) (client.Store, error) { return smallStore{said: said}, nil }
		})
		peer.Hello()
		joined()
		if page := netchattest.WaitOf[*netchat.Page](t, k.rec, 1)[0]; !slices.Equal(texts(page), []string{"kept"}) {
			t.Errorf("%+v", page)
		}
		lost := netchattest.WaitOf[*netchat.StateChange](t, k.rec, 1)[0]
		if lost.State != netchat.StateReconnecting || !errors.Is(lost.Err, netchat.ErrUnreached) || !errors.Is(lost.Err, netchat.ErrAway) {
			t.Errorf("%+v", lost)
		}
		peer = k.host.Accept()
		<-time.After(time.Minute) // now it may take its time
		k.admit(peer, welcome(k.self(), 7, true))
		if w := netchattest.WaitOf[*netchat.Welcome](t, k.rec, 2)[1]; !w.Recovered {
			t.Errorf("%+v", w)
		}
	})
}

// TestAnotherLog: a room that begins anew is no continuation of what is kept.
func TestAnotherLog(t *testing.T) {
	r := newResident(t)
	first := newRealRoom(t)
	v := r.start(first.mem.Dial)
	v.say(t)
	drain(t, v.Client, v.rec)
	r.end(v)
	second := newRealRoom(t)
	witness := second.join("witness", newKey(t), second.DialInProcess)
	witness.say(t)
	drain(t, witness.Client, witness.rec)
	v = r.start(second.mem.Dial)
	page := netchattest.WaitOf[*netchat.Page](t, v.rec, 1)[0]
	if w := netchattest.Of[*netchat.Welcome](v.rec)[0]; w.Recovered || !slices.Equal(texts(page), []string{"witness 001"}) {
		t.Errorf("%+v, %q", w, texts(page))
	}
	r.end(v)
	if kept := r.kept(); kept.Position.Seq != 1 || kept.Position.Epoch != page.Messages[0].Epoch {
		t.Errorf("%+v", kept)
	}
}

// A failingStore has a full disk while fails is set, or for one time.
type failingStore struct {
	*history.Copy
	fails *atomic.Bool
	once  bool
}

func (s *failingStore) Save(steps []netchat.Keeping) error {
	if (s.once || s.fails != nil && s.fails.Load()) && slices.ContainsFunc(steps, func(k netchat.Keeping) bool { return len(k.Messages) > 0 }) {
		s.once = false
		return history.ErrFull
	}
	return s.Copy.Save(steps)
}

// TestFullDisk: the chat goes on, it is said once that nothing is kept any more,
// and the next start asks for all that is missing.
func TestFullDisk(t *testing.T) {
	room := newRealRoom(t)
	r := newResident(t)
	var full atomic.Bool
	full.Store(true)
	r.edit = func(c *client.Config) {
		open := c.Keep.Open
		c.Keep.Open = func(id netchat.RoomID) (client.Store, error) {
			s, err := open(id)
			return &failingStore{Copy: s.(*history.Copy), fails: &full}, err
		}
	}
	v := r.start(room.mem.Dial)
	netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
	v.say(t)
	if told := netchattest.WaitOf[*netchat.NotKept](t, v.rec, 1); !errors.Is(told[0].Err, history.ErrFull) {
		t.Errorf("%+v", told[0])
	}
	v.say(t)
	drain(t, v.Client, v.rec)
	v.rec.Wait(t, "both", func(r *netchattest.Recorder) bool { return len(r.Shown()) == 2 })
	r.end(v)
	if n := len(netchattest.Of[*netchat.NotKept](v.rec)); n != 1 {
		t.Errorf("told %d times", n)
	}
	r.edit = nil
	v = r.start(room.mem.Dial)
	v.rec.Wait(t, "both", func(r *netchattest.Recorder) bool { return len(r.Shown()) == 2 })
	if got := v.rec.Texts(); !slices.Equal(got, []string{"resident 001", "resident 002"}) {
		t.Errorf("%q", got)
	}
	r.end(v)
}

// TestNoHoleAfterAFault: what could not be kept once is kept a little later, with all
// that came since behind it.
func TestNoHoleAfterAFault(t *testing.T) {
	room := newRealRoom(t)
	r := newResident(t)
	r.edit = func(c *client.Config) {
		open := c.Keep.Open
		c.Keep.Open = func(id netchat.RoomID) (client.Store, error) {
			s, err := open(id)
			return &failingStore{Copy: s.(*history.Copy), once: true}, err
		}
	}
	v := r.start(room.mem.Dial)
	netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
	v.say(t)
	netchattest.WaitOf[*netchat.NotKept](t, v.rec, 1)
	v.say(t)
	drain(t, v.Client, v.rec)
	if told := netchattest.WaitOf[*netchat.NotKept](t, v.rec, 2); told[0].Err == nil || told[1].Err != nil {
		t.Errorf("%+v, then %+v", told[0], told[1])
	}
	r.end(v)
	if kept := r.kept(); kept.Position.Seq != 2 || len(kept.Waiting) > 0 {
		t.Errorf("%+v", kept)
	}
	r.edit = nil
	v = r.start(room.mem.Dial)
	v.rec.Wait(t, "both", func(r *netchattest.Recorder) bool { return len(r.Shown()) == 2 })
	if got := v.rec.Texts(); !slices.Equal(got, []string{"resident 001", "resident 002"}) {
		t.Errorf("%q", got)
	}
	r.end(v)
}

// TestNoHoleInAnAnswer: what is kept answers nothing that it does not reach up to.
func TestNoHoleInAnAnswer(t *testing.T) {
	room := newRealRoom(t)
	r := newResident(t)
	var full atomic.Bool
	r.edit = func(c *client.Config) {
		open := c.Keep.Open
		c.Keep.Open = func(id netchat.RoomID) (client.Store, error) {
			s, err := open(id)
			return &failingStore{Copy: s.(*history.Copy), fails: &full}, err
		}
	}
	v := r.start(room.mem.Dial)
	for range 2 {
		v.say(t)
	}
	drain(t, v.Client, v.rec)
	r.end(v)
	v = r.start(room.mem.Dial)
	full.Store(true)
	for range 3 {
		v.say(t)
	}
	drain(t, v.Client, v.rec)
	netchattest.WaitOf[*netchat.NotKept](t, v.rec, 1)
	if err := v.History(5, 10); err != nil {
		t.Fatal(err)
	}
	if page := netchattest.WaitOf[*netchat.Page](t, v.rec, 2)[1]; len(page.Messages) != 4 || page.Messages[3].Seq != 4 {
		t.Errorf("%q", texts(page))
	}
	r.end(v)
}

// TestNoHoleBeforeASnapshot: that the room shows us nothing older is no reason to answer
// with what is kept from before a gap.
func TestNoHoleBeforeASnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said, _ := netchat.MessageOf(event(7, someone(7).ID, "before the gap"))
		k, peer, joined := begin(t, func(c *client.Config) {
			c.Keep.Open = func(netchat.RoomID) (client.Store, error) { return smallStore{said: said}, nil }
		})
		k.admit(peer, welcome(k.self(), 31, false))
		joined()
		var page []netchat.Message
		for seq := range uint64(2) {
			m, _ := netchat.MessageOf(event(30+seq, someone(7).ID, "behind it"))
			page = append(page, m)
		}
		peer.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true, Messages: wire.FromMessages(page)})
		netchattest.WaitOf[*netchat.Page](t, k.rec, 1)
		for range 2 { // from its older ones on, too
			synctest.Wait()
			if err := k.History(page[0].Seq, 10); err != nil {
				t.Fatal(err)
			}
			if asked := peer.Command(); asked.Type != wire.TypeHistory || asked.Before != page[0].Seq {
				t.Errorf("%+v", asked)
			}
			m, _ := netchat.MessageOf(event(page[0].Seq-1, someone(7).ID, "just before it"))
			page = []netchat.Message{m}
			peer.Rich(wire.ServerFrame{Type: wire.TypePage, Messages: wire.FromMessages(page)})
			netchattest.WaitOf[*netchat.Page](t, k.rec, 2)
		}
	})
}

// TestNothingIsKept of a room that cannot be kept, or that is another's.
func TestNothingIsKept(t *testing.T) {
	room := newRealRoom(t)
	r := newResident(t)
	broken := errors.New("broken")
	r.edit = func(c *client.Config) {
		c.Keep.Open = func(netchat.RoomID) (client.Store, error) { return nil, broken }
	}
	v := r.start(room.mem.Dial)
	if told := netchattest.WaitOf[*netchat.NotKept](t, v.rec, 1); !errors.Is(told[0].Err, broken) {
		t.Errorf("%+v", told[0])
	}
	v.say(t)
	drain(t, v.Client, v.rec)
	r.end(v)

	r.edit = nil
	other, err := history.OpenCopy(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Save([]netchat.Keeping{{Room: netchat.RoomInfo{ID: "another"}}}), other.Close()); err != nil {
		t.Fatal(err)
	}
	v = r.start(room.mem.Dial)
	netchattest.WaitOf[*netchat.NotKept](t, v.rec, 1)
	r.end(v)
	if kept := r.kept(); kept.Room.ID != "another" {
		t.Errorf("%+v", kept)
	}
	r.key = nil
	r.edit = func(c *client.Config) {
		c.Keep.Open = func(netchat.RoomID) (client.Store, error) {
			t.Error("a member without a key keeps something")
			return nil, broken
		}
	}
	r.end(r.start(room.mem.Dial))
}

// TestDamagedCopyIsTold once, with where it is now.
func TestDamagedCopyIsTold(t *testing.T) {
	room := newRealRoom(t)
	r := newResident(t)
	v := r.start(room.mem.Dial)
	v.say(t)
	drain(t, v.Client, v.rec)
	r.end(v)
	if err := os.WriteFile(r.path, []byte("no database, and as long as the header of one is, so that it is taken for a damaged one of ours, or so."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		v = r.start(room.mem.Dial)
		page := netchattest.WaitOf[*netchat.Page](t, v.rec, 1)[0]
		told := netchattest.Of[*netchat.KeptAside](v.rec)
		if len(told) != want || want > 0 && told[0].Path != r.path+".bad-1" || len(page.Messages) != 1 {
			t.Errorf("%+v, %+v, want %d", told, page, want)
		}
		r.end(v)
	}
}

// TestExposedCopyIsLogged: that others may see what is kept is no reason not to keep it.
func TestExposedCopyIsLogged(t *testing.T) {
	room := newRealRoom(t)
	r := newResident(t)
	var log bytes.Buffer
	r.edit = func(c *client.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Keep.Open = func(netchat.RoomID) (client.Store, error) {
			kept, err := history.OpenCopy(r.path)
			return exposedStore{kept}, err
		}
	}
	r.end(r.start(room.mem.Dial))
	if !strings.Contains(log.String(), "permission denied") {
		t.Errorf("%s", &log)
	}
}

// An exposedStore is one whose folder others may see.
type exposedStore struct{ *history.Copy }

func (s exposedStore) Load() (netchat.Kept, error) {
	kept, err := s.Copy.Load()
	kept.Exposed = fs.ErrPermission
	return kept, err
}
