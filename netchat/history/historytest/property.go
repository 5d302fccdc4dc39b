package historytest

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// testAnyHistory compares a Log with the model after any sequence of calls.
func testAnyHistory(t *testing.T, open func(*testing.T) history.Log) {
	rapid.Check(t, func(rt *rapid.T) {
		f := &fixture{t: rt, log: open(t)}
		defer f.close()
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) { f.append(f.drawBatch(rt)...) },
			"tail": func(rt *rapid.T) {
				f.checkTail(f.at(f.drawSeq(rt, "after", 0)), drawViewer(rt), drawLimit(rt))
			},
			"guess": f.drawGuess,
			"page": func(rt *rapid.T) {
				viewer := drawViewer(rt)
				viewer.Floor = f.drawSeq(rt, "floor", 2)
				q := history.PageQuery{Viewer: viewer, Limit: drawLimit(rt), MaxBytes: rapid.IntRange(0, 60).Draw(rt, "bytes")}
				for _, at := range []*uint64{&q.Before, &q.After, &q.Around}[rapid.IntRange(0, 2).Draw(rt, "which"):] {
					*at = f.drawSeq(rt, "seq", 2)
					if rapid.Bool().Draw(rt, "alone") {
						break
					}
				}
				f.checkPage(q)
			},
			"search": func(rt *rapid.T) {
				viewer := drawViewer(rt)
				viewer.Floor = f.drawSeq(rt, "floor", 2)
				f.checkSearch(history.SearchQuery{Viewer: viewer, Text: drawWord(rt), Limit: drawLimit(rt)})
			},
		})
		if _, err := history.Verify(nil, f.events); err != nil {
			rt.Error(err)
		}
	})
}

// drawBatch draws new Events and some of those in the batch or the Log already.
func (f *fixture) drawBatch(rt *rapid.T) []netchat.Event {
	authors := rapid.SampledFrom([]netchat.MemberID{alice, bob, carol})
	audiences := rapid.SampledFrom([]netchat.Audience{
		netchat.ToAll(), netchat.ToAll(), netchat.ToMembers(alice), netchat.ToMembers(bob, carol), {Scope: netchat.ScopeHosts},
	})
	kinds := rapid.SampledFrom([]netchat.Kind{netchat.KindMessage, netchat.KindMessage, "other"})
	batch := make([]netchat.Event, 0, 8)
	for range rapid.IntRange(0, cap(batch)).Draw(rt, "batch") {
		again := rapid.IntRange(0, 3).Draw(rt, "again")
		if known := len(f.events); again == 0 && known > 0 {
			e := *f.events[f.drawSeq(rt, "again in the log", 0)%uint64(known)]
			e.Epoch, e.Seq, e.Digest, e.Chain = "", 0, nil, nil
			batch = append(batch, e)
			continue
		}
		if again == 1 && len(batch) > 0 {
			batch = append(batch, batch[len(batch)/2])
			continue
		}
		e := f.draft(authors.Draw(rt, "author"), audiences.Draw(rt, "audience"), drawWord(rt)+" "+drawWord(rt))
		e.Kind = kinds.Draw(rt, "kind")
		batch = append(batch, e)
	}
	return batch
}

// drawGuess asks for a tail from what may be a position and mostly is not.
func (f *fixture) drawGuess(rt *rapid.T) {
	epoch := f.log.Head().Epoch
	guess := netchat.Position{
		Epoch: rapid.SampledFrom([]netchat.Epoch{epoch, "", "1-0000000000000000"}).Draw(rt, "epoch"),
		Seq:   f.drawSeq(rt, "seq", 2),
		Mark:  f.at(f.drawSeq(rt, "mark", 0)).Mark,
	}
	right := guess.Seq == 0 && guess.Mark == "" && (guess.Epoch == epoch || guess.Epoch == "") ||
		slices.ContainsFunc(f.events, func(e *netchat.Event) bool { return e.Position() == guess })
	_, err := f.log.Tail(guess, drawViewer(rt), drawLimit(rt))
	if right && err != nil || !right && !errors.Is(err, history.ErrNotContinuous) {
		rt.Fatalf("Tail(%v): %v; it is a position: %t", guess, err, right)
	}
}

// drawSeq draws a Seq, or 0, or one that is ahead by up to beyond.
func (f *fixture) drawSeq(rt *rapid.T, label string, beyond uint64) uint64 {
	return rapid.Uint64Range(0, uint64(len(f.events))+beyond).Draw(rt, label)
}

func drawViewer(rt *rapid.T) history.Viewer {
	return rapid.SampledFrom(viewers()).Draw(rt, "viewer")
}

func drawLimit(rt *rapid.T) int { return rapid.IntRange(0, 12).Draw(rt, "limit") }

// drawWord draws a word of which no part is another one, but for Chinese.
func drawWord(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"homework", "Tuesday", "Äpfel", "作业", "交作业", "黑板", "42"}).Draw(rt, "word")
}
