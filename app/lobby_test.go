package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

func roomID(n byte) netchat.RoomID {
	return netchat.RoomID(strings.Repeat(string('a'+rune(n%6)), 31) + string('0'+rune(n%10)))
}

func ad(n byte, name, host string, members int) netchat.Advert {
	return netchat.Advert{
		Room:  netchat.RoomInfo{ID: roomID(n), Name: name, Host: host},
		Addrs: []string{"10.0.0." + string('0'+rune(n)) + ":8000"}, Members: members, Rich: true,
	}
}

func (b *bench) lobby() *lobbyScreen {
	b.t.Helper()
	s, ok := b.app.screen.(*lobbyScreen)
	if !ok {
		b.t.Fatalf("not the lobby but %T", b.app.screen)
	}
	return s
}

// find has the search list these rooms.
func (b *bench) find(list ...netchat.Advert) {
	b.t.Helper()
	s := b.lobby()
	b.finder.lists <- list
	b.until("the list", func() bool {
		return slices.EqualFunc(s.rooms.found, list, func(x, y netchat.Advert) bool {
			return slices.ContainsFunc(list, func(z netchat.Advert) bool { return z.Room == x.Room && z.Members == x.Members })
		})
	})
}

// names returns what the list shows, from top to bottom.
func (b *bench) names() []string {
	b.t.Helper()
	var names []string
	l := b.lobby().rooms.list
	for i, o := range l.box.Objects {
		if i > 0 && o.Position().Y <= l.box.Objects[i-1].Position().Y {
			b.t.Errorf("entry %d is not below the one before", i)
		}
		switch o := o.(type) {
		case *roomCard:
			names = append(names, o.item.name)
		case *fyne.Container:
			names = append(names, "– "+lineOfText(o).text)
		}
	}
	return names
}

func (b *bench) wantNames(names ...string) {
	b.t.Helper()
	if got := b.names(); !slices.Equal(got, names) {
		b.t.Errorf("listed %q, want %q", got, names)
	}
}

// card returns the card of the room with that name.
func (b *bench) card(name string) *roomCard {
	b.t.Helper()
	for _, o := range b.lobby().rooms.list.box.Objects {
		if c, ok := o.(*roomCard); ok && c.item.name == name {
			return c
		}
	}
	b.t.Fatalf("no card %q among %q", name, b.names())
	return nil
}

func (b *bench) tick() { b.lobby().tick(false) }

// remember has the window know rooms of before.
func (b *bench) remember(visits ...model.Visit) {
	b.t.Helper()
	for _, v := range visits {
		if err := b.visited.Note(v); err != nil {
			b.t.Fatal(err)
		}
	}
	b.app.enterLobby("")
}

func visit(n byte, name string, ago time.Duration) model.Visit {
	a := ad(n, name, "刘备", 0)
	return model.Visit{Room: a.Room, Addrs: a.Addrs, Last: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Add(-ago)}
}

const day = 24 * time.Hour

func TestLobbyListsRooms(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(2, "Office", "Maria", 1), ad(1, "教室 3.5", "诸葛亮", 28), ad(3, "", "", -1))
	b.wantNames("10.0.0.3:8000", "Office", "教室 3.5")
	b.wantSeen("诸葛亮 · 28 people", "Maria · 1 person", "searching…")
	if b.sees("No room found yet") {
		t.Error("rooms are found and not")
	}
	b.pass(askFor)
	b.tick()
	b.wantSeen("up to date")
	office := b.card("Office")
	b.find(ad(2, "Office", "Maria", 2))
	if b.wantNames("Office"); b.card("Office") != office {
		t.Error("the card was made anew")
	}
	b.wantSeen("Maria · 2 people")
	b.pass(aimTime)
	test.Tap(office)
	got := b.joined()
	if got.Room != roomID(2) || got.Addrs[0] != "10.0.0.2:8000" || got.Name != "张飞" {
		t.Errorf("joined %+v", got)
	}
	b.chat.events <- welcome()
	b.until("entering", func() bool { return b.sees("11111111") })
}

func TestRoomsThatLookAlike(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(1, "Physics", "Maria", 2), ad(2, "physics ", "maria", 2), ad(3, "Physics", "Li", 2))
	b.wantSeen("Maria · 2 people · 10.0.0.1:8000", "maria · 2 people · 10.0.0.2:8000")
	if b.sees("10.0.0.3") {
		t.Error("an address where the host's name tells the rooms apart")
	}
}

// TestNothingMovesUnderThePointer: as long as the pointer is over the list, and
// a moment longer, new rooms come last and those that are gone stay.
func TestNothingMovesUnderThePointer(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(1, "B", "x", 1), ad(2, "D", "x", 1))
	b.pass(time.Minute)
	first, last := b.card("B"), b.card("D")
	at := last.Position()
	last.MouseIn(pointAt(1))
	last.MouseMoved(pointAt(2))
	b.find(ad(2, "D", "x", 1), ad(3, "A", "x", 1))
	b.wantNames("B", "D", "A")
	b.wantSeen("no longer there")
	if last.Position() != at || b.card("B") != first || first.item.press != nil {
		t.Error("a card moved, or one that is gone can be pressed")
	}
	last.MouseOut()
	b.tick()
	b.wantNames("B", "D", "A")
	b.lobby().rooms.list.MouseIn(pointAt(1))
	b.pass(time.Minute)
	b.tick()
	b.wantNames("B", "D", "A")
	b.lobby().rooms.list.MouseOut()
	b.pass(settleAfter)
	b.tick()
	b.wantNames("A", "D")
	if b.card("D") != last {
		t.Error("the card that stayed was made anew")
	}
}

// pointAt is the pointer at a place.
func pointAt(at float32) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{AbsolutePosition: fyne.NewPos(at, at)}}
}

// TestPointerThatWasThere: a window that opens under the pointer is not held
// by it.
func TestPointerThatWasThere(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(2, "D", "x", 1))
	b.card("D").MouseIn(pointAt(7))
	b.find(ad(1, "B", "x", 1), ad(2, "D", "x", 1))
	b.wantNames("B", "D")
	b.card("B").MouseMoved(pointAt(8))
	b.find(ad(0, "A", "x", 1), ad(1, "B", "x", 1), ad(2, "D", "x", 1))
	b.wantNames("B", "D", "A")
}

func TestPointerThatLeavesWithTheWindow(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(2, "D", "x", 1))
	b.card("D").MouseIn(pointAt(1))
	b.card("D").MouseMoved(pointAt(2))
	b.app.setAway(true)
	b.pass(settleAfter)
	b.find(ad(1, "B", "x", 1), ad(2, "D", "x", 1))
	b.wantNames("B", "D")
	b.app.setAway(false)
	b.card("D").MouseMoved(pointAt(3))
	b.find(ad(0, "A", "x", 1), ad(1, "B", "x", 1), ad(2, "D", "x", 1))
	b.wantNames("B", "D", "A")
}

// TestClickBehindAMove: a click just after a card came to where it is was
// meant for what was there before.
func TestClickBehindAMove(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(2, "D", "x", 1))
	b.pass(time.Minute)
	b.find(ad(1, "B", "x", 1), ad(2, "D", "x", 1))
	b.pass(aimTime - 1)
	test.Tap(b.card("B"))
	test.Tap(b.card("D"))
	if b.lobby().busy != nil {
		t.Fatal("joined by a click that was meant for something else")
	}
	b.card("D").TypedKey(key(fyne.KeyReturn)) // the focus does not move
	if got := b.joined(); got.Room != roomID(2) {
		t.Errorf("joined %+v", got)
	}
}

func TestKeysOfTheList(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.remember(visit(4, "Old", day))
	b.find(ad(1, "A", "x", 1), ad(2, "B", "x", 1), ad(3, "C", "x", 1))
	c := b.app.win.Canvas()
	press := func(name fyne.KeyName) {
		if f := c.Focused(); f != nil {
			f.TypedKey(key(name))
		} else {
			c.OnTypedKey()(key(name))
		}
	}
	on := func(name string) {
		t.Helper()
		if f, ok := c.Focused().(*roomCard); !ok || f.item.name != name {
			t.Fatalf("the focus is not on %s but %v", name, c.Focused())
		}
	}
	press(fyne.KeyDown)
	on("A")
	press(fyne.KeyUp)
	on("A")
	press(fyne.KeyDown)
	press(fyne.KeyDown)
	on("C")
	press(fyne.KeyDown)
	on("Old")
	press(fyne.KeyHome)
	on("A")
	press(fyne.KeyEnd)
	on("Old")
	press(fyne.KeyUp)
	b.find(ad(0, "0", "x", 1), ad(2, "B", "x", 1), ad(3, "C", "x", 9))
	on("C")
	b.find(ad(0, "0", "x", 1))
	on("C")
	press(fyne.KeyReturn)
	if b.lobby().busy != nil {
		t.Error("joined a room that is gone")
	}
	b.wantNames("0", "C", "– Where you were before", "Old")
	press(fyne.KeyUp)
	b.tick()
	b.wantNames("0", "– Where you were before", "Old")
	b.app.win.Canvas().Focused().TypedRune(' ')
	if got := b.joined(); got.Room != roomID(0) {
		t.Errorf("joined %+v", got)
	}
}

func TestTypingLeadsToTheAddress(t *testing.T) {
	b := newBench(t, "张飞", "en")
	c := b.app.win.Canvas()
	if c.Focused() != nil {
		t.Errorf("the focus is on %T, which scrolls a small window away from the rooms", c.Focused())
	}
	c.OnTypedRune()('1')
	b.find(ad(1, "A", "x", 1))
	c.Focus(b.card("A"))
	c.Focused().TypedRune('0')
	test.Type(b.lobby().addr, ".0.0.1")
	if got := b.lobby().address; got != "10.0.0.1" || c.Focused() != b.lobby().addr {
		t.Errorf("typed %q", got)
	}
}

func TestTypedAddresses(t *testing.T) {
	for typed, want := range map[string]string{
		"１０．０．０．１：８１２３": "10.0.0.1:8123", " http://host/ ": "host:8000", "ws://host:1/x": "ws://host:1/x",
	} {
		b := newBench(t, "张飞", "en")
		s := b.lobby()
		s.addr.SetText(typed)
		s.addr.TypedKey(key(fyne.KeyReturn))
		if got := b.joined(); got.Target != want || len(got.Addrs) != 0 {
			t.Errorf("%q joined %+v", typed, got)
		}
	}
	b := newBench(t, "张飞", "en")
	s := b.lobby()
	for typed, want := range map[string]string{
		"my room": "This is no address.", "host:99999": "This is no port", "https://host": "no https addresses",
	} {
		s.addr.SetText(typed)
		b.press("Join")
		if s.busy != nil {
			t.Errorf("%q was dialled", typed)
		}
		b.wantSeen(want)
	}
	s.addr.SetText("")
	b.press("Join")
	if b.app.win.Canvas().Focused() != s.addr || s.busy != nil {
		t.Error("joining nothing does not lead to the field")
	}
	b.app.fyne.Clipboard().SetContent(strings.Repeat("1", 1_000_000))
	longest, changed := 0, s.addr.OnChanged
	s.addr.OnChanged = func(text string) { longest = max(longest, len(text)); changed(text) }
	s.addr.TypedShortcut(&fyne.ShortcutPaste{Clipboard: b.app.fyne.Clipboard()})
	if n := len(s.addr.Text); n != maxTypedAddress || len(s.address) != n || longest != n {
		t.Errorf("%d characters pasted, %d for a moment", n, longest)
	}
}

func TestJoinThatFails(t *testing.T) {
	b := newBench(t, "张飞", "zh-Hans")
	s := b.lobby()
	test.Type(s.addr, "nowhere")
	s.addr.TypedKey(key(fyne.KeyReturn))
	b.wantSeen("正在加入 nowhere…")
	b.until("the failure", func() bool { return b.sees("没有回应。请检查地址") })
	s.join(JoinRequest{Target: "broken"}, "broken")
	b.until("the failure", func() bool { return b.sees("操作没有成功：out of order") })
	s.join(JoinRequest{Target: "other"}, "other")
	b.until("the failure", func() bool { return b.sees("现在是另一个聊天室") })
	b.press("关闭")
	if b.sees("现在是另一个聊天室") {
		t.Error("the failure cannot be closed")
	}
}

func TestWhileJoining(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.find(ad(1, "A", "x", 1))
	b.pass(time.Minute)
	s := b.lobby()
	at := b.app.fyne.Driver().AbsolutePositionForObject(b.card("A"))
	test.Tap(b.card("A"))
	b.wantSeen("Joining A…", "Cancel")
	if now := b.app.fyne.Driver().AbsolutePositionForObject(b.card("A")); now != at {
		t.Errorf("the card moved from %v to %v", at, now)
	}
	if b.card("A").item.press != nil || !s.submits[0].Disabled() || !s.submits[1].Disabled() {
		t.Error("something else can be joined meanwhile")
	}
	b.app.win.Canvas().OnTypedKey()(key(fyne.KeyEscape))
	if b.sees("Joining A…") || s.busy != nil || b.card("A").item.press == nil || s.submits[0].Disabled() {
		t.Error("Escape did not give up")
	}
	b.joined()
	b.queue.drain()
	if b.app.screen != s {
		t.Error("entered a room that was given up")
	}
}

func TestRefresh(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.pass(time.Minute)
	b.tick()
	b.wantSeen("still searching…")
	s := b.lobby()
	refreshed := func() (n int) {
		b.finder.asked.note(func(r *findRecord) { n = r.refreshed })
		return n
	}
	b.app.win.Canvas().OnTypedKey()(key(fyne.KeyF5))
	b.wantSeen("searching…")
	if refreshed() != 1 || b.sees("still searching…") {
		t.Error("F5 did nothing")
	}
	b.find(ad(1, "A", "x", 1))
	for _, f := range []fyne.Focusable{s.addr, s.hostName, s.hostPort, s.submits[0], b.card("A")} {
		was := refreshed()
		f.TypedKey(key(fyne.KeyF5))
		if refreshed() != was+1 {
			t.Errorf("F5 did nothing on %T", f)
		}
	}
	was := refreshed()
	s.rooms.again.TypedKey(key(fyne.KeyReturn))
	test.Tap(s.rooms.again)
	if refreshed() != was+2 {
		t.Error("the button did nothing")
	}
}

func TestEmptyLobbyHelps(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.wantSeen("No room found yet", "appear here by themselves", "searching…")
	b.pass(helpAfter)
	b.tick()
	b.wantSeen("No room found yet", "guest network", "firewall", "still searching…")
	b.lobby().rooms.take(nil)
	b.wantSeen("guest network")
	b.lobby().tick(true)
	b.wantSeen("This computer is not connected to a network", "not connected")
	b.find(ad(1, "A", "x", 1))
	b.lobby().tick(true)
	if b.sees("not connected") || b.sees("No room found") {
		t.Error("a room is found, and yet there is help")
	}
	b.find()
	b.tick()
	b.wantSeen("No room found yet", "appear here by themselves")
	b.offline.Store(true)
	b.app.enterLobby("")
	b.until("a look at the network", func() bool { return b.sees("not connected to a network") })
}

// TestSearchSlowsDown: only a window that is in the background for long is
// taken for hidden.
func TestSearchSlowsDown(t *testing.T) {
	b := newBench(t, "张飞", "en")
	hidden := func() (h []bool) {
		b.finder.asked.note(func(r *findRecord) { h = slices.Clone(r.hidden) })
		return h
	}
	b.app.setAway(true)
	b.pass(hiddenAfter - 1)
	b.tick()
	b.app.setAway(false)
	if h := hidden(); len(h) != 0 {
		t.Fatalf("hidden %v before its time", h)
	}
	b.app.setAway(true)
	b.pass(hiddenAfter)
	b.tick()
	b.tick()
	b.app.setAway(false)
	if h := hidden(); !slices.Equal(h, []bool{true, false}) {
		t.Errorf("hidden %v", h)
	}
	b.app.setAway(true)
	b.app.enterLobby("")
	b.pass(hiddenAfter)
	b.tick()
	if h := hidden(); !slices.Equal(h, []bool{true, false, true}) {
		t.Errorf("a lobby that opened in the background: hidden %v", h)
	}
}

func TestWheelOverAField(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.app.win.Resize(fyne.NewSize(480, 360))
	s := b.lobby()
	s.page.move(1e6)
	before := s.page.scroll.Offset.Y
	for _, f := range []*lobbyField{s.addr, s.hostName} {
		at := b.app.fyne.Driver().AbsolutePositionForObject(f).AddXY(20, 20)
		over, _, _ := findAt(b.app.win.Canvas().Content(), at, func(o fyne.CanvasObject) bool {
			_, ok := o.(fyne.Scrollable)
			return ok
		})
		if _, ok := over.(*wheelPass); !ok {
			t.Fatalf("the wheel goes to %T", over)
		}
		over.(fyne.Scrollable).Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 30)})
		if now := s.page.scroll.Offset.Y; now >= before {
			t.Errorf("the page stayed at %v", now)
		}
		tapped, _, _ := findAt(b.app.win.Canvas().Content(), at.AddXY(0, 30), func(o fyne.CanvasObject) bool {
			_, ok := o.(fyne.Tappable)
			return ok
		})
		if tapped != f {
			t.Errorf("a click goes to %T", tapped)
		}
		before = s.page.scroll.Offset.Y
	}
}

// findAt looks for what is at a place as a driver does: the last match wins.
func findAt(root fyne.CanvasObject, at fyne.Position, match func(fyne.CanvasObject) bool) (found fyne.CanvasObject, pos fyne.Position, n int) {
	driver := fyne.CurrentApp().Driver()
	walk(root, func(o fyne.CanvasObject) {
		p := driver.AbsolutePositionForObject(o)
		if match(o) && at.X >= p.X && at.Y >= p.Y && at.X < p.X+o.Size().Width && at.Y < p.Y+o.Size().Height {
			found, pos, n = o, at.Subtract(p), n+1
		}
	})
	return found, pos, n
}

func TestFocusComesIntoView(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.app.win.Resize(fyne.NewSize(480, 360))
	var many []netchat.Advert
	for n := range byte(6) {
		many = append(many, ad(n, "Room "+string('A'+rune(n)), "x", 1))
	}
	b.find(many...)
	s, c := b.lobby(), b.app.win.Canvas()
	inView := func(o fyne.CanvasObject) bool {
		top := b.app.fyne.Driver().AbsolutePositionForObject(o).Y - b.app.fyne.Driver().AbsolutePositionForObject(s.page.scroll).Y
		return top >= 0 && top+o.Size().Height <= s.page.scroll.Size().Height
	}
	for _, o := range []fyne.CanvasObject{b.card("Room F"), s.addr, s.submits[0], b.card("Room A"), s.rooms.again} {
		c.Focus(o.(fyne.Focusable))
		if !inView(o) {
			t.Errorf("%T is out of view", o)
		}
	}
	c.Focus(s.addr)
	s.tell(notice{sentence: strings.Repeat("A long sentence. ", 30)})
	if !inView(s.addr) {
		t.Error("the notice hides what has the focus")
	}
	at := s.page.scroll.Offset.Y
	walk(s.foot.root, func(o fyne.CanvasObject) {
		if f, ok := o.(*lobbyButton); ok {
			c.Focus(f)
		}
	})
	if s.page.scroll.Offset.Y != at {
		t.Error("the page scrolled for a button that is not on it")
	}
	s.tell(notice{})
	c.Focus(nil)
	s.page.move(-1e6)
	at = s.page.scroll.Offset.Y
	c.OnTypedKey()(key(fyne.KeyPageDown))
	if s.page.scroll.Offset.Y <= at {
		t.Error("Page Down did nothing")
	}
	c.OnTypedKey()(key(fyne.KeyPageUp))
	if s.page.scroll.Offset.Y != at {
		t.Error("Page Up did not lead back")
	}
}

func TestLobbyInOtherWords(t *testing.T) {
	b := newBench(t, "张飞", "")
	b.remember(visit(4, "Old", day))
	b.find(ad(1, "A", "x", 3))
	test.Type(b.lobby().addr, "10.0")
	set := b.app.settings
	set.Lang, set.Theme = LangChinese, model.ThemeDark
	b.app.change(set)
	b.wantNames("A", "– 以前去过的聊天室", "Old")
	b.wantSeen("加入", "3 人", "昨天 · ", "10.0", "开启")
}
