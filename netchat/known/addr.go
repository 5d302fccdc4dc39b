package known

import (
	"strings"

	"github.com/homeroomchat/homeroom/internal/address"
)

// canonical returns an address as "host:port", always the same for what is dialled
// as the same, whatever path is asked for there. It returns nothing for what is no
// address.
func canonical(addr string) string {
	a, err := address.Parse(addr)
	if err != nil {
		return ""
	}
	return strings.ToLower(a.HostPort())
}
