package netchat

import (
	"encoding/json"
	"time"
)

// A MessageBody is the Body of a KindMessage Event. The name is the author's
// at that moment, set by the host: an old message keeps it after its author
// has left or is called something else.
type MessageBody struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// A Message is what people see of a KindMessage Event as of now, with the
// later Events about it applied. Rev is the Seq of the last one applied: a
// client applies an Event to a Message only if its Seq is greater.
type Message struct {
	Epoch    Epoch
	Seq      uint64
	Rev      uint64
	Time     time.Time
	ID       EventID
	Kind     Kind
	Author   MemberID
	Name     string // the author's, when it was written
	Ref      Ref
	Audience Audience
	Text     string
	Mark     string // see Position
}

// MessageOf reads a Message out of e. It reports false if there is nothing to
// show: an unknown Kind without a fallback text, an erased or unreadable body.
func MessageOf(e *Event) (Message, bool) {
	m := Message{
		Epoch: e.Epoch, Seq: e.Seq, Rev: e.Seq, Time: e.Time, ID: e.ID, Kind: e.Kind,
		Author: e.Author, Ref: e.Ref, Audience: e.Audience, Mark: MarkOf(e.Chain),
	}
	var body struct {
		MessageBody
		Fallback string `json:"fallback"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return m, false
	}
	m.Name, m.Text = body.Name, body.Text
	if e.Kind != KindMessage {
		m.Text = body.Fallback
		return m, body.Fallback != ""
	}
	return m, true
}

// A Post is a message on its way from a person to the room.
type Post struct {
	ID   EventID    // drawn by the sender; the same again when it is sent again
	To   []MemberID // empty: everybody
	Text string     // at most MaxText bytes of UTF-8
}
