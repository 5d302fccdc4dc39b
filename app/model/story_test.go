package model

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
)

// A story is a host's log, and how far a room that follows it has been told.
type story struct {
	*Room
	epoch   int
	log     []netchat.Message
	told    int            // of log
	waiting []netchat.Post // own ones that are not stored
	unacked []netchat.Post // own ones that are, of which the room does not know
	talked  int
}

func (s *story) store(m netchat.Message) {
	m.Epoch, m.Seq = netchat.Epoch(fmt.Sprint(s.epoch)), uint64(len(s.log)+1)
	m.Rev, m.Mark = m.Seq, fmt.Sprint("mark ", s.talked)
	s.log = append(s.log, m)
}

// say has somebody else say something.
func (s *story) say() {
	s.talked++
	s.store(message(0, fmt.Sprint("id", s.talked), liu, fmt.Sprint(s.talked)))
}

// next tells the next Event, with the answer to an own one.
func (s *story) next() {
	if s.told == len(s.log) {
		return
	}
	m := s.log[s.told]
	s.told++
	from := liu
	if m.Author == me.ID {
		from = me
	}
	e := event(m.Seq, string(m.ID), from, m.Text)
	e.Epoch = m.Epoch
	apply(s.Room, e)
	if from.ID == me.ID {
		apply(s.Room, &netchat.Acked{ID: m.ID, Seq: m.Seq})
		s.unacked = slices.DeleteFunc(s.unacked, func(p netchat.Post) bool { return p.ID == m.ID })
	}
}

// snapshot is a connection that was not recovered.
func (s *story) snapshot(n int) {
	s.told = len(s.log)
	page := slices.Clone(s.log[max(len(s.log)-n, 0):])
	apply(s.Room, welcomed(me, liu), &netchat.Page{Snapshot: true, Messages: page, More: len(page) < len(s.log)})
	// What waits is sent again, and what the host has already is answered.
	for _, p := range s.unacked {
		if i := slices.IndexFunc(s.log, func(m netchat.Message) bool { return m.ID == p.ID }); i >= 0 {
			apply(s.Room, &netchat.Acked{ID: p.ID, Seq: s.log[i].Seq})
		} else {
			s.waiting = append(s.waiting, p) // its host has lost it
		}
	}
	s.unacked = nil
}

func (s *story) older(n int) {
	before, ok := s.Timeline().AskOlder()
	if !ok {
		return
	}
	to := min(int(before)-1, len(s.log))
	from := max(to-n, 0)
	apply(s.Room, &netchat.Page{Of: netchat.PageAsk{Before: before}, Messages: slices.Clone(s.log[from:to]), More: from > 0})
}

// check compares what is shown with the log: a run of it, in its order, nothing twice.
func (s *story) check(t *rapid.T) (shown int) {
	seen := make(map[netchat.EventID]bool)
	last := 0
	for i := range s.Timeline().Len() {
		l := s.Timeline().Line(i)
		if l.Kind != LineMessage {
			continue
		}
		if seen[l.Message.ID] {
			t.Fatalf("%s is shown twice: %s", l.Message.ID, told(s.Room))
		}
		seen[l.Message.ID] = true
		if l.State != LineStored {
			continue
		}
		at := slices.IndexFunc(s.log, func(m netchat.Message) bool { return m.ID == l.Message.ID })
		if at < 0 {
			continue // the host has lost it since
		}
		if last > 0 && at != last {
			t.Fatalf("%s is shown behind %d of the log: %s", l.Message.Text, last, told(s.Room))
		}
		last = at + 1
		shown++
	}
	return shown
}

// stories is how often the stories below are told a hundred times: they are short, and
// some of what may go wrong takes many steps to come about.
const stories = 20

// TestAnyStory: whatever order things come in, what is shown is the host's log in its
// order, without a gap, with nothing twice, and in the end all of it.
func TestAnyStory(t *testing.T) {
	for range stories {
		tellStory(t)
	}
}

func tellStory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := &story{Room: newTestRoom(t, 0), epoch: 1}
		r.Repeat(map[string]func(*rapid.T){
			"say":  func(*rapid.T) { s.say() },
			"next": func(*rapid.T) { s.next() },
			"write": func(*rapid.T) {
				s.talked++
				p := compose(t, s.Room, fmt.Sprint(s.talked))
				s.waiting = append(s.waiting, p)
			},
			"store": func(*rapid.T) {
				if len(s.waiting) > 0 {
					p := s.waiting[0]
					s.waiting = s.waiting[1:]
					s.store(message(0, string(p.ID), me, p.Text))
					s.unacked = append(s.unacked, p)
				}
			},
			"refuse": func(r *rapid.T) {
				if len(s.waiting) > 0 {
					apply(s.Room, &netchat.Refused{ID: s.waiting[0].ID, Reason: netchat.RefusedNotStored})
					if rapid.Bool().Draw(r, "all the same") { // its host did not know that it was stored
						return
					}
					s.waiting = s.waiting[1:]
				}
			},
			"reconnect": func(r *rapid.T) { s.snapshot(rapid.IntRange(1, 8).Draw(r, "n")) },
			"older":     func(r *rapid.T) { s.older(rapid.IntRange(1, 8).Draw(r, "n")) },
			"repair": func(r *rapid.T) {
				s.epoch++
				old := s.log
				s.log = nil
				for _, m := range old {
					if rapid.IntRange(0, 5).Draw(r, "whole") > 0 {
						s.store(m)
					}
				}
				s.snapshot(rapid.IntRange(1, 8).Draw(r, "n"))
			},
			"again": func(*rapid.T) { // leaving and coming back within one window
				apply(s.Room, &netchat.Waiting{Posts: slices.Concat(s.unacked, s.waiting)})
			},
			"": func(r *rapid.T) { s.check(r) },
		})
		for s.told < len(s.log) {
			s.next()
		}
		for s.Timeline().More() {
			s.older(5)
		}
		if shown := s.check(r); shown != len(s.log) {
			r.Fatalf("%d of %d are shown: %s", shown, len(s.log), told(s.Room))
		}
	})
}

// TestAnyUpdates: no host can end the window.
func TestAnyUpdates(t *testing.T) {
	for range stories {
		tellAnything(t)
	}
}

func tellAnything(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		room := newTestRoom(t, rapid.SampledFrom([]int{0, 5}).Draw(r, "limit"))
		var own []netchat.EventID
		seq := func() uint64 { return uint64(rapid.IntRange(0, 9).Draw(r, "seq")) }
		id := func() netchat.EventID {
			if len(own) > 0 && rapid.Bool().Draw(r, "own") {
				return rapid.SampledFrom(own).Draw(r, "id")
			}
			return netchat.EventID(fmt.Sprint("id", seq()))
		}
		who := func() netchat.Member { return rapid.SampledFrom([]netchat.Member{me, liu, guan}).Draw(r, "who") }
		epoch := func() netchat.Epoch { return rapid.SampledFrom([]netchat.Epoch{"1", "2"}).Draw(r, "epoch") }
		page := func() (all []netchat.Message) {
			for range rapid.IntRange(0, 5).Draw(r, "n") {
				m := message(seq(), string(id()), who(), "x")
				m.Epoch = epoch()
				all = append(all, m)
			}
			return all
		}
		r.Repeat(map[string]func(*rapid.T){
			"write": func(*rapid.T) { own = append(own, compose(t, room, "x").ID) },
			"event": func(*rapid.T) {
				e := event(seq(), string(id()), who(), "x")
				e.Epoch = epoch()
				apply(room, e)
			},
			"acked":   func(*rapid.T) { apply(room, &netchat.Acked{ID: id(), Seq: seq()}) },
			"refused": func(*rapid.T) { apply(room, &netchat.Refused{ID: id(), Reason: netchat.RefusedNotStored}) },
			"snapshot": func(r *rapid.T) {
				apply(room, &netchat.Page{Snapshot: true, More: rapid.Bool().Draw(r, "more"), Messages: page()})
			},
			"page": func(r *rapid.T) {
				of := netchat.PageAsk{Before: seq(), After: seq(), Around: seq()}
				apply(room, &netchat.Page{Of: of, More: rapid.Bool().Draw(r, "more"), Newer: rapid.Bool().Draw(r, "newer"), Messages: page()})
			},
			"fault":   func(*rapid.T) { apply(room, &netchat.Page{Of: netchat.PageAsk{Before: seq()}, Err: netchat.ErrAway}) },
			"waiting": func(*rapid.T) { apply(room, &netchat.Waiting{Posts: []netchat.Post{{ID: id(), Text: "x"}}}) },
			"welcome": func(r *rapid.T) {
				w := welcomed(me, liu, guan)
				w.Recovered = rapid.Bool().Draw(r, "recovered")
				apply(room, w)
			},
			"ask": func(*rapid.T) { room.Timeline().AskOlder(); room.Timeline().AskNewer(); room.Timeline().Seek(seq()) },
			"":    func(*rapid.T) { told(room) },
		})
	})
}
