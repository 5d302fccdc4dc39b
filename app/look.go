package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
)

// A palette is every colour of the window, light or dark. A test keeps the
// contrast of each text on its ground at 4.5:1 or more.
type palette struct {
	pageColors
	sideColors
	controlColors
}

// pageColors are those of the messages.
type pageColors struct {
	ground, bar, line   color.NRGBA // behind the messages; header and composer; thin lines
	card, ownCard, pill color.NRGBA
	text, muted, link   color.NRGBA
	selection, field    color.NRGBA
}

// sideColors are those of the people.
type sideColors struct {
	side, sideCard        color.NRGBA
	sideHover, sideChosen color.NRGBA
	sideText, sideMuted   color.NRGBA
	sideFaint, hostMark   color.NRGBA
	sideGrey              color.NRGBA // avatars of those who are not reached now
}

// controlColors are those of what can be pressed and what warns.
type controlColors struct {
	accent                 color.NRGBA // what can be pressed; onAccent is written on it
	onAccent, mark         color.NRGBA // mark: the bar of private messages, focus rings
	danger, warnBar, onBar color.NRGBA // failed messages; the banner and what is written on it
	shadow, press, disable color.NRGBA
	button                 color.NRGBA // of the second rank
	ringLight, ringDark    color.NRGBA // around what has the keyboard: one within the other
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

func alpha(hex uint32, a uint8) color.NRGBA {
	c := rgb(hex)
	c.A = a
	return c
}

func lightPalette() palette {
	return palette{
		pageColors: pageColors{
			ground: rgb(0xecf0f1), bar: rgb(0xffffff), line: rgb(0xd5dbde), card: rgb(0xffffff),
			ownCard: rgb(0xdfeffa), pill: rgb(0xdde4e7), text: rgb(0x1f2d3a), muted: rgb(0x5a676e),
			link: rgb(0x1b669b), selection: alpha(0x3498db, 0x50), field: rgb(0xffffff),
		},
		sideColors: sideColors{
			side: rgb(0x2c3e50), sideCard: rgb(0x34495e), sideHover: rgb(0x3d566e), sideChosen: rgb(0x2374ab),
			sideText: rgb(0xffffff), sideMuted: rgb(0xc3ced4), sideFaint: rgb(0xa9b7be), hostMark: rgb(0xf4d03f),
			sideGrey: rgb(0x5d6b76),
		},
		controlColors: controlColors{
			accent: rgb(0x2374ab), onAccent: rgb(0xffffff), mark: rgb(0x3498db), danger: rgb(0xb8301f),
			warnBar: rgb(0xfbe7b8), onBar: rgb(0x5c4203), shadow: alpha(0x000000, 0x24), press: alpha(0x000000, 0x28),
			disable: rgb(0xdde3e6), button: rgb(0xdde4e7), ringLight: rgb(0xffffff), ringDark: rgb(0x1d5f8f),
		},
	}
}

func darkPalette() palette {
	return palette{
		pageColors: pageColors{
			ground: rgb(0x1a232c), bar: rgb(0x202b35), line: rgb(0x34424f), card: rgb(0x27343f),
			ownCard: rgb(0x1f415b), pill: rgb(0x2a3741), text: rgb(0xe9eef1), muted: rgb(0xaebac2),
			link: rgb(0x7cc0ee), selection: alpha(0x3498db, 0x70), field: rgb(0x1a232c),
		},
		sideColors: sideColors{
			side: rgb(0x141b22), sideCard: rgb(0x212d38), sideHover: rgb(0x2b3a48), sideChosen: rgb(0x2374ab),
			sideText: rgb(0xf2f5f7), sideMuted: rgb(0xc3ced4), sideFaint: rgb(0x9aa8b1), hostMark: rgb(0xf4d03f),
			sideGrey: rgb(0x55626c),
		},
		controlColors: controlColors{
			accent: rgb(0x2374ab), onAccent: rgb(0xffffff), mark: rgb(0x3498db), danger: rgb(0xff8f80),
			warnBar: rgb(0x4d3d12), onBar: rgb(0xfbe7b8), shadow: alpha(0x000000, 0x60), press: alpha(0xffffff, 0x20),
			disable: rgb(0x2d3944), button: rgb(0x3a4956), ringLight: rgb(0xffffff), ringDark: rgb(0x1d5f8f),
		},
	}
}

// avatarColors are the grounds of avatars: white is readable on each.
func avatarColors() []color.NRGBA {
	return []color.NRGBA{
		rgb(0xb5371f), rgb(0x8e44ad), rgb(0x1e7a46), rgb(0x10766a),
		rgb(0x9a5b06), rgb(0x2b6ca3), rgb(0xa83279), rgb(0x546a2f),
	}
}

// A look is the Fyne theme made of a palette and of sizes.
type look struct {
	palette
	sizes
	base    fyne.Theme
	variant fyne.ThemeVariant
	fonts   *fonts
}

// newLook returns the look that the user chose, or the system's.
func newLook(choice model.ThemeChoice, text model.TextSize, system fyne.ThemeVariant) *look {
	l := &look{sizes: newSizes(text), base: theme.DefaultTheme(), variant: system, fonts: newFonts(everyLetter)}
	switch choice {
	case model.ThemeLight:
		l.variant = theme.VariantLight
	case model.ThemeDark:
		l.variant = theme.VariantDark
	}
	l.palette = lightPalette()
	if l.variant == theme.VariantDark {
		l.palette = darkPalette()
	}
	return l
}

// Color implements fyne.Theme.
func (l *look) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := l.colors()[name]; ok {
		return c
	}
	return l.base.Color(name, l.variant)
}

// Names of colours that icons are tinted with, besides Fyne's own.
const (
	colorSideText fyne.ThemeColorName = "homeroomSideText"
	colorOnBar    fyne.ThemeColorName = "homeroomOnBar"

	colorRingLight fyne.ThemeColorName = "homeroomRingLight"
	colorRingDark  fyne.ThemeColorName = "homeroomRingDark"
)

func (l *look) colors() map[fyne.ThemeColorName]color.Color {
	return map[fyne.ThemeColorName]color.Color{
		colorSideText:                      l.sideText,
		colorOnBar:                         l.onBar,
		colorRingLight:                     l.ringLight,
		colorRingDark:                      l.ringDark,
		theme.ColorNameBackground:          l.ground,
		theme.ColorNameForeground:          l.text,
		theme.ColorNamePlaceHolder:         l.muted,
		theme.ColorNameDisabled:            l.muted,
		theme.ColorNameDisabledButton:      l.disable,
		theme.ColorNameButton:              l.button,
		theme.ColorNameHover:               l.press,
		theme.ColorNamePressed:             l.press,
		theme.ColorNamePrimary:             l.accent,
		theme.ColorNameForegroundOnPrimary: l.onAccent,
		theme.ColorNameFocus:               alpha(0x3498db, 0x66),
		theme.ColorNameHyperlink:           l.link,
		theme.ColorNameError:               l.danger,
		theme.ColorNameInputBackground:     l.field,
		theme.ColorNameInputBorder:         l.line,
		theme.ColorNameMenuBackground:      l.card,
		theme.ColorNameOverlayBackground:   l.card,
		theme.ColorNameHeaderBackground:    l.bar,
		theme.ColorNameSeparator:           l.line,
		theme.ColorNameSelection:           l.selection,
		theme.ColorNameShadow:              l.shadow,
		theme.ColorNameScrollBar:           alpha(0x7f8c8d, 0xa0),
	}
}

// Font implements fyne.Theme. Where the system has no Chinese letters, its own
// font comes first; Fyne takes the letters that it lacks from the usual one.
func (l *look) Font(style fyne.TextStyle) fyne.Resource {
	if l.fonts.cjk != nil && !style.Monospace && !style.Symbol {
		return l.fonts.cjk
	}
	return l.base.Font(style)
}

// Icon implements fyne.Theme.
func (l *look) Icon(name fyne.ThemeIconName) fyne.Resource { return l.base.Icon(name) }

// Size implements fyne.Theme.
func (l *look) Size(name fyne.ThemeSizeName) float32 {
	if size, ok := l.size(name); ok {
		return size
	}
	return l.base.Size(name)
}

// An entryLook gives the round fields of forms the room that they need inside.
type entryLook struct{ *look }

// Color implements fyne.Theme: the line around a field that has the keyboard
// must stand out in the dark too.
func (l entryLook) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if name == theme.ColorNamePrimary {
		return l.link
	}
	return l.look.Color(name, v)
}

// Size implements fyne.Theme.
func (l entryLook) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 11
	}
	return l.look.Size(name)
}

// A choiceLook makes fields to choose from stand out from the card they are on.
type choiceLook struct{ *look }

// Color implements fyne.Theme.
func (l choiceLook) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameInputBackground {
		return l.button
	}
	return l.look.Color(name, v)
}

// A composerLook leaves out what the composer draws itself: the field's ground
// and border. The border stays there as something to be cut off, as Fyne takes
// the width and the colour of the caret from it.
type composerLook struct{ *look }

// Width of the caret in the composer, and how far what is cut off reaches.
const (
	caretWidth float32 = 2
	cutBorder  float32 = 2 * caretWidth
)

// Color implements fyne.Theme.
func (l composerLook) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameInputBackground, theme.ColorNameInputBorder:
		return color.Transparent
	case theme.ColorNamePrimary:
		return l.mark
	}
	return l.look.Color(name, v)
}

// Size implements fyne.Theme.
func (l composerLook) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameInputBorder:
		return caretWidth
	case theme.SizeNameInputRadius:
		return 0
	}
	return l.look.Size(name)
}

// A sideLook is of fields among the people.
type sideLook struct{ *look }

// Color implements fyne.Theme.
func (l sideLook) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameInputBackground:
		return l.sideCard
	case theme.ColorNameInputBorder:
		return l.sideFaint
	case theme.ColorNameForeground, theme.ColorNamePrimary:
		return l.sideText
	case theme.ColorNamePlaceHolder:
		return l.sideMuted
	}
	return l.look.Color(name, v)
}
