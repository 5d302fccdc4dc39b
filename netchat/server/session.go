package server

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/room"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// Waits of a session.
const (
	writeTimeout = 10 * time.Second // for one batch
	closeWait    = 2 * time.Second  // from our close frame to the end of the connection
	proofTimeout = 10 * time.Second // for the answer to a challenge
	maxDrain     = 8 << 20          // bytes read and dropped so that a close frame is not lost to a reset
)

// A session is one connection: its reader runs here, its writer beside it. To
// the Room it is its member.
type session struct {
	srv       *Server
	conn      *wire.Conn
	out       *outbox
	limit     *budget
	log       *slog.Logger
	inProcess bool // the host's own link
	spoken    bool // the reader's: the first frame is here
	member    *member

	ending chan struct{} // closed once by end
	once   sync.Once
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
		_ = s.conn.Close()
		writer.Wait()
		s.srv.forget(s)
	}()
	err := s.read()
	code, reason := fault(err)
	if code == 0 {
		// RFC 6455 wants a close frame answered: without the answer clients say
		// that they were cut off.
		code = goodbye(err)
	}
	s.hangUp(clean(err) || s.isEnding(), code, reason)
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
	s.srv.unjoined.remove(s)
	if err != nil {
		return err
	}
	if s.isEnding() {
		return errEnded
	}
	s.spoken = true
	hello, err := wire.DecodeHello(first)
	if err != nil {
		return err
	}
	if err := s.join(hello); err != nil {
		return err
	}
	s.conn.SetReadLimit(netchat.MaxFrame)
	for {
		s.alive()
		frame, err := s.conn.Read()
		if err != nil {
			return err
		}
		if s.isEnding() {
			continue // what comes behind our close frame is not taken
		}
		if err := s.pace(); err != nil {
			return err
		}
		if err := s.handle(frame); err != nil {
			return err
		}
	}
}

// join checks what the first frame claims and takes a seat.
func (s *session) join(hello wire.Hello) error {
	entrant := room.Entrant{Name: hello.Name, HasName: hello.HasName, Host: s.inProcess, Sink: s.member}
	if hello.Rich != nil {
		s.member.rich, entrant.Rich = true, true
		if hello.Rich.Key != nil {
			if err := s.challenge(hello.Rich.Key); err != nil {
				return err
			}
			entrant.ID = netchat.MemberIDFromKey(hello.Rich.Key)
		}
		if p := hello.Rich.Resume; p != nil {
			entrant.Resume = &netchat.Position{Epoch: p.Epoch, Seq: p.Seq, Mark: p.Mark}
		}
	}
	s.srv.desk.post(func() { s.member.take(entrant) })
	return nil
}

var (
	errProof = errors.New("the device key is not proved")
	errEnded = errors.New("it was ended before it spoke")
)

// challenge has the client prove that the key is its own.
func (s *session) challenge(key ed25519.PublicKey) error {
	nonce := make([]byte, wire.NonceSize)
	if _, err := io.ReadFull(s.srv.cfg.Random, nonce); err != nil {
		return err
	}
	roomID := s.srv.cfg.Room.ID
	s.out.push(encode(s.log, wire.ServerFrame{Type: wire.TypeChallenge, Nonce: nonce, RoomID: roomID}), noLimit)
	if err := s.conn.SetReadDeadline(time.Now().Add(proofTimeout)); err != nil {
		return err
	}
	frame, err := s.conn.Read()
	if err != nil {
		return err
	}
	proof, err := wire.DecodeCommand(frame)
	if err != nil {
		return err
	}
	if proof.Type != wire.TypeProof || !ed25519.Verify(key, wire.ProofMessage(roomID, nonce), proof.Sig) {
		return errProof
	}
	return nil
}

// handle carries out one frame of a joined member.
func (s *session) handle(frame []byte) error {
	if s.member.rich {
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
func (s *session) pace() error {
	pause, flood := s.limit.spend(time.Now())
	if flood {
		return netchat.ErrFlood
	}
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ending:
	}
	return nil
}

// alive puts off the time at which the peer counts as dead. The reader calls
// it, between frames and from the handlers of control frames. Who has not
// spoken yet may be silent for as long as it likes.
func (s *session) alive() {
	if s.spoken && !s.isEnding() {
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
		if code.Final() && !s.member.rich {
			last = append(last, wire.FrameText(wire.EncodeSystem(reason, time.Now())))
		}
		s.out.finish(discard, append(last, wire.FrameClose(code, reason))...)
		cut := time.AfterFunc(closeWait, func() { _ = s.conn.Close() })
		context.AfterFunc(s.ctx, func() { cut.Stop() })
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

// write is the writer's goroutine: it takes all that waits and writes it with
// one call. It pings, and asks the desk for more once a member that reads from
// the Log has taken everything.
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
			s.out.push(wire.FramePing(), noLimit)
		case <-s.out.wake:
		}
		runtime.Gosched() // lets members that are ready to speak into the same batch
		for {
			batch, last := s.out.take(buf)
			if len(batch) == 0 && !last {
				break
			}
			if err := s.conn.WriteFramed(batch, time.Now().Add(writeTimeout)); err != nil {
				_ = s.conn.Close()
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

// fault says how to close a connection whose reader ended with err; 0: not at
// all, for it is gone or was told already.
func fault(err error) (netchat.CloseCode, string) {
	switch {
	case errors.Is(err, wire.ErrInvalid):
		return netchat.CloseInvalid, "not a frame of this protocol"
	case errors.Is(err, wire.ErrBinary):
		return netchat.CloseNotText, "text frames only"
	case errors.Is(err, wire.ErrTooBig):
		return netchat.CloseTooBig, "too big"
	case errors.Is(err, errProof):
		return netchat.CloseBadHello, "the device key is not proved"
	case errors.Is(err, netchat.ErrFlood):
		return netchat.CloseFlood, "too many messages for too long"
	}
	return 0, ""
}

// The codes of a peer that left on purpose (RFC 6455, section 7.4.1).
const (
	closeNormal    = 1000
	closeGoingAway = 1001
	closeNoStatus  = 1005 // a close frame without a code
	closeAbnormal  = 1006 // no close frame at all
)

// goodbye returns the code that answers the close frame of a peer; 0: it sent
// none.
func goodbye(err error) netchat.CloseCode {
	closed, ok := errors.AsType[*netchat.CloseError](err)
	switch {
	case !ok || closed.Code == closeAbnormal:
		return 0
	case closed.Code == closeNoStatus:
		return closeNormal
	}
	return closed.Code
}

// clean reports whether the reader ended because the peer said goodbye or was
// at fault: it will not come back to this seat.
func clean(err error) bool {
	var closed *netchat.CloseError
	if errors.As(err, &closed) {
		return closed.Code == closeNormal || closed.Code == closeGoingAway || closed.Code == closeNoStatus
	}
	code, _ := fault(err)
	return code != 0
}
