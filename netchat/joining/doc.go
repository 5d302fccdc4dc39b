// Package joining joins a room as both programs do: by an address, by what a
// Finder found, or by the code on the host's screen. It puts together the Client,
// the known rooms and the codes, and decides whom to believe: nobody but a key
// that was proved.
package joining
