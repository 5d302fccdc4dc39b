package app

import (
	"bytes"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/go-text/typesetting/di"
	gofont "github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/assets"
	"github.com/homeroomchat/homeroom/netchat"
)

// bundled reads a font of assets.
func bundled(t *testing.T, data []byte) *gofont.Face {
	t.Helper()
	face, err := gofont.ParseTTF(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return face
}

func isEmoji(text string) bool {
	b := textflow.NewBreaker(func(s string, _ textflow.Kind) float32 { return float32(len(s)) })
	return slices.ContainsFunc(b.OneLine(text, 0).Runs, func(r textflow.Run) bool { return r.Kind == textflow.Emoji })
}

// TestEmojiFontHasAllEmoji keeps what is taken for an emoji within what the
// font has: it would be nothing at all otherwise.
func TestEmojiFontHasAllEmoji(t *testing.T) {
	face, n := bundled(t, assets.EmojiFont()), 0
	for r := rune(0x80); r < 0x20000; r++ {
		for _, s := range []string{string(r), string(r) + "\uFE0F"} {
			if !isEmoji(s) {
				continue
			}
			n++
			if _, ok := face.NominalGlyph(r); !ok {
				t.Errorf("no glyph for %U", r)
			}
		}
	}
	if n < 2_500 {
		t.Errorf("only %d emoji", n)
	}
}

// TestCJKFontLeavesTheRest keeps letters in the usual font, bold and all, and
// the font in step with what the system is asked for.
func TestCJKFontLeavesTheRest(t *testing.T) {
	face := bundled(t, assets.CJKFont())
	for _, r := range cjkSample {
		if _, ok := face.NominalGlyph(r); !ok {
			t.Errorf("no glyph for %c", r)
		}
	}
	usual := bundled(t, theme.DefaultTextFont().Content())
	for r := rune(0x21); r < 0x2000; r++ {
		_, ours := face.NominalGlyph(r)
		if _, both := usual.NominalGlyph(r); ours && both {
			t.Errorf("%U %c would be taken from the font for Chinese", r, r)
		}
	}
}

// withLook has a test app with a look for a system with or without Chinese.
func withLook(t *testing.T, has func(rune) bool) *look {
	t.Helper()
	app := test.NewTempApp(t)
	l := newLook(model.ThemeLight, model.TextNormal, 0)
	l.fonts = newFonts(has)
	app.Settings().SetTheme(l)
	return l
}

func TestCJKFontWhereThereIsNone(t *testing.T) {
	bold, plain := fyne.TextStyle{Bold: true}, fyne.TextStyle{}
	l := withLook(t, everyLetter)
	if l.fonts.cjk != nil || l.Font(plain) != theme.DefaultTextFont() {
		t.Error("a font for Chinese where the system has one")
	}
	was := newFont(15, bold, l.fonts.emoji)
	wide := was.Width("Words")

	l = withLook(t, func(r rune) bool { return r != '们' })
	if l.fonts.cjk == nil || l.Font(plain) != l.fonts.cjk || l.Font(bold) != l.fonts.cjk || l.Font(plain) != l.Font(plain) {
		t.Fatal("no font for Chinese")
	}
	if l.Font(fyne.TextStyle{Monospace: true}) != theme.DefaultTextMonospaceFont() || l.Font(fyne.TextStyle{Symbol: true}) == l.fonts.cjk {
		t.Error("the font for Chinese in place of another")
	}
	f := newFont(15, bold, l.fonts.emoji)
	if got := f.Width("Words"); got != wide {
		t.Errorf("bold letters are %v wide instead of %v", got, wide)
	}
	if f.height != was.height || f.base != was.base {
		t.Errorf("a line is %v high and its letters stand at %v, not %v and %v", f.height, f.base, was.height, was.base)
	}
	face := bundled(t, assets.CJKFont())
	glyph, _ := face.NominalGlyph('汉')
	want := face.HorizontalAdvance(glyph) / float32(face.Upem()) * 15
	if got := f.Width("汉"); got < want-0.1 || got > want+0.1 {
		t.Errorf("a Chinese letter is %v wide, not %v", got, want)
	}
}

func TestSystemLetters(t *testing.T) {
	has := systemLetters()
	if has('\U0010FFFD') {
		t.Error("the system has a letter that nobody has")
	}
}

// TestSetting draws a line of all kinds side by side, at one height.
func TestSetting(t *testing.T) {
	l := withLook(t, everyLetter)
	for _, size := range []float32{12, 13, 15, 18, 40} {
		f := newFont(size, fyne.TextStyle{}, l.fonts.emoji)
		f.sink = 3
		line := f.OneLine("good 👍🏿🇩🇪 Yes שלום 👍🏿 中文 gy", 0)
		at := fyne.NewPos(100, 50)
		x := at.X
		var texts []string
		for _, o := range f.set(line, color.Black, at) {
			text := o.(*canvas.Text)
			texts = append(texts, text.Text)
			if got := text.Position().X; got < x-1 || got > x+1+f.Width("   ") {
				t.Errorf("size %v: %q is at %v, what is before ends at %v", size, text.Text, got, x)
			}
			x = text.Position().X + text.Size().Width
			top, box := text.Position().Y-at.Y, text.MinSize()
			if isEmoji(text.Text) != (text.FontSource == l.fonts.emoji) || text.FontSource != nil && text.FontSource != l.fonts.emoji {
				t.Errorf("%q is in %v", text.Text, text.FontSource)
			}
			_, base := measureText(text.Text, size, fyne.TextStyle{}, text.FontSource)
			switch {
			case text.FontSource != nil && (top < 0 || top+box.Height > f.height+1 || top+base < f.base-0.1 || top+base > f.base+0.1):
				t.Errorf("size %v: an emoji is from %v to %v of %v", size, top, top+box.Height, f.height)
			case strings.Contains(text.Text, "中") && (top != -f.sink || !strings.HasPrefix(text.Text, standing)):
				t.Errorf("size %v: Chinese is at %v", size, top)
			case text.FontSource == nil && !strings.Contains(text.Text, "中") && top != 0:
				t.Errorf("size %v: %q is at %v", size, text.Text, top)
			}
		}
		if end := at.X + line.Width; x < end-2 || x > end+2 {
			t.Errorf("size %v: the texts end at %v, the line at %v", size, x, end)
		}
		if len(texts) < 4 || texts[1] != "👍🏿" || texts[2] != "🇩🇪" {
			t.Errorf("drawn are %q", texts)
		}
	}
}

// TestOrdered splits texts as Fyne does, which draws the parts from left to
// right, and expects the runs in the order in which they are seen.
func TestOrdered(t *testing.T) {
	b := textflow.NewBreaker(func(s string, _ textflow.Kind) float32 { return float32(len(s)) })
	face := bundled(t, theme.DefaultTextFont().Content())
	for text, want := range map[string][]string{
		"abc שלום def":      {"abc ", "<שלום", " def"},
		"שלום (עולם) 42!":   {"<!", "42", "< ", "<)", "<עולם", "<(", "< ", "<שלום"},
		"مرحبا 123 بالعالم": {"<بالعالم", "< ", "123", "< ", "<مرحبا"},
		"שלום عالم":         {"<عالم", "< ", "<שלום"},
		"٣ - ٤ א":           {"<א", "< ", "٤", "< ", "<-", "< ", "٣"},
	} {
		runes := []rune(inOrder(b.OneLine(text, 0).Runs))
		var got []string
		seg := shaping.Segmenter{}
		for _, part := range seg.Split(shaping.Input{Text: runes, RunEnd: len(runes), Face: face}, oneFace{face}) {
			s := strings.NewReplacer(leftMark, "", rightMark, "").Replace(string(runes[part.RunStart:part.RunEnd]))
			if s == "" {
				continue
			}
			if part.Direction.Progression() == di.TowardTopLeft {
				s = "<" + s
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

type oneFace struct{ face *gofont.Face }

func (f oneFace) ResolveFace(rune) *gofont.Face { return f.face }

// TestHeights keeps Chinese letters apart from the others, and what belongs to
// a letter with it.
func TestHeights(t *testing.T) {
	for text, want := range map[string]string{
		"abc":             "abc",
		"中文":              "+中文",
		"abc 中文 def":      "abc |+中文 |def",
		"か\u3099x，「한글」 ア": "+か\u3099|x|+，「한글」 ア",
		" 中":              " |+中",
		"":                "",
	} {
		var got []string
		eachHeight(text, func(part string, isHigh bool) {
			if isHigh {
				part = "+" + part
			}
			got = append(got, part)
		})
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("%q: got %q, want %q", text, joined, want)
		}
	}
}

// TestChineseStandsWithTheRest draws letters below Chinese ones and looks where
// they end.
func TestChineseStandsWithTheRest(t *testing.T) {
	l := withLook(t, func(rune) bool { return false })
	for _, size := range []float32{12, 15, 18} {
		f := newFont(size, fyne.TextStyle{}, l.fonts.emoji)
		if f.sink != 0 {
			t.Errorf("size %v: letters of the bundled font have others stand %v lower", size, f.sink)
		}
		if x, p := bottom("x", size, f.style), bottom("p", size, f.style); x < size || p <= x {
			t.Errorf("size %v: x ends at %v, p at %v", size, x, p)
		}
	}
}

func TestParagraphFromRightToLeft(t *testing.T) {
	l := withLook(t, everyLetter)
	f := newFont(15, fyne.TextStyle{}, l.fonts.emoji)
	p := newParagraph(f, color.Black, "שלום\nabc\n👍 שלום")
	p.Resize(fyne.NewSize(400, 200))
	lines := make(map[float32][2]float32) // by their height, from where to where
	for _, o := range p.box.Objects {
		row := float32(int(o.Position().Y/f.height+0.5)) * f.height
		at, ok := lines[row]
		if !ok {
			at = [2]float32{1_000, 0}
		}
		lines[row] = [2]float32{min(at[0], o.Position().X), max(at[1], o.Position().X+o.Size().Width)}
	}
	for i, want := range []bool{true, false, true} {
		at := lines[float32(i)*f.height]
		if right := at[1] > 399 && at[0] > 200; right != want || !right && at[0] != 0 {
			t.Errorf("line %d is from %v to %v", i, at[0], at[1])
		}
	}
}

// TestMessageFromRightToLeft has its lines end where the bubble's text does.
func TestMessageFromRightToLeft(t *testing.T) {
	line, room, _ := newTestTimeline(t, 1)
	room.Apply([]netchat.Update{&netchat.Page{Snapshot: true, Messages: []netchat.Message{message(9, "a line that is longer than the others\nשלום 👍\nshort")}}})
	line.update(0)
	b := line.shown[0]
	right := func(i int) float32 {
		last := b.texts[i][len(b.texts[i])-1]
		return last.Position().X + last.Size().Width
	}
	if long, hebrew := right(0), right(1); hebrew < long-1 || hebrew > long+1 {
		t.Errorf("the line from right to left ends at %v, the longest at %v", hebrew, long)
	}
	if at := b.texts[2][0].Position().X; at != b.textAt.X {
		t.Errorf("the line from left to right begins at %v, not %v", at, b.textAt.X)
	}
}

// TestFontsStay has one resource for a font however often the look changes:
// Fyne would read it again for each.
func TestFontsStay(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	was := b.app.kit.fonts
	b.app.redress()
	if b.app.kit.fonts != was || b.app.kit.body.emoji != was.emoji {
		t.Error("other fonts in another look")
	}
}

// TestEmojiEverywhere has emoji in all that people write, and looks for one
// that is not drawn in its font. Fields to type in can have no other.
func TestEmojiEverywhere(t *testing.T) {
	b := newBench(t, "张飞🎉", LangEnglish)
	check := func(where string, least int) {
		t.Helper()
		n := 0
		visit := func(o fyne.CanvasObject) {
			text, ok := o.(*canvas.Text)
			if !ok || !isEmoji(text.Text) {
				return
			}
			if n++; text.FontSource != b.app.kit.fonts.emoji {
				t.Errorf("%s: %q is drawn in %v", where, text.Text, text.FontSource)
			}
		}
		walkShown(b.app.win.Canvas().Content(), visit)
		if n < least {
			t.Errorf("%s: only %d emoji: %q", where, n, b.seen())
		}
	}
	b.finder.lists <- []netchat.Advert{{
		Room: netchat.RoomInfo{ID: "77777777777777777777777777777777", Name: "🎒 3.5", Host: "刘备👍🏿"}, Addrs: []string{"192.168.1.20:8000"}, Members: 3,
	}}
	b.until("the list", func() bool { return b.sees("🎒") })
	check("the lobby", 4) // one's own name, the tile, the room, its host

	r := b.enter()
	w := welcome()
	liu, guan := liu, guan
	liu.Name, guan.Name = "刘备👍🏿", "👩‍👩‍👧‍👦关羽"
	w.Room.Name, w.Roster.Members = "Class 🎒", []netchat.Member{self, liu, guan}
	text := "Hi 🫠❤️\\n1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿"
	joined := &netchat.SystemLine{What: netchat.SystemJoined, Name: guan.Name, Time: time.Date(2026, 11, 23, 9, 1, 0, 0, time.UTC)}
	b.push(r, w, event(1, "a", liu, text), event(2, "b", guan, text, self.ID), joined)
	r.choose(guan.ID)
	b.until("the chip", func() bool { return b.sees("to 👩‍👩‍👧‍👦关羽") })
	check("the room", 17)
}

// walkShown visits what is drawn but for fields to type in.
func walkShown(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			walkShown(child, visit)
		}
	case *widget.Entry, *field, *nameEntry, *lobbyField:
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walkShown(child, visit)
		}
	}
}

func TestSentencesKeepTheirDirection(t *testing.T) {
	b := newBench(t, "张飞", LangEnglish)
	k := b.app.kit
	l := k.body.OneLine(k.say(textJoined, words{"Name": "שלום"})+" · 12:30", 0)
	if first, last := l.Runs[0], l.Runs[len(l.Runs)-1]; l.RTL || first.RTL || !strings.HasSuffix(last.Text, " · 12:30") {
		t.Errorf("a name turned the sentence: %+v", l)
	}
}
