package model

import "github.com/homeroomchat/homeroom/netchat"

// Readers says who can read a message to one person besides the two.
type Readers int

// The Readers.
const (
	ReadersHost    Readers = iota // the host, whose program passes it on and keeps it
	ReadersNone                   // nobody: one of the two is the host
	ReadersNetwork                // whoever listens on the network: that person's connection is not encrypted
	ReadersRoom                   // the same: nothing in this room is encrypted
)

// A Recipient is to whom the next message goes. One without an ID is
// everybody.
type Recipient struct {
	ID      netchat.MemberID
	Name    string // with the label, if the name is not theirs alone
	Label   netchat.Label
	Gone    bool // no longer in the room: nothing is sent until somebody else is chosen
	Readers Readers

	// Asker is who wrote privately while messages go to everybody, and was not
	// answered since: what is typed next may be meant for them. Empty: nobody did.
	Asker     netchat.MemberID
	AskerName string
}

// Private reports whether it is one person rather than everybody.
func (r Recipient) Private() bool { return r.ID != "" }

// ask notes that somebody wrote privately, and reports whether that is to be
// shown: not while one writes to somebody, which is plain to see.
func (r *Recipient) ask(p *People, id netchat.MemberID) bool {
	if r.Private() || id == "" {
		return false
	}
	was := *r
	r.Asker, r.AskerName = id, p.anybody(id).Name
	return was != *r
}
