package wire

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/homeroomchat/homeroom/netchat"
)

// The nouns have no encoding of their own: what stands on the wire is written
// here, once for each direction.

// FromEvent returns e as it stands in a frame.
func FromEvent(e *netchat.Event) Event {
	var body jsontext.Value // stays nil, as absent, for an erased one
	if len(e.Body) > 0 {
		body = e.Body
	}
	return Event{
		Epoch: e.Epoch, Seq: e.Seq, Time: unixMilli(e.Time), ID: e.ID, Kind: e.Kind, Author: e.Author,
		Ref: Ref(e.Ref), Audience: Audience(e.Audience), Body: body,
		Salt: e.Salt, Digest: e.Digest, Chain: e.Chain, Sig: e.Sig,
	}
}

// Noun returns the Event that w stands for.
func (w *Event) Noun() *netchat.Event {
	return &netchat.Event{
		Epoch: w.Epoch, Seq: w.Seq, Time: fromMilli(w.Time), ID: w.ID, Kind: w.Kind, Author: w.Author,
		Ref: netchat.Ref(w.Ref), Audience: netchat.Audience(w.Audience), Body: w.Body,
		Salt: w.Salt, Digest: w.Digest, Chain: w.Chain, Sig: w.Sig,
	}
}

// FromMessages returns messages as they stand in a page.
func FromMessages(messages []netchat.Message) []Message {
	out := make([]Message, len(messages))
	for i, m := range messages {
		out[i] = Message{
			Epoch: m.Epoch, Seq: m.Seq, Rev: m.Rev, Time: unixMilli(m.Time), ID: m.ID, Kind: m.Kind,
			Author: m.Author, Name: m.Name, Ref: Ref(m.Ref), Audience: Audience(m.Audience), Text: m.Text, Mark: m.Mark,
		}
	}
	return out
}

// Nouns returns the Messages of a page.
func Nouns(messages []Message) []netchat.Message {
	out := make([]netchat.Message, len(messages))
	for i, m := range messages {
		out[i] = netchat.Message{
			Epoch: m.Epoch, Seq: m.Seq, Rev: m.Rev, Time: fromMilli(m.Time), ID: m.ID, Kind: m.Kind,
			Author: m.Author, Name: m.Name, Ref: netchat.Ref(m.Ref), Audience: netchat.Audience(m.Audience), Text: m.Text, Mark: m.Mark,
		}
	}
	return out
}

// FromMember returns m as it stands in a frame.
func FromMember(m netchat.Member) Member {
	return Member{ID: m.ID, Label: m.Label, Name: m.Name, Keyed: m.Keyed, Host: m.Host, Rich: m.Rich, TLS: m.TLS, Presence: m.Presence}
}

// Noun returns the member that w stands for.
func (w Member) Noun() netchat.Member {
	return netchat.Member{ID: w.ID, Label: w.Label, Name: w.Name, Keyed: w.Keyed, Host: w.Host, Rich: w.Rich, TLS: w.TLS, Presence: w.Presence}
}

// FromRoster returns r as it stands in a frame.
func FromRoster(r netchat.Roster) *Roster {
	return &Roster{Version: r.Version, Members: fromMembers(r.Members)}
}

// Noun returns the roster that w stands for.
func (w *Roster) Noun() netchat.Roster {
	return netchat.Roster{Version: w.Version, Members: memberNouns(w.Members)}
}

// FromDelta returns d as it stands in a frame.
func FromDelta(d *netchat.RosterDelta) *RosterDelta {
	return &RosterDelta{
		Version: d.Version, Time: unixMilli(d.Time),
		Joined: fromMembers(d.Joined), Changed: fromMembers(d.Changed), Left: d.Left,
	}
}

// Noun returns the delta that w stands for.
func (w *RosterDelta) Noun() *netchat.RosterDelta {
	return &netchat.RosterDelta{
		Version: w.Version, Time: fromMilli(w.Time),
		Joined: memberNouns(w.Joined), Changed: memberNouns(w.Changed), Left: w.Left,
	}
}

func fromMembers(members []netchat.Member) []Member {
	out := make([]Member, len(members))
	for i, m := range members {
		out[i] = FromMember(m)
	}
	return out
}

func memberNouns(members []Member) []netchat.Member {
	out := make([]netchat.Member, len(members))
	for i, m := range members {
		out[i] = m.Noun()
	}
	return out
}
