package room

import (
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// timeStep is how exact the times in Events and Notices are.
const timeStep = time.Millisecond

// A staged Post waits to be stored.
type staged struct {
	event  netchat.Event
	origin Sink
}

// Post stages what a member says. The Sink that says it hears of a refusal; a
// Post of nobody here, or through an old connection, is dropped.
func (r *Room) Post(author netchat.MemberID, origin Sink, p netchat.Post) {
	s := r.seats.byID[author]
	if s == nil || s.sink != origin {
		return
	}
	if reason := r.seats.check(p); reason != "" {
		if seq := storedBefore(r, author, p, reason); seq > 0 {
			origin.Ack(p.ID, seq)
		} else {
			origin.Refuse(p.ID, reason)
		}
		return
	}
	event, err := draftOf(r, s.member, p)
	if err != nil {
		origin.Refuse(p.ID, netchat.RefusedNotStored)
		return
	}
	s.spoke = true
	r.announce()
	if r.bytes > 0 && r.bytes+len(event.Body) > maxStaged {
		r.commit()
	}
	r.staged = append(r.staged, staged{event: event, origin: origin})
	r.bytes += len(event.Body)
}

// storedBefore returns the Seq of a Post that is sent again, 0 if it is none that
// could have been stored: those for whom it was may have left since. What they
// were told is in the Log already, for who leaves has it stored first.
func storedBefore(r *Room, author netchat.MemberID, p netchat.Post, reason netchat.RefusalReason) uint64 {
	if reason != netchat.RefusedNoRecipient {
		return 0
	}
	return seqOf(r, &netchat.Event{Author: author, ID: p.ID})
}

// seqOf returns the Seq that e has in the Log, 0 if it has none, as far as is known.
func seqOf(r *Room, e *netchat.Event) uint64 {
	seq, err := r.cfg.Log.SeqOf(netchat.Ref{Author: e.Author, ID: e.ID})
	if err != nil {
		return 0
	}
	return seq
}

// maxStaged bounds the bodies that are stored together: a Log refuses a batch
// as a whole, and one member's long texts must not cost another its short one.
const maxStaged = 4 << 20

// check says why a Post is refused, empty if it is not.
func (t *seats) check(p netchat.Post) netchat.RefusalReason {
	switch {
	case !p.ID.Valid() || len(p.To) > netchat.MaxRecipients:
		return netchat.RefusedInvalid
	case len(p.Text) > netchat.MaxText:
		return netchat.RefusedTooLong
	}
	for _, to := range p.To {
		if t.byID[to] == nil {
			return netchat.RefusedNoRecipient
		}
	}
	return ""
}

func draftOf(r *Room, author netchat.Member, p netchat.Post) (netchat.Event, error) {
	body, err := json.Marshal(netchat.MessageBody{Name: author.Name, Text: p.Text})
	if err != nil {
		return netchat.Event{}, fmt.Errorf("draft: %w", err)
	}
	salt := make([]byte, netchat.SaltSize)
	if _, err := io.ReadFull(r.cfg.Random, salt); err != nil {
		return netchat.Event{}, fmt.Errorf("draft: %w", err)
	}
	audience := netchat.ToAll()
	if len(p.To) > 0 {
		audience = netchat.ToMembers(p.To...)
	}
	return netchat.Event{
		Time: r.cfg.Now().UTC().Truncate(timeStep), ID: p.ID, Kind: netchat.KindMessage,
		Author: author.ID, Audience: audience, Body: body, Salt: salt,
	}, nil
}

// Settle stores what was said, tells who came and went, and welcomes the
// newcomers.
func (r *Room) Settle() {
	r.commit()
	r.announce()
}

// commit appends what is staged, all or nothing, and delivers it.
func (r *Room) commit() {
	if len(r.staged) == 0 {
		return
	}
	batch := make([]netchat.Event, len(r.staged))
	for i := range r.staged {
		batch[i] = r.staged[i].event
	}
	stored, err := r.cfg.Log.Append(batch)
	tellStored(r, err)
	posts := r.staged
	r.staged, r.bytes = nil, 0
	for i, p := range posts {
		switch {
		case err != nil:
			if seq := seqOf(r, &p.event); seq > 0 {
				p.origin.Ack(p.event.ID, seq) // sent again; it is there
			} else {
				p.origin.Refuse(p.event.ID, netchat.RefusedNotStored)
			}
		case stored[i].Duplicate:
			p.origin.Ack(p.event.ID, stored[i].Event.Seq)
		default:
			r.snapshots.learn(stored[i].Event)
			r.seats.deliver(stored[i].Event)
		}
	}
}

// tellStored tells who hosts the room of each failure, and when it is over.
func tellStored(r *Room, err error) {
	refused := err != nil
	if r.cfg.Stored != nil && (refused || r.refused) {
		r.cfg.Stored(err)
	}
	r.refused = refused
}

// announce tells the members of changes of the roster and welcomes newcomers.
func (r *Room) announce() {
	change, entered := takeChange(r)
	if change != nil {
		frame := &Frame{Delta: &change.RosterDelta}
		for _, s := range r.seats.order {
			if s.sink != nil && s.entry == nil {
				s.sink.Deliver(frame)
			}
		}
	}
	if len(entered) > 0 {
		roster := r.Roster()
		frame := &Frame{Roster: &roster}
		for _, s := range entered {
			s.sink.Welcome(admissionOf(r, s, frame))
			s.entry = nil
		}
	}
	if change != nil && r.cfg.Changed != nil {
		change.Held = r.seats.shares.largest(netchat.MaxHeld)
		r.cfg.Changed(change)
	}
}

// takeChange closes the gathered change, nil if there is none.
func takeChange(r *Room) (*Change, []*seat) {
	change, entered := r.change, r.entered
	r.change, r.entered = Change{}, nil
	if len(change.Joined)+len(change.Changed)+len(change.Left) == 0 {
		return nil, entered
	}
	r.version++
	change.Version, change.Time = r.version, r.cfg.Now().UTC().Truncate(timeStep)
	return &change, entered
}

func admissionOf(r *Room, s *seat, roster *Frame) *Admission {
	a := &Admission{Self: s.member, Roster: roster, Position: r.cfg.Log.Head(), Returned: s.entry.returned}
	if !s.member.Rich {
		return a // plain members are sent no history unasked
	}
	liftSpeaker(r, s)
	viewer, _ := r.Viewer(s.member.ID)
	if s.entry.resume != nil {
		tail, err := r.cfg.Log.Tail(*s.entry.resume, viewer, netchat.MaxTail)
		if err == nil && !tail.More {
			a.Recovered, a.Position = true, *s.entry.resume
			return a
		}
		if err == nil {
			s.liftTo(r.floor, s.entry.resume.Seq) // it missed too much for one answer
			viewer, _ = r.Viewer(s.member.ID)
		}
	}
	a.Page = r.snapshots.of(r.cfg.Log, viewer)
	return a
}

// liftSpeaker lets who has said something in the room before see what was said since
// then: it is no newcomer, even if its position is of no use, as after a repair.
func liftSpeaker(r *Room, s *seat) {
	if !s.member.Keyed || r.floor == 0 {
		return
	}
	if seq, err := r.cfg.Log.FirstBy(s.member.ID); err == nil && seq > 0 {
		s.liftTo(r.floor, seq-1)
	}
}

// liftTo lets s see what came after seq too.
func (s *seat) liftTo(floor, seq uint64) {
	if seq < floor {
		s.lift = max(s.lift, floor-seq)
	}
}

// Viewer says what of the Log a member may see; false: nobody here has that id.
// What was said before the room was opened is for the host alone, and for those who
// were here then.
func (r *Room) Viewer(id netchat.MemberID) (history.Viewer, bool) {
	s := r.seats.byID[id]
	if s == nil {
		return history.Viewer{}, false
	}
	v := history.Viewer{Member: id, Host: s.member.Host, Floor: r.floor - s.lift}
	if v.Host {
		v.Floor = 0
	}
	return v, true
}
