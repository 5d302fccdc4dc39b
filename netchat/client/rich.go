package client

import (
	"fmt"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A rich is a connection to a host that speaks the rich dialect.
type rich struct {
	*mirror
	welcome  *wire.ServerFrame
	security netchat.Security

	snapshotDue bool // the page that goes with the welcome is still to come
	staleRoster bool // a delta was missed: the roster is to be asked for
	askedRoster bool // and has been
	renamed     wish // the newest that the room has been told
	renameID    netchat.EventID
	catching    *catching         // up with what was missed; nil: not, or not any more
	missed      *netchat.Position // where what was told ends, until it is told that what follows is missing
	frame       []byte            // what next returned
	onWrote     func()            // what wrote does for it
}

// dialect returns how to speak to the host that said e.
func (m *mirror) dialect(e entry) dialect {
	if e.welcome != nil {
		return &rich{mirror: m, welcome: e.welcome, security: e.security}
	}
	return &plain{mirror: m, list: e.list}
}

// start implements dialect. Posts written on an earlier connection are written
// again: the host knows them by their ids.
func (r *rich) start() error {
	w := r.welcome
	recovered := w.Recovered || mayCatchUp(r)
	r.room = netchat.RoomInfo(*w.Room)
	r.self = w.Self.Noun()
	r.roster = w.Roster.Noun()
	r.followed = recovered // else not before the snapshot is here
	r.snapshotDue = !w.Recovered
	r.outbox.rewind()
	r.asks.restart(recovered || !r.told)
	r.told = true
	if r.self.Name == r.said.name {
		r.renamed = r.said
	}
	r.copy.tell(netchat.Keeping{Room: r.room})
	if err := r.emit(&netchat.Welcome{
		Room: r.room, Self: r.self, Rich: true, Recovered: recovered, Catching: r.catching != nil,
		Roster: r.roster.Clone(), Security: r.security,
	}); err != nil || !recovered {
		return err
	}
	r.copy.fill(r.mirror)
	return r.copy.tellKept(r.mirror, true)
}

// A richHandler takes one type of frame, if the fields that it needs are there.
type richHandler struct {
	whole  func(wire.ServerFrame) bool
	handle func(*rich, wire.ServerFrame) error
}

// richHandlers has a row for each type; others are of a later version.
var richHandlers = map[string]richHandler{
	wire.TypeEvent:       {func(f wire.ServerFrame) bool { return f.Event != nil }, (*rich).onEvent},
	wire.TypeAck:         {func(f wire.ServerFrame) bool { return f.ID != "" }, (*rich).onAck},
	wire.TypeRefused:     {func(f wire.ServerFrame) bool { return f.Of != "" }, (*rich).onRefused},
	wire.TypePage:        {func(wire.ServerFrame) bool { return true }, (*rich).onPage},
	wire.TypeHits:        {func(wire.ServerFrame) bool { return true }, (*rich).onHits},
	wire.TypeRosterDelta: {func(f wire.ServerFrame) bool { return f.Delta != nil }, (*rich).onDelta},
	wire.TypeRoster:      {func(f wire.ServerFrame) bool { return f.Roster != nil }, (*rich).onRoster},
}

// handle implements dialect.
func (r *rich) handle(frame []byte) error {
	f, err := wire.DecodeServer(frame)
	if err != nil {
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	row, known := richHandlers[f.Type]
	switch {
	case !known:
		return nil
	case !row.whole(f), r.snapshotDue && f.Type == wire.TypeEvent, f.Snapshot && !r.snapshotDue:
		return fmt.Errorf("%w: %s", errProtocol, f.Type)
	}
	return row.handle(r, f)
}

// onEvent takes what lasts. An own Event is told even if it was acked without
// it. The id alone shows that it is ours: nobody else knew it before.
func (r *rich) onEvent(f wire.ServerFrame) error {
	e := f.Event.Noun()
	if e.Epoch != r.at.Epoch { // a Log does not change while it is open: that would be a way to say all again
		return fmt.Errorf("%w: an event of another log", errProtocol)
	}
	if r.catching != nil {
		r.catching.hold(e)
		return nil
	}
	return r.takeEvent(e)
}

func (r *rich) takeEvent(e *netchat.Event) error {
	if e.Seq > r.at.Seq {
		if err := r.emit(e); err != nil {
			return err
		}
		r.at = e.Position()
		r.copy.takeEvent(e)
	}
	if r.outbox.has(e.ID) {
		return r.ack(e.ID, e.Seq)
	}
	return nil
}

// onAck takes the answer to a Post that was in the room already. If its Event
// is still to come, it comes and acks by itself.
func (r *rich) onAck(f wire.ServerFrame) error {
	if f.Seq > r.at.Seq || !r.outbox.has(f.ID) {
		return nil
	}
	return r.ack(f.ID, f.Seq)
}

func (r *rich) onRefused(f wire.ServerFrame) error {
	switch {
	case f.Of == wire.TypeRename:
		if f.ID == "" || f.ID != r.renameID {
			return nil // there has been a newer one
		}
		return r.giveUp(r.renamed, f.Reason)
	case f.Of == wire.TypeHistory && r.catching.asking():
		return r.catching.giveUp(r)
	case f.Of == wire.TypeSearch, f.Of == wire.TypeHistory:
		q, ok := r.asks.answered()
		if ok && q.fill {
			r.copy.hole = hole{}
			return nil
		}
		if !ok || (q.text != "") != (f.Of == wire.TypeSearch) {
			return fmt.Errorf("%w: refused %s", errProtocol, f.Of)
		}
		return r.emit(q.refused(fmt.Errorf("%w: %s", netchat.ErrUnsupported, f.Reason)))
	case r.outbox.has(f.ID):
		return r.refuse(f.ID, f.Reason)
	}
	return nil
}

func (r *rich) onPage(f wire.ServerFrame) error {
	page := &netchat.Page{Snapshot: f.Snapshot, Messages: wire.Nouns(f.Messages), More: f.More, Newer: f.Newer}
	switch {
	case f.Snapshot && r.catching != nil:
		r.catching.snapshot, r.snapshotDue = page, false
		return nil
	case f.Snapshot:
		return r.takeSnapshot(page)
	case r.catching.asking():
		return r.catching.take(r, page, f.Lacks)
	}
	q, ok := r.asks.answered()
	if !ok || q.text != "" {
		return fmt.Errorf("%w: a page", errProtocol)
	}
	if q.fill {
		r.copy.takeFill(r.mirror, q, page)
		return nil
	}
	page.Of = q.PageAsk
	if err := r.emit(page); err != nil {
		return err
	}
	r.copy.takeOlder(q, page)
	return nil
}

// takeSnapshot tells the Page that replaces what was told.
func (r *rich) takeSnapshot(page *netchat.Page) error {
	p := r.welcome.Position
	at := netchat.Position{Epoch: p.Epoch, Seq: p.Seq, Mark: p.Mark}
	if err := tellGap(r, page, at); err != nil {
		return err
	}
	if err := r.emit(page); err != nil {
		return err
	}
	r.at = at
	r.followed, r.snapshotDue = true, false
	r.copy.takeSnapshot(page, r.at)
	r.copy.fill(r.mirror)
	if err := ackAll(r.mirror, page.Messages); err != nil {
		return err
	}
	return r.copy.tellKept(r.mirror, false)
}

func (r *rich) onHits(f wire.ServerFrame) error {
	q, ok := r.asks.answered()
	if !ok || q.text == "" {
		return fmt.Errorf("%w: hits", errProtocol)
	}
	return r.emit(&netchat.Hits{Text: q.text, Messages: wire.Nouns(f.Messages)})
}

func (r *rich) onDelta(f wire.ServerFrame) error {
	d := f.Delta.Noun()
	switch {
	case d.Version <= r.roster.Version:
		return nil
	case d.Version > r.roster.Version+1:
		r.staleRoster = true
		return nil
	}
	return r.tellRoster(d, true)
}

func (r *rich) onRoster(f wire.ServerFrame) error {
	if !r.askedRoster {
		return fmt.Errorf("%w: a roster", errProtocol)
	}
	r.roster = f.Roster.Noun()
	r.staleRoster, r.askedRoster = false, false
	if now, ok := r.roster.Find(r.self.ID); ok {
		r.self = now
	}
	told := r.roster.Clone()
	return r.emit(&told)
}

// next implements dialect: questions first, then Posts, which wait for the
// snapshot, for it may hold them.
func (r *rich) next() ([]byte, error) {
	if r.frame != nil {
		return r.frame, nil
	}
	if r.staleRoster && !r.askedRoster && r.takes(wire.TypeRoster) {
		return r.put(wire.Command{Type: wire.TypeRoster}, func() { r.askedRoster = true })
	}
	if r.snapshotDue {
		return nil, nil
	}
	if r.catching != nil { // what is written meanwhile waits: it comes later
		return r.catching.next(r)
	}
	if err := r.copy.answer(r.mirror, false); err != nil {
		return nil, err
	}
	if frame, err := r.nextAsk(); frame != nil || err != nil {
		return frame, err
	}
	return r.nextPost()
}

// nextAsk returns the next question, and answers those that the room does not know.
func (r *rich) nextAsk() ([]byte, error) {
	for {
		q, ok := r.asks.peek()
		switch {
		case !ok:
			return nil, nil
		case q.text != "" && r.takes(wire.TypeSearch):
			return r.put(wire.Command{Type: wire.TypeSearch, Text: q.text, N: q.n}, r.asks.wrote)
		case q.text == "" && r.takes(wire.TypeHistory) && (!q.turns() || r.takes(wire.TypeSearch)):
			return r.put(wire.Command{Type: wire.TypeHistory, Before: q.Before, After: q.After, Around: q.Around, N: q.n}, r.asks.wrote)
		}
		if err := cannot(r.mirror, q); err != nil {
			return nil, err
		}
	}
}

// nextPost returns the next Post, or our name if it was changed before that was
// sent.
func (r *rich) nextPost() ([]byte, error) {
	for {
		if w := r.naming.get(); w.serial > r.renamed.serial && !r.outbox.owes(w.behind) {
			if frame, err := r.rename(w); frame != nil || err != nil {
				return frame, err
			}
		}
		p, ok := r.outbox.peek()
		if !ok {
			return nil, nil
		}
		if r.takes(wire.TypeMessage) {
			return r.put(wire.Command{Type: wire.TypeMessage, ID: p.ID, To: p.To, Text: p.Text}, func() { r.outbox.wrote(p.ID) })
		}
		if err := r.refuse(p.ID, netchat.RefusedUnknownType); err != nil {
			return nil, err
		}
	}
}

// rename tells the room of a wish, or gives it up where that is not possible.
func (r *rich) rename(w wish) ([]byte, error) {
	if !r.takes(wire.TypeRename) {
		return nil, r.giveUp(w, netchat.RefusedUnknownType)
	}
	id, err := netchat.RandomEventID(r.cfg.Random)
	if err != nil {
		return nil, err
	}
	return r.put(wire.Command{Type: wire.TypeRename, ID: id, Name: w.name}, func() { r.renamed, r.renameID = w, id })
}

func (r *rich) takes(command string) bool { return entry{welcome: r.welcome}.takes(command) }

func (r *rich) put(c wire.Command, onWrote func()) ([]byte, error) {
	frame, err := wire.EncodeCommand(c)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", c.Type, err)
	}
	r.frame, r.onWrote = frame, onWrote
	return frame, nil
}

// wrote implements dialect.
func (r *rich) wrote() {
	r.onWrote()
	r.frame, r.onWrote = nil, nil
}

// lost implements dialect. A member without a key comes back as somebody else,
// whose ids the host does not know. The room answers no question of this connection
// any more, so what is kept may.
func (r *rich) lost() error {
	r.asks.restart(true)
	r.outbox.signal()
	if r.self.Keyed {
		return nil
	}
	return r.refuseWritten()
}

func systemLine(what netchat.SystemWhat, name string, at time.Time) *netchat.SystemLine {
	line := &netchat.SystemLine{What: what, Name: name, Time: at}
	switch what {
	case netchat.SystemJoined:
		line.Text = wire.SystemJoined(name)
	case netchat.SystemLeft:
		line.Text = wire.SystemLeft(name)
	}
	return line
}
