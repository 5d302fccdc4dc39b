package app

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

// A browser is an app that notes what it is told to open.
type browser struct {
	fyne.App
	opened chan *url.URL
	err    error
}

func (a browser) OpenURL(u *url.URL) error {
	a.opened <- u
	return a.err
}

func (b *bench) browse(err error) browser {
	a := browser{b.app.fyne, make(chan *url.URL, 8), err}
	b.app.fyne = a
	return a
}

// choose presses the entry of a menu with that text.
func (b *bench) choose(text string) {
	b.t.Helper()
	var found fyne.Tappable
	for _, over := range b.app.win.Canvas().Overlays().List() {
		walk(over, func(o fyne.CanvasObject) {
			item, ok := o.(fyne.Tappable)
			w, isWidget := o.(fyne.Widget)
			if !ok || !isWidget {
				return
			}
			for _, part := range test.WidgetRenderer(w).Objects() {
				if t, ok := part.(*canvas.Text); ok && t.Text == text {
					found = item
				}
			}
		})
	}
	if found == nil {
		b.t.Fatalf("no entry %q on the window: %q", text, b.seen())
	}
	test.Tap(found)
}

const linkText = "看 http://bank.com@evil.example/a，或 www.example.org 吧"

func linkRoom(t *testing.T, lang string) (*bench, *roomScreen, *mouse) {
	t.Helper()
	b := newBench(t, "张飞", lang)
	r := b.enter()
	b.push(r, event(1, "a", liu, linkText), event(2, "b", guan, "mailto:a@b.example or plain"))
	return b, r, b.mouse(r)
}

func TestLinkIsDrawn(t *testing.T) {
	b, _, m := linkRoom(t, "en")
	var all, links []string
	var end float32
	for _, o := range m.bubble(0).texts[0] {
		c := o.(*canvas.Text)
		all = append(all, strings.TrimPrefix(c.Text, standing))
		if c.Color == b.app.kit.link && c.TextStyle.Underline {
			links = append(links, c.Text)
		}
		if x := c.Position().X; end > 0 && (x < end-1 || x > end+6) {
			t.Errorf("%q is at %v, what is before it ends at %v", c.Text, x, end)
		}
		end = c.Position().X + c.Size().Width
	}
	solid := func(s string) string { return strings.ReplaceAll(s, " ", "") } // blanks alone are not drawn
	if got := solid(strings.Join(all, "")); got != solid(linkText) {
		t.Errorf("drawn %q", all)
	}
	if got := strings.Join(links, " "); got != "http://bank.com@evil.example/a www.example.org" {
		t.Errorf("drawn as links: %q", links)
	}
}

func TestHoveringShowsTheTarget(t *testing.T) {
	b, r, m := linkRoom(t, "en")
	lines := r.lines
	look := func(at fyne.Position, cursor desktop.Cursor, strip string) {
		t.Helper()
		lines.MouseMoved(m.event(at, 0))
		if lines.Cursor() != cursor {
			t.Errorf("cursor %v", lines.Cursor())
		}
		if got := lines.strip.root.Visible(); got != (strip != "") || got && !b.sees(strip) {
			t.Errorf("strip %v: %q", got, b.seen())
		}
	}
	look(m.in(0, "bank"), desktop.PointerCursor, "http://evil.example/a")
	look(m.in(0, "example.org"), desktop.PointerCursor, "http://www.example.org")
	look(m.in(0, "看"), desktop.TextCursor, "")
	look(m.after(0, "example/a").SubtractXY(1, 0), desktop.PointerCursor, "http://evil.example/a")
	look(m.after(0, "example/a").AddXY(3, 0), desktop.TextCursor, "")
	look(m.before(0, "http").SubtractXY(1, 0), desktop.TextCursor, "")
	look(fyne.NewPos(690, 5), desktop.DefaultCursor, "")
	look(m.in(0, "bank"), desktop.PointerCursor, "http://evil.example/a")
	lines.MouseOut()
	if lines.strip.root.Visible() {
		t.Error("the strip stayed when the pointer left")
	}
	look(m.in(0, "bank"), desktop.PointerCursor, "http://evil.example/a")
	b.push(r, &netchat.Page{Snapshot: true, Messages: messages(1, 60).Messages})
	if lines.strip.root.Visible() {
		t.Error("the strip stayed when its link was gone")
	}
	b.push(r, event(100, "z", liu, "http://low.example/"))
	at := m.in(60, "low")
	look(at, desktop.PointerCursor, "http://low.example/")
	if y := lines.strip.root.Position().Y; at.Y > lines.Size().Height-40 && y != 0 {
		t.Errorf("the strip is at %v, the pointer at %v", y, at.Y)
	}
}

func TestShortTarget(t *testing.T) {
	f := newFont(12, fyne.TextStyle{}, nil)
	for link, want := range map[string]string{
		"http://a.example/b":                                                "http://a.example/b",
		"http://a.example/" + strings.Repeat("b", 300):                      "http://a.example/bbbbb",
		"http://" + strings.Repeat("bank.com.", 25) + "evil.example/a":      ".evil.example…",
		"http://a.example/b?" + strings.Repeat("c", 300):                    "http://a.example/b?c",
		"mailto:" + strings.Repeat("a", 60) + "@" + strings.Repeat("b", 60): "mailto:aaa",
	} {
		target, ok := textflow.Target(link)
		if !ok {
			t.Fatalf("%q leads nowhere", link)
		}
		got := shortTarget(f, target, 300)
		if !strings.Contains(got, want) || f.Width(got) > 300 {
			t.Errorf("%q: got %q, %v wide", link, got, f.Width(got))
		}
	}
}

func TestClickAsksBeforeOpening(t *testing.T) {
	b, r, m := linkRoom(t, "en")
	a := b.browse(nil)
	m.click(m.in(0, "bank"))
	b.wantSeen("Open this link?", "evil.example", "http://evil.example/a")
	b.press("Cancel")
	m.wantFocus()
	m.click(m.in(0, "bank"))
	b.press("Copy link address")
	if got := b.app.fyne.Clipboard().Content(); got != "http://evil.example/a" || b.sees("Open this link?") {
		t.Errorf("copied %q; on the window: %q", got, b.seen())
	}
	m.click(m.in(0, "bank"))
	b.app.win.Canvas().Focused().TypedKey(key(fyne.KeyEscape))
	if b.sees("Open this link?") || len(a.opened) != 0 {
		t.Error("Escape did not refuse")
	}
	m.click(m.in(0, "example.org"))
	b.press("Open")
	if got := <-a.opened; got.String() != "http://www.example.org" {
		t.Errorf("opened %v", got)
	}
	m.click(m.in(1, "a@b"))
	b.wantSeen("mailto:a@b.example")
	b.press("Open")
	if got := <-a.opened; got.String() != "mailto:a@b.example" {
		t.Errorf("opened %v", got)
	}
	m.click(m.in(1, "plain"))
	m.press(m.in(0, "bank"))
	m.release(m.in(0, "bank"))
	b.press("Cancel")
	m.again(m.in(0, "bank"))
	r.lines.deselect()
	m.release(m.in(0, "bank"))
	m.sweep(m.in(0, "bank"), m.in(0, "evil"))
	m.click(m.in(0, "example.org"), fyne.KeyModifierShift)
	if b.sees("Open this link?") || len(a.opened) != 0 {
		t.Error("selecting in a link asked to open it")
	}
	if got := m.copies(); !strings.HasPrefix(got, "bank.com@evil") {
		t.Errorf("copied %q", got)
	}
	r.write.field.TypedKey(key(fyne.KeyEscape))
}

func TestLinkThatDoesNotOpen(t *testing.T) {
	b, _, m := linkRoom(t, "zh-Hans")
	a := b.browse(errors.New("no browser"))
	m.click(m.in(0, "bank"))
	b.wantSeen("要打开这个链接吗？")
	b.press("打开")
	<-a.opened
	b.until("the failure", func() bool { return b.sees("操作没有成功：no browser") })
}

func TestVeryLongLinkIsAskedAbout(t *testing.T) {
	b := newBench(t, "张飞", "en")
	r := b.enter()
	b.push(r, event(1, "a", liu, "http://a.example/"+strings.Repeat("b", 2_000)))
	m := b.mouse(r)
	m.click(fyne.NewPos(400, 300))
	b.wantSeen("a.example", "Open this link?", "…")
	top := b.app.win.Canvas().Overlays().Top()
	if h := top.MinSize().Height; h > 600 {
		t.Errorf("the question is %v high", h)
	}
	b.press("Cancel")
}

func TestLineMenu(t *testing.T) {
	b, r, m := linkRoom(t, "en")
	clip := b.app.fyne.Clipboard()
	menu := func(at fyne.Position) {
		e := m.event(at, 0)
		e.Button = desktop.MouseButtonSecondary
		r.lines.MouseDown(e)
		b.app.win.Canvas().Unfocus()
		r.lines.TappedSecondary(&fyne.PointEvent{Position: at, AbsolutePosition: at})
	}
	menu(m.in(0, "吧"))
	if b.sees("Copy link address") || b.sees("Discard") || slices.Contains(b.seen(), "Copy") {
		t.Errorf("too much is offered: %q", b.seen())
	}
	b.choose("Copy message")
	if got := clip.Content(); got != linkText {
		t.Errorf("copied %q", got)
	}
	menu(m.in(0, "bank"))
	b.choose("Copy link address")
	if got := clip.Content(); got != "http://evil.example/a" {
		t.Errorf("copied %q", got)
	}
	m.sweep(m.before(0, "吧"), m.after(1, "mailto"))
	menu(m.in(0, "吧"))
	b.choose("Copy")
	if got := clip.Content(); got != "[09:00] 刘备: 吧\n[09:00] 关羽: mailto" {
		t.Errorf("copied %q", got)
	}
	m.wantFocus()
	menu(m.in(1, "plain"))
	if r.lines.chosen.empty() {
		t.Error("the menu cleared the selection")
	}
	b.wantSeen("Copy message")
	b.app.win.Canvas().Overlays().Top().Hide()
}

func TestMenuOfASystemLine(t *testing.T) {
	b, r, m := linkRoom(t, "en")
	b.push(r, &netchat.SystemLine{What: netchat.SystemJoined, Name: "关羽", Time: b.app.kit.now()})
	at := m.in(2, "joined")
	ask := func() { r.lines.TappedSecondary(&fyne.PointEvent{Position: at, AbsolutePosition: at}) }
	ask()
	if top := b.app.win.Canvas().Overlays().Top(); top != nil {
		t.Errorf("a menu of nothing: %q", b.seen())
	}
	m.sweep(m.before(2, "joined"), m.after(2, "joined"))
	ask()
	if b.sees("Copy message") {
		t.Errorf("too much is offered: %q", b.seen())
	}
	b.choose("Copy")
	if got := b.app.fyne.Clipboard().Content(); got != "joined" {
		t.Errorf("copied %q", got)
	}
}

func TestMenuOfAFailedMessage(t *testing.T) {
	b, r, m := linkRoom(t, "en")
	test.Type(r.write.field, "unsent")
	r.write.field.TypedKey(key(fyne.KeyReturn))
	b.push(r, &netchat.Refused{ID: b.chat.posts()[0].ID, Reason: netchat.RefusedNotStored})
	r.lines.TappedSecondary(&fyne.PointEvent{Position: m.in(2, "unsent"), AbsolutePosition: m.in(2, "unsent")})
	b.choose("Send again")
	if n := len(b.chat.posts()); n != 2 {
		t.Errorf("%d posts", n)
	}
	b.push(r, &netchat.Refused{ID: b.chat.posts()[1].ID, Reason: netchat.RefusedNotStored})
	r.lines.TappedSecondary(&fyne.PointEvent{Position: m.in(2, "unsent"), AbsolutePosition: m.in(2, "unsent")})
	b.choose("Discard")
	b.app.modal.accept()
	if n := r.room.Timeline().Len(); n != 2 {
		t.Errorf("%d lines", n)
	}
}
