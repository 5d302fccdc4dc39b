package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/homeroomchat/homeroom/app/model"
)

// A privacy is what the window says of who can read a message to one person. It
// promises no more than holds.
type privacy struct {
	hint textKey       // in the empty field
	chip textKey       // beside the name; empty: nothing
	long textKey       // in a sentence of its own; empty: nothing
	sign fyne.Resource // on the chip. A lock would promise too much
	warn bool          // the long one is said all the time
}

// privacyOf is the one table of who can read a private message.
func privacyOf() map[model.Readers]privacy {
	one, warning := theme.AccountIcon(), theme.WarningIcon()
	return map[model.Readers]privacy{
		model.ReadersHost:    {textWritePrivate, textHostReads, textHostReadsLong, one, false},
		model.ReadersNone:    {textWriteDirect, "", "", one, false},
		model.ReadersNetwork: {textWriteTo, textOpenMember, textOpenRecipient, warning, true},
		model.ReadersRoom:    {textWriteTo, textOpenMember, textOpenRoom, warning, true},
	}
}

func (k *kit) privacy(to model.Recipient) privacy { return privacyOf()[to.Readers] }

// hint says in the empty field to whom the next message goes.
func (k *kit) hint(to model.Recipient) string {
	switch name := (words{"Name": to.Name}); {
	case !to.Private():
		return k.say(textWrite)
	case to.Gone:
		return k.say(textWriteTo, name)
	default:
		return k.say(k.privacy(to).hint, name)
	}
}

// notice is what stands above the field as long as messages go to a recipient.
func (k *kit) notice(to model.Recipient) string {
	name := words{"Name": to.Name}
	switch says := k.privacy(to); {
	case to.Asker != "":
		return k.say(textAsked, words{"Name": to.AskerName})
	case !to.Private():
		return ""
	case to.Gone:
		return k.say(textGone, name)
	case says.warn:
		return k.say(says.long, name)
	}
	return ""
}

// lead shows the button beside a sentence above the field, if the recipient asks
// for one: back to everybody from who has left, or to who has written privately.
func (c *composer) lead(sentence string) {
	c.back.Hide()
	switch {
	case c.to.Gone:
		c.back.SetText(c.kit.say(textBackToAll))
	case c.to.Asker != "" && sentence == c.standing:
		c.back.SetText(c.kit.say(textWritePrivately))
	default:
		return
	}
	c.back.Show()
}

// goOn does what the button beside the sentence says.
func (c *composer) goOn() {
	if c.to.Asker != "" {
		c.acts.answer(c.to.Asker)
		return
	}
	c.acts.leave()
}
