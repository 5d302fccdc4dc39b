// Package discovery finds the rooms of a local network and makes a room
// findable there.
//
// An Announcer says by multicast DNS (service _homeroom._tcp) that a room is
// here; a Finder listens for that in short rounds. Multicast is only a hint:
// a room is listed once one of its addresses has answered a Hello, a unicast
// HTTP request, with the id that was announced, and it stays listed for as long
// as it keeps answering. Rooms that were known before are asked without having
// been announced, because some networks carry no multicast. The network may say
// anything, so all that is kept of it has a bound.
//
// The multicast library behind Registrar and Browser forgets nothing that ends,
// keeps to the interfaces it saw at its start and cannot be told otherwise.
// Announcer and Finder make up for that by starting it afresh; it is known to
// zeroconf.go and librarylog.go alone, so that another one can be put in its
// place.
package discovery
