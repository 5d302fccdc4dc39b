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
	of := func(size float32, bold bool) *font {
		return newFont(size, fyne.TextStyle{Bold: bold}, l.fonts.emoji)
	}
	return &kit{
		texts: t, look: l, now: now, zone: now().Location(), icon: icon,
		body: of(l.textSize, false), bodyBold: of(l.textSize, true),
		head: of(l.headSize, false), headBold: of(l.headSize, true),
		small: of(l.smallSize, false), smallBold: of(l.smallSize, true),
		title: of(l.titleSize, true),
	}
}

// tinted returns an icon of assets in a colour of the theme.
func (k *kit) tinted(name string, c fyne.ThemeColorName) fyne.Resource {
	return theme.NewColoredResource(k.icon(name), c)
}

// raisedPill is raised with round ends.
func (k *kit) raisedPill(fill color.Color) *canvas.Rectangle {
	r := k.raised(fill)
	r.CornerRadius = k.grown(16, 9)
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
