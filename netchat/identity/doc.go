// Package identity proves who is who by keys: a host has the key of its room, a
// member the key of its device, both Ed25519. It makes the TLS configurations by
// which both ends prove and check them, and the code of a room for people.
//
// App clients speak TLS 1.3 under ALPN. The host shows two certificates: one of
// the room's key, signed by itself, and one of a P-256 key that lives only as
// long as the process, signed by the room's. No other authority counts, and
// neither dates nor names: the clocks of a class's laptops differ, and names
// prove nothing. A client shows a certificate of its device key, or none.
package identity
