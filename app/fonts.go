package app

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
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
		x := at.X + runs[0].X
		if runs[0].Kind == textflow.Emoji {
			t, down := f.picture(runs[0].Text, c)
			t.Move(fyne.NewPos(x, at.Y+down))
			out, runs = append(out, t), runs[1:]
			continue
		}
		n := 1
		for n < len(runs) && runs[n].Kind == textflow.Letters {
			n++
		}
		if s := inOrder(runs[:n]); strings.TrimSpace(s) != "" {
			t := f.letters(s, c, runs[n-1].X+runs[n-1].Width-runs[0].X)
			t.Move(fyne.NewPos(x, at.Y))
			out = append(out, t)
		}
		runs = runs[n:]
	}
	return out
}

// Marks that give a direction, without a width.
const (
	leftMark  = "\u200E"
	rightMark = "\u200F"
)

// inOrder returns the text of runs of letters as Fyne has to be given it. Fyne
// draws parts of one direction and font from left to right as they come, so
// they come in the order in which they are seen, and marks keep each run apart:
// two in one direction would be taken for one and change places. Drawn as one
// text, all stand on one line whatever fonts they are in.
func inOrder(runs []textflow.Run) string {
	if len(runs) == 1 && !runs[0].RTL {
		return runs[0].Text
	}
	var out strings.Builder
	out.WriteString(leftMark)
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
