package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Waits of a session.
const (
	closeWait    = 2 * time.Second  // from our close frame to the end of the connection
	proofTimeout = 10 * time.Second // for the answer to a challenge
	maxSkipped   = 1000             // frames behind our close frame that are looked at
	maxDrain     = 8 << 20          // bytes read and dropped so that a close frame is not lost to a reset
)

// A session is one connection: its reader runs here, its writer beside it. To
// the Room it is its member.
type session struct {
	srv     *Server
	conn    *wire.Conn
	out     *outbox
	limit   *budget
	log     *slog.Logger
	route   route
	rich    bool // the reader's: what the first frame asked for
	joined  bool // the reader's: it has asked for a seat
	skipped int  // the reader's
	member  *member

	ending chan struct{} // closed once by end
	once   sync.Once
	cut    *time.Timer     // set by end: the connection's last moment
	ctx    context.Context // ends with the session
	cancel context.CancelFunc
}

// run reads until the connection ends. It is the session's own goroutine and
// ends its writer too.
func (s *session) run() {
	var writer sync.WaitGroup
	writer.Go(s.write)
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a session failed", "panic", p, "stack", string(debug.Stack()))
		}
		s.hangUp(false, 0, "")
		s.cancel()
		sever(s.conn.NetConn())
		writer.Wait()
		s.once.Do(func() {}) // from here on end does nothing
		if s.cut != nil {
			s.cut.Stop()
		}
		s.srv.forget(s)
	}()
	err := s.read()
	code, reason := fault(err)
	if code == 0 {
		// RFC 6455 wants a close frame answered: without the answer clients say
		// that they were cut off.
		code = goodbye(err)
	}
	s.hangUp(clean(err), code, reason)
	if code == 0 && !s.isEnding() {
		return // the connection is gone
	}
	s.drain(err)
	<-s.ending
	writer.Wait() // for the close frame; end has set a bound
}

// hangUp gives up the seat and then, behind all that the member said and is to
// hear of it, ends the connection with code, if that is not 0.
func (s *session) hangUp(clean bool, code netchat.CloseCode, reason string) {
	hangUp := func() {
		s.member.depart(clean)
		if code != 0 {
			s.end(false, code, reason)
		}
	}
	if !s.srv.desk.post(hangUp) && code != 0 {
		s.end(false, code, reason)
	}
}

// read handles frames until one is at fault or the connection ends.
func (s *session) read() error {
	s.conn.SetReadLimit(netchat.MaxFirstFrame)
	first, err := s.conn.Read()
	if err != nil {
		return err
	}
	s.srv.unjoined.renew(s, time.Now())
	pause, ok := s.limit.join(time.Now())
	if !ok {
		return netchat.ErrFlood
	}
	s.pause(pause)
	if s.isEnding() {
		return errEnded
	}
	hello, err := wire.DecodeHello(first)
	if err != nil {
		return err
	}
	if err := s.join(hello); err != nil {
		return err
	}
	s.joined = true
	s.conn.SetReadLimit(netchat.MaxFrame)
	for {
		s.alive()
		frame, err := s.conn.Read()
		if err != nil {
			return err
		}
		if s.isEnding() {
			if !s.skips() {
				return errEnded
			}
			continue
		}
		if err := s.pace(&s.limit.frames); err != nil {
			return err
		}
		if err := s.handle(frame); err != nil {
			return err
		}
		if cap(frame) > smallFrame {
			s.srv.frames.remove(s)
		}
	}
}

// handle carries out one frame of a joined member.
func (s *session) handle(frame []byte) error {
	if s.rich {
		command, err := wire.DecodeCommand(frame)
		if err != nil {
			return err
		}
		s.srv.table.run(s.member, command)
		return nil
	}
	command, err := wire.DecodePlain(frame)
	if err != nil {
		return err
	}
	if len(command.Content) > netchat.MaxText {
		return wire.ErrTooBig
	}
	s.srv.desk.post(func() { s.member.postPlain(command) })
	return nil
}

// pace stops reading while the member is over its budget.
func (s *session) pace(m *meter) error {
	pause, flood := m.spend(time.Now())
	if flood {
		return netchat.ErrFlood
	}
	s.pause(pause)
	return nil
}

// pause holds up the reader, unless the session ends meanwhile.
func (s *session) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ending:
	case <-s.ctx.Done():
	}
}

// awaitSpace holds up the reader while the member does not take the answers to
// what it asked before: its next question stays in the socket.
func (s *session) awaitSpace() {
	for s.out.over(richOutbox) {
		timer := time.NewTimer(netchat.DeadPeer)
		select {
		case <-s.out.space:
		case <-s.ending:
		case <-s.ctx.Done():
		case <-timer.C:
			s.srv.desk.post(func() { s.member.Close(netchat.CloseTooSlow, "asks, but does not read the answers") })
			<-s.ending
		}
		timer.Stop()
		if s.isEnding() || s.ctx.Err() != nil {
			return
		}
	}
}

// onPing answers a ping, and onPong takes the answer to one of ours. The reader
// calls them from within a Read.
func (s *session) onPing(payload []byte) {
	s.out.pushPong(wire.FramePong(payload))
	s.onPong()
}

// onPong is described at onPing.
func (s *session) onPong() {
	s.alive()
	if s.isEnding() {
		if !s.skips() {
			_ = s.conn.SetReadDeadline(time.Now()) // ends the Read that this is part of
		}
		return
	}
	if err := s.pace(&s.limit.control); err != nil {
		code, reason := fault(err)
		s.hangUp(true, code, reason)
		<-s.ending
	}
}

// skips reports whether to skip one more of the frames that come behind our
// close frame, in expectation of the peer's.
func (s *session) skips() bool {
	s.skipped++
	return s.skipped <= maxSkipped
}

// alive puts off the time at which the peer counts as dead. The reader calls
// it, between frames and from the handlers of control frames. Who has not
// spoken yet may be silent for as long as it likes, and who has to prove its
// key does not get more time by pinging.
func (s *session) alive() {
	if s.joined && !s.isEnding() {
		_ = s.conn.SetReadDeadline(time.Now().Add(netchat.DeadPeer))
	}
}

// end closes the connection with a reason, from any goroutine and without
// blocking: what waits is still written, or dropped if discard, then the close
// frame. The connection is cut closeWait later whatever the peer does.
func (s *session) end(discard bool, code netchat.CloseCode, reason string) {
	s.once.Do(func() {
		close(s.ending)
		var last []wire.Framed
		if code.Final() && s.member.isPlain() {
			last = append(last, wire.FrameText(wire.EncodeSystem(reason, s.srv.cfg.Now())))
		}
		s.out.finish(discard, append(last, wire.FrameClose(code, reason))...)
		s.cut = time.AfterFunc(closeWait, func() { sever(s.conn.NetConn()) })
	})
}

func (s *session) isEnding() bool {
	select {
	case <-s.ending:
		return true
	default:
		return false
	}
}

// drain reads on after our close frame, so that closing with unread data does
// not reset the connection before the peer has read it.
func (s *session) drain(err error) {
	if goodbye(err) != 0 {
		return // the peer sends nothing more
	}
	raw := s.conn.NetConn()
	_ = raw.SetReadDeadline(time.Now().Add(closeWait))
	_, _ = io.CopyN(io.Discard, raw, maxDrain)
}

// turnAway tells a session that never ran that the room is closed, and gives it
// closeWait to hear it.
func (s *session) turnAway() {
	until := time.Now().Add(closeWait)
	if s.conn.WriteFramed(wire.FrameClose(netchat.CloseRoomClosed, roomClosed), until) != nil {
		return
	}
	_ = s.conn.SetReadDeadline(until)
	s.conn.SetReadLimit(netchat.MaxFirstFrame)
	for s.skips() {
		if _, err := s.conn.Read(); err != nil {
			return
		}
	}
}

// write is the writer's goroutine: it takes all that waits and writes it with
// one call. It pings, and asks the desk for more once a member that reads from
// the Log has taken everything. A write may take as long as it likes: a peer
// that is gone is noticed by the reader, one that is just slow is none of our
// business as long as its outbox holds.
func (s *session) write() {
	ping := time.NewTicker(netchat.PingEvery)
	defer ping.Stop()
	buf := make([]byte, 0, 4<<10)
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ping.C:
			if s.srv.unjoined.has(s) {
				continue // nothing is sent before the first frame
			}
			s.out.pushPing()
		case <-s.out.wake:
		}
		runtime.Gosched() // lets members that are ready to speak into the same batch
		for {
			batch, last := s.out.take(buf)
			if len(batch) == 0 && !last {
				break
			}
			if err := s.conn.WriteFramed(batch, time.Time{}); err != nil {
				s.cancel() // whoever waits for the outbox to empty waits in vain
				sever(s.conn.NetConn())
				return
			}
			if last {
				halfClose(s.conn.NetConn())
				return
			}
		}
		s.member.caughtUp()
	}
}

// halfClose tells the peer that nothing more comes, where the transport can.
func halfClose(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		_ = h.CloseWrite()
	}
}
