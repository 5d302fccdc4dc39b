package server

import (
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// onHold learns that the frame which the reader is at takes that many bytes of
// memory now. If the large ones of all members together take too much, those
// that have been under way for longest end with their connections.
func (s *session) onHold(bytes int) {
	if bytes <= smallFrame || s.isEnding() {
		return
	}
	for _, slow := range s.srv.frames.add(s, s.route.share, bytes, time.Now()) {
		slow.giveUpFrame()
	}
}

// giveUpFrame closes the connection without waiting for the rest of a frame, from
// any goroutine and without blocking.
func (s *session) giveUpFrame() {
	s.end(true, netchat.CloseTooSlow, "too slow with a large frame")
	_ = s.conn.SetReadDeadline(time.Now()) // the reader lets go of it at once
}
