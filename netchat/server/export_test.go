package server

// SetMaxUnjoined bounds the connections that have not joined, for tests that
// cannot open thousands. It is to be called before the first one.
func (s *Server) SetMaxUnjoined(limit, slack int) {
	s.unjoined = newCrowd[*session](limit, slack, unjoinedPatience)
}

// SetMaxFrames bounds the bytes of large frames under way. It is to be called
// before the first connection.
func (s *Server) SetMaxFrames(limit, slack int) {
	s.frames = newCrowd[*session](limit, slack, framesPatience)
}

// FrameBytes returns how much of large frames is under way.
func (s *Server) FrameBytes() int {
	s.frames.mu.Lock()
	defer s.frames.mu.Unlock()
	return s.frames.weight
}

// ArrivalBytes returns how much of welcomes waits to be written.
func (s *Server) ArrivalBytes() int {
	s.arrivals.mu.Lock()
	defer s.arrivals.mu.Unlock()
	return s.arrivals.weight
}

// SetMaxArriving bounds the connections that have not got as far as a WebSocket.
// It is to be called before the first one.
func (s *Server) SetMaxArriving(limit, slack int) {
	s.gate.arriving.mu.Lock()
	defer s.gate.arriving.mu.Unlock()
	s.gate.arriving.limit, s.gate.arriving.slack = limit, slack
}

// Arriving returns how many connections have not got as far as a WebSocket.
func (s *Server) Arriving() int { return len(s.gate.arriving.all()) }

// Dismiss is what whoever gets no connection is told.
var Dismiss = dismiss
