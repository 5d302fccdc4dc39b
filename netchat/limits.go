package netchat

import "time"

// Limits that both ends keep. Sizes are bytes.
const (
	MaxText        = 64 << 10  // of one message, in UTF-8
	MaxName        = 512       // of a member's name; our own clients offer MaxTypedName
	MaxTypedName   = 32        // characters of a name or room name typed in our own clients
	MaxRoomName    = 256       // bytes of a room's name
	MaxFirstFrame  = 16 << 10  // of the frame that joins
	MaxFrame       = 512 << 10 // of every later frame to a host: MaxText with each byte as \u00XX fits
	MaxServerFrame = 24 << 20  // of a frame to a client: a roster of MaxMembers with the worst names fits
	MaxFragments   = 1024      // frames of one message to a host, control frames within it included
	MaxDepth       = 64        // of nested JSON in any frame
	MaxRecipients  = 64        // of one private message

	MaxMembers  = 5000 // in one room, reconnecting ones included
	MaxUnjoined = 2048 // connections that have not sent their first frame
)

// What a newcomer or a returning member is given, and what may be asked for.
const (
	SnapshotMessages = 200       // at once when joining
	SnapshotBytes    = 512 << 10 // of text in that Snapshot
	MaxPageMessages  = 200       // in one Page that was asked for
	MaxHits          = 50        // Messages that one search finds
	MaxSearchText    = 256       // bytes of what is searched for
	MaxTail          = 2000      // Events in a resumed tail; beyond it a Snapshot is sent
)

// Timing. A host finds a dead peer within DeadPeer, a client within DeadHost.
const (
	PingEvery      = 10 * time.Second
	DeadPeer       = 25 * time.Second
	DeadHost       = 12 * time.Second
	MessageTime    = DeadPeer         // from the first byte of a frame or message to its last, at a host
	ReconnectGrace = 15 * time.Second // how long a lost rich member counts as reconnecting
	RosterEvery    = 100 * time.Millisecond
)

// DefaultPort is where a host listens unless told otherwise.
const DefaultPort = 8000
