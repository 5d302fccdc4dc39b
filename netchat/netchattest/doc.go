// Package netchattest helps to test what speaks the protocol: connections in
// memory, a host that follows a script frame by frame, a plain server like the
// original, a proxy that breaks connections at a chosen frame, and a recorder
// of what a client tells. All but TCP works in a testing/synctest bubble.
package netchattest
