package model

import (
	"strconv"

	"github.com/homeroomchat/homeroom/internal/address"
)

// maxAddress bounds an address, in bytes.
const maxAddress = address.MaxLength

// What can be wrong with what was typed.
var (
	ErrNoAddress     = address.ErrNoAddress
	ErrBadPort       = address.ErrBadPort
	ErrSecureAddress = address.ErrSecure
	ErrBadIP         = address.ErrBadIP
)

// ParseAddress reads the address of a room as people type and paste it, and
// returns it as it is always written: "host:port" or, where the room is off the
// usual path, "ws://host:port/path". It fails with ErrNoAddress, ErrBadPort,
// ErrSecureAddress or ErrBadIP.
func ParseAddress(typed string) (string, error) {
	a, err := address.Parse(typed)
	if err != nil {
		return "", err
	}
	return a.String(), nil
}

// ParsePort reads a port to listen on. Nothing typed is an empty port. It
// fails with ErrBadPort.
func ParsePort(typed string) (string, error) {
	port, err := address.ParsePort(typed)
	if err != nil || port == 0 {
		return "", err
	}
	return strconv.Itoa(int(port)), nil
}
