package client

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A fullStore takes nothing with a Message in it while it is full.
type fullStore struct {
	Store
	mu     sync.Mutex
	full   bool
	broken bool // it takes nothing at all
	tries  int
	seqs   []uint64
	posts  int
	ids    []netchat.EventID // of posts, and of answers with a minus
	closed bool
}

func (s *fullStore) Save(steps []netchat.Keeping) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	if s.broken {
		return errors.New("broken")
	}
	for _, k := range steps {
		if s.full && (len(k.Messages) > 0 || k.Position.Epoch != "") {
			return errors.New("full")
		}
	}
	for _, k := range steps {
		s.posts += len(k.Posts)
		for _, p := range k.Posts {
			s.ids = append(s.ids, p.ID)
		}
		for _, id := range k.Answered {
			s.ids = append(s.ids, "-"+id)
		}
		for _, m := range k.Messages {
			s.seqs = append(s.seqs, m.Seq)
		}
	}
	return nil
}

func (s *fullStore) Close() error {
	s.closed = true
	return nil
}

func (s *fullStore) counts() (posts, tries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts, s.tries
}

func (s *fullStore) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// said is a step with one message of that many bytes.
func said(seq uint64, size int) netchat.Keeping {
	m := netchat.Message{Epoch: "e", Seq: seq, Text: strings.Repeat("x", size)}
	return netchat.Keeping{Messages: []netchat.Message{m}, Position: netchat.Position{Epoch: "e", Seq: seq}}
}

func checkKept(t *testing.T, s *fullStore, want ...uint64) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seqs) != len(want) {
		t.Fatalf("kept are %v", s.seqs)
	}
	for i := range want {
		if s.seqs[i] != want[i] {
			t.Fatalf("kept are %v", s.seqs)
		}
	}
}

func checkHas(t *testing.T, k *keeper, reach uint64, lacking bool) {
	t.Helper()
	if r, l := k.has(); r != reach || l != lacking {
		t.Errorf("it has all up to %d, lacking %v", r, l)
	}
}

// TestKeeperTriesAgain: while the disk is full a Post is kept all the same, and once
// there is space again everything is, in order.
func TestKeeperTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fullStore{}
		k := newKeeper(s, 6, slog.New(slog.DiscardHandler))
		k.tell(said(7, 10))
		synctest.Wait()
		checkHas(t, k, 7, false)
		s.setFull(true)
		k.tell(said(8, 10))
		synctest.Wait()
		if err := <-k.told(); err == nil {
			t.Error("it is told that all is kept")
		}
		k.tell(netchat.Keeping{Posts: []netchat.Post{{ID: "p"}}})
		for seq := range uint64(100) {
			k.tell(said(9+seq, 10))
			synctest.Wait()
		}
		checkHas(t, k, 7, true)
		if posts, tries := s.counts(); posts != 1 || tries > 10 {
			t.Errorf("%d posts are kept after %d tries", posts, tries)
		}
		<-time.After(2 * saveAgain)
		checkKept(t, s, 7)
		s.setFull(false)
		<-time.After(2 * saveAgain)
		synctest.Wait()
		checkHas(t, k, 108, false)
		if err := <-k.told(); err != nil {
			t.Error(err)
		}
		var want []uint64
		for seq := range uint64(102) {
			want = append(want, 7+seq)
		}
		checkKept(t, s, want...)
		s.setFull(true)
		k.tell(said(109, 10))
		synctest.Wait()
		s.setFull(false)
		k.close()
		checkKept(t, s, append(want, 109)...)
		if !s.closed {
			t.Error("the Store is open")
		}
	})
}

// TestKeeperIsBounded: of more than it may hold nothing is kept, nor of what follows,
// until a Snapshot begins anew.
func TestKeeperIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fullStore{full: true}
		k := newKeeper(s, 0, slog.New(slog.DiscardHandler))
		for seq := range uint64(maxUnsaved / netchat.MaxText * 2) {
			k.tell(said(seq+1, netchat.MaxText))
			synctest.Wait()
		}
		if !k.behind || len(k.again) > 0 {
			t.Errorf("%d steps are held", len(k.again))
		}
		k.tell(netchat.Keeping{Posts: []netchat.Post{{ID: "p"}}})
		s.setFull(false)
		<-time.After(2 * saveAgain)
		k.tell(said(1000, 10))
		<-time.After(2 * saveAgain)
		synctest.Wait()
		checkKept(t, s)
		checkHas(t, k, 0, true)
		if posts, _ := s.counts(); posts != 1 {
			t.Error("a Post is not kept")
		}
		if err := <-k.told(); err == nil {
			t.Error("it is told that all is kept")
		}
		anew := said(2000, 10)
		anew.Anew = true
		k.tell(anew)
		k.tell(said(2001, 10))
		synctest.Wait()
		checkKept(t, s, 2000, 2001)
		checkHas(t, k, 2001, false)
		if err := <-k.told(); err != nil {
			t.Error(err)
		}
		k.close()
	})
}

// TestKeeperForgetsWhatIsAnswered: a disk that takes nothing for long makes it hold no
// more than what is still of use, and that is kept in the end.
func TestKeeperForgetsWhatIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fullStore{broken: true}
		k := newKeeper(s, 0, slog.New(slog.DiscardHandler))
		k.tell(netchat.Keeping{Answered: []netchat.EventID{"kept before"}})
		k.tell(netchat.Keeping{Posts: []netchat.Post{{ID: "open"}}})
		for seq := range uint64(maxUnsaved/netchat.MaxText + 1) {
			k.tell(said(seq+1, netchat.MaxText))
		}
		synctest.Wait()
		text := strings.Repeat("x", netchat.MaxText)
		for range 2 * maxUnsavedPosts / netchat.MaxText {
			k.tell(netchat.Keeping{Posts: []netchat.Post{{ID: "p", Text: text}}})
			k.tell(netchat.Keeping{Answered: []netchat.EventID{"p"}})
			synctest.Wait()
			if n := sizeOfAll(k.again); n > maxUnsavedPosts {
				t.Errorf("%d bytes are held", n)
				break
			}
		}
		k.tell(netchat.Keeping{Posts: []netchat.Post{{ID: "p"}}})
		s.mu.Lock()
		s.broken = false
		s.mu.Unlock()
		k.close()
		n := len(s.ids)
		if !k.behind || n < 3 || s.ids[0] != "-kept before" || s.ids[1] != "open" || s.ids[n-1] != "p" {
			t.Errorf("%v", s.ids[:min(n, 5)])
		}
	})
}
