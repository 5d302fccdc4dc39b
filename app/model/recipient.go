package model

import "github.com/homeroomchat/homeroom/netchat"

// A Recipient is to whom the next message goes. The zero Recipient is
// everybody.
type Recipient struct {
	ID    netchat.MemberID
	Name  string // with the label, if the name is not theirs alone
	Label netchat.Label
	Gone  bool // no longer in the room: nothing is sent until somebody else is chosen
	Open  bool // whoever listens on the network can read what is sent to them
}

// Private reports whether it is one person rather than everybody.
func (r Recipient) Private() bool { return r.ID != "" }
