package netchat

// An Advert is a room that can be joined, as a Finder lists it. What it says
// is hearsay until one joins: anybody on the network may claim anything.
type Advert struct {
	Room    RoomInfo
	Addrs   []string // "host:port", best first
	Members int      // -1 unknown
	Rich    bool     // false for a plain server found by a typed address
	TLS     bool     // it says that it speaks TLS
	Code    RoomCode // that it says to have; empty: unknown
}
