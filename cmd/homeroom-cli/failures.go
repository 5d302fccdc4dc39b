package main

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/homeroomchat/homeroom/cmd/homeroom-cli/internal/termsafe"
	"github.com/homeroomchat/homeroom/internal/address"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// explain says err in one sentence of the reader's language.
func (t texts) explain(err error) string {
	var known failure
	if errors.As(err, &known) {
		return known.sentence
	}
	if said := t.unwritten(err); said != "" {
		return said
	}
	var lost *keyring.LostError
	switch {
	case errors.As(err, &lost) && lost.Room:
		return t.of(failLostRoom, clip(lost.Path), clip(filepath.Dir(lost.Path)))
	case errors.As(err, &lost):
		return t.of(failLostDevice, clip(lost.Path), clip(filepath.Dir(lost.Path)))
	case errors.Is(err, keyring.ErrNoHome):
		return t.of(failNoHome)
	}
	var damaged *keyring.DamagedError
	if errors.As(err, &damaged) {
		return t.of(failDamaged, damaged.Error())
	}
	var listen *hosting.ListenError
	if errors.As(err, &listen) {
		return t.of(failListen, listen.Addr, listen.Err)
	}
	for _, row := range slices.Concat(endings(), troubles()) {
		if row.sentence != "" && errors.Is(err, row.err) {
			return t.of(row.sentence)
		}
	}
	return t.of(failUnknown, err.Error())
}

// An ending is why a connection is not there: its code in JSON and, where it
// explains itself, its sentence.
type ending struct {
	err      error
	code     string
	sentence sentence
}

func endings() []ending {
	return []ending{
		{netchat.ErrRoomClosed, "room_closed", failRoomClosed},
		{netchat.ErrChangedKey, "changed_key", failChangedKey},
		{netchat.ErrWrongCode, "wrong_code", failWrongCode},
		{netchat.ErrMistypedCode, "bad_code", usageMistypedCode},
		{netchat.ErrNoCode, "bad_code", usageCode},
		{netchat.ErrNoTLS, "no_tls", failNoTLS},
		{netchat.ErrStripped, "no_tls", failStripped},
		{netchat.ErrAppOnly, "app_only", failAppOnly},
		{netchat.ErrNotFound, "other_room", failOtherRoom},
		{netchat.ErrTakenOver, "taken_over", failTakenOver},
		{netchat.ErrBadHello, "bad_name", failBadHello},
		{netchat.ErrFull, "full", failFull},
		{netchat.ErrAddressFull, "address_full", failAddressFull},
		{address.ErrNoAddress, "bad_address", failNoAddress},
		{address.ErrBadIP, "bad_address", failBadIP},
		{address.ErrBadPort, "bad_address", failBadPort},
		{address.ErrSecure, "bad_address", failSecureAddress},
		{errNoRoom, "not_found", ""},
		{errManyRooms, "not_unique", ""},
		{netchat.ErrFlood, "flood", ""},
		{netchat.ErrTooSlow, "too_slow", ""},
		{netchat.ErrNotARoom, "not_a_room", ""},
		{netchat.ErrBusy, "busy", failBusyHost},
		{netchat.ErrSlow, "slow", failSlow},
		{netchat.ErrProtocol, "protocol", failProtocol},
		{netchat.ErrUnreached, "unreached", ""},
	}
}

// troubles are what can be wrong with messages on disk, and with the input and output.
func troubles() []ending {
	return []ending{
		{err: history.ErrFull, sentence: failDiskFull},
		{err: history.ErrNotOurs, sentence: failNotOurs},
		{err: errUTF16, sentence: failUTF16},
		{err: errUnread, sentence: failUnread},
	}
}

// reasonCode is the reason of a state in JSON: empty if there is none.
func reasonCode(err error) string {
	if err == nil {
		return ""
	}
	for _, row := range endings() {
		if errors.Is(err, row.err) {
			return row.code
		}
	}
	return "lost"
}

// explainRefusal says why a message was refused.
func (t texts) explainRefusal(reason netchat.RefusalReason) string {
	if text, ok := t["refused."+sentence(reason)]; ok {
		return text
	}
	return termsafe.Line(string(reason)) // in a host's own words
}

// explainEnd says why a connection ended for good, or nothing if err is about
// something else.
func (t texts) explainEnd(err error) string {
	for _, row := range endings() {
		switch {
		case !errors.Is(err, row.err):
		case row.sentence != "":
			return t.of(row.sentence)
		default:
			return t.of(failLost, err.Error())
		}
	}
	return ""
}
