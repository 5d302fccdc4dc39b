package model

import "github.com/homeroomchat/homeroom/netchat"

// maxDrafts bounds the drafts that are kept.
const maxDrafts = 1_000

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

// drafts keeps what was typed for each recipient and not sent.
type drafts struct {
	to    Recipient
	texts map[netchat.MemberID]string
}

func (d *drafts) set(text string) {
	if text == "" {
		delete(d.texts, d.to.ID)
		return
	}
	if d.texts == nil {
		d.texts = make(map[netchat.MemberID]string)
	}
	if _, known := d.texts[d.to.ID]; known || len(d.texts) < maxDrafts {
		d.texts[d.to.ID] = text
	}
}

// follow looks the recipient up among the people again and reports whether
// anything about them changed.
func (d *drafts) follow(p *People) bool {
	if !d.to.Private() {
		return false
	}
	was := d.to
	m, here := p.Find(d.to.ID)
	d.to.Gone = !here
	if here {
		d.to = p.recipient(m)
	}
	return was != d.to
}
