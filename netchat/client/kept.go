package client

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// An ownCopy is what a mirror has of the room on this machine, and keeps there. The
// zero ownCopy keeps nothing. Its methods get the mirror that it is of.
type ownCopy struct {
	*keeper
	room   netchat.RoomID // whose copy it is
	before *netchat.Kept  // what there is from before, until it is told
	since  uint64         // from this Seq on the Store has all
	hole   hole           // below since, where there is one to be filled
	fault  error          // why nothing is kept, until it is told
	given  bool           // nothing is kept any more
	lacks  bool           // it was told that nothing is kept
	away   error          // why there was no connection to begin with; nil: there was
}

// open has what is kept of the room, whose host has just proved its key, and
// keeps what happens there from now on. What cannot be kept is no reason not to
// join; it fails only for another room than before.
func (c *ownCopy) open(m *mirror, room netchat.RoomID) error {
	switch {
	case c.keeper != nil && c.room != room: // at another of the addresses
		return fmt.Errorf("%w: two rooms at the addresses of one", errProtocol)
	case m.cfg.Keep.Open == nil || c.keeper != nil || c.given || len(m.cfg.Key) == 0:
		return nil
	}
	store, err := m.cfg.Keep.Open(room)
	if err != nil {
		c.giveUp(m, err)
		return nil
	}
	kept, err := store.Load()
	if err == nil && kept.Room.ID != "" && kept.Room.ID != room {
		err = fmt.Errorf("it is of the room %s", kept.Room.ID)
	}
	if err != nil {
		c.giveUp(m, errors.Join(err, store.Close()))
		return nil
	}
	c.begin(m, room, store, kept)
	return nil
}

// begin goes on from what is kept.
func (c *ownCopy) begin(m *mirror, room netchat.RoomID, store Store, kept netchat.Kept) {
	if kept.Exposed != nil {
		m.cfg.Logger.Warn("others who use this machine may see what is kept", "err", kept.Exposed)
	}
	c.room = room
	c.keeper, c.before, c.since = newKeeper(store, kept.Position.Seq, m.cfg.Logger), &kept, kept.Since
	if kept.Below > 0 && kept.Below+1 < kept.Since { // the program was ended before it was filled
		c.hole = hole{from: kept.Below, lost: true}
	}
	m.at, m.followed = kept.Position, kept.Position.Epoch != ""
	for _, p := range kept.Waiting {
		if err := m.outbox.add(p); err != nil {
			m.cfg.Logger.Error("a message that waited is not sent", "err", err)
		}
	}
	m.outbox.keepIn(c.keeper)
}

// giveUp notes that nothing is kept of this room, to be told behind the Welcome.
func (c *ownCopy) giveUp(m *mirror, err error) {
	m.cfg.Logger.Error("nothing is kept of this room", "err", err)
	c.given, c.fault = true, err
}

// tellKept tells, once, what there is from before: the Page if the room goes on from
// there, and the Posts that will be sent again.
func (c *ownCopy) tellKept(m *mirror, recovered bool) error {
	if c.fault != nil {
		err := c.fault
		c.fault = nil
		if err := m.emit(&netchat.NotKept{Err: err}); err != nil {
			return err
		}
	}
	if c.before == nil {
		return nil
	}
	if c.before.Aside != "" {
		if err := m.emit(&netchat.KeptAside{Path: c.before.Aside}); err != nil {
			return err
		}
	}
	// What the host had already is answered by now.
	waiting := slices.DeleteFunc(c.before.Waiting, func(p netchat.Post) bool { return !m.outbox.has(p.ID) })
	c.before = nil
	if recovered {
		page, err := c.store.Page(netchat.PageAsk{}, netchat.MaxPageMessages)
		if err != nil {
			m.cfg.Logger.Error("what was kept cannot be read", "err", err)
		}
		page.Snapshot = true
		if err := m.emit(&page); err != nil {
			return err
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	return m.emit(&netchat.Waiting{Posts: waiting})
}

// tellKeeping tells that what happens is not kept because of err, or is again, unless
// that is known.
func (c *ownCopy) tellKeeping(m *mirror, err error) error {
	if (err != nil) == c.lacks {
		return nil
	}
	c.lacks = err != nil
	return m.emit(&netchat.NotKept{Err: err})
}

// takeEvent keeps an Event that has been told.
func (c *ownCopy) takeEvent(e *netchat.Event) {
	step := netchat.Keeping{Position: e.Position()}
	if said, ok := netchat.MessageOf(e); ok {
		step.Messages = []netchat.Message{said}
	}
	c.tell(step)
}

// takeSnapshot keeps the Page that replaces what was shown, and how far it goes.
func (c *ownCopy) takeSnapshot(page *netchat.Page, at netchat.Position) {
	c.since = beginOf(page, at.Seq+1)
	c.tell(netchat.Keeping{Messages: page.Messages, Position: at, Anew: true, More: page.More})
	if c.hole.from > 0 && !page.More {
		c.hole = hole{}
	}
}

// A hole is where Messages of the epoch are missing in the Store, because a Snapshot
// came in place of them: between from and what the Snapshot has. From since to from
// none is. The zero hole is none.
type hole struct {
	since, from uint64
	lost        bool // since is not known any more
}

// leave notes that a Snapshot follows, in the same Log, on what is kept up to from. A
// hole that has not been filled yet grows.
func (c *ownCopy) leave(from uint64) {
	if c.keeper != nil && from > 0 && c.hole.from == 0 {
		c.hole = hole{since: c.since, from: from}
	}
}

// fill asks for the next Messages of the hole, from the end. The window shows none of
// them unless somebody goes there.
func (c *ownCopy) fill(m *mirror) {
	if c.hole.from > 0 && c.since > c.hole.from {
		m.asks.addFill(ask{PageAsk: netchat.PageAsk{Before: c.since}, n: netchat.MaxPageMessages, fill: true})
	}
}

// takeFill keeps the answer to that. Where it meets what was kept before, none is
// missing any more; where the room has no older ones, they are missing for good.
func (c *ownCopy) takeFill(m *mirror, q ask, page *netchat.Page) {
	met := len(page.Messages) > 0 && page.Messages[0].Seq <= c.hole.from+1
	switch {
	case c.hole.from == 0:
		return
	case q.Before == c.since && met && !c.hole.lost:
		c.since = c.hole.since
		c.tell(netchat.Keeping{Messages: page.Messages, Older: true, More: c.since > 0, Met: true, Since: c.since})
		c.hole = hole{}
	case met, len(page.Messages) == 0 || !page.More:
		c.takeOlder(q, page)
		c.hole = hole{}
	default:
		c.takeOlder(q, page)
	}
	c.fill(m)
}

// takeOlder keeps the answer to a question, if it lies just before what is kept.
func (c *ownCopy) takeOlder(q ask, page *netchat.Page) {
	if q.turns() || c.since == 0 || q.Before != c.since || len(page.Messages) == 0 && page.More {
		return
	}
	c.since = beginOf(page, c.since)
	c.tell(netchat.Keeping{Messages: page.Messages, Older: true, More: page.More})
}

// beginOf returns from which Seq on the Store has all with a Page, or with an empty
// one: 0 from the room's beginning on. A Page without More need not begin there: what
// is older may just not be for us to see, and the Store have some of it.
func beginOf(page *netchat.Page, empty uint64) uint64 {
	since := empty
	if len(page.Messages) > 0 {
		since = page.Messages[0].Seq
	}
	if since == 1 {
		return 0
	}
	return since
}

// answer answers the questions for history that what is kept can answer, up to the
// first one that only the room can; all but those for older Messages only while the
// room is away. Then it leaves out what only the room can answer: that may take days.
func (c *ownCopy) answer(m *mirror, away bool) error {
	if c.keeper == nil || c.before != nil {
		return nil
	}
	for _, q := range m.asks.open() {
		if q.fill {
			continue // only the room has it
		}
		told := c.answerTo(q, away)
		switch {
		case told == nil && away:
			continue
		case told == nil:
			return nil
		}
		m.asks.drop(q)
		if err := m.emit(told); err != nil {
			return err
		}
	}
	return nil
}

// answerTo returns the answer to a question, nil if the room has to give it: also
// where what is kept does not reach up to what is asked for.
func (c *ownCopy) answerTo(q ask, away bool) netchat.Update {
	reach, lacking := c.has()
	switch {
	case !away && (q.text != "" || q.turns()):
		return nil
	case q.text != "":
		found, err := c.store.Search(q.text, q.n)
		return &netchat.Hits{Text: q.text, Messages: found, Err: err}
	case q.turns() && (lacking || max(q.Around, q.After) < c.since):
		return q.refused(netchat.ErrAway)
	case q.turns():
		page, err := c.store.Page(q.PageAsk, q.n)
		if err != nil {
			return q.refused(fmt.Errorf("%w: %w", netchat.ErrAway, err))
		}
		return &page
	case q.Before <= c.since, q.Before > reach+1:
		return nil
	}
	page, err := c.store.Page(q.PageAsk, q.n)
	if err != nil || len(page.Messages) == 0 {
		return nil
	}
	return &page
}

// mayBeAway reports whether Join succeeds without a connection, which err
// prevented: no host answers, and there is something to show.
func (c *ownCopy) mayBeAway(m *mirror, err error) bool {
	if !m.cfg.Keep.Away || m.cfg.Room == "" || !unanswering(err) {
		return false
	}
	if c.open(m, m.cfg.Room) != nil || c.before == nil || !m.followed {
		return false
	}
	c.away = err
	return true
}

// comeBack shows what is kept of a room that could not be reached, and goes on
// until it can.
func (c *ownCopy) comeBack(m *mirror, pace *pacer) (*joined, error) {
	m.room, m.told = c.before.Room, true
	id := netchat.MemberIDFromKey(m.cfg.Key.Public().(ed25519.PublicKey))
	m.self = netchat.Member{ID: id, Label: id.Label(), Name: m.cfg.Name, Rich: true, Keyed: true, TLS: true}
	m.roster = netchat.Roster{Members: []netchat.Member{m.self}}
	if err := m.emit(&netchat.Welcome{
		Room: m.room, Self: m.self, Rich: true, Recovered: true, Roster: m.roster.Clone(),
		Security: netchat.Security{TLS: true, Trust: netchat.TrustKnown},
	}); err != nil {
		return nil, err
	}
	if err := c.tellKept(m, true); err != nil {
		return nil, err
	}
	if err := m.tellLoss(fmt.Errorf("%w: %w", netchat.ErrAway, c.away)); err != nil {
		return nil, err
	}
	return m.rejoin(pace)
}
