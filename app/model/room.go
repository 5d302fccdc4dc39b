package model

import (
	"errors"
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// Why a text is not sent.
var (
	ErrBlank = errors.New("nothing but blanks")
	ErrGone  = errors.New("the recipient has left")
)

// Options of a Room.
type Options struct {
	Now      func() time.Time                // required
	NewID    func() (netchat.EventID, error) // required
	Zone     *time.Location                  // the reader's; nil is time.Local
	MaxLines int                             // of the Timeline; 0 is MaxLines
}

// A Room is everything that one's own window knows of a room.
type Room struct {
	opts     Options
	info     netchat.RoomInfo
	self     netchat.Member
	rich     bool
	people   People
	timeline *Timeline
	drafts   drafts
	state    netchat.State
	cause    error
	away     bool
	unread   int
	notKept  error
}

// NewRoom returns the Room before anything is known of it.
func NewRoom(opts Options) *Room {
	if opts.Zone == nil {
		opts.Zone = time.Local
	}
	if opts.MaxLines <= 0 {
		opts.MaxLines = MaxLines
	}
	return &Room{opts: opts, timeline: newTimeline(opts.Zone, opts.MaxLines), state: netchat.StateConnecting}
}

// Changed says what a batch of Updates made worth drawing again.
type Changed struct {
	Room       bool // name, own entry
	People     bool
	Timeline   bool
	Recipient  bool
	Connection bool
	Unread     bool
	News       int // messages of others that came
	// Private has the author of each of News that is not for everybody.
	Private []netchat.MemberID
	// NotRenamed is the name that the room does not call one by, though asked
	// to; empty: there is none.
	NotRenamed string
	// Hits is the answer to a search; nil: there is none.
	Hits *netchat.Hits
	// Aside is where what was kept of the room on this machine is, because it was
	// damaged; empty: it was not.
	Aside string
	// NotKept says that what Room.NotKept returns has changed.
	NotKept bool
}

// Info returns what is known of the room itself.
func (r *Room) Info() netchat.RoomInfo { return r.info }

// Self returns one's own entry.
func (r *Room) Self() netchat.Member { return r.self }

// People returns who is here.
func (r *Room) People() *People { return &r.people }

// Timeline returns what was said.
func (r *Room) Timeline() *Timeline { return r.timeline }

// Connection returns how the connection stands, and why.
func (r *Room) Connection() (netchat.State, error) { return r.state, r.cause }

// NotKept returns why nothing of the room is kept on this machine any more, nil if it
// is.
func (r *Room) NotKept() error { return r.notKept }

// Unread returns how many messages of others came while the reader was away.
func (r *Room) Unread() int { return r.unread }

// SetAway tells whether the reader is looking elsewhere; coming back makes
// everything read. It reports whether Unread changed.
func (r *Room) SetAway(away bool) bool {
	r.away = away
	if away || r.unread == 0 {
		return false
	}
	r.unread = 0
	return true
}

// Recipient returns to whom the next message goes.
func (r *Room) Recipient() Recipient { return r.drafts.to }

// Choose makes the next messages private to that member; chosen a second
// time, it leads back to everybody. Who is not in the room is chosen as gone:
// what is typed for them is kept, and goes to nobody. One's own entry is no
// target, nor is an empty id: it changes nothing and Choose reports false.
func (r *Room) Choose(id netchat.MemberID) bool {
	switch id {
	case r.self.ID, "":
		return false
	case r.drafts.to.ID:
		r.drafts.to = Recipient{}
	default:
		r.drafts.to = r.drafts.named(r.people.anybody(id))
	}
	return true
}

// ChooseAll leads back to everybody.
func (r *Room) ChooseAll() { r.drafts.to = Recipient{} }

// Draft returns what was typed for the current Recipient.
func (r *Room) Draft() string { return r.drafts.of(r.drafts.to.ID) }

// SetDraft keeps what is typed for the current Recipient.
func (r *Room) SetDraft(text string) { r.drafts.set(text) }

// Compose makes the Post of a text to the current Recipient, shows it as
// waiting and empties the draft. It fails with ErrBlank, ErrGone,
// netchat.ErrTooLong or netchat.ErrOutboxFull and then changes nothing.
func (r *Room) Compose(text string) (netchat.Post, error) {
	posts, err := r.ComposeAll([]string{text})
	if err != nil {
		return netchat.Post{}, err
	}
	return posts[0], nil
}

// ComposeAll is Compose for texts that are messages of their own, in that
// order: all of them or, if it fails, none.
func (r *Room) ComposeAll(texts []string) ([]netchat.Post, error) {
	to := r.drafts.to
	posts := make([]netchat.Post, len(texts))
	for i, text := range texts {
		switch {
		case strings.TrimSpace(text) == "":
			return nil, ErrBlank
		case to.Gone:
			return nil, ErrGone
		case len(text) > netchat.MaxText:
			return nil, netchat.ErrTooLong
		case len(r.timeline.waiting)+len(texts) > MaxWaiting:
			return nil, netchat.ErrOutboxFull
		}
		id, err := r.opts.NewID()
		if err != nil {
			return nil, err
		}
		posts[i] = netchat.Post{ID: id, Text: text}
		if to.Private() {
			posts[i].To = []netchat.MemberID{to.ID}
		}
	}
	for _, post := range posts {
		await(r, post)
	}
	if len(posts) > 0 {
		r.drafts.set("")
		r.drafts.to.Asker, r.drafts.to.AskerName = "", ""
	}
	return posts, nil
}

// await shows a Post as waiting.
func await(r *Room, post netchat.Post) {
	m := netchat.Message{
		Time: r.opts.Now(), ID: post.ID, Kind: netchat.KindMessage, Author: r.self.ID, Name: r.self.Name,
		Audience: netchat.ToAll(), Text: post.Text,
	}
	if len(post.To) > 0 {
		m.Audience = netchat.ToMembers(post.To...)
	}
	l := lineOf(r, m)
	l.State = LineWaiting
	wait(r.timeline, l)
}

// Fail marks an own waiting message as failed, and reports whether there was
// one.
func (r *Room) Fail(id netchat.EventID, f Failure) bool {
	for _, l := range r.timeline.waiting {
		if l.Message.ID == id {
			r.timeline.fail(l, f)
			return true
		}
	}
	return false
}

// Retry sends a failed message again: under its old id, so that it can never
// be in the room twice, or under a new one if it is uncertain whether the old
// one arrived (a plain server could not tell them apart anyway). The line
// moves to the end. It reports false if l has not failed, or too many wait.
func (r *Room) Retry(l *Line) (netchat.Post, bool) {
	if l.State != LineFailed || len(r.timeline.waiting) >= MaxWaiting {
		return netchat.Post{}, false
	}
	id := l.Message.ID
	if l.Failure.Reason == netchat.RefusedUncertain {
		fresh, err := r.opts.NewID()
		if err != nil {
			return netchat.Post{}, false
		}
		id = fresh
	}
	remove(r.timeline, l)
	l.Message.ID, l.Message.Author, l.Message.Time = id, r.self.ID, r.opts.Now()
	l.State, l.Failure = LineWaiting, Failure{}
	l.Version++
	wait(r.timeline, l)
	post := netchat.Post{ID: id, Text: l.Message.Text}
	if l.Private() {
		post.To = l.Message.Audience.Members
	}
	return post, true
}

// Discard takes a failed message out of the timeline.
func (r *Room) Discard(l *Line) {
	if l.State == LineFailed {
		remove(r.timeline, l)
	}
}

// lineOf makes the Line of a message.
func lineOf(r *Room, m netchat.Message) *Line {
	l := &Line{Kind: LineMessage, Message: m, Own: m.Author == r.self.ID}
	l.Mark = r.people.mark(m.Author, m.Name)
	if l.Private() {
		l.Peer = peerOf(r, m, l.Own)
	}
	return l
}

// peerOf returns the name of the other side of a private message. For an own
// one it must be clear who got it.
func peerOf(r *Room, m netchat.Message, own bool) string {
	if !own {
		return DisplayName(m.Name, m.Author.Label())
	}
	var names []string
	for _, id := range m.Audience.Members {
		if id != r.self.ID || len(m.Audience.Members) == 1 {
			names = append(names, r.people.calledBy(id))
		}
	}
	return strings.Join(names, ", ")
}
