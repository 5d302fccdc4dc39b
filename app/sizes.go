package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
)

// Sizes that are the same whatever the size of the text, in Fyne's units.
const (
	cardRadius float32 = 8
	edge       float32 = 16 // between the window's parts and what stands in them
	shadowBlur float32 = 3
	avatarSize float32 = 36 // holds a letter of any size
)

// sizes are those that go with the size of the text, in Fyne's units.
type sizes struct {
	scale float32 // of the text; 1 is normal
	letterSizes
	barHeight    float32 // of the strip at the top
	sideWidth    float32 // of the people beside the messages
	sideFrom     float32 // width of the window from which on they stand there
	personHeight float32
	pillRadius   float32 // of buttons and fields with round ends
	dialogWidth  float32
	buttonLeast  float32 // width of a button with a short word on it
	maxCardText  float32 // width at which messages are broken at most
}

// letterSizes are those of the fonts.
type letterSizes struct{ textSize, smallSize, headSize, titleSize float32 }

// scaleOf returns how much larger than normal text of that size is.
func scaleOf(size model.TextSize) float32 {
	switch size {
	case model.TextSmall:
		return 0.85
	case model.TextLarge:
		return 1.25
	case model.TextHuge:
		return 1.5
	}
	return 1
}

func newSizes(size model.TextSize) sizes {
	s := sizes{scale: scaleOf(size)}
	s.letterSizes = letterSizes{
		textSize: s.scaled(15), smallSize: s.scaled(12), headSize: s.scaled(13), titleSize: s.scaled(18),
	}
	s.barHeight, s.personHeight = s.grown(56, 24), s.grown(54, 38)
	s.sideWidth, s.sideFrom = s.grown(300, 160), s.grown(720, 320)
	s.pillRadius = s.grown(18, 10)
	s.dialogWidth, s.buttonLeast, s.maxCardText = s.scaled(340), s.scaled(84), s.scaled(640)
	return s
}

// scaled returns what a length is that is all text, or an icon beside it.
func (s *sizes) scaled(length float32) float32 { return length * s.scale }

// grown returns what a length is of which a part is text.
func (s *sizes) grown(length, text float32) float32 { return length + text*(s.scale-1) }

// square returns the size of an icon that stands beside text.
func (s *sizes) square(side float32) fyne.Size { return fyne.NewSquareSize(s.scaled(side)) }

// size returns the theme's size of that name, if it is not Fyne's own.
func (s *sizes) size(name fyne.ThemeSizeName) (float32, bool) {
	switch name {
	case theme.SizeNameText:
		return s.textSize, true
	case theme.SizeNameCaptionText:
		return s.smallSize, true
	case theme.SizeNameSubHeadingText:
		return s.titleSize, true
	case theme.SizeNameHeadingText:
		return s.scaled(24), true
	case theme.SizeNameInlineIcon:
		return s.scaled(20), true
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius:
		return s.pillRadius, true
	case theme.SizeNameDialogRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius, theme.SizeNameCardRadius:
		return cardRadius, true
	case theme.SizeNameInputBorder:
		return 1.5, true
	}
	return 0, false
}
