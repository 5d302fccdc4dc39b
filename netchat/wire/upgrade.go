package wire

import (
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/homeroomchat/homeroom/netchat"
)

// UpgradeHeader is the header of a host's answer to the upgrade of either
// dialect that holds an Upgrade. Other servers send none.
const UpgradeHeader = "Homeroom"

// maxUpgrade bounds the header's value, in bytes.
const maxUpgrade = 4 << 10

// An Upgrade is what a host tells before the client's first frame, so that a
// client can make up its mind before it says who it is.
type Upgrade struct {
	V    int    `json:"v"`
	TLS  bool   `json:"tls,omitzero"` // the host speaks TLS at this port; where a client sees this over a plain socket, TLS was prevented
	Name string `json:"name,omitzero"`
	Host string `json:"host,omitzero"`
}

// EncodeUpgrade returns the value of UpgradeHeader: base64url of JSON.
func EncodeUpgrade(u Upgrade) string {
	raw, err := json.Marshal(u)
	if err != nil { // a name that is no UTF-8; the welcome says it better
		raw, _ = json.Marshal(Upgrade{V: u.V, TLS: u.TLS})
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// DecodeUpgrade reads the value of UpgradeHeader. Its errors wrap ErrInvalid.
func DecodeUpgrade(value string) (Upgrade, error) {
	if len(value) > maxUpgrade {
		return Upgrade{}, fmt.Errorf("%w: a header of %d bytes", ErrInvalid, len(value))
	}
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return Upgrade{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	var u Upgrade
	if err := decode(raw, &u); err != nil {
		return Upgrade{}, err
	}
	if u.V < 1 || len(u.Name) > netchat.MaxRoomName || len(u.Host) > netchat.MaxName {
		return Upgrade{}, fmt.Errorf("%w: an upgrade out of bounds", ErrInvalid)
	}
	return u, nil
}
