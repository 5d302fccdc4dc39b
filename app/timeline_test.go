package app

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
)

// newTestTimeline returns a timeline of n messages in a window.
func newTestTimeline(t testing.TB, n int) (*timeline, *model.Room, *[]int) {
	t.Helper()
	test.NewTempApp(t)
	tx, err := newTexts(assets.Translations(), LangEnglish)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) }
	k := newKit(tx, newLook(model.ThemeLight, model.TextNormal, 0), now, func(name string) fyne.Resource {
		return fyne.NewStaticResource(name+".svg", assets.Icon(name))
	})
	room := model.NewRoom(model.Options{Now: now, NewID: func() (netchat.EventID, error) { return "x", nil }, Zone: time.UTC})
	room.Apply([]netchat.Update{welcome(), messages(1, n)})
	var news []int
	line := newTimeline(k, room.Timeline(), timelineActions{
		older: func() {}, newer: func() {}, moved: func(n int) { news = append(news, n) }, tapped: func() {},
	})
	w := test.NewTempWindow(t, line)
	w.Resize(fyne.NewSize(600, 700))
	return line, room, &news
}

// messages makes n messages from seq first on.
func messages(first, n int) *netchat.Page {
	p := &netchat.Page{Snapshot: true, More: true}
	for i := first; i < first+n; i++ {
		p.Messages = append(p.Messages, message(i, strings.Repeat("words of message ", (i+900)%9+1)))
	}
	return p
}

func message(seq int, text string) netchat.Message {
	who := []netchat.Member{liu, guan}[(seq+900)/3%2]
	return netchat.Message{
		Seq: uint64(seq), Rev: uint64(seq), ID: netchat.EventID(strconv.Itoa(seq)),
		Time: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Add(time.Duration(seq) * time.Millisecond),
		Kind: netchat.KindMessage, Author: who.ID, Name: who.Name, Audience: netchat.ToAll(), Text: text,
	}
}

func TestTimelineDrawsOnlyWhatIsSeen(t *testing.T) {
	line, _, _ := newTestTimeline(t, 100_000)
	if n := len(line.bubbles); n > 60 {
		t.Errorf("%d bubbles laid out", n)
	}
	for range 2_000 {
		line.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 120)})
	}
	if n := len(line.bubbles); n > maxBubbles+60 {
		t.Errorf("%d bubbles kept", n)
	}
	checkGaps(t, line)
	line.scrollTo(0)
	checkGaps(t, line)
	if line.at != 0 {
		t.Errorf("at %d", line.at)
	}
	line.scrollTo(0.5)
	if line.at < 49_000 || line.at > 51_000 {
		t.Errorf("the middle is at %d", line.at)
	}
	line.toEnd()
	checkGaps(t, line)
}

// checkGaps checks that what is shown covers the screen without gap or
// overlap.
func checkGaps(t *testing.T, line *timeline) {
	t.Helper()
	low, high := line.Size().Height, float32(0)
	for _, b := range line.shown {
		low, high = min(low, b.y), max(high, b.y+b.height)
		for _, c := range line.shown {
			if b != c && b.y < c.y && b.y+b.height > c.y+0.01 {
				t.Fatalf("overlap at %v", c.y)
			}
		}
	}
	if low > topPad+0.01 || high < line.Size().Height-bottomPad-0.01 {
		t.Errorf("shown from %v to %v of %v", low, high, line.Size().Height)
	}
}

func TestTimelineKeepsItsPlace(t *testing.T) {
	line, room, news := newTestTimeline(t, 400)
	line.scrollBy(-2_000)
	if line.tail {
		t.Fatal("still at the end")
	}
	place := func() (*model.Line, float32) { return line.first, line.offset }
	first, offset := place()
	check := func(what string) {
		t.Helper()
		if f, o := place(); f != first || o != offset {
			t.Errorf("%s moved the text: from %v to %v", what, offset, o)
		}
	}
	add := message(401, "new one")
	c := room.Apply([]netchat.Update{&netchat.Event{
		Seq: 401, ID: "new", Time: add.Time, Kind: netchat.KindMessage, Author: liu.ID, Audience: netchat.ToAll(),
		Body: []byte(`{"name":"刘备","text":"new one"}`),
	}})
	line.update(c.News)
	check("a new message")
	if n := (*news)[len(*news)-1]; n != 1 {
		t.Errorf("%d new ones told", n)
	}
	older := messages(-199, 200)
	older.Snapshot = false
	room.Apply([]netchat.Update{older})
	line.update(0)
	check("older messages")
	room.Apply([]netchat.Update{messages(1, 400)})
	line.update(0)
	check("a snapshot with the same messages")
	line.toEnd()
	if n := (*news)[len(*news)-1]; n != 0 {
		t.Errorf("%d new ones told at the end", n)
	}
}

// TestScrollBackKeepsTheText to the pixel, where what stands above the first line
// goes because older lines come, and says what is above.
func TestScrollBackKeepsTheText(t *testing.T) {
	line, room, _ := newTestTimeline(t, 200)
	room.Apply([]netchat.Update{messages(1001, 200)})
	asked := uint64(0)
	line.acts.older = func() { asked, _ = room.Timeline().AskOlder() }
	textY := func(b *bubble) float32 { return b.y + b.textAt.Y }
	for _, c := range []struct {
		from, n int
		more    bool
	}{{801, 200, true}, {790, 11, false}} {
		line.scrollTo(0)
		line.scrollBy(-1_000)
		checkGaps(t, line)
		if line.above.text != line.kit.say(textOlderComing) || line.above.Position().Y < 0 || asked == 0 {
			t.Errorf("above it says %q at %v", line.above.text, line.above.Position())
		}
		first := line.shown[0]
		was := textY(first)
		if first.index != 0 || !first.joint.NewDay {
			t.Fatalf("at the top is %+v", first)
		}
		older := messages(c.from, c.n)
		older.Snapshot, older.More, older.Of.Before = false, c.more, asked
		room.Apply([]netchat.Update{older})
		line.update(0)
		checkGaps(t, line)
		for _, b := range line.shown {
			if b.line == first.line && (b.joint == first.joint || b.height == first.height || max(textY(b)-was, was-textY(b)) > 0.01) {
				t.Errorf("the text moved from %v to %v, %+v", was, textY(b), b.joint)
			}
		}
		if line.above.text != "" {
			t.Errorf("above it says %q", line.above.text)
		}
	}
	line.scrollTo(0)
	line.scrollBy(-1_000)
	if line.above.text != line.kit.say(textBeginning) || line.above.Position().Y < 0 || line.above.Position().Y+line.above.Size().Height > line.shown[0].y {
		t.Errorf("above it says %q at %v", line.above.text, line.above.Position())
	}
}

func TestTimelineComesBackToTheEnd(t *testing.T) {
	line, _, _ := newTestTimeline(t, 400)
	line.scrollBy(-2_000)
	line.scrollBy(1_000)
	if line.tail {
		t.Fatal("at the end too early")
	}
	line.scrollBy(1_500)
	if !line.tail {
		t.Error("not at the end")
	}
	checkGaps(t, line)
	last := line.shown[0]
	for _, b := range line.shown {
		if b.y > last.y {
			last = b
		}
	}
	if got, want := last.y+last.height, line.Size().Height-bottomPad; got < want-0.01 || got > want+0.01 {
		t.Errorf("the last line ends at %v, want %v", got, want)
	}
}

func TestTimelineStaysAtTheEnd(t *testing.T) {
	line, room, _ := newTestTimeline(t, 50)
	for i := range 20 {
		room.Apply([]netchat.Update{&netchat.Event{
			Seq: uint64(100 + i), ID: netchat.EventID(rune('A' + i)), Time: time.Date(2026, 11, 23, 9, 20, 0, 0, time.UTC),
			Kind: netchat.KindMessage, Author: liu.ID, Audience: netchat.ToAll(), Body: []byte(`{"name":"刘备","text":"x"}`),
		}})
		line.update(1)
		if !line.tail || line.news != 0 {
			t.Fatal("left the end")
		}
		checkGaps(t, line)
	}
}

// TestLongMessage shows 64 KiB, in one paragraph and in 60,000 lines, without
// more texts than fit on the screen. BenchmarkLongMessage says how fast.
func TestLongMessage(t *testing.T) {
	line, room, _ := newTestTimeline(t, 3)
	for i, text := range []string{strings.Repeat("今天天气不错", netchat.MaxText/18), strings.Repeat("x\n", netchat.MaxText/2), strings.Repeat("base64", netchat.MaxText/6)} {
		m := message(10+i, text)
		room.Apply([]netchat.Update{&netchat.Page{Snapshot: true, Messages: []netchat.Message{m}}})
		line.update(0)
		line.scrollBy(-5_000)
		line.page(1)
		b := line.shown[0]
		if len(b.texts) > 100 {
			t.Errorf("text %d has %d lines drawn", i, len(b.texts))
		}
		checkGaps(t, line)
	}
}

func TestWidthKeepsThePlace(t *testing.T) {
	line, _, _ := newTestTimeline(t, 400)
	line.scrollTo(0.5)
	first := line.first
	line.Resize(fyne.NewSize(300, 700))
	checkGaps(t, line)
	if line.first != first {
		t.Error("another line is at the top")
	}
}

func BenchmarkTimeline(b *testing.B) {
	line, room, _ := newTestTimeline(b, 100_000)
	line.scrollBy(-5_000)
	b.Run("scroll", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			line.scrollBy([]float32{-60, 60}[i/50%2])
		}
	})
	line.toEnd()
	b.Run("append", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			room.Apply([]netchat.Update{&netchat.Event{
				Seq: uint64(200_000 + i), ID: netchat.EventID(time.Duration(i).String()), Time: time.Now(),
				Kind: netchat.KindMessage, Author: liu.ID, Audience: netchat.ToAll(), Body: []byte(`{"name":"刘备","text":"some words"}`),
			}})
			line.update(1)
		}
	})
	b.Run("width", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			line.Resize(fyne.NewSize(float32(500+i%100), 700))
		}
	})
}

// TestOlderIsAskedAgain: a question for older messages that could not be put is put
// again later.
func TestOlderIsAskedAgain(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	r := b.enter()
	b.chat.refuse = netchat.ErrOutboxFull
	b.push(r, welcome(), &netchat.Page{Snapshot: true, More: true, Messages: chatted(5, 6)})
	r.older()
	b.chat.refuse = nil
	r.older()
	if len(b.chat.asked) != 1 || !r.room.Timeline().Asking() {
		t.Errorf("asked %v, asking: %v", b.chat.asked, r.room.Timeline().Asking())
	}
}
