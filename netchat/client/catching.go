package client

import (
	"fmt"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Bounds of what is held back while a client catches up.
const (
	maxHeld      = netchat.MaxTail // Events
	maxHeldBytes = 4 << 20         // of their bodies
)

// A catching is how a client gets, over one connection, what it has missed where that
// is too much for the host to send by itself: Page after Page from the last place told
// on. Each is told and kept as if it had come in time, so that it goes on from there
// when the connection breaks. A nil one is over.
type catching struct {
	after uint64 // the Seq up to which all is told
	asked bool   // a Page is on its way

	snapshot *netchat.Page // what the host has sent in place of all that
	held     []*netchat.Event
	bytes    int
	again    bool // some of what was held was let go: it is to be asked for
}

// asking reports whether the next Page is for it.
func (c *catching) asking() bool { return c != nil && c.asked }

// hold keeps an Event for when all before it is told.
func (c *catching) hold(e *netchat.Event) {
	if len(c.held) >= maxHeld || c.bytes+len(e.Body) > maxHeldBytes {
		c.held, c.bytes, c.again = nil, 0, true
	}
	c.held = append(c.held, e)
	c.bytes += len(e.Body)
}

// mayCatchUp reports whether all that was missed since the last connection can be had,
// and prepares for it, or for telling that it cannot.
func mayCatchUp(r *rich) bool {
	r.catching, r.missed = nil, nil
	if r.welcome.Recovered || !r.followed {
		return false
	}
	was, now := r.at, r.welcome.Position
	// So much would have come by itself if the Log were the one that it was.
	goesOn := now.Epoch == was.Epoch && now.Seq > was.Seq && now.Seq-was.Seq > netchat.MaxTail
	switch {
	case !r.cfg.Keep.Whole && goesOn && r.takes(wire.TypeHistory):
		r.copy.leave(was.Seq)
		return false
	case !r.cfg.Keep.Whole:
		r.copy.hole = hole{} // it is another Log
		return false
	case !goesOn || !r.takes(wire.TypeHistory) || !r.takes(wire.TypeSearch):
		r.missed = &was
		return false
	}
	r.catching = &catching{after: was.Seq}
	return true
}

// next asks for the next Page. Behind the very beginning, for which there is no
// such question, it asks for the one before the second place.
func (c *catching) next(r *rich) ([]byte, error) {
	if c.asked {
		return nil, nil
	}
	ask := wire.Command{Type: wire.TypeHistory, After: c.after, N: netchat.MaxPageMessages}
	if c.after == 0 {
		ask = wire.Command{Type: wire.TypeHistory, Before: 2, N: 1}
	}
	return r.put(ask, func() { c.asked = true })
}

// take tells a Page of what was missed.
func (c *catching) take(r *rich, page *netchat.Page, lacks bool) error {
	after, first := c.after, c.after == 0
	c.asked = false
	if first {
		c.after = 1
	}
	for _, m := range page.Messages {
		if m.Epoch != r.at.Epoch || m.Seq <= after {
			return fmt.Errorf("%w: a page", errProtocol)
		}
		c.after = max(c.after, m.Seq)
		after = m.Seq
	}
	more := first || page.Newer || c.again
	if !first && page.Newer && len(page.Messages) == 0 {
		return fmt.Errorf("%w: a page without an end", errProtocol)
	}
	if !first && !page.Newer {
		c.again = false // one more will do
	}
	page.Of, page.Newer = netchat.PageAsk{After: r.at.Seq}, more
	return c.tell(r, page, lacks)
}

// tell tells and keeps a Page, and after the last one what has come meanwhile.
func (c *catching) tell(r *rich, page *netchat.Page, lacks bool) error {
	was := r.at
	if n := len(page.Messages); n > 0 {
		last := &page.Messages[n-1]
		r.at = netchat.Position{Epoch: last.Epoch, Seq: last.Seq, Mark: last.Mark}
	}
	if lacks {
		if err := r.emit(&netchat.Gap{After: was, Before: beginning(page, was.Epoch)}); err != nil {
			return err
		}
		r.copy.takeSnapshot(page, r.at)
	} else {
		r.copy.tell(netchat.Keeping{Messages: page.Messages, Position: r.at})
	}
	if err := r.emit(page); err != nil {
		return err
	}
	if err := ackAll(r.mirror, page.Messages); err != nil || page.Newer {
		return err
	}
	return c.end(r)
}

// end tells what has come meanwhile.
func (c *catching) end(r *rich) error {
	r.catching = nil
	for _, e := range c.held {
		if err := r.takeEvent(e); err != nil {
			return err
		}
	}
	return nil
}

// giveUp goes on from the Snapshot: the host does not answer.
func (c *catching) giveUp(r *rich) error {
	was := r.at
	r.missed = &was
	if err := r.takeSnapshot(c.snapshot); err != nil {
		return err
	}
	return c.end(r)
}

// tellGap tells, if it is so, that a Snapshot, up to at, does not go on from what was
// told.
func tellGap(r *rich, snapshot *netchat.Page, at netchat.Position) error {
	was := r.missed
	r.missed = nil
	if was == nil {
		return nil
	}
	before := beginning(snapshot, at.Epoch)
	if before.Epoch == was.Epoch && before.Seq == was.Seq+1 {
		return nil
	}
	return r.emit(&netchat.Gap{After: *was, Before: before})
}

// beginning is where a Page begins.
func beginning(page *netchat.Page, epoch netchat.Epoch) netchat.Position {
	if len(page.Messages) == 0 {
		return netchat.Position{Epoch: epoch}
	}
	first := &page.Messages[0]
	return netchat.Position{Epoch: first.Epoch, Seq: first.Seq, Mark: first.Mark}
}

// ackAll acks the own Posts among Messages that have been told.
func ackAll(m *mirror, told []netchat.Message) error {
	for _, said := range told {
		if m.outbox.has(said.ID) {
			if err := m.ack(said.ID, said.Seq); err != nil {
				return err
			}
		}
	}
	return nil
}
