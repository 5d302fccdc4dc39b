package model

import (
	"strings"
	"unicode"

	"github.com/homeroomchat/homeroom/netchat"
)

// maxRemembered bounds the names kept of people who have left.
const maxRemembered = 20_000

// A Person is somebody in the room as the list shows them.
type Person struct {
	netchat.Member
	Self     bool
	Namesake bool // somebody else here bears the same name, or one that looks like it
	Open     bool // what they read and write can be overheard, though what we do cannot
	Draft    bool // something was typed for them and not sent
	Away     bool // they are not in the room, but there is a draft for them
}

// People is everybody in the room in order of joining, with the names of those
// who were here.
type People struct {
	roster netchat.Roster
	self   netchat.MemberID
	counts map[string]int // by what the names look like
	likes  likenesses
	names  map[netchat.MemberID]string
}

// Len returns how many are in the room.
func (p *People) Len() int { return len(p.roster.Members) }

// Find returns the member with that id, if they are in the room.
func (p *People) Find(id netchat.MemberID) (netchat.Member, bool) { return p.roster.Find(id) }

// List returns those whose name or label contains filter, whatever its case;
// everybody if filter is blank.
func (p *People) List(filter string) []Person {
	list := make([]Person, 0, len(p.roster.Members))
	for _, m := range p.roster.Members {
		if !matches(m, filter) {
			continue
		}
		list = append(list, Person{Member: m, Self: m.ID == p.self, Namesake: p.counts[p.likes.of(m.Name)] > 1, Open: p.open(m)})
	}
	return list
}

// matches reports whether the name or label of a member contains filter.
func matches(m netchat.Member, filter string) bool {
	filter = strings.ToLower(strings.TrimSpace(filter))
	return strings.Contains(strings.ToLower(m.Name), filter) || strings.Contains(string(m.Label), filter)
}

// open reports whether the connection of a member is not encrypted, though one's
// own is.
func (p *People) open(m netchat.Member) bool {
	self, _ := p.roster.Find(p.self)
	return self.TLS && !m.TLS
}

// recipient returns somebody who is here as the one to whom the next message
// goes.
func (p *People) recipient(m netchat.Member) Recipient {
	to := Recipient{ID: m.ID, Name: p.called(m), Label: m.Label}
	self, _ := p.roster.Find(p.self)
	switch {
	case !self.TLS:
		to.Readers = ReadersRoom
	case !m.TLS:
		to.Readers = ReadersNetwork
	case self.Host || m.Host:
		to.Readers = ReadersNone
	}
	return to
}

// anybody is recipient for somebody who may have left. Who is gone has the label
// if somebody here can be taken for them: a member without a key comes back as
// somebody else of the same name.
func (p *People) anybody(id netchat.MemberID) Recipient {
	if m, here := p.roster.Find(id); here {
		return p.recipient(m)
	}
	to := Recipient{ID: id, Name: p.NameOf(id), Label: id.Label(), Gone: true}
	if name, known := p.names[id]; known && p.counts[p.likes.of(name)] > 0 {
		to.Name += " #" + string(to.Label)
	}
	return to
}

// Others returns how many besides oneself are in the room.
func (p *People) Others() int {
	n := 0
	for _, m := range p.roster.Members {
		if m.ID != p.self {
			n++
		}
	}
	return n
}

// NameOf returns what to call somebody who is or was here.
func (p *People) NameOf(id netchat.MemberID) string {
	if name, ok := p.names[id]; ok {
		return name
	}
	return string(id.Label())
}

// mark returns the label of a member whose name is not theirs alone, or looks
// like that of somebody else here.
func (p *People) mark(id netchat.MemberID, name string) string {
	if p.counts[p.likes.of(name)] < 2 {
		return ""
	}
	if m, ok := p.roster.Find(id); ok {
		return string(m.Label)
	}
	return string(id.Label())
}

// called returns what to call m where it must be clear who is meant: with the
// label if the name is not theirs alone, or looks like that of somebody else.
func (p *People) called(m netchat.Member) string {
	name := DisplayName(m.Name, m.Label)
	if mark := p.mark(m.ID, m.Name); mark != "" && name != mark {
		return name + " #" + mark
	}
	return name
}

// calledBy is called for somebody who may have left.
func (p *People) calledBy(id netchat.MemberID) string {
	if m, ok := p.roster.Find(id); ok {
		return p.called(m)
	}
	return p.NameOf(id)
}

func (p *People) set(roster netchat.Roster) {
	p.roster = roster.Clone()
	p.index()
}

func (p *People) apply(d *netchat.RosterDelta) bool {
	if len(d.Joined)+len(d.Changed)+len(d.Left) > fewChanges {
		ok := p.roster.Apply(d)
		if ok {
			p.index()
		}
		return ok
	}
	before := p.touched(d)
	if !p.roster.Apply(d) {
		return false
	}
	for _, m := range before {
		if like := p.likes.of(m.Name); p.counts[like] > 1 {
			p.counts[like]--
		} else {
			delete(p.counts, like)
		}
	}
	for _, m := range p.touched(d) {
		p.counts[p.likes.of(m.Name)]++
		p.remember(m.ID, DisplayName(m.Name, m.Label))
	}
	p.likes.prune(len(p.roster.Members))
	return true
}

// fewChanges is up to how many changes are applied one by one: a host that has one
// come and go without end must not have everybody counted each time.
const fewChanges = 16

// touched returns the members of whom a delta says anything, once each.
func (p *People) touched(d *netchat.RosterDelta) (all []netchat.Member) {
	seen := make(map[netchat.MemberID]bool)
	look := func(id netchat.MemberID) {
		if m, here := p.roster.Find(id); here && !seen[id] {
			all = append(all, m)
		}
		seen[id] = true
	}
	for _, id := range d.Left {
		look(id)
	}
	for _, m := range d.Changed {
		look(m.ID)
	}
	for _, m := range d.Joined {
		look(m.ID)
	}
	return all
}

func (p *People) index() {
	p.counts = make(map[string]int, len(p.roster.Members))
	p.likes.prune(len(p.roster.Members))
	for _, m := range p.roster.Members {
		p.counts[p.likes.of(m.Name)]++
		p.remember(m.ID, DisplayName(m.Name, m.Label))
	}
}

func (p *People) remember(id netchat.MemberID, name string) {
	if p.names == nil || len(p.names) >= maxRemembered {
		p.names = make(map[netchat.MemberID]string)
	}
	p.names[id] = name
}

// DisplayName returns name as one line that can be shown anywhere: control and
// direction-changing characters gone, white space folded; label if nothing is
// left.
func DisplayName(name string, label netchat.Label) string {
	clean := strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
	if clean == "" {
		return string(label)
	}
	return clean
}
