package app

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
)

// A daemon shows notifications as the test says, at a time of its own.
type daemon struct {
	t    *testing.T
	got  chan note
	time time.Time
}

// newDaemon gives b's window a desktop to notify.
func newDaemon(b *bench) *daemon {
	d := &daemon{t: b.t, got: make(chan note), time: b.app.deps.Now()}
	b.app.notes.now = func() time.Time { return d.time }
	b.app.notes.send = func(title, body string) {
		select {
		case d.got <- note{title, body}:
		case <-b.app.tasks.ctx.Done():
		}
	}
	return d
}

// next waits for the next notification.
func (d *daemon) next() note {
	d.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case n := <-d.got:
		return n
	case <-late.C:
		d.t.Fatal("no notification")
		return note{}
	}
}

func (d *daemon) want(body string) {
	d.t.Helper()
	if n := d.next(); n != (note{"Homeroom", body}) {
		d.t.Errorf("notified of %q, want %q", n, body)
	}
}

func TestNotifications(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	d := newDaemon(b)
	b.push(r, event(1, "a", liu, "read at once"))
	b.app.setAway(true)
	b.push(r, event(2, "b", self, "own"), event(3, "c", liu, "one"))
	d.want("1 new message")
	b.push(r, event(4, "d", guan, "two, too soon"))
	b.push(r, event(5, "e", guan, "for you", self.ID))
	d.want("New private message")
	b.push(r, event(6, "f", guan, "too soon as well", self.ID))
	b.push(r, event(7, "g", liu, "from somebody else", self.ID))
	d.want("New private message")
	d.time = d.time.Add(notifyPause)
	b.push(r, event(8, "h", liu, "six"))
	d.want("6 new messages")
	b.app.setAway(false)
	d.time = d.time.Add(notifyPause)
	b.push(r, event(9, "i", liu, "seen"))
	b.app.setAway(true)
	d.time = d.time.Add(notifyPause)
	b.push(r, event(10, "j", liu, "unseen"))
	d.want("1 new message")
}

func TestQuiet(t *testing.T) {
	b := newBench(t, "张飞", "zh-Hans")
	r := b.enter()
	d := newDaemon(b)
	b.app.setAway(true)
	set := b.app.settings
	set.Quiet = true
	b.app.change(set)
	b.push(r, event(1, "a", liu, "one"))
	set.Quiet = false
	b.app.change(set)
	b.push(r, event(2, "b", liu, "two"))
	d.want("2 条新消息")
}

// TestNotificationsOfASlowDesktop has a desktop that takes its time: the window
// goes on, and what is told meanwhile is not stored up.
func TestNotificationsOfASlowDesktop(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	d := newDaemon(b)
	b.app.setAway(true)
	for i := range 5 {
		b.push(r, event(uint64(i+1), netchat.EventID(rune('a'+i)), liu, "x"))
		d.time = d.time.Add(notifyPause)
	}
	d.want("1 new message")
	if n := d.next(); !strings.HasSuffix(n.body, " new messages") {
		t.Errorf("then %q", n)
	}
	b.push(r, event(9, "z", liu, "x"))
	d.want("6 new messages")
}

// TestNotificationsOfMany bounds what many members can do to a desktop.
func TestNotificationsOfMany(t *testing.T) {
	tx, err := newTexts(assets.Translations(), LangEnglish)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	n := newNotifier(func(string, string) {}, func() time.Time { return now })
	told := func(from netchat.MemberID) bool {
		n.tell(&kit{texts: tx}, model.Changed{News: 1, Private: []netchat.MemberID{from}}, 1)
		select {
		case <-n.queue:
			return true
		default:
			return false
		}
	}
	count := 0
	for i := range 100 {
		if told(netchat.MemberID(rune('a' + i))) {
			count++
		}
	}
	if count != maxNotified || len(n.told) != maxNotified {
		t.Errorf("%d notifications at once, %d remembered", count, len(n.told))
	}
	now = now.Add(-time.Hour) // the clock was set back
	if !told("z") {
		t.Error("silent after the clock was set back")
	}
	newNotifier(nil, nil).tell(nil, model.Changed{News: 1}, 1)
}

// TestNotificationsArePlain keeps what means anything to a shell or to a
// program that renders markup out of the texts of notifications.
func TestNotificationsArePlain(t *testing.T) {
	for _, lang := range []string{LangEnglish, LangChinese} {
		tx, err := newTexts(assets.Translations(), lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{tx.say(textAppName), tx.say(textNewPrivate), tx.count(textNew, 1), tx.count(textNew, 2)} {
			if i := slices.IndexFunc([]rune(text), func(r rune) bool {
				return r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
			}); i >= 0 || text == "" {
				t.Errorf("%s: %q", lang, text)
			}
		}
	}
}
