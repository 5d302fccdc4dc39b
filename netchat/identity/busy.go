package identity

import (
	"crypto/tls"
	"errors"
	"net"
)

// alertBusy is the TLS alert by which a host turns a client away that it cannot
// afford a handshake with at the moment. It is of the range that is left to private
// use (IANA, TLS Alerts, 224 to 255): nothing else sends it.
const alertBusy tls.AlertError = 240

// BusyRecord returns what a host writes instead of a handshake while it is busy: a
// fatal alert in clear (RFC 8446, section 6). A client comes back after a pause.
func BusyRecord() []byte {
	return []byte{21, 3, 3, 0, 2, 2, byte(alertBusy)}
}

// IsBusy reports whether a client's handshake failed with err because the host has
// sent a BusyRecord. Whoever is on the way can send it too, and has done no more
// thereby than to cut the connection.
func IsBusy(err error) bool {
	remote, ok := errors.AsType[*net.OpError](err)
	return ok && remote.Op == "remote error" && remote.Err.Error() == alertBusy.Error()
}
