// Package client joins a room and follows it: one call joins, and from then on
// the Client reconnects by itself, resumes where it was, and sends again what
// the host may not have got, so that nothing is lost and nothing is told twice.
// It speaks the rich dialect, and the plain one to a server that knows no
// other.
//
// Goroutines: run owns all state, and each connection has a reader and a
// writer; Close ends them all and waits for them.
package client
