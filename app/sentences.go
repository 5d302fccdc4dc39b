package app

import (
	"context"
	"errors"
	"strings"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

// sentenceOf is the one table from errors to what people are told.
func sentenceOf() []struct {
	err error
	key textKey
} {
	return []struct {
		err error
		key textKey
	}{
		{netchat.ErrChangedKey, textErrChangedKey},
		{errUncheckedCode, textErrUncheckedCode},
		{errHostOrCode, textErrHostOrCode},
		{netchat.ErrMistypedCode, textErrMistypedCode},
		{netchat.ErrNoCode, textErrNoCode},
		{netchat.ErrWrongCode, textErrWrongCode},
		{netchat.ErrNoTLS, textErrNoTLS},
		{netchat.ErrStripped, textErrStripped},
		{netchat.ErrAppOnly, textErrAppOnly},
		{netchat.ErrRoomClosed, textErrRoomClosed},
		{netchat.ErrTakenOver, textErrTakenOver},
		{netchat.ErrBadHello, textErrBadHello},
		{netchat.ErrFull, textErrFull},
		{netchat.ErrAddressFull, textErrAddressFull},
		{netchat.ErrFlood, textErrFlood},
		{netchat.ErrTooSlow, textErrTooSlow},
		{netchat.ErrTooLong, textErrTooLong},
		{netchat.ErrOutboxFull, textErrOutboxFull},
		{netchat.ErrNotFound, textErrNotFound},
		{netchat.ErrNotUnique, textErrNotUnique},
		{netchat.ErrNotARoom, textErrNotARoom},
		{netchat.ErrProtocol, textErrProtocol},
		{netchat.ErrUnsupported, textErrUnsupported},
		{ErrRefused, textErrRefused},
		{ErrNoSuchHost, textErrNoSuchHost},
		{ErrNoRoute, textErrNoRoute},
		{netchat.ErrBusy, textErrBusy},
		{netchat.ErrSlow, textErrSlow},
		{netchat.ErrUnreached, textErrUnreached},
		{context.DeadlineExceeded, textErrUnreached},
		{ErrPortTaken, textErrPortTaken},
		{ErrPortForbidden, textErrPortForbidden},
		{ErrNotOwnAddress, textErrNotOwnAddress},
		{model.ErrNoAddress, textErrNoAddress},
		{model.ErrBadPort, textErrBadPort},
		{model.ErrSecureAddress, textErrSecureAddress},
		{model.ErrBadIP, textErrBadIP},
		{model.ErrDamagedVisits, textErrDamagedVisits},
		{netchat.ErrClosed, textErrClosed},
		{model.ErrGone, textErrGone},
		{model.ErrUnsent, textErrUnsent},
		{ErrAlreadyRunning, textErrAlreadyRunning},
		{ErrDamagedKey, textErrDamagedKey},
		{ErrLostKey, textErrLostKey},
		{ErrNoScreen, textErrNoScreen},
		{ErrNoGraphics, textErrNoGraphics},
		{ErrNoHome, textFaultNoHome},
		{ErrLostRoomKey, textErrLostRoomKey},
	}
}

// refusalOf is the table from refusals to what people are told.
func refusalOf() map[netchat.RefusalReason]textKey {
	return map[netchat.RefusalReason]textKey{
		netchat.RefusedTooLong:     textErrTooLong,
		netchat.RefusedNoRecipient: textRefusedNoRecipient,
		netchat.RefusedInvalid:     textRefusedInvalid,
		netchat.RefusedUnknownType: textRefusedUnknownType,
		netchat.RefusedNotStored:   textRefusedNotStored,
		netchat.RefusedUncertain:   textRefusedUncertain,
	}
}

// sentence says an error in the reader's language; one that is in no table,
// with its details.
func (t *texts) sentence(err error) string {
	for _, row := range sentenceOf() {
		if errors.Is(err, row.err) {
			return t.say(row.key)
		}
	}
	return t.say(textErrOther, words{"Detail": err})
}

// entrance says why one did not get into a room.
func (t *texts) entrance(err error) string {
	if errors.Is(err, netchat.ErrNotFound) {
		return t.say(textErrOtherRoom)
	}
	return t.sentence(err)
}

// failure says why a message was not sent.
func (t *texts) failure(f model.Failure) string {
	if key, ok := refusalOf()[f.Reason]; ok {
		return t.say(key)
	}
	if f.Err != nil {
		return t.sentence(f.Err)
	}
	return t.say(textErrOther, words{"Detail": string(f.Reason)})
}

// inARow puts sentences after one another: with a space between, but for one
// that ends with a Chinese full stop, which brings its own.
func inARow(sentences ...string) string {
	var b strings.Builder
	for i, s := range sentences {
		if i > 0 && !strings.HasSuffix(sentences[i-1], "。") {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}
