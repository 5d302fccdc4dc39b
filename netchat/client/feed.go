package client

import (
	"context"
	"errors"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// eventBuffer is how many Updates wait for the reader of Events; when it is
// full, the client stops reading its connection.
const eventBuffer = 256

// maxUnread bounds the bytes of those Updates, as weightOf counts them: a list of
// everybody is as heavy as a thousand messages. unreadPoll is how often is looked
// whether they were read.
const (
	maxUnread  = 8 << 20
	unreadPoll = 5 * time.Millisecond
)

// lastWordWait is how long the end waits for a reader of Events that is behind,
// before the oldest unread Update makes place for the last one.
const lastWordWait = time.Second

// errClosing ends the run loop because Close was called.
var errClosing = errors.New("closing")

// A feed is the way to the consumer. Only the run loop uses it.
type feed struct {
	ctx    context.Context // ends with Close
	events chan netchat.Update

	weights []int // of the Updates that may be unread, oldest first
	unread  int   // their sum
}

// emit hands u to the consumer, waiting until there is room. It fails with
// errClosing once Close is called and nobody takes it.
func (f *feed) emit(u netchat.Update) error {
	weight := weightOf(u)
	if err := f.lighten(weight); err != nil {
		return err
	}
	select {
	case f.events <- u:
	default:
		select {
		case f.events <- u:
		case <-f.ctx.Done():
			return errClosing
		}
	}
	f.weights = append(f.weights, weight)
	f.unread += weight
	return nil
}

// lighten waits until what is unread and weight are no more than maxUnread, or
// nothing is unread.
func (f *feed) lighten(weight int) error {
	for {
		for len(f.weights) > len(f.events) {
			f.unread -= f.weights[0]
			f.weights = f.weights[1:]
		}
		if len(f.weights) == 0 || f.unread+weight <= maxUnread {
			return nil
		}
		poll := time.NewTimer(unreadPoll)
		select {
		case <-poll.C:
		case <-f.ctx.Done():
			poll.Stop()
			return errClosing
		}
	}
}

// What an Update takes besides its texts, in bytes, about.
const (
	updateWeight = 256
	memberWeight = 160
)

// weightOf returns about how many bytes an Update takes.
func weightOf(u netchat.Update) int {
	switch u := u.(type) {
	case *netchat.Event:
		return updateWeight + len(u.Body)
	case *netchat.Page:
		return updateWeight + messagesWeight(u.Messages)
	case *netchat.Hits:
		return updateWeight + messagesWeight(u.Messages)
	case *netchat.Welcome:
		return updateWeight + membersWeight(u.Roster.Members)
	case *netchat.Roster:
		return updateWeight + membersWeight(u.Members)
	case *netchat.RosterDelta:
		return updateWeight + membersWeight(u.Joined) + membersWeight(u.Changed) + len(u.Left)*memberWeight
	case *netchat.SystemLine:
		return updateWeight + len(u.Text) + len(u.Name)
	}
	return updateWeight
}

func messagesWeight(messages []netchat.Message) (n int) {
	for i := range messages {
		n += updateWeight + len(messages[i].Name) + len(messages[i].Text)
	}
	return n
}

func membersWeight(members []netchat.Member) (n int) {
	for i := range members {
		n += memberWeight + len(members[i].Name)
	}
	return n
}

// last hands over the last Update. Until Close it waits for the consumer;
// after that only for lastWordWait, and then the oldest unread one gives way.
func (f *feed) last(u netchat.Update) {
	if f.emit(u) == nil {
		return
	}
	timer := time.NewTimer(lastWordWait)
	defer timer.Stop()
	select {
	case f.events <- u:
		return
	case <-timer.C:
	}
	for {
		select {
		case f.events <- u:
			return
		default:
		}
		select {
		case <-f.events:
		default:
		}
	}
}

// close ends Events.
func (f *feed) close() { close(f.events) }
