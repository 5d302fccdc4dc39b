package model

import (
	"github.com/homeroomchat/homeroom/netchat"
)

// Apply applies a batch of Updates in order and returns what they changed.
func (r *Room) Apply(batch []netchat.Update) Changed {
	var c Changed
	for _, u := range batch {
		r.apply(u, &c)
	}
	if c.People && r.drafts.follow(&r.people) {
		c.Recipient = true
	}
	if c.News > 0 && r.away {
		r.unread += c.News
		c.Unread = true
	}
	return c
}

func (r *Room) apply(u netchat.Update, c *Changed) {
	switch u := u.(type) {
	case *netchat.Event:
		applyEvent(r, u, c)
	case *netchat.Welcome:
		applyWelcome(r, u, c)
	case *netchat.Roster:
		r.people.set(*u)
		applySelf(r, c)
		c.People = true
	case *netchat.RosterDelta:
		applyDelta(r, u, c)
	case *netchat.Page:
		applyPage(r, u, c)
	case *netchat.Acked:
		applyAcked(r, u, c)
	case *netchat.Refused:
		if r.Fail(u.ID, Failure{Reason: u.Reason}) {
			c.Timeline = true
		}
	case *netchat.Hits:
		c.Hits = u
	case *netchat.Waiting, *netchat.KeptAside, *netchat.NotKept:
		applyKeeping(r, u, c)
	case *netchat.RenameRefused:
		c.Room = true // one's entry is what it was: whoever shows the new name already learns it here
		c.NotRenamed = u.Name
	case *netchat.SystemLine:
		r.timeline.append(&Line{Kind: LineSystem, System: *u})
		c.Timeline = true
	case *netchat.StateChange:
		r.state, r.cause = u.State, u.Err
		c.Connection = true
	}
}

func applyEvent(r *Room, e *netchat.Event, c *Changed) {
	m, ok := netchat.MessageOf(e)
	if !ok {
		return
	}
	l := lineOf(r, m)
	fresh := r.timeline.add(l)
	c.Timeline = true
	if !fresh || l.Own {
		return
	}
	c.News++
	if l.Private() {
		c.Private = append(c.Private, m.Author)
		c.Recipient = r.drafts.to.ask(&r.people, m.Author) || c.Recipient
	}
}

// applyKeeping applies what is told of what is kept on this machine.
func applyKeeping(r *Room, u netchat.Update, c *Changed) {
	switch u := u.(type) {
	case *netchat.Waiting:
		applyWaiting(r, u)
		c.Timeline = true
	case *netchat.KeptAside:
		c.Aside = u.Path
	case *netchat.NotKept:
		r.notKept = u.Err
		c.NotKept = true
	}
}

// applyWelcome starts a connection. What is shown stays until the Page that
// replaces it comes, so that a reconnect doesn't flash an empty window.
func applyWelcome(r *Room, w *netchat.Welcome, c *Changed) {
	r.info, r.self, r.rich = w.Room, w.Self, w.Rich
	r.people.self = w.Self.ID
	r.people.set(w.Roster)
	r.state, r.cause = netchat.StateOnline, nil
	r.timeline.heldOlder, r.timeline.heldNewer = false, false
	if !w.Recovered {
		r.timeline.sought = 0 // what was asked of the old connection won't come
		r.timeline.Unasked()
	}
	c.Room, c.People, c.Connection = true, true, true
}

func applyDelta(r *Room, d *netchat.RosterDelta, c *Changed) {
	if !r.people.apply(d) {
		return // a gap: the client asks for the whole Roster
	}
	applySelf(r, c)
	c.People = true
}

// applySelf takes over what the room knows of oneself now: a new name.
func applySelf(r *Room, c *Changed) {
	if m, here := r.people.Find(r.self.ID); here && m != r.self {
		r.self = m
		c.Room = true
	}
}

func applyPage(r *Room, p *netchat.Page, c *Changed) {
	for i := range p.Messages {
		m := &p.Messages[i]
		if _, known := r.people.names[m.Author]; !known {
			r.people.remember(m.Author, DisplayName(m.Name, m.Author.Label()))
		}
	}
	lines := make([]*Line, 0, len(p.Messages))
	for _, m := range p.Messages {
		lines = append(lines, lineOf(r, m))
	}
	if p.Snapshot {
		replace(r.timeline, lines, p.More)
	} else {
		insert(r.timeline, p, lines)
	}
	c.Timeline = true
}

// applyWaiting shows what was written before the program was started, and is still
// on its way.
func applyWaiting(r *Room, w *netchat.Waiting) {
	for _, post := range w.Posts {
		switch l := r.timeline.seen[key{r.self.ID, post.ID}]; {
		case l == nil:
			await(r, post)
		case l.State == LineFailed: // it was only not known that it waits
			takeOut(r.timeline, l)
			l.State, l.Failure = LineWaiting, Failure{}
			l.Version++
			wait(r.timeline, l)
		}
	}
}

// applyAcked settles an own message whose Event came before, or never comes
// because the room had it already.
func applyAcked(r *Room, a *netchat.Acked, c *Changed) {
	for _, l := range r.timeline.waiting {
		if l.Message.ID != a.ID {
			continue
		}
		m := l.Message
		m.Seq, m.Rev = a.Seq, a.Seq
		r.timeline.settle(l, m)
		c.Timeline = true
		return
	}
}
