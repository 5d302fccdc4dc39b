// Package known remembers the rooms that one was in by their keys, in a file of
// the data directory, and judges by them whether a room is the one that it seems
// to be. That the same key comes back is all that is known of a room met by
// chance; somebody who compares its code with the host's screen, or joins by the
// code, verifies it.
package known
