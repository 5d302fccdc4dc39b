package app

import (
	"context"
	"time"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// Bounds of notifications.
const (
	notifyPause = 3 * time.Second // between two about one conversation
	maxNotified = 5               // conversations told of within that time
)

// A note is what a notification says. Its texts are the translations' own and
// never have anything in them that came over the network: a desktop shows them
// over whatever is projected, some render markup, and on Windows they pass
// through a shell.
type note struct{ title, body string }

// A notifier tells of messages that come while nobody looks at the window: of
// each conversation at most once in a while. Sending may take long, so a worker
// does it; what finds it busy with another one waiting is dropped.
type notifier struct {
	send  func(title, body string)
	now   func() time.Time
	told  map[netchat.MemberID]time.Time // when last, by author; "": the public ones
	queue chan note
}

// newNotifier returns a notifier that is silent if send is nil.
func newNotifier(send func(title, body string), now func() time.Time) *notifier {
	return &notifier{send: send, now: now, told: make(map[netchat.MemberID]time.Time), queue: make(chan note, 1)}
}

// run sends what is told until ctx ends.
func (n *notifier) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-n.queue:
			n.send(next.title, next.body)
		}
	}
}

// tell notifies of what a batch brought. A private message goes first.
func (n *notifier) tell(k *kit, c model.Changed, unread int) {
	if n.send == nil {
		return
	}
	body := ""
	for _, author := range c.Private {
		if n.due(author) {
			body = k.say(textNewPrivate)
		}
	}
	if body == "" && c.News > len(c.Private) && n.due("") {
		body = k.count(textNew, unread)
	}
	if body == "" {
		return
	}
	select {
	case n.queue <- note{k.say(textAppName), body}:
	default:
	}
}

// due reports whether a conversation may be told of now, and if so notes that
// it has been.
func (n *notifier) due(with netchat.MemberID) bool {
	now := n.now()
	for id, last := range n.told {
		if since := now.Sub(last); since < 0 || since >= notifyPause {
			delete(n.told, id)
		}
	}
	if _, recent := n.told[with]; recent || len(n.told) >= maxNotified {
		return false
	}
	n.told[with] = now
	return true
}
