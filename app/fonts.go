package app

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"

	"github.com/go-text/typesetting/fontscan"

	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/assets"
)

// fonts are what the window brings along. Fyne keeps what it read of a font
// for as long as it is given the same resource, so there must be one of these
// for a window, not one for each theme.
type fonts struct {
	emoji fyne.Resource
	cjk   fyne.Resource // nil: the system has one
}

// cjkSample are letters that every font for Chinese and Japanese has: those of
// before the reform, those of after, kana.
const cjkSample = "张汉们這あカ"

// newFonts returns the fonts for a system that has those letters.
func newFonts(has func(r rune) bool) *fonts {
	f := &fonts{emoji: fyne.NewStaticResource("NotoColorEmoji.ttf", assets.EmojiFont())}
	for _, r := range cjkSample {
		if !has(r) {
			f.cjk = fyne.NewStaticResource("DroidSansFallbackFull.ttf", assets.CJKFont())
			break
		}
	}
	return f
}

// everyLetter is a system that lacks none.
func everyLetter(rune) bool { return true }

// systemLetters returns what fonts of the system have. It blocks until they
// are found, which Fyne does for the first text in any case; the answer is
// common to both, and kept on disk.
func systemLetters() func(r rune) bool {
	found, err := fontscan.SystemFonts(silent{}, "")
	if err != nil {
		return func(rune) bool { return false } // Fyne goes on without them too
	}
	return func(r rune) bool {
		for i := range found {
			if found[i].Runes.Contains(r) {
				return true
			}
		}
		return false
	}
}

// silent drops what fontscan would log about fonts that it cannot read.
type silent struct{}

// Printf implements fontscan.Logger.
func (silent) Printf(string, ...any) {}

// A font is one size and style, with what is needed to set text in it.
type font struct {
	size   float32
	style  fyne.TextStyle
	height float32 // of a line, whatever letters are on it
	base   float32 // from the top of a line to where letters stand
	sink   float32 // how much lower they stand where Chinese ones are among them
	emoji  fyne.Resource
	*textflow.Breaker
}

func newFont(size float32, style fyne.TextStyle, emoji fyne.Resource) *font {
	f := &font{size: size, style: style, emoji: emoji}
	// Fyne measures the height by the theme's font, but draws Latin letters in
	// its own where that has none.
	for _, source := range []fyne.Resource{nil, theme.DefaultTextFont()} {
		box, base := measureText("x", size, style, source)
		f.height, f.base = max(f.height, box.Height), max(f.base, base)
	}
	f.sink = bottom("x"+string(high), size, style) - bottom("x", size, style)
	f.Breaker = textflow.NewBreaker(func(s string, kind textflow.Kind) float32 {
		var box fyne.Size
		if kind == textflow.Emoji {
			box, _ = measureText(s, size, fyne.TextStyle{}, emoji)
		} else {
			box, _ = measureText(s, size, style, nil)
		}
		return box.Width
	})
	return f
}

// measureText returns the size of a text, and how far below its top letters
// stand. A nil source is the theme's font.
func measureText(s string, size float32, style fyne.TextStyle, source fyne.Resource) (box fyne.Size, base float32) {
	return fyne.CurrentApp().Driver().RenderedTextSize(s, size, style, source)
}

// text returns one line of the window's own words, cut with an ellipsis if
// width is above 0 and too narrow. What people wrote goes through line.
func (f *font) text(s string, c color.Color, width float32) *canvas.Text {
	if width > 0 {
		s = f.Truncate(s, width)
	}
	return f.letters(s, c, f.Width(s))
}

// letters returns a text of that width.
func (f *font) letters(s string, c color.Color, width float32) *canvas.Text {
	t := canvas.NewText(s, c)
	t.TextSize, t.TextStyle = f.size, f.style
	t.Resize(fyne.NewSize(width, f.height))
	return t
}

// picture returns an emoji that stands with the letters around it.
func (f *font) picture(s string, c color.Color) (t *canvas.Text, down float32) {
	t = canvas.NewText(s, c)
	t.TextSize, t.FontSource = f.size, f.emoji
	box, base := measureText(s, f.size, fyne.TextStyle{}, f.emoji)
	t.Resize(box)
	return t, f.base - base
}

// line returns one line of what people wrote, cut with an ellipsis if width is
// above 0 and too narrow. It has its size, and keeps it.
func (f *font) line(s string, c color.Color, width float32) *fyne.Container {
	l := f.OneLine(s, width)
	size := fyne.NewSize(l.Width, f.height)
	box := container.New(kept{size}, f.set(l, c, fyne.Position{})...)
	box.Resize(size)
	return box
}

// set returns what draws a line at a place.
func (f *font) set(l textflow.Line, c color.Color, at fyne.Position) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for runs := l.Runs; len(runs) > 0; {
		n := 1
		for n < len(runs) && runs[0].Kind == textflow.Letters && runs[n].Kind == textflow.Letters {
			n++
		}
		some, at := runs[:n], at.AddXY(runs[0].X, 0)
		runs = runs[n:]
		switch {
		case some[0].Kind == textflow.Emoji:
			t, down := f.picture(some[0].Text, c)
			t.Move(at.AddXY(0, down))
			out = append(out, t)
		case n > 1 || some[0].RTL:
			t := f.letters(inOrder(some), c, some[n-1].X+some[n-1].Width-some[0].X)
			t.Move(at)
			out = append(out, t)
		default:
			out = append(out, f.leftToRight(some[0].Text, c, at)...)
		}
	}
	return out
}

// leftToRight returns what draws letters from left to right. Chinese ones are
// texts of their own: a text is as high as a line of the theme's font, and one
// whose letters stand lower loses what they have below.
func (f *font) leftToRight(s string, c color.Color, at fyne.Position) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	eachHeight(s, func(part string, isHigh bool) {
		width := f.Width(part)
		if strings.TrimSpace(part) != "" {
			shown, up := part, float32(0)
			if isHigh {
				shown, up = standing+part, f.sink
			}
			t := f.letters(shown, c, width)
			t.Move(at.AddXY(0, -up))
			out = append(out, t)
		}
		at.X += width
	})
	return out
}

// high is one of the letters that are higher than the others in many fonts.
const high = '汉'

// isHigh reports letters like it, and what is written among them.
func isHigh(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r < 0x1200, r >= 0x2E80 && r < 0xA4D0, r >= 0xAC00 && r < 0xD800: // Jamo; Han and kana; Hangul
		return true
	}
	return r >= 0xF900 && r < 0xFB00 || r >= 0xFE30 && r < 0xFE50 || r >= 0xFF00 && r < 0xFFF0 || r >= 0x20000 && r < 0x40000
}

// eachHeight calls f for each part of s that is high, or is not. Blanks and
// marks belong to what they follow.
func eachHeight(s string, f func(part string, isHigh bool)) {
	from, now := 0, false
	for i, r := range s {
		if is := isHigh(r); is != now && !unicode.In(r, unicode.Mn, unicode.Zs) {
			if i > from {
				f(s[from:i], now)
			}
			from, now = i, is
		}
	}
	if from < len(s) {
		f(s[from:], now)
	}
}

// bottom returns where the first letter of a text ends below, as it is drawn.
func bottom(s string, size float32, style fyne.TextStyle) float32 {
	t := canvas.NewText(s, color.White)
	t.TextSize, t.TextStyle = size, style
	c := software.NewTransparentCanvas()
	c.SetPadded(false)
	c.SetContent(t)
	c.Resize(t.MinSize().AddWidthHeight(0, size))
	first, _ := measureText(s[:1], size, style, nil)
	drawn := c.Capture()
	for y := drawn.Bounds().Max.Y - 1; y >= 0; y-- {
		for x := range int(first.Width) {
			if _, _, _, a := drawn.At(x, y).RGBA(); a > 0x4000 {
				return float32(y)
			}
		}
	}
	return 0
}

// Marks that give a direction, without a width.
const (
	leftMark  = "\u200E"
	rightMark = "\u200F"

	// standing at the beginning of a text has its letters stand no higher than
	// those of the theme's font, of which the middle one is then a part.
	standing = leftMark + rightMark + leftMark
)

// inOrder returns the text of runs of letters as Fyne has to be given it. Fyne
// draws parts of one direction and font from left to right as they come, so
// they come in the order in which they are seen, and marks keep each run apart:
// two in one direction would be taken for one and change places. Drawn as one
// text, all stand on one line whatever fonts they are in.
func inOrder(runs []textflow.Run) string {
	var out strings.Builder
	out.WriteString(standing)
	for _, r := range runs {
		if !r.RTL {
			out.WriteString(r.Text)
			continue
		}
		for _, part := range []string{rightMark, r.Text, rightMark, leftMark} { // turned to the right, a bracket is mirrored
			out.WriteString(part)
		}
	}
	return out.String()
}

// kept gives its objects their room and leaves them where they are.
type kept struct{ size fyne.Size }

// Layout implements fyne.Layout.
func (kept) Layout([]fyne.CanvasObject, fyne.Size) {}

// MinSize implements fyne.Layout.
func (k kept) MinSize([]fyne.CanvasObject) fyne.Size { return k.size }
