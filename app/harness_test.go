package app

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

func TestMain(m *testing.M) {
	os.Setenv("LANG", "en_US.UTF-8")
	goleak.VerifyTestMain(m)
}

// patience bounds every wait of these tests.
const patience = 10 * time.Second

// A queue is Deps.Do in tests: what is handed to it runs when the test says so,
// on the test's goroutine.
type queue struct {
	mu   sync.Mutex
	todo []func()
	wake chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) do(f func()) {
	q.mu.Lock()
	q.todo = append(q.todo, f)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// drain runs what was handed over, and returns how much that was.
func (q *queue) drain() (ran int) {
	for {
		q.mu.Lock()
		todo := q.todo
		q.todo = nil
		q.mu.Unlock()
		if len(todo) == 0 {
			return ran
		}
		ran += len(todo)
		for _, f := range todo {
			f()
		}
	}
}

// fakeChat is a room that does as the test says.
type fakeChat struct {
	events   chan netchat.Update
	mu       sync.Mutex
	sent     []netchat.Post
	asked    []uint64
	turns    []netchat.PageAsk // asked for with Around and After
	refuse   error
	names    []string // asked for with Rename
	searched []string
	unnamed  error // what Rename answers
	once     sync.Once
}

func newFakeChat() *fakeChat { return &fakeChat{events: make(chan netchat.Update, 64)} }

func (c *fakeChat) Send(p netchat.Post) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	c.sent = append(c.sent, p)
	return nil
}

func (c *fakeChat) Events() <-chan netchat.Update { return c.events }

func (c *fakeChat) History(before uint64, _ int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	c.asked = append(c.asked, before)
	return nil
}

func (c *fakeChat) turn(of netchat.PageAsk) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turns = append(c.turns, of)
	return c.refuse
}

func (c *fakeChat) Around(seq uint64, _ int) error { return c.turn(netchat.PageAsk{Around: seq}) }
func (c *fakeChat) After(seq uint64, _ int) error  { return c.turn(netchat.PageAsk{After: seq}) }

func (c *fakeChat) Search(text string, _ int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.searched = append(c.searched, text)
	return nil
}

func (c *fakeChat) Rename(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, name)
	return c.unnamed
}

func (c *fakeChat) Close() error {
	c.once.Do(func() { close(c.events) })
	return nil
}

func (c *fakeChat) posts() []netchat.Post {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

type fakeHosted struct {
	chat   *fakeChat
	closed chan struct{}
	once   sync.Once
	failed chan error
	stored chan error
	strain chan netchat.Strain

	kept uint64 // of a damaged file
	lost uint64
	bad  string

	hold    chan struct{} // if set, Close waits for it
	closers atomic.Int64  // how often Close was called
}

func (h *fakeHosted) Addrs() []string { return []string{"192.168.1.20:8000"} }
func (*fakeHosted) Invite() string    { return "7K-ABCDE-FGHJK" }

func (h *fakeHosted) Info() netchat.RoomInfo                    { return netchat.RoomInfo{Name: "Class"} }
func (h *fakeHosted) Failed() <-chan error                      { return h.failed }
func (h *fakeHosted) Stored() <-chan error                      { return h.stored }
func (h *fakeHosted) Repaired() (kept, lost uint64, bad string) { return h.kept, h.lost, h.bad }
func (h *fakeHosted) Strained() <-chan netchat.Strain           { return h.strain }
func (h *fakeHosted) Close() error {
	h.closers.Add(1)
	if h.hold != nil {
		<-h.hold
	}
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *fakeHosted) Join(context.Context, string) (Chat, error) {
	return h.chat, nil
}

// A fakeFinder finds what the test says, and keeps what it was asked.
type fakeFinder struct {
	lists chan []netchat.Advert
	asked *findRecord
}

type findRecord struct {
	mu         sync.Mutex
	remembered []netchat.Advert // by the last search
	refreshed  int
	hidden     []bool
}

func (r *findRecord) note(f func(r *findRecord)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r)
}

func (f fakeFinder) Search(ctx context.Context, remembered []netchat.Advert) Search {
	f.asked.note(func(r *findRecord) { r.remembered = remembered })
	return fakeSearch{f.watch(ctx), f.asked}
}

type fakeSearch struct {
	rooms <-chan []netchat.Advert
	asked *findRecord
}

func (s fakeSearch) Rooms() <-chan []netchat.Advert { return s.rooms }
func (s fakeSearch) Refresh()                       { s.asked.note(func(r *findRecord) { r.refreshed++ }) }

func (s fakeSearch) SetHidden(hidden bool) {
	s.asked.note(func(r *findRecord) { r.hidden = append(r.hidden, hidden) })
}

func (f fakeFinder) watch(ctx context.Context) <-chan []netchat.Advert {
	out := make(chan []netchat.Advert)
	go func() {
		defer close(out)
		for {
			select {
			case l := <-f.lists:
				select {
				case out <- l:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// A bench is an app with everything around it faked.
type bench struct {
	t      *testing.T
	queue  *queue
	app    *App
	chat   *fakeChat
	hosted *fakeHosted
	finder fakeFinder
	joins  chan JoinRequest
	dir    string

	hosts   chan HostRequest
	visited *model.Visited
	passed  atomic.Int64 // nanoseconds of the clock
	offline atomic.Bool
}

// now is the clock of the window.
func (b *bench) now() time.Time {
	return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC).Add(time.Duration(b.passed.Load()))
}

// pass lets time pass on the clock of the window.
func (b *bench) pass(d time.Duration) { b.passed.Add(int64(d)) }

// answer is what comes of joining.
func (b *bench) answer(r JoinRequest) (Chat, error) {
	switch host, _, _ := strings.Cut(r.Target, ":"); host {
	case "nowhere":
		return nil, netchat.ErrUnreached
	case "broken":
		return nil, errTest
	case "other":
		return nil, netchat.ErrNotFound
	}
	return b.chat, nil
}

var errTest = errors.New("out of order")

// newBench shows the window. With a name it starts in the lobby.
func newBench(t *testing.T, name, lang string) *bench {
	t.Helper()
	chat := newFakeChat()
	b := &bench{
		t: t, queue: newQueue(), chat: chat, dir: t.TempDir(), joins: make(chan JoinRequest, 8),
		hosted:  &fakeHosted{chat: chat, closed: make(chan struct{}), failed: make(chan error, 1)},
		finder:  fakeFinder{make(chan []netchat.Advert), &findRecord{}},
		hosts:   make(chan HostRequest, 8),
		visited: &model.Visited{},
	}
	deps := Deps{
		Join: func(_ context.Context, r JoinRequest) (Chat, error) {
			b.joins <- r
			b.queue.do(func() {})
			return b.answer(r)
		},
		Host: func(_ context.Context, r HostRequest) (Hosted, error) {
			b.hosts <- r
			if strings.HasSuffix(r.Listen, ":80") {
				return nil, ErrPortForbidden
			}
			return b.hosted, nil
		},
		Find: b.finder, Now: b.now, Online: func() bool { return !b.offline.Load() },
		Do: b.queue.do,
	}
	f := test.NewTempApp(t)
	a, err := New(f, deps, Options{Settings: model.NewSettingsStore(b.dir), Visited: b.visited, Drafts: model.NewDraftStore(b.dir), Name: name, Lang: lang})
	if err != nil {
		t.Fatal(err)
	}
	b.app = a
	a.Show()
	a.win.Resize(fyne.NewSize(1000, 700))
	t.Cleanup(func() {
		a.Close()
		for {
			select {
			case <-b.queue.wake:
				b.queue.drain()
			case <-a.tasks.idle():
				if b.queue.drain() == 0 { // else it may have started something
					return
				}
			}
		}
	})
	return b
}

// until runs what is handed to the window until cond holds.
func (b *bench) until(what string, cond func() bool) {
	b.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		b.queue.drain()
		if cond() {
			return
		}
		select {
		case <-b.queue.wake:
		case <-late.C:
			b.t.Fatalf("%s did not happen; on the window: %q", what, b.seen())
		}
	}
}

// Members of the test's room.
var (
	self  = netchat.Member{ID: "11111111111111111111111111111111", Label: "11111111", Name: "张飞", Presence: netchat.Present}
	liu   = netchat.Member{ID: "22222222222222222222222222222222", Label: "22222222", Name: "刘备", Presence: netchat.Present}
	guan  = netchat.Member{ID: "33333333333333333333333333333333", Label: "33333333", Name: "关羽", Presence: netchat.Present}
	guan2 = netchat.Member{ID: "44444444444444444444444444444444", Label: "44444444", Name: "关羽", Presence: netchat.Present}
)

func welcome() *netchat.Welcome {
	return &netchat.Welcome{
		Room: netchat.RoomInfo{ID: "99999999999999999999999999999999", Name: "Class", Host: "刘备"},
		Self: self, Rich: true,
		Roster: netchat.Roster{Version: 1, Members: []netchat.Member{self, liu, guan, guan2}},
	}
}

// enter brings the window into the room.
func (b *bench) enter() *roomScreen {
	b.t.Helper()
	b.app.screen.(*lobbyScreen).join(JoinRequest{Target: "host"}, "host")
	b.chat.events <- welcome()
	b.until("entering the room", func() bool {
		r, ok := b.app.screen.(*roomScreen)
		return ok && r.room.Self().ID == self.ID
	})
	return b.app.screen.(*roomScreen)
}

// push sends Updates to the window and waits until it has them. The barrier is
// a change of state that changes nothing but its cause.
func (b *bench) push(r *roomScreen, updates ...netchat.Update) {
	b.t.Helper()
	barrier := &netchat.StateChange{Err: errors.New("barrier")}
	barrier.State, _ = r.room.Connection()
	for _, u := range updates {
		switch u := u.(type) {
		case *netchat.StateChange:
			barrier.State = u.State
		case *netchat.Welcome:
			barrier.State = netchat.StateOnline
		}
		b.chat.events <- u
	}
	b.chat.events <- barrier
	b.until("the update", func() bool {
		_, cause := r.room.Connection()
		return cause == barrier.Err
	})
}

// event makes an Event as a host sends it.
func event(seq uint64, id netchat.EventID, from netchat.Member, text string, to ...netchat.MemberID) *netchat.Event {
	e := &netchat.Event{
		Epoch: "1-0000000000000000", Seq: seq, Time: time.Date(2026, 11, 23, 9, 0, int(seq), 0, time.UTC),
		ID: id, Kind: netchat.KindMessage, Author: from.ID, Audience: netchat.ToAll(),
		Body: []byte(`{"name":"` + from.Name + `","text":"` + text + `"}`),
	}
	if len(to) > 0 {
		e.Audience = netchat.ToMembers(to...)
	}
	return e
}

// seen returns every text on the window, and what those beside each other say
// together: one line is drawn as several where its fonts differ.
func (b *bench) seen() []string {
	var out []string
	marks := strings.NewReplacer(leftMark, "", rightMark, "")
	visit := func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *canvas.Text:
			if o.Text != "" {
				out = append(out, marks.Replace(o.Text))
			}
		case *fyne.Container:
			var all string
			for _, child := range o.Objects {
				if t, ok := child.(*canvas.Text); ok && t.Visible() {
					all += marks.Replace(t.Text)
				}
			}
			if all != "" {
				out = append(out, all)
			}
		}
	}
	walk(b.app.win.Canvas().Content(), visit)
	for _, over := range b.app.win.Canvas().Overlays().List() {
		walk(over, visit)
	}
	return out
}

func (b *bench) sees(text string) bool {
	return slices.ContainsFunc(b.seen(), func(s string) bool { return strings.Contains(s, text) })
}

func (b *bench) wantSeen(texts ...string) {
	b.t.Helper()
	for _, want := range texts {
		if !b.sees(want) {
			b.t.Errorf("%q is not on the window: %q", want, b.seen())
		}
	}
}

func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walk(child, visit)
		}
	}
}

// press presses the button with that text, wherever it is.
func (b *bench) press(text string) {
	b.t.Helper()
	var found fyne.Tappable
	find := func(o fyne.CanvasObject) {
		var has string
		switch w := o.(type) {
		case *button:
			has = w.Text
		case *modalButton:
			has = w.Text
		case *lobbyButton:
			has = w.Text
		}
		if found == nil && has == text {
			found = o.(fyne.Tappable)
		}
	}
	walk(b.app.win.Canvas().Content(), find)
	for _, over := range b.app.win.Canvas().Overlays().List() {
		walk(over, find)
	}
	if found == nil {
		b.t.Fatalf("no button %q on the window: %q", text, b.seen())
	}
	test.Tap(found)
}

// person returns the row of somebody in the list.
func (b *bench) person(id netchat.MemberID) *personRow {
	b.t.Helper()
	var found *personRow
	walk(b.app.win.Canvas().Content(), func(o fyne.CanvasObject) {
		if r, ok := o.(*personRow); ok && r.person.ID == id {
			found = r
		}
	})
	if found == nil {
		b.t.Fatalf("no row for %s", id)
	}
	return found
}

// joined returns what was asked to be joined.
func (b *bench) joined() JoinRequest {
	b.t.Helper()
	var got JoinRequest
	b.until("joining", func() bool {
		select {
		case got = <-b.joins:
			return true
		default:
			return false
		}
	})
	return got
}

func key(name fyne.KeyName) *fyne.KeyEvent { return &fyne.KeyEvent{Name: name} }

// refreshed returns how often the search was begun anew.
func (b *bench) refreshed() (n int) {
	b.finder.asked.note(func(r *findRecord) { n = r.refreshed })
	return n
}
