package server

// SetMaxUnjoined bounds the connections that have not joined, for tests that
// cannot open thousands. It is to be called before the first one.
func (s *Server) SetMaxUnjoined(limit, slack int) {
	s.unjoined = newCrowd(limit, slack, unjoinedPatience)
}
