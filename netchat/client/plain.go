package client

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A plain is a connection to a server that knows only the plain dialect. It
// has no ids, no answers and no memory: what we said comes back like what
// others say, in the order in which we said it, or not at all.
type plain struct {
	*mirror
	list *wire.PlainFrame

	flights []*flight // written, not yet all back, oldest first
	rest    []part    // of the last flight: not yet written
	frame   []byte    // what next returned
	twins   []string  // texts to ourselves that came once and may come twice
}

// A flight is a Post on its way to the server and back.
type flight struct {
	post    netchat.Post
	waiting []part             // not back yet
	back    []netchat.MemberID // recipients of those that are
	event   *netchat.Event     // of the first that came back
}

// A part is one frame of a Post: a private one to several people has one for
// each.
type part struct {
	private bool
	to      netchat.MemberID
}

// maxTwins bounds the list of what may come twice.
const maxTwins = 64

// start implements dialect.
func (p *plain) start() error {
	p.roster = netchat.Roster{Version: 1}
	for _, u := range p.list.Users {
		p.roster.Members = append(p.roster.Members, plainMember(u))
	}
	p.self = ownEntry(p.roster.Members, p.said.name)
	p.followed = false
	p.asks.restart(!p.told)
	p.told = true
	if err := p.emit(&netchat.Welcome{Self: p.self, Roster: p.roster.Clone()}); err != nil {
		return err
	}
	if w := p.naming.get(); w.serial != p.said.serial { // it came while we joined
		if err := p.giveUp(w, netchat.RefusedUnknownType); err != nil {
			return err
		}
	}
	return p.refuseWritten() // to a rich host that stood here before
}

// ownEntry finds us in the first list: newcomers stand behind their namesakes.
func ownEntry(members []netchat.Member, name string) netchat.Member {
	for _, m := range slices.Backward(members) {
		if m.Name == name {
			return m
		}
	}
	return netchat.Member{Name: name, Presence: netchat.Present}
}

func plainMember(u wire.PlainUser) netchat.Member {
	return netchat.Member{ID: netchat.MemberID(u.Label), Label: u.Label, Name: u.Name, Presence: netchat.Present}
}

// handle implements dialect. What cannot be read is skipped: to connect again
// would lose what others say meanwhile.
func (p *plain) handle(frame []byte) error {
	f, err := wire.DecodePlainFrame(frame)
	if err != nil {
		p.cfg.Logger.Warn("a frame of the server cannot be read", "err", err)
		return nil
	}
	if f.Time.IsZero() {
		f.Time = p.cfg.Now()
	}
	switch f.Type {
	case wire.TypeUserList:
		return p.onList(f)
	case wire.TypeSystem:
		what, name := wire.ParseSystem(f.Content)
		return p.emit(&netchat.SystemLine{What: what, Name: name, Text: f.Content, Time: f.Time})
	case wire.TypePublic, wire.TypePrivate:
		return p.onMessage(f)
	}
	return nil
}

// onList tells what is new in a list.
func (p *plain) onList(f wire.PlainFrame) error {
	d := &netchat.RosterDelta{Version: p.roster.Version + 1, Time: f.Time}
	here := make(map[netchat.MemberID]bool, len(f.Users))
	known := make(map[netchat.MemberID]netchat.Member, len(p.roster.Members))
	for _, m := range p.roster.Members {
		known[m.ID] = m
	}
	for _, u := range f.Users {
		m := plainMember(u)
		old, ok := known[m.ID]
		switch {
		case here[m.ID]:
		case !ok:
			d.Joined = append(d.Joined, m)
		case old.Name != m.Name:
			d.Changed = append(d.Changed, m)
		}
		here[m.ID] = true
	}
	for _, m := range p.roster.Members {
		if !here[m.ID] {
			d.Left = append(d.Left, m.ID)
		}
	}
	if len(d.Joined)+len(d.Changed)+len(d.Left) == 0 {
		return nil
	}
	if err := p.tellRoster(d, false); err != nil { // the server says the lines itself
		return err
	}
	return p.recipientsLeft(d.Left)
}

// onMessage tells what somebody said.
func (p *plain) onMessage(f wire.PlainFrame) error {
	e, err := p.event(f)
	if err != nil {
		return err
	}
	if e.Author != p.self.ID || p.self.ID == "" {
		return p.emit(e)
	}
	return p.onOwn(f, e)
}

// event makes the Event that a plain server has no notion of.
func (p *plain) event(f wire.PlainFrame) (*netchat.Event, error) {
	id, err := netchat.RandomEventID(p.cfg.Random)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(netchat.MessageBody{Name: f.SenderName, Text: f.Content})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProtocol, err)
	}
	audience := netchat.ToAll()
	if f.Type == wire.TypePrivate {
		audience = netchat.ToMembers(netchat.MemberID(f.To))
	}
	return &netchat.Event{
		Time: f.Time.UTC(), ID: id, Kind: netchat.KindMessage,
		Author: netchat.MemberID(f.From), Audience: audience, Body: body,
	}, nil
}

// onOwn finds the Post that came back as e. The server works in order, so the
// parts before it that are not back were dropped: their recipients had left.
func (p *plain) onOwn(f wire.PlainFrame, e *netchat.Event) error {
	back := part{private: f.Type == wire.TypePrivate, to: netchat.MemberID(f.To)}
	toSelf := back.private && back.to == p.self.ID
	at := slices.IndexFunc(p.flights, func(fl *flight) bool {
		return slices.Contains(fl.waiting, back) && (!toSelf || fl.post.Text == f.Content)
	})
	if at < 0 {
		if i := slices.Index(p.twins, f.Content); toSelf && i >= 0 {
			p.twins = slices.Delete(p.twins, i, i+1)
			return nil
		}
		return p.emit(e)
	}
	if toSelf && len(p.twins) < maxTwins {
		p.twins = append(p.twins, f.Content)
	}
	for _, dropped := range p.flights[:at] {
		dropped.waiting = nil
	}
	fl := p.flights[at]
	fl.waiting = slices.Delete(fl.waiting, 0, slices.Index(fl.waiting, back)+1)
	if fl.event == nil {
		fl.event = e
		e.ID = fl.post.ID
	}
	if back.private {
		fl.back = append(fl.back, back.to)
	}
	return p.land()
}

// recipientsLeft gives up the parts to who is not here any more.
func (p *plain) recipientsLeft(ids []netchat.MemberID) error {
	gone := func(w part) bool { return w.private && slices.Contains(ids, w.to) }
	for _, fl := range p.flights {
		fl.waiting = slices.DeleteFunc(fl.waiting, gone)
	}
	p.rest = slices.DeleteFunc(p.rest, gone)
	p.frame = nil // it may have been to one of them
	return p.land()
}

// land tells the outcome of the flights that wait for nothing more.
func (p *plain) land() error {
	for i := 0; i < len(p.flights); {
		fl := p.flights[i]
		if len(fl.waiting) > 0 {
			i++
			continue
		}
		p.flights = slices.Delete(p.flights, i, i+1)
		if i == len(p.flights) {
			p.rest, p.frame = nil, nil // it was the one being written
		}
		if err := p.landed(fl); err != nil {
			return err
		}
	}
	return nil
}

func (p *plain) landed(fl *flight) error {
	if fl.event == nil {
		return p.refuse(fl.post.ID, netchat.RefusedNoRecipient)
	}
	if len(fl.back) > 0 {
		fl.event.Audience = netchat.ToMembers(fl.back...)
	}
	if err := p.emit(fl.event); err != nil {
		return err
	}
	return p.ack(fl.post.ID, 0)
}

// next implements dialect.
func (p *plain) next() ([]byte, error) {
	if p.frame != nil {
		return p.frame, nil
	}
	for {
		q, ok := p.asks.peek()
		if !ok {
			break
		}
		if err := cannot(p.mirror, q); err != nil {
			return nil, err
		}
	}
	for len(p.rest) == 0 {
		post, ok := p.outbox.peek()
		if !ok {
			return nil, nil
		}
		if p.absent(post.To) {
			if err := p.refuse(post.ID, netchat.RefusedNoRecipient); err != nil {
				return nil, err
			}
			continue
		}
		p.takeOff(post)
	}
	one := p.rest[0]
	frame, err := wire.EncodePlain(wire.PlainCommand{
		Private: one.private, To: string(one.to), Content: p.flights[len(p.flights)-1].post.Text,
	})
	if err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	p.frame = frame
	return frame, nil
}

func (p *plain) absent(to []netchat.MemberID) bool {
	return slices.ContainsFunc(to, func(id netchat.MemberID) bool {
		_, here := p.roster.Find(id)
		return !here
	})
}

// takeOff begins to write a Post.
func (p *plain) takeOff(post netchat.Post) {
	fl := &flight{post: post}
	for _, to := range slices.Compact(slices.Sorted(slices.Values(post.To))) {
		fl.waiting = append(fl.waiting, part{private: true, to: to})
	}
	if len(post.To) == 0 {
		fl.waiting = []part{{}}
	}
	p.rest = slices.Clone(fl.waiting)
	p.flights = append(p.flights, fl)
}

// wrote implements dialect. A Post counts as written with its first frame.
func (p *plain) wrote() {
	p.outbox.wrote(p.flights[len(p.flights)-1].post.ID)
	p.rest = p.rest[1:]
	p.frame = nil
}

// lost implements dialect: nobody can tell what of the written has arrived.
func (p *plain) lost() error { return p.refuseWritten() }
