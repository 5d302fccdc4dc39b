package netchat

// Kept is what a member has of a room on its own disk when it joins.
type Kept struct {
	Room     RoomInfo // as it was last; ID empty: nothing is kept yet
	Position Position // up to where Events are kept; Epoch empty: nowhere
	Since    uint64   // from this Seq on no Message of the Epoch is missing
	Below    uint64   // the last Seq of the Epoch before Since that is kept; 0: there is none
	Waiting  []Post   // written and not answered, in order

	// Aside is where the file is with what was kept before, which was found damaged;
	// empty: none was, or a Position has been saved since.
	Aside   string
	Exposed error // why other people of this machine may see what there is; nil: they may not
}

// A Keeping is one step of what a member keeps of a room. What is not set stays.
type Keeping struct {
	Room     RoomInfo  // ID empty: as before
	Messages []Message // of one Epoch, oldest first
	Position Position  // reached with Messages; Epoch empty: as before

	// Anew says that Messages are a Snapshot: between what is kept and the first of
	// them others may be missing. Older says that they are the ones just before what
	// is kept. More says, with one of them, that there are still older ones.
	Anew, Older, More bool
	Met               bool   // with Older: they go on from what was kept before a Snapshot,
	Since             uint64 // of which from this Seq on none is missing

	Posts    []Post    // that are to be sent
	Answered []EventID // Posts that are in the room, or never will be
}
