package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// An aloud is something as a screen reader gets it.
type aloud struct {
	object fyne.Accessible
	name   string
	pos    fyne.Position
	size   fyne.Size
}

// hears goes through the window as Fyne's driver does for screen readers: it
// looks into containers alone, and asks the objects there.
func (b *bench) hears() []aloud {
	var out []aloud
	var ask func(o fyne.CanvasObject, at fyne.Position)
	ask = func(o fyne.CanvasObject, at fyne.Position) {
		if o == nil || !o.Visible() {
			return
		}
		at = at.Add(o.Position())
		if a, ok := o.(fyne.Accessible); ok && a.AccessibilityRole() != fyne.AccessibleRoleContainer {
			out = append(out, aloud{a, a.AccessibilityLabel(), at, o.Size()})
		}
		if c, ok := o.(*fyne.Container); ok {
			for _, part := range c.Objects {
				ask(part, at)
			}
		}
	}
	c := b.app.win.Canvas()
	ask(c.Content(), fyne.Position{})
	for _, over := range c.Overlays().List() {
		ask(over, fyne.Position{})
	}
	return out
}

// wantHeard checks that these are read out in this order, others in between.
func (b *bench) wantHeard(names ...string) {
	b.t.Helper()
	heard := b.hears()
	for _, want := range names {
		i := slices.IndexFunc(heard, func(a aloud) bool { return a.name == want })
		if i < 0 {
			var all []string
			for _, a := range b.hears() {
				all = append(all, a.name)
			}
			b.t.Fatalf("%q is not read out, or too early: %q", want, all)
		}
		heard = heard[i+1:]
	}
}

// wantNamed checks that every control of the window has a voice with a name,
// one only, within the window.
func (b *bench) wantNamed(what string) {
	b.t.Helper()
	voices := make(map[fyne.CanvasObject]int)
	size := b.app.win.Canvas().Size()
	for _, a := range b.hears() {
		v, ok := a.object.(*voice)
		if !ok {
			b.t.Errorf("%s: %T is read out besides the voices", what, a.object)
			continue
		}
		voices[v.of]++
		if strings.TrimSpace(a.name) == "" || strings.HasPrefix(a.name, ":") || strings.HasSuffix(a.name, ": ") {
			b.t.Errorf("%s: %T is read out as %q", what, v.of, a.name)
		}
		if a.pos.X < 0 || a.pos.Y < 0 || a.pos.X+a.size.Width > size.Width+1 || a.pos.Y+a.size.Height > size.Height+1 {
			b.t.Errorf("%s: %q is at %v %v, outside of the window", what, a.name, a.pos, a.size)
		}
	}
	list := false
	walk(b.app.win.Canvas().Content(), func(o fyne.CanvasObject) {
		_, focusable := o.(fyne.Focusable)
		_, tappable := o.(fyne.Tappable)
		if _, many := o.(teller); many || !focusable && !tappable {
			return
		}
		if _, list = o.(*personList); list {
			return // its rows have the names
		}
		if r, ok := o.(*personRow); ok && !b.inView(r) || strings.HasPrefix(fmt.Sprintf("%T", o), "*widget.scrollBar") {
			return
		}
		if n := voices[o]; n != 1 {
			b.t.Errorf("%s: %T has %d voices", what, o, n)
		}
	})
}

// inView reports whether a part of o is within the window.
func (b *bench) inView(o fyne.CanvasObject) bool {
	return b.app.fyne.Driver().AbsolutePositionForObject(o).Y < b.app.win.Canvas().Size().Height-edge
}

func TestEverythingIsNamed(t *testing.T) {
	for _, lang := range []string{LangEnglish, LangChinese} {
		b := newBench(t, "", lang)
		b.wantNamed("first start")
		s := b.app.screen.(*namingScreen)
		b.runes("张飞")
		s.done()
		b.finder.lists <- []netchat.Advert{{Room: netchat.RoomInfo{ID: "aa", Name: "Class", Host: "刘备"}, Members: 3}}
		b.until("the list", func() bool { return b.sees("Class") })
		b.app.screen.(*lobbyScreen).tell(notice{sentence: "Something went wrong."})
		b.wantNamed("lobby")
		r := b.enter()
		b.wantNamed("room")
		r.choose(liu.ID)
		b.push(r, &netchat.RosterDelta{Version: 2, Joined: crowd(40)}, &netchat.StateChange{State: netchat.StateReconnecting})
		b.wantNamed("private, many, reconnecting")
		b.push(r, &netchat.RosterDelta{Version: 3, Left: []netchat.MemberID{liu.ID}})
		b.wantNamed("recipient gone")
		for i := range 60 {
			b.push(r, event(uint64(i+1), netchat.EventID(fmt.Sprintf("%032x", i)), guan, "line"))
		}
		b.keys(fyne.KeyPageUp)
		b.push(r, event(99, "new", guan, "news"))
		b.wantNamed("news below")
		b.app.win.Resize(fyne.NewSize(480, 360))
		b.wantNamed("narrow")
		b.keys(fyne.KeyF6)
		heard := b.hears()
		if slices.ContainsFunc(heard, func(a aloud) bool { return strings.HasSuffix(a.name, ": line") }) {
			t.Error("what the people cover is read out")
		}
	}
}

func TestReadAloud(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	host := netchat.Member{ID: "66666666666666666666666666666666", Label: "66666666", Name: "Maria", Host: true, Presence: netchat.Reconnecting}
	b.push(r, &netchat.RosterDelta{Version: 2, Joined: []netchat.Member{host}},
		&netchat.SystemLine{What: netchat.SystemJoined, Name: "刘备", Time: r.app.deps.Now()},
		event(1, "a", liu, "hello"), event(2, "b", guan, "psst", self.ID))
	r.choose(liu.ID)
	b.runes("an answer")
	b.keys(fyne.KeyReturn)
	b.push(r, &netchat.Refused{ID: b.chat.posts()[0].ID, Reason: netchat.RefusedNotStored})
	b.runes("draft")
	b.wantHeard(
		"张飞, ID: 11111111, you", "刘备, ID: 22222222, draft, selected", "关羽, ID: 33333333", "Maria, reconnecting…, host",
		"Class", "Settings", "Leave",
		"09:30, 刘备 joined the room", "刘备, 09:00: hello", "关羽 #33333333, 09:00, private, from 关羽: psst",
		"张飞, 09:30, private, to 刘备, The host could not store this message.: an answer",
		"Back to everyone", "Message to 刘备: draft", "Send",
	)
	r.toAll()
	b.wantHeard("刘备, ID: 22222222, draft", "Message to everyone")
	b.app.win.Resize(fyne.NewSize(480, 360))
	b.wantHeard("Show who is here, 5 people", "Class", "Settings", "Leave", "Message to everyone", "Send")

	set := b.app.settings
	set.Lang = LangChinese
	b.app.change(set)
	b.wantHeard("查看成员, 5 人", "设置", "离开", "发给所有人的消息", "发送")
	r.choose(liu.ID)
	b.wantHeard("返回群聊", "发给 刘备 的消息: draft")
	b.app.enterLobby("")
	b.app.win.Resize(fyne.NewSize(1000, 700))
	b.app.screen.(*lobbyScreen).addr.SetText("10.0.0.1")
	b.wantHeard("聊天室名称: 张飞的聊天室", "输入地址或房间码加入: 10.0.0.1", "加入")
}

// TestOverlayIsReadAlone: what lies over the screen is read out, the screen is
// not, and what Fyne finds itself in the containers there has no second voice.
func TestOverlayIsReadAlone(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.enter()
	yes := newButton("Yes", nil, true, func() {})
	hidden := newButton("Inner", nil, true, func() {})
	over := container.New(evenly(10), container.New(column{}, yes, container.NewVScroll(container.New(column{}, hidden))))
	b.app.win.Canvas().Overlays().Add(over)
	over.Resize(fyne.NewSize(300, 300))
	var names []string
	for _, a := range b.hears() {
		names = append(names, a.name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"Inner", "Yes"}) {
		t.Errorf("read out: %q", names)
	}
}

// TestReadingPaintsNothing: Fyne asks after painting, so asking must not have
// the window painted again.
func TestReadingPaintsNothing(t *testing.T) {
	b := newBench(t, "张飞", "en")
	b.enter()
	root := b.app.win.Canvas().Content().(*fyne.Container)
	voices := root.Objects[2].(*fyne.Container)
	if len(voices.Objects) > 0 {
		t.Fatal("there are voices before anybody asked")
	}
	b.hears()
	if len(voices.Objects) < 10 {
		t.Errorf("%d voices", len(voices.Objects))
	}
	for _, o := range voices.Objects {
		switch o.(type) {
		case fyne.Widget, *canvas.Rectangle, *canvas.Text:
			t.Errorf("%T is painted", o)
		}
	}
}

func TestLinesAloud(t *testing.T) {
	b := newBench(t, "张飞", "zh-Hans")
	r := b.enter()
	b.runes("在吗")
	b.keys(fyne.KeyReturn)
	if got := b.app.kit.lineAloud(r.room.Timeline().Line(0)); got != "张飞, 09:30, 尚未发送: 在吗" {
		t.Errorf("%q", got)
	}
	l := &model.Line{Kind: model.LineMessage, Message: netchat.Message{Author: liu.ID, Text: "x"}}
	if got := b.app.kit.lineAloud(l); !strings.HasPrefix(got, "22222222, ") {
		t.Errorf("%q", got)
	}
}
