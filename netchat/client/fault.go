package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/homeroomchat/homeroom/netchat"
)

// errProtocol is a host that does not keep to the protocol.
var errProtocol = netchat.ErrProtocol

// shown is what the other end of a connection that failed has shown of itself.
type shown int

const (
	shownNothing shown = iota // there was no connection
	shownSilence              // it said nothing, or hung up: a slow network, a busy host, or no TLS
	shownClear                // it answers in clear: it knows no TLS, or something on the way prevents it
	shownTLS                  // it speaks TLS, or says that it does
)

// A fault is why an address is not joined.
type fault struct {
	at    target
	shown shown
	again bool // the next connection may fare better
	err   error
}

// sentinels are the errors that have a meaning of their own to the user, the
// most telling first.
func sentinels() []error {
	return []error{
		netchat.ErrChangedKey, netchat.ErrWrongCode, netchat.ErrNoTLS, netchat.ErrStripped, netchat.ErrAppOnly, netchat.ErrNotFound,
		netchat.ErrNotARoom, netchat.ErrFull, netchat.ErrAddressFull, netchat.ErrFlood, netchat.ErrTooSlow, errProtocol,
		netchat.ErrBusy, netchat.ErrSlow, netchat.ErrUnreached,
	}
}

// kindOf returns which of the sentinels err is, at first; none: errProtocol.
func kindOf(err error) error {
	for _, s := range sentinels() {
		if errors.Is(err, s) {
			return s
		}
	}
	return errProtocol
}

// unanswering reports whether err says at first that nobody has answered.
func unanswering(err error) bool {
	return slices.Contains([]error{netchat.ErrUnreached, netchat.ErrSlow, netchat.ErrBusy}, kindOf(err))
}

// telling joins the errors of addresses on one line, the most telling first.
func telling(faults []fault) error {
	order := sentinels()
	slices.SortStableFunc(faults, func(a, b fault) int {
		return slices.Index(order, kindOf(a.err)) - slices.Index(order, kindOf(b.err))
	})
	var all error
	for _, f := range faults {
		if all == nil {
			all = f.err
		} else {
			all = fmt.Errorf("%w; %w", all, f.err)
		}
	}
	return all
}

// failing says in our words why the connection could not be set up: the network
// failed, or what is there is no room.
func failing(ctx context.Context, err error) error {
	alert, isAlert := errors.AsType[*net.OpError](err)
	isAlert = isAlert && (alert.Op == "remote error" || alert.Op == "local error") // by crypto/tls
	_, network := errors.AsType[net.Error](err)
	_, noRecord := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", netchat.ErrUnreached, ctx.Err())
	case isAlert, noRecord:
	case network, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return fmt.Errorf("%w: %w", netchat.ErrUnreached, err)
	}
	return fmt.Errorf("%w: %w", netchat.ErrNotARoom, err)
}
