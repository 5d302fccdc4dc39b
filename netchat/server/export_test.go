package server

// SetMaxUnjoined bounds the connections that have not joined, for tests that
// cannot open thousands. It is to be called before the first one.
func (s *Server) SetMaxUnjoined(limit, slack int) {
	s.unjoined = newCrowd(limit, slack, unjoinedPatience)
}

// ArrivalBytes returns how much of welcomes waits to be written.
func (s *Server) ArrivalBytes() int {
	s.arrivals.mu.Lock()
	defer s.arrivals.mu.Unlock()
	return s.arrivals.weight
}
