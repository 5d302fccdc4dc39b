package app

import (
	"hash/fnv"
	"image/color"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"github.com/rivo/uniseg"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
)

// A kit is what every view is built from: the words, the colours and the
// fonts. A change of language or theme makes a new one and the views anew.
type kit struct {
	*texts
	*look
	now  func() time.Time
	zone *time.Location
	icon func(name string) fyne.Resource

	body, bodyBold, head, headBold, small, smallBold, title *font
}

func newKit(t *texts, l *look, now func() time.Time, icon func(string) fyne.Resource) *kit {
	plain, bold := fyne.TextStyle{}, fyne.TextStyle{Bold: true}
	return &kit{
		texts: t, look: l, now: now, zone: now().Location(), icon: icon,
		body: newFont(textSize, plain), bodyBold: newFont(textSize, bold),
		head: newFont(headSize, plain), headBold: newFont(headSize, bold),
		small: newFont(smallSize, plain), smallBold: newFont(smallSize, bold),
		title: newFont(titleSize, bold),
	}
}

// A font is one size and style, with what is needed to set text in it.
type font struct {
	size   float32
	style  fyne.TextStyle
	height float32 // of a line, whatever letters are on it
	*textflow.Breaker
}

// lineSample has letters of the scripts that are set most, so that a line's
// height suits them all.
const lineSample = "Ágp汉한あ"

func newFont(size float32, style fyne.TextStyle) *font {
	measure := func(s string, _ textflow.Kind) float32 { return fyne.MeasureText(s, size, style).Width }
	return &font{
		size: size, style: style, height: fyne.MeasureText(lineSample, size, style).Height,
		Breaker: textflow.NewBreaker(measure),
	}
}

// text returns one line, cut with an ellipsis if width is above 0 and too
// narrow.
func (f *font) text(s string, c color.Color, width float32) *canvas.Text {
	if width > 0 {
		s = f.Truncate(s, width)
	}
	t := canvas.NewText(s, c)
	t.TextSize, t.TextStyle = f.size, f.style
	t.Resize(fyne.NewSize(f.Width(s), f.height))
	return t
}

// tinted returns an icon of assets in a colour of the theme.
func (k *kit) tinted(name string, c fyne.ThemeColorName) fyne.Resource {
	return theme.NewColoredResource(k.icon(name), c)
}

// raisedPill is raised with round ends.
func (k *kit) raisedPill(fill color.Color) *canvas.Rectangle {
	r := k.raised(fill)
	r.CornerRadius = 16
	return r
}

// panel returns a filled rectangle with round corners.
func panel(fill color.Color, radius float32) *canvas.Rectangle {
	r := canvas.NewRectangle(fill)
	r.CornerRadius = radius
	return r
}

// raised returns a card with the soft shadow of the original page.
func (k *kit) raised(fill color.Color) *canvas.Rectangle {
	r := panel(fill, cardRadius)
	r.Shadow = canvas.Shadow{Color: k.shadow, BlurRadius: shadowBlur, Offset: fyne.NewPos(0, 1)}
	return r
}

// clock returns a time of day as the reader's clock shows it.
func (k *kit) clock(t time.Time) string { return t.In(k.zone).Format("15:04") }

// day returns a date as one says it today.
func (k *kit) day(t time.Time) string {
	t, now := t.In(k.zone), k.now().In(k.zone)
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return k.say(textToday)
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		return k.say(textYesterday)
	}
	return t.Format(time.DateOnly)
}

// avatarColor is the same for the same member on every machine.
func avatarColor(id string) color.NRGBA {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	colors := avatarColors()
	return colors[h.Sum32()%uint32(len(colors))]
}

// initial returns the first character of a name, as one sees it.
func initial(name string) string {
	clean := strings.TrimSpace(model.DisplayName(name, "?"))
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(clean, -1)
	return strings.ToUpper(cluster)
}

// alphaOf returns c, see-through.
func alphaOf(c color.NRGBA, a uint8) color.NRGBA {
	c.A = a
	return c
}
