package discovery

import (
	"context"
	"net/netip"
)

// Service is the DNS-SD service type of a room.
const Service = "_homeroom._tcp"

// A Registration is one room announced on one interface.
type Registration struct {
	Instance  string // of the service, and the host name before .local; one DNS label
	Port      int
	Text      []string // the TXT strings, at most 255 bytes each
	Interface Interface
}

// A Registrar announces services by multicast DNS. Register returns once the
// service is being answered for; stop takes it back, says so to the network and
// may be called once. Both are called by one goroutine.
type Registrar interface {
	Register(r Registration) (stop func(), err error)
}

// A Sighting is what one answer claimed about a room. Nothing in it is checked.
type Sighting struct {
	Port  int
	Text  []string // as received, perhaps with DNS escapes
	Addrs []netip.Addr
}

// A Browser asks for services by multicast DNS. Browse asks once at its start
// on the given interfaces and calls found for each answer, from one goroutine
// at a time per address family, until ctx ends; it returns when all that it
// started has ended. found must not block for long once ctx has ended. An error
// means that it could not listen at all; it then returns without waiting.
type Browser interface {
	Browse(ctx context.Context, on []Interface, found func(Sighting)) error
}
