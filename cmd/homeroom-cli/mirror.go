package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/netchat"
)

// maxSeen is how many messages a mirror remembers having shown. It is more
// than a Snapshot holds, so of what a Snapshot repeats nothing is forgotten.
const maxSeen = 4 * netchat.SnapshotMessages

// maxMoved bounds the members remembered until the line about their coming or
// going arrives.
const maxMoved = 256

// A mirror is the room as this client knows it. It belongs to the goroutine of
// the session.
type mirror struct {
	info   netchat.RoomInfo
	self   netchat.Member
	rich   bool
	online bool
	roster netchat.Roster

	security netchat.Security // of the last connection

	moved   []netchat.Member // who came or went lately, oldest first
	renamed []renamed        // by the last update
	seen    map[netchat.Ref]bool
	order   []netchat.Ref // of seen, oldest first
}

// A renamed is a member who is called something else now.
type renamed struct {
	netchat.Member
	was string
}

// apply brings the mirror up to u.
func (m *mirror) apply(u netchat.Update) {
	m.renamed = nil
	switch u := u.(type) {
	case *netchat.Welcome:
		m.info, m.self, m.rich, m.online = u.Room, u.Self, u.Rich, true
		m.roster, m.security = u.Roster.Clone(), u.Security
	case *netchat.Roster:
		m.roster = u.Clone()
	case *netchat.RosterDelta:
		find := m.roster.Finder(len(u.Left) + len(u.Changed))
		for _, id := range u.Left {
			if gone, ok := find(id); ok {
				m.moved = append(m.moved, gone)
			}
		}
		for _, now := range u.Changed {
			if old, ok := find(now.ID); ok && old.Name != now.Name {
				m.renamed = append(m.renamed, renamed{now, old.Name})
			}
			if now.ID == m.self.ID {
				m.self = now
			}
		}
		m.moved = append(m.moved, u.Joined...)
		m.moved = m.moved[max(0, len(m.moved)-maxMoved):]
		m.roster.Apply(u) // after a gap the whole Roster follows
	case *netchat.StateChange:
		m.online = u.State == netchat.StateOnline
	}
}

// mover returns the label of the member with that name who came or went lately
// and was not asked for yet.
func (m *mirror) mover(name string) (netchat.Label, bool) {
	i := slices.IndexFunc(m.moved, func(member netchat.Member) bool { return member.Name == name })
	if i < 0 {
		return "", false
	}
	label := m.moved[i].Label
	m.moved = slices.Delete(m.moved, i, i+1)
	return label, true
}

// fresh reports whether msg was not shown before, and remembers it. A plain
// server's messages have no identity and are never repeated.
func (m *mirror) fresh(msg netchat.Message) bool {
	if !m.rich || msg.ID == "" {
		return true
	}
	ref := netchat.Ref{Author: msg.Author, ID: msg.ID}
	if m.seen[ref] {
		return false
	}
	if m.seen == nil {
		m.seen = make(map[netchat.Ref]bool, maxSeen)
	}
	if len(m.order) == maxSeen {
		delete(m.seen, m.order[0])
		m.order = m.order[1:]
	}
	m.seen[ref] = true
	m.order = append(m.order, ref)
	return true
}

// label returns the client_id of a member, also of one who left.
func (m *mirror) label(id netchat.MemberID) netchat.Label {
	if member, ok := m.roster.Find(id); ok {
		return member.Label
	}
	return id.Label()
}

// recipient returns whose label to show for a private message: oneself if it
// is to oneself among others.
func (m *mirror) recipient(a netchat.Audience) netchat.MemberID {
	switch {
	case slices.Contains(a.Members, m.self.ID):
		return m.self.ID
	case len(a.Members) > 0:
		return a.Members[0]
	}
	return ""
}

// byID returns the member that an id names: a client_id, or a member_id.
func (m *mirror) byID(id string) (netchat.Member, bool) {
	for _, member := range m.roster.Members {
		if string(member.Label) == id || string(member.ID) == id {
			return member, true
		}
	}
	return netchat.Member{}, false
}

// looksLikeID reports whether a name could be taken for an id. Such a name
// addresses nobody, so that nobody can be written to by calling oneself like
// another one's id.
func looksLikeID(name string) bool {
	return netchat.Label(name).Valid() || netchat.MemberID(name).Valid()
}

// named returns who can be addressed by name.
func (m *mirror) named(name string) []netchat.Member {
	if name == "" || looksLikeID(name) {
		return nil
	}
	return m.roster.Named(name)
}

// address splits what follows an @ into whom it is for and the text: an id, or
// the longest name of somebody here that it starts with. Nobody is a who of
// length 0, several namesakes are one over 1. The text may be blank.
func (m *mirror) address(rest string) (who []netchat.Member, called, text string) {
	word, after := cutBlank(rest)
	if member, ok := m.byID(word); ok {
		return []netchat.Member{member}, word, after
	}
	called, text = word, after
	for _, member := range m.roster.Members {
		tail, ok := strings.CutPrefix(rest, member.Name)
		if !ok || len(member.Name) < len(called) && len(who) > 0 || m.named(member.Name) == nil {
			continue
		}
		if r, size := utf8.DecodeRuneInString(tail); tail == "" || unicode.IsSpace(r) {
			who, called, text = m.named(member.Name), member.Name, tail[size:]
		}
	}
	return who, called, text
}

// cutBlank cuts s at its first blank.
func cutBlank(s string) (before, after string) {
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, ""
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return s[:i], s[i+size:]
}
