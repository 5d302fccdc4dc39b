package app

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/app/textflow"
	"github.com/homeroomchat/homeroom/netchat"
)

// maxOffered is how many characters (runes) can be sent at once, as several
// messages. A host takes 200 messages at once before it slows down; this is
// about 70 at most.
const maxOffered = 100_000

// offerParts asks whether to send a text that is too long for the field, draft
// and all, as several messages to whom one writes now. Until it is sent
// everything stays as it is.
func offerParts(s *roomScreen, text string) {
	k, to := s.app.kit, s.room.Recipient()
	count := utf8.RuneCountInString(text)
	fill := words{"N": grouped(count), "Max": grouped(maxTyped), "Name": to.Name}
	if to.Gone {
		s.write.say(k.sentence(model.ErrGone))
		return
	}
	if count > maxOffered {
		fill["Max"] = grouped(maxOffered)
		s.write.say(k.say(textTooLong, fill))
		return
	}
	parts := messagesOf(text)
	switch {
	case len(parts) == 0: // nothing but blanks
		s.write.say(k.say(textFull, fill))
		return
	case s.room.Timeline().Waiting()+len(parts) > model.MaxWaiting:
		s.write.say(k.sentence(netchat.ErrOutboxFull))
		return
	}
	fill["Parts"] = grouped(len(parts))
	question := k.say(textAskParts, fill)
	if to.Private() {
		question = k.say(textAskPartsPrivate, fill)
		if long := k.privacy(to).long; long != "" {
			question = inARow(question, k.say(long, fill))
		}
	}
	ask(s.app, k.say(textPartsTitle), question, k.count(textSendParts, len(parts)), k.say(textCancel), func(yes bool) {
		if yes && s.app.screen == s && s.room.Recipient().ID == to.ID {
			s.send(parts...)
		}
	})
}

// messagesOf cuts a text into messages. What would be blank at their ends is
// left out.
func messagesOf(text string) []string {
	var messages []string
	for _, part := range textflow.Split(text, maxTyped, netchat.MaxText) {
		part = strings.TrimLeft(strings.TrimRight(part, " \t\n"), "\n")
		if strings.TrimSpace(part) != "" {
			messages = append(messages, part)
		}
	}
	return messages
}

// grouped writes a number as both languages do: 23,400.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
