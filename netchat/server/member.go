package server

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A member is the desk's side of a session: what the Room knows as a Sink, and
// what the member's commands do. Its methods run on the desk, unless they say
// otherwise.
type member struct {
	srv     *Server
	session *session
	asked   bool             // for a seat
	rich    bool             // the dialect, if it has asked for a seat
	id      netchat.MemberID // empty before it joined and after it departed
	stream  stream

	welcomed bool
}

// isPlain reports whether system lines mean something to the client.
func (m *member) isPlain() bool { return m.asked && !m.rich }

// isHere reports whether the member has a seat. A client that did not wait for
// its welcome gets that first, before any answer.
func (m *member) isHere() bool {
	if m.id != "" && !m.welcomed {
		m.srv.desk.room.Settle()
	}
	return m.id != ""
}

// take seats the session.
func (m *member) take(entrant room.Entrant) {
	m.srv.unjoined.remove(m.session)
	if m.session.isEnding() {
		return // it was closed while it proved its key
	}
	m.asked, m.rich = true, entrant.Rich
	id, err := m.srv.desk.room.Join(entrant)
	if errors.Is(err, room.ErrFull) || errors.Is(err, room.ErrAddressFull) {
		m.srv.refused()
	}
	switch {
	case errors.Is(err, room.ErrFull):
		m.session.end(false, netchat.CloseFull, "the room is full")
	case errors.Is(err, room.ErrAddressFull):
		m.session.end(false, netchat.CloseAddressFull, "too many are here from your address")
	case errors.Is(err, room.ErrName):
		m.session.end(false, netchat.CloseBadHello, "the name is too long")
	case err != nil:
		m.session.log.Error("a join failed", "err", err)
		m.session.end(false, netchat.CloseTrouble, "the host has a fault")
	default:
		m.id = id
	}
}

// A stream says how far one member has been told. Only the desk uses it, but
// for behind.
type stream struct {
	arriving  atomic.Bool      // what welcomes it is not written yet
	at        netchat.Position // rich: the last Event in its outbox
	reading   bool             // rich: the outbox was full; Events come from the Log until the end is reached
	stale     bool             // rich: a roster delta was dropped since, or it asked for the roster
	turn      bool             // rich: the roster's, if Events wait too
	behind    atomic.Bool      // the writer asks for more when the outbox is empty
	linesFrom int              // plain: number of the first presence line it has not been told
}

// What is read from the Log at a time for a member that was too slow for the
// live stream: the others wait meanwhile, and nobody shares what waits for it.
const (
	catchUpEvents = 256
	catchUpBytes  = 128 << 10
)

// Welcome implements room.Sink.
func (m *member) Welcome(a *room.Admission) {
	m.welcomed = true
	m.srv.count(a.Roster.Roster.Members)
	if m.rich {
		m.welcomeRich(a)
	} else {
		m.welcomePlain(a)
	}
	for _, s := range m.srv.arrivals.add(m.session, m.session.route.share, m.session.out.size(), time.Now()) {
		s.member.Close(netchat.CloseTooSlow, "too slow")
		sever(s.conn.NetConn()) // at once: what it holds up is needed
	}
	m.stream.arriving.Store(true)
	signal(m.session.out.wake) // the outbox may be empty already
	if m.session.ctx.Err() != nil {
		m.srv.arrivals.remove(m.session) // it has ended, and forgot before it was added
	}
}

func (m *member) welcomeRich(a *room.Admission) {
	roster := a.Roster.Encoded(room.RichEncoding, func() []byte { return encodeRoster(m.session.log, a.Roster.Roster) })
	self := wire.FromMember(a.Self)
	welcome, err := wire.EncodeWelcome(wire.Welcome{
		V: wire.Version, Self: &self, Types: m.srv.table.types(),
		Room:      new(wire.Room(m.srv.cfg.Room)),
		Position:  &wire.Position{Epoch: a.Position.Epoch, Seq: a.Position.Seq, Mark: a.Position.Mark},
		Recovered: a.Recovered,
	}, roster)
	if err != nil {
		m.session.log.Error("encode welcome", "err", err)
		m.session.end(true, netchat.CloseTrouble, "the host has a fault")
		return
	}
	m.session.out.push(wire.FrameText(welcome), noLimit)
	m.stream.at = a.Position
	if a.Recovered {
		// The tail may be long: it is read from the Log as the member takes it.
		m.fallBehind(false)
		m.catchUp()
		return
	}
	m.session.out.push(a.Page.Encoded(room.RichEncoding, func() []byte { return encodeSnapshot(m.session.log, a.Page.Page) }), noLimit)
}

// welcomePlain sends the list with the newcomer before its namesakes: plain
// clients take the first entry with their name for their own.
func (m *member) welcomePlain(a *room.Admission) {
	members := a.Roster.Roster.Members
	first := slices.IndexFunc(members, func(o netchat.Member) bool { return o.Name == a.Self.Name })
	if members[first].ID == a.Self.ID {
		m.session.out.pushFirstList(a.Roster.Encoded(room.PlainEncoding, func() []byte {
			return wire.FrameText(wire.EncodeUserList(members))
		}))
	} else {
		own := append(make([]netchat.Member, 0, len(members)), members[:first]...)
		own = append(own, a.Self)
		for _, o := range members[first:] {
			if o.ID != a.Self.ID {
				own = append(own, o)
			}
		}
		m.session.out.pushFirstList(wire.FrameText(wire.EncodeUserList(own)))
	}
	m.session.out.push(wire.FrameText(wire.EncodeSystem(wire.SystemJoined(a.Self.Name), m.srv.cfg.Now())), noLimit)
}

// Deliver implements room.Sink.
func (m *member) Deliver(f *room.Frame) {
	switch {
	case !m.rich && f.Event != nil:
		m.deliverPlain(f)
	case !m.rich:
		// The presence tells plain members who came and went.
	case f.Event != nil:
		if m.stream.reading {
			return
		}
		if m.session.out.push(f.Encoded(room.RichEncoding, func() []byte { return m.srv.desk.encoder.event(f.Event) }), richOutbox) {
			m.stream.at = f.Event.Position()
			return
		}
		m.fallBehind(false)
	case m.stream.stale:
		// The roster that is to come knows it.
	case f.Delta != nil:
		if !m.session.out.push(f.Encoded(room.RichEncoding, func() []byte { return encodeDelta(m.session.log, f.Delta) }), richOutbox) {
			m.fallBehind(true)
		}
	}
}

// fallBehind makes the member read Events from the Log, or get the roster
// anew, once its outbox is empty.
func (m *member) fallBehind(roster bool) {
	if roster {
		m.stream.stale = true
	} else {
		m.stream.reading = true
	}
	m.stream.behind.Store(true)
	signal(m.session.out.wake)
}

// caughtUp is the writer's word that the outbox is empty.
func (m *member) caughtUp() {
	if m.stream.arriving.Load() {
		m.stream.arriving.Store(false)
		m.srv.arrivals.remove(m.session)
	}
	if m.stream.behind.Load() && m.stream.behind.CompareAndSwap(true, false) {
		m.srv.desk.post(m.catchUp)
	}
}

// catchUp puts more from the Log into the outbox, and makes the member live
// again when it has been told everything. It runs on the desk.
func (m *member) catchUp() {
	// They take turns, for where many talk, or come and go, either may never end.
	m.stream.turn = !m.stream.turn
	if m.stream.stale && (m.stream.turn || !m.stream.reading) {
		m.stream.stale = !m.session.out.push(m.srv.desk.encoder.rosterOf(m.srv.desk.room), richOutbox)
	}
	if m.stream.reading {
		m.readOn()
	}
	if m.stream.stale {
		m.fallBehind(true)
	}
}

// readOn reads the Log on.
func (m *member) readOn() {
	viewer, ok := m.srv.desk.room.Viewer(m.id)
	if !ok {
		return
	}
	tail, err := m.srv.cfg.Log.Tail(m.stream.at, viewer, catchUpEvents)
	if err != nil {
		m.session.log.Warn("a member is too far behind", "err", err)
		m.Close(netchat.CloseTooSlow, "too far behind")
		return
	}
	for _, e := range tail.Events {
		if !m.session.out.push(m.srv.desk.encoder.event(e), catchUpBytes) {
			m.fallBehind(false)
			return
		}
		m.stream.at = e.Position()
	}
	m.stream.at = tail.Reached
	m.stream.reading = tail.More
	if tail.More {
		m.fallBehind(false)
	}
}

// Ack implements room.Sink.
func (m *member) Ack(id netchat.EventID, seq uint64) {
	if m.rich {
		m.answer(wire.ServerFrame{Type: wire.TypeAck, ID: id, Seq: seq})
	}
}

// notStored tells a plain member, which knows no refusals, in the words of its
// own clients.
const notStored = "消息未能保存，请重试 (not stored, try again)"

// Refuse implements room.Sink.
func (m *member) Refuse(id netchat.EventID, reason netchat.RefusalReason) {
	switch {
	case m.rich:
		m.answer(wire.ServerFrame{Type: wire.TypeRefused, Of: wire.TypeMessage, ID: id, Reason: reason})
	case reason == netchat.RefusedNotStored:
		m.pushPlain(wire.FrameText(wire.EncodeSystem(notStored, m.srv.cfg.Now())))
	}
}

// Close implements room.Sink.
func (m *member) Close(code netchat.CloseCode, reason string) {
	m.session.end(code == netchat.CloseTooSlow, code, reason)
	m.srv.desk.after(func() { m.depart(!m.rich || code.Final()) })
}

// depart gives up the seat; it runs on the desk. A clean end is a leave;
// otherwise a keyed member may come back within its grace. Only the first call
// counts.
func (m *member) depart(clean bool) {
	if m.id == "" {
		return
	}
	if clean {
		m.srv.desk.room.Leave(m.id, m)
	} else {
		m.srv.desk.room.Lost(m.id, m)
	}
	m.id = ""
}

// answer sends a frame that only this member gets, for something it asked.
func (m *member) answer(f wire.ServerFrame) {
	if !m.push(f, richOutbox+answerRoom) {
		m.Close(netchat.CloseTooSlow, "too slow")
	}
}

// push encodes and queues a frame of the rich dialect. Any goroutine.
func (m *member) push(f wire.ServerFrame, limit int) bool {
	return m.session.out.push(encode(m.session.log, f), limit)
}
