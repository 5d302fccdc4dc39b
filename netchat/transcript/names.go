package transcript

import (
	"encoding/json"

	"github.com/homeroomchat/homeroom/internal/likeness"
	"github.com/homeroomchat/homeroom/netchat"
)

// names are what the members are called.
type names struct {
	nameOf func(netchat.MemberID) string
	first  map[netchat.MemberID]string // that each was ever called
	now    map[netchat.MemberID]string // as of the Event that is being written
	bearer map[string]netchat.MemberID // who goes by names of that likeness; empty: several do
}

func newNames(nameOf func(netchat.MemberID) string) *names {
	return &names{
		nameOf: nameOf, first: make(map[netchat.MemberID]string), now: make(map[netchat.MemberID]string),
		bearer: make(map[string]netchat.MemberID),
	}
}

// meet learns who wrote e, and who is to read it, before anything is written.
func (n *names) meet(e *netchat.Event) {
	if name, ok := nameIn(e); ok {
		if _, met := n.first[e.Author]; !met {
			n.first[e.Author] = name
		}
		n.bear(e.Author, name)
	}
	for _, id := range e.Audience.Members {
		if name := n.known(id); name != "" {
			n.bear(id, name)
		}
	}
}

func (n *names) bear(id netchat.MemberID, name string) {
	like := likeness.Of(name)
	if earlier, borne := n.bearer[like]; borne && earlier != id {
		id = ""
	}
	n.bearer[like] = id
}

func (n *names) known(id netchat.MemberID) string {
	if n.nameOf == nil {
		return ""
	}
	return n.nameOf(id)
}

// entryOf returns what to show of e, if anything.
func (n *names) entryOf(e *netchat.Event, o Options) (entry, bool) {
	if name, ok := nameIn(e); ok {
		n.now[e.Author] = name
	}
	m, ok := netchat.MessageOf(e)
	if erased := len(e.Body) == 0; erased {
		m.Text, ok = o.Texts.Erased, true
	}
	shown := entry{at: e.Time.In(o.Zone), from: n.call(e.Author), text: m.Text}
	switch e.Audience.Scope {
	case netchat.ScopeAll:
	case netchat.ScopeMembers:
		to := make([]string, len(e.Audience.Members))
		for i, id := range e.Audience.Members {
			to[i] = n.call(id)
		}
		shown.mark = o.Texts.PrivateTo(to)
	default:
		shown.mark = o.Texts.ForHosts
	}
	return shown, ok
}

// call returns what to call a member now.
func (n *names) call(id netchat.MemberID) string {
	name := n.now[id]
	if name == "" {
		name = n.first[id]
	}
	if name == "" {
		name = n.known(id)
	}
	if name == "" {
		return string(id.Label())
	}
	bearer, borne := n.bearer[likeness.Of(name)]
	if name = oneLine(name); borne && bearer == "" {
		return name + " (" + string(id.Label()) + ")"
	}
	return name
}

// nameIn returns what the author of e was called then. Every kind has the name at
// the same place.
func nameIn(e *netchat.Event) (string, bool) {
	var body netchat.MessageBody
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Name == "" {
		return "", false
	}
	return body.Name, true
}
