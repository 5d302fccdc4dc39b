package app

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

// maxTyped is how many characters (runes) the field takes. For each key Fyne
// lays all of them out anew. On a small machine 3,000 Chinese characters cost
// 5 ms a key at the end of the text and 10 ms at its beginning, 4,000 cost 7 and
// 18, 6,000 cost 15 and 31; English a third. With what the window draws of them,
// 3,000 cost 16 ms more than none, the time of one picture.
const maxTyped = 3_000

// How the composer looks.
const (
	maxComposerRows = 6   // shown before the field scrolls
	chipName        = 150 // width of the name on the chip, at most
)

// composerActions is what a composer asks of its screen.
type composerActions struct {
	send    func(texts ...string) // each a message
	offer   func(text string)     // to send what is too long for the field
	changed func(text string)
	leave   func()                 // out of private mode
	answer  func(netchat.MemberID) // into it, to somebody
	page    func(direction float32)
	resized func()      // its height may have changed
	copy    func() bool // what is selected elsewhere; false if nothing is
	escape  func() bool // gives up what comes before leaving; false if nothing does
	focus   func()      // the keyboard back to where one writes
}

// A composer is where one writes: the field, to whom it goes, and the button.
type composer struct {
	kit      *kit
	acts     composerActions
	root     *fyne.Container
	field    *field
	pill     *canvas.Rectangle
	chip     *fyne.Container
	notice   *fyne.Container
	sayBox   *paragraph
	standing string  // what is said of the recipient; empty: nothing
	back     *button // what the notice leads to, if it leads anywhere
	send     *button
	to       model.Recipient
	setup    bool // the text is being set, not typed
	over     bool // the room has ended: nothing can be sent
}

func newComposer(k *kit, acts composerActions) *composer {
	c := &composer{kit: k, acts: acts, chip: container.NewStack()}
	c.field = newField(c)
	c.pill = panel(k.field, k.grown(22, 10))
	c.pill.StrokeWidth = 1.5
	c.send = newButton(k.say(textSend), nil, true, func() { c.submit(); acts.focus() })
	c.sayBox = newParagraph(k.small, k.onBar, "")
	c.back = newButton("", nil, false, func() { c.goOn() })
	c.notice = container.New(inset{bottom: 8}, panel(k.warnBar, cardRadius),
		container.New(evenly(10), container.New(beside{gap: 10}, c.sayBox, c.back)))
	c.notice.Hide()
	styled := container.NewThemeOverride(c.field, composerLook{k.look})
	within := container.NewClip(container.New(evenly(-cutBorder), styled))
	within.ExtendBaseWidget(within) // it would miss its first size
	input := container.New(pillLayout{c}, c.pill, c.chip, within)
	bottom := container.New(beside{gap: 10}, input, container.New(atLeast{k.buttonLeast, k.grown(40, 20)}, c.send))
	c.root = container.New(inset{}, canvas.NewRectangle(k.bar),
		container.New(fixedHeight(1), canvas.NewRectangle(k.line)),
		container.New(inset{10, edge, 10, edge}, container.New(column{}, c.notice, bottom)))
	c.show(model.Recipient{}, "")
	return c
}

// show draws the composer for a recipient, with the draft kept for them.
func (c *composer) show(to model.Recipient, draft string) {
	k := c.kit
	another := c.to.ID != to.ID
	c.to = to
	c.chip.Objects = nil
	c.pill.StrokeColor = k.line
	if to.Private() {
		c.chip.Objects = []fyne.CanvasObject{c.newChip(to)}
		c.pill.StrokeColor = k.mark
	}
	if to.Gone {
		c.pill.StrokeColor = k.danger
	}
	if to.Gone || c.over {
		c.send.Disable()
	} else {
		c.send.Enable()
	}
	c.pill.Refresh()
	c.field.SetPlaceHolder(k.hint(to))
	if c.field.Text != draft || another {
		c.setup = true
		c.field.SetText(draft) // there is nothing to undo: that was for somebody else
		c.setup = false
		c.field.toEnd()
	}
	if another {
		c.field.ime.drop() // an Enter that is put off was for what was written before
	}
	c.standing = k.notice(to)
	c.say("")
	c.fit()
}

// say shows a sentence above the field; an empty one gives way to what is to be
// said of the recipient, if there is something.
func (c *composer) say(sentence string) {
	if sentence == "" {
		sentence = c.standing
	}
	c.sayBox.set(sentence)
	c.lead(sentence)
	if sentence == "" {
		c.notice.Hide()
	} else {
		c.notice.Show()
	}
	c.relayout()
}

// relayout places the parts anew, whose sizes have changed.
func (c *composer) relayout() {
	c.acts.resized()
	c.root.Refresh()
}

func (c *composer) newChip(to model.Recipient) fyne.CanvasObject {
	k := c.kit
	says := k.privacy(to)
	sign := canvas.NewImageFromResource(theme.NewColoredResource(says.sign, theme.ColorNameForegroundOnPrimary))
	sign.SetMinSize(k.square(14))
	cross := canvas.NewImageFromResource(theme.NewColoredResource(theme.CancelIcon(), theme.ColorNameForegroundOnPrimary))
	cross.SetMinSize(k.square(14))
	name := newLabel(k.head, k.onAccent, k.say(textTo, words{"Name": to.Name}), k.scaled(chipName))
	ground := panel(k.accent, k.grown(14, 9))
	if to.Gone {
		ground.FillColor = k.sideCard
	}
	content := container.New(row{gap: 5, grow: 1}, sign, name, cross)
	if says.chip != "" && !to.Gone {
		content.Objects = []fyne.CanvasObject{sign, name, k.small.text("· "+k.say(says.chip), k.onAccent, 0), cross}
	}
	content = container.NewStack(ground, container.New(inset{4, 10, 4, 10}, content))
	return newTap(content, k.say(textBackToAll), func() { c.acts.leave() })
}

// submit sends what is written, unless it is nothing but blanks.
func (c *composer) submit() {
	if strings.TrimSpace(c.field.Text) != "" {
		c.acts.send(c.field.Text)
	}
}

func (c *composer) changed(text string) {
	if c.setup {
		return
	}
	if c.notice.Visible() && c.sayBox.text != c.standing {
		c.say("")
	}
	c.acts.changed(text)
	c.fit()
}

// fit gives the field as many rows as its text has, up to a few.
func (c *composer) fit() {
	text := c.field.Text
	rows := min(strings.Count(text, "\n")+1, maxComposerRows)
	if width := c.field.inner(); width > 0 {
		rows = min(len(c.kit.body.Break(textflow.Clean(text)+"\u200b", width)), maxComposerRows)
	}
	if c.field.rows == rows {
		return
	}
	c.field.rows = rows
	c.field.SetMinRowsVisible(rows)
	c.relayout()
}

// pillLayout puts the chip beside the field, or above it where that is narrow.
type pillLayout struct{ c *composer }

const leastBeside float32 = 230 // for what is written beside the chip

func (p pillLayout) above(width float32) bool {
	return len(p.c.chip.Objects) > 0 && width-p.c.chip.MinSize().Width < p.c.kit.scaled(leastBeside)
}

// Layout implements fyne.Layout: the ground, the chip, the field.
func (p pillLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(size)
	left, top := 8+cutBorder, 3+cutBorder
	if len(p.c.chip.Objects) > 0 {
		chip := o[1].MinSize()
		chip.Width = min(chip.Width, size.Width-2*12)
		o[1].Resize(chip)
		o[1].Move(fyne.NewPos(12, 8))
		if p.above(size.Width) {
			top += chip.Height + 6
		} else {
			left = 12 + chip.Width + cutBorder
		}
	}
	o[2].Move(fyne.NewPos(left, top))
	o[2].Resize(fyne.NewSize(size.Width-left-8, size.Height-top-3))
}

func (p pillLayout) heightOf(o []fyne.CanvasObject, width float32) float32 {
	h := p.c.field.MinSize().Height + 6
	if p.above(width) {
		h += o[1].MinSize().Height + 6
	}
	return h
}

// MinSize implements fyne.Layout.
func (p pillLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(120, p.heightOf(o, o[0].Size().Width))
}

// beside puts a text and a button side by side, the text wrapping in what the
// button leaves.
type beside struct{ gap float32 }

func (b beside) heightOf(o []fyne.CanvasObject, width float32) float32 {
	if !o[1].Visible() {
		return heightFor(o[0], width)
	}
	button := o[1].MinSize()
	return max(heightFor(o[0], width-button.Width-b.gap), button.Height)
}

// Layout implements fyne.Layout.
func (b beside) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := size.Width
	if o[1].Visible() {
		button := o[1].MinSize()
		width -= button.Width + b.gap
		o[1].Resize(button)
		o[1].Move(fyne.NewPos(size.Width-button.Width, (size.Height-button.Height)/2))
	}
	h := heightFor(o[0], width)
	o[0].Move(fyne.NewPos(0, (size.Height-h)/2))
	o[0].Resize(fyne.NewSize(width, h))
}

// MinSize implements fyne.Layout.
func (b beside) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(100, b.heightOf(o, max(o[0].Size().Width, 100)))
}
