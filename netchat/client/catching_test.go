package client_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/server"
)

// A changing room is the real server over a Log that a test may write to, or replace.
type changingRoom struct {
	t   *testing.T
	log history.Log
	srv *server.Server
	mem *netchattest.Listener
	cut func(net.Conn) net.Conn // what becomes of the next connections; nil: nothing

	served chan error
}

func newChangingRoom(t *testing.T, log history.Log) *changingRoom {
	r := &changingRoom{t: t}
	r.open(log)
	t.Cleanup(r.close)
	return r
}

func memoryLog(t *testing.T, most int) history.Log {
	t.Helper()
	log, err := history.NewMemory(history.MemoryOptions{MaxEvents: most})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func (r *changingRoom) open(log history.Log) {
	r.t.Helper()
	srv, err := server.New(server.Config{Room: roomInfo(), Key: roomKey(), Log: log, Rate: server.Rate{Off: true}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.log, r.srv, r.mem, r.served = log, srv, netchattest.Listen(), make(chan error, 1)
	go func() { r.served <- srv.Serve(r.mem) }()
}

// close is as if the host's computer had lost the network: nobody is told.
func (r *changingRoom) close() {
	r.t.Helper()
	if r.srv == nil {
		return
	}
	_ = r.srv.Close()
	if err := <-r.served; err != nil {
		r.t.Error(err)
	}
	r.srv = nil
}

func (r *changingRoom) dial(ctx context.Context) (net.Conn, error) {
	c, err := r.mem.Dial(ctx)
	if err == nil && r.cut != nil {
		c = r.cut(c)
	}
	return c, err
}

// say stores n Messages, every other of them for somebody else if private.
func (r *changingRoom) say(n int, private bool) {
	r.t.Helper()
	const batch = 500
	for done := 0; done < n; done += batch {
		var events []netchat.Event
		for i := range min(batch, n-done) {
			seq := r.log.Head().Seq + uint64(i) + 1
			e := netchat.Event{
				Time: time.UnixMilli(int64(seq)).UTC(), ID: netchat.EventID(fmt.Sprintf("%032x", seq)), Kind: netchat.KindMessage,
				Author: netchat.MemberID(fmt.Sprintf("%032x", 1)), Audience: netchat.ToAll(),
				Body: fmt.Appendf(nil, `{"name":"Ada","text":"line %d"}`, seq), Salt: make([]byte, netchat.SaltSize),
			}
			if private && seq%2 == 0 {
				e.Audience = netchat.ToMembers(netchat.MemberID(fmt.Sprintf("%032x", 2)))
			}
			events = append(events, e)
		}
		if _, err := r.log.Append(events); err != nil {
			r.t.Fatal(err)
		}
	}
}

// told returns the Seqs of all Messages in the order in which they were told, with a
// 0 for each Gap.
func told(rec *netchattest.Recorder) (seqs []uint64) {
	for _, u := range rec.Updates() {
		switch u := u.(type) {
		case *netchat.Event:
			seqs = append(seqs, u.Seq)
		case *netchat.Gap:
			seqs = append(seqs, 0)
		case *netchat.Page:
			for _, m := range u.Messages {
				seqs = append(seqs, m.Seq)
			}
		}
	}
	return seqs
}

func whole(cfg *client.Config) { cfg.Keep.Whole = true }

// wantAll waits until last has been told, and fails unless all from first on was, once
// each and in order.
func wantAll(t *testing.T, v *visitor, first, last, step uint64) {
	t.Helper()
	v.rec.Wait(t, "the newest", func(*netchattest.Recorder) bool {
		got := told(v.rec)
		return len(got) > 0 && got[len(got)-1] >= last
	})
	want := first
	for _, seq := range told(v.rec) {
		if seq != want {
			t.Fatalf("%d was told where %d comes", seq, want)
		}
		want += step
	}
	if want != last+step {
		t.Fatalf("the last one is %d, not %d", want-step, last)
	}
}

// keptSeqs returns what the copy of a resident has, and that none is missing from since on.
func keptSeqs(t *testing.T, path string) (seqs []uint64, since uint64) {
	t.Helper()
	c, err := history.ReadCopy(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	kept, err := c.Load()
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range c.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, e.Seq)
	}
	return seqs, kept.Since
}

// TestMissesNothing: however much was said while a member was away, it is told all of
// it, in order and once, and its copy has it, too.
func TestMissesNothing(t *testing.T) {
	for _, c := range []struct {
		before, missed int
		private        bool
	}{{1, 2000, false}, {1, 2001, false}, {0, 2001, false}, {3, 2500, false}, {300, 10_000, false}, {1, 5001, true}} {
		t.Run(fmt.Sprintf("%d after %d %v", c.missed, c.before, c.private), func(t *testing.T) {
			room := newChangingRoom(t, memoryLog(t, 0))
			who := newResident(t)
			who.edit = whole
			v := who.start(room.dial)
			room.close()
			who.end(v)
			room.open(room.log)
			v = who.start(room.dial)
			sayLive(t, room, c.before)
			if c.before > 0 {
				wantAll(t, v, 1, uint64(c.before), 1)
			}
			who.end(v)
			room.say(c.missed, c.private)
			v = who.start(room.dial)
			first, last, step := uint64(max(1, c.before-netchat.MaxPageMessages+1)), uint64(c.before+c.missed), uint64(1)
			if c.private {
				step = 2
			}
			wantAll(t, v, first, last-(last-first)%step, step)
			if w := netchattest.Of[*netchat.Welcome](v.rec); !w[0].Recovered || w[0].Catching != (c.missed > netchat.MaxTail) {
				t.Errorf("%+v", w[0])
			}
			who.end(v)
			seqs, since := keptSeqs(t, who.path)
			if since != 0 || len(seqs) != int((last-1)/step)+1 {
				t.Errorf("the copy has %d, from %d on", len(seqs), since)
			}
		})
	}
}

// sayLive has somebody in the room say n Messages.
func sayLive(t *testing.T, room *changingRoom, n int) {
	t.Helper()
	c, err := client.Join(t.Context(), client.Config{Dial: room.dial, Name: "speaker"})
	if err != nil {
		t.Fatal(err)
	}
	s := &visitor{Client: c, rec: netchattest.Record(c.Events()), name: "speaker"}
	for range n {
		s.say(t)
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s.rec.Done(t)
}

// TestCutWhileCatchingUp: it goes on from where it was, whenever the connection breaks.
func TestCutWhileCatchingUp(t *testing.T) {
	room := newChangingRoom(t, memoryLog(t, 0))
	who := newResident(t)
	who.edit = whole
	v := who.start(room.dial)
	sayLive(t, room, 1)
	wantAll(t, v, 1, 1, 1)
	who.end(v)
	room.say(9_000, false)
	limit := 150_000 // bytes that a connection lasts
	room.cut = func(c net.Conn) net.Conn { return &tired{Conn: c, left: limit} }
	v = who.start(room.dial)
	wantAll(t, v, 1, 9001, 1)
	if n := len(netchattest.Of[*netchat.Welcome](v.rec)); n < 3 {
		t.Errorf("it was cut %d times only", n-1)
	}
	room.cut = nil
	who.end(v)
	if seqs, since := keptSeqs(t, who.path); since != 0 || len(seqs) != 9001 {
		t.Errorf("the copy has %d, from %d on", len(seqs), since)
	}
}

// A tired connection ends after some bytes have come.
type tired struct {
	net.Conn
	left int
}

func (c *tired) Read(p []byte) (int, error) {
	if c.left <= 0 {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// TestSaidWhileCatchingUp: what is said meanwhile comes behind what was missed, one's
// own Posts too.
func TestSaidWhileCatchingUp(t *testing.T) {
	room := newChangingRoom(t, memoryLog(t, 0))
	who := newResident(t)
	who.edit = whole
	v := who.start(room.dial)
	sayLive(t, room, 1)
	wantAll(t, v, 1, 1, 1)
	who.end(v)
	room.say(8_000, false)
	v = who.start(room.dial)
	v.say(t)
	sayLive(t, room, 300)
	wantAll(t, v, 1, 8302, 1)
	if err := v.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	who.end(v)
}

// TestGap: what the host has no more is told as a gap with its bounds, once.
func TestGap(t *testing.T) {
	for what, c := range map[string]struct {
		then  func(*changingRoom)
		after uint64
		first uint64 // behind the gap
		same  bool   // the epoch
	}{
		"trimmed": {func(r *changingRoom) { r.say(6_000, false) }, 1, 3_002, true},
		"another epoch": {func(r *changingRoom) {
			r.close()
			r.open(memoryLog(r.t, 0))
			r.say(2_500, false)
		}, 1, 2_301, false},
	} {
		t.Run(what, func(t *testing.T) {
			room := newChangingRoom(t, memoryLog(t, 3_000))
			who := newResident(t)
			who.edit = whole
			v := who.start(room.dial)
			sayLive(t, room, 1)
			wantAll(t, v, 1, 1, 1)
			who.end(v)
			was := room.log.Head()
			c.then(room)
			v = who.start(room.dial)
			last := room.log.Head().Seq
			v.rec.Wait(t, "the newest", func(*netchattest.Recorder) bool {
				got := told(v.rec)
				return len(got) > 0 && got[len(got)-1] == last
			})
			gaps := netchattest.Of[*netchat.Gap](v.rec)
			if len(gaps) != 1 || gaps[0].After != was || gaps[0].Before.Seq != c.first || (gaps[0].Before.Epoch == was.Epoch) != c.same {
				t.Fatalf("%+v; %+v", gaps, was)
			}
			got := told(v.rec)
			for i := range got { // all behind it is there
				if got[i] == 0 {
					for j, seq := range got[i+1:] {
						if seq != c.first+uint64(j) {
							t.Fatalf("%d is told where %d comes", seq, c.first+uint64(j))
						}
					}
				}
			}
			who.end(v)
			if again := who.start(room.dial); true {
				who.end(again)
				if gaps := netchattest.Of[*netchat.Gap](again.rec); len(gaps) != 0 {
					t.Errorf("it is told again: %+v", gaps)
				}
			}
		})
	}
}

// TestWithoutWhole is as before: a Snapshot replaces what was told.
func TestWithoutWhole(t *testing.T) {
	room := newChangingRoom(t, memoryLog(t, 0))
	who := newResident(t)
	v := who.start(room.dial)
	sayLive(t, room, 1)
	wantAll(t, v, 1, 1, 1)
	who.end(v)
	room.say(2_500, false)
	v = who.start(room.dial)
	pages := netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
	if w := netchattest.Of[*netchat.Welcome](v.rec); w[0].Recovered || w[0].Catching || !pages[0].Snapshot || len(pages[0].Messages) != netchat.SnapshotMessages {
		t.Errorf("%+v, %d messages", w[0], len(pages[0].Messages))
	}
	who.end(v)
	if n := len(netchattest.Of[*netchat.Page](v.rec)); n != 1 {
		t.Errorf("%d pages were told that nobody has asked for", n-1)
	}
}

// filled reports whether a copy goes up to last and has no hole.
func filled(t *testing.T, path string, last uint64) bool {
	t.Helper()
	c, err := history.ReadCopy(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	kept, err := c.Load()
	if err != nil {
		t.Fatal(err)
	}
	return kept.Position.Seq == last && (kept.Below == 0 || kept.Below+1 == kept.Since)
}

// TestCopyWithoutAHole: what a Snapshot has left out is in the copy soon after, also if
// the connection breaks meanwhile; all is where it belongs, and the room begins where it
// began before.
func TestCopyWithoutAHole(t *testing.T) {
	for _, c := range []struct {
		before, missed int
		tired          int  // bytes that a connection lasts; 0: for ever
		ended          bool // the program is, before it was filled
	}{{1, 2_001, 0, false}, {250, 2_500, 0, false}, {1, 4_000, 300_000, false}, {10, 6_000, 0, true}} {
		t.Run(fmt.Sprintf("%d after %d, %d", c.missed, c.before, c.tired), func(t *testing.T) {
			room := newChangingRoom(t, memoryLog(t, 0))
			who := newResident(t)
			v := who.start(room.dial)
			sayLive(t, room, c.before)
			wantAll(t, v, 1, uint64(c.before), 1)
			who.end(v)
			room.say(c.missed, false)
			if c.tired > 0 {
				room.cut = func(n net.Conn) net.Conn { return &tired{Conn: n, left: c.tired} }
			}
			v = who.start(room.dial)
			if c.ended {
				netchattest.WaitOf[*netchat.Page](t, v.rec, 1)
				who.end(v)
				if seqs, _ := keptSeqs(t, who.path); len(seqs) == c.before+c.missed {
					t.Fatal("it was filled already")
				}
				v = who.start(room.dial)
			}
			for deadline := time.Now().Add(2 * time.Minute); !filled(t, who.path, uint64(c.before+c.missed)); {
				if err := v.Around(1, 1); err != nil || time.Now().After(deadline) { // as a barrier
					seqs, since := keptSeqs(t, who.path)
					t.Fatalf("%d are kept, from %d on, %v", len(seqs), since, err)
				}
				netchattest.WaitOf[*netchat.Page](t, v.rec, len(netchattest.Of[*netchat.Page](v.rec))+1)
			}
			if err := v.History(uint64(c.before+c.missed)-1_000, 10); err != nil {
				t.Fatal(err)
			}
			room.cut = nil
			who.end(v)
			seqs, since := keptSeqs(t, who.path)
			if len(seqs) != c.before+c.missed || since > 0 && !c.ended {
				t.Errorf("%d are kept, from %d on", len(seqs), since)
			}
			for i, seq := range seqs {
				if seq != uint64(i+1) {
					t.Fatalf("%d where %d is to be", seq, i+1)
				}
			}
		})
	}
}
