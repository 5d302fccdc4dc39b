package room

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A seat is a member's place in the room.
type seat struct {
	member  netchat.Member
	sink    Sink // nil while reconnecting
	expires time.Time
	entry   *entry // until welcomed
	source  string // whose share of the seats it is
	spoke   bool   // it has said something
	lift    uint64 // how much deeper than the room's its floor is
}

// An entry is what Settle needs to welcome somebody.
type entry struct {
	resume   *netchat.Position
	returned bool
}

// seats are the members in order of joining, and found by id and label.
type seats struct {
	order  []*seat
	byID   map[netchat.MemberID]*seat
	labels map[netchat.Label]netchat.MemberID
	away   int // how many have no sink
	shares shares
}

func newSeats(limit int) seats {
	if limit <= 0 || limit > netchat.MaxMembers {
		limit = netchat.MaxMembers
	}
	return seats{shares: shares{limit: limit, held: make(map[string]int)}, byID: make(map[netchat.MemberID]*seat), labels: make(map[netchat.Label]netchat.MemberID)}
}

// add gives e a seat of its own.
func (t *seats) add(e Entrant, random io.Reader) (*seat, error) {
	s, err := t.newSeat(e, random)
	if err != nil {
		return nil, err
	}
	t.order = append(t.order, s)
	t.byID[s.member.ID] = s
	t.labels[s.member.Label] = s.member.ID
	t.shares.take(s.source)
	return s, nil
}

// await gives a seat to somebody who may come back until expires. Without a key
// nobody could tell that it is the same.
func (t *seats) await(m netchat.Member, expires time.Time) {
	if !m.Keyed || !m.ID.Valid() || t.byID[m.ID] != nil || len(m.Name) > netchat.MaxName || len(t.order) >= t.shares.limit {
		return
	}
	if _, taken := t.labels[m.Label]; taken || !m.Label.Valid() {
		return
	}
	m.Presence = netchat.Reconnecting
	s := &seat{member: m, expires: expires, source: unknownSource}
	t.shares.take(s.source)
	t.order, t.byID[m.ID], t.labels[m.Label] = append(t.order, s), s, m.ID
	t.away++
}

func (t *seats) remove(s *seat) {
	t.shares.free(s.source)
	delete(t.byID, s.member.ID)
	delete(t.labels, s.member.Label)
	if s.sink == nil {
		t.away--
	}
	t.order = slices.DeleteFunc(t.order, func(o *seat) bool { return o == s })
}

func (t *seats) newSeat(e Entrant, random io.Reader) (*seat, error) {
	m := netchat.Member{ID: e.ID, Name: e.Name, Keyed: e.ID != "", Host: e.Host, Rich: e.Rich, TLS: e.TLS, Presence: netchat.Present}
	if m.ID == "" {
		id, err := t.drawID(random)
		if err != nil {
			return nil, err
		}
		m.ID = id
	}
	label, err := t.drawLabel(m.ID, random)
	if err != nil {
		return nil, err
	}
	m.Label = label
	if !e.HasName {
		m.Name = netchat.DefaultName(label)
	}
	return &seat{member: m, sink: e.Sink, source: e.Source, entry: &entry{resume: e.Resume}}, nil
}

// maxDraws bounds the tries for a free random id or label: with MaxMembers
// taken of 2^32 labels, even one repeat is unlikely.
const maxDraws = 16

func (t *seats) drawID(random io.Reader) (netchat.MemberID, error) {
	for range maxDraws {
		id, err := netchat.RandomMemberID(random)
		if err != nil {
			return "", err
		}
		if _, taken := t.labels[id.Label()]; !taken && t.byID[id] == nil {
			return id, nil
		}
	}
	return "", errors.New("no free member id")
}

func (t *seats) drawLabel(id netchat.MemberID, random io.Reader) (netchat.Label, error) {
	label := id.Label()
	for range maxDraws {
		if _, taken := t.labels[label]; !taken {
			return label, nil
		}
		var err error
		if label, err = netchat.RandomLabel(random); err != nil {
			return "", err
		}
	}
	return "", errors.New("no free label")
}

// addressee is described at Room.Addressee.
func (t *seats) addressee(to string) (netchat.MemberID, bool) {
	if id, ok := t.labels[netchat.Label(to)]; ok {
		return id, true
	}
	if to == "" || netchat.Label(to).Valid() {
		return "", false
	}
	var found netchat.MemberID
	for _, s := range t.order {
		if s.member.Name != to || s.sink == nil {
			continue
		}
		if found != "" {
			return "", false
		}
		found = s.member.ID
	}
	return found, found != ""
}

// deliver hands e to everybody who is connected and may see it.
func (t *seats) deliver(e *netchat.Event) {
	frame := &Frame{Event: e}
	if e.Audience.Scope == netchat.ScopeMembers {
		t.deliverTo(e.Author, frame)
		for _, id := range e.Audience.Members {
			if id != e.Author {
				t.deliverTo(id, frame)
			}
		}
		return
	}
	public := !e.Audience.Private()
	for _, s := range t.order {
		if s.sink != nil && (public || e.VisibleTo(s.member.ID, s.member.Host)) {
			s.sink.Deliver(frame)
		}
	}
}

func (t *seats) deliverTo(id netchat.MemberID, f *Frame) {
	if s := t.byID[id]; s != nil && s.sink != nil {
		s.sink.Deliver(f)
	}
}
