// Package server gives a Room connections: HTTP, WebSocket, both dialects, one
// reader and one writer for each connection, and one goroutine (the desk) that
// owns the Room and its Log. It knows no discovery, keys of the room or GUI.
package server
