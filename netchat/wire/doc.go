// Package wire holds the frames of both dialects: their encoding, their strict
// decoding with hard limits, and the connection that carries them. It decides
// nothing: what a frame is good for is up to server and client. package
// netchat describes the protocol in prose.
package wire
