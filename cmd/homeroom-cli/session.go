package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// drainStall is how long a session that is to end waits for messages on their
// way while none of them arrives.
const drainStall = 30 * time.Second

// maxQueued is from how many lines on, read but not yet handed over, no more
// are read. Those of one chunk may exceed it.
const maxQueued = 16

// A link is the connection to a room: *client.Client outside of tests.
type link interface {
	Events() <-chan netchat.Update
	Send(p netchat.Post) error
	Rename(name string) error
	Close() error
}

// arrears are what a connection begins with.
type arrears int

const (
	noArrears arrears = iota
	snapshotDue
	pagesDue // up to one without Newer
	eitherDue
)

func arrearsOf(w *netchat.Welcome) arrears {
	switch {
	case w.Catching:
		return pagesDue
	case w.Rich && !w.Recovered:
		return snapshotDue
	}
	return noArrears
}

// A face is how a session shows itself and is spoken to: for people or for
// programs. Errors are those of writing.
type face interface {
	// message shows a message that was not shown before.
	message(m *mirror, msg netchat.Message) error
	// update shows everything else; m has been brought up to it.
	update(m *mirror, u netchat.Update) error
	// split turns input into lines; ended says that no more follows.
	split(data []byte, ended bool) ([]typed, error)
	// read understands one line.
	read(m *mirror, t typed) (intent, error)
	// due yields when there is something to catch up with: what was put off because
	// there was too much of it. nil: there is nothing.
	due() <-chan time.Time
	// catchUp shows what was put off, if it is due.
	catchUp(m *mirror) error
	// sent tells that a post could not be handed over (err) or waits to be.
	sent(m *mirror, p netchat.Post, err error, waiting int) error
}

// An intent is what a line of input asks for.
type intent struct {
	post   *netchat.Post
	rename string // what to be called from now on
	leave  bool
	failed bool // it asked for something that cannot be; the face has said so
}

// A session carries lines into a room and updates out of it. One goroutine runs
// it and owns all of it.
type session struct {
	link   link
	face   face
	mirror mirror
	stall  time.Duration // drainStall outside of tests
	rush   func()        // has the output not wait any more; nil: it does not
	listen bool          // read on while leaving, for the wish to leave at once

	wishes
	held    *netchat.Post            // the link's outbox was full
	pending map[netchat.EventID]bool // handed over, neither acked nor refused
	failed  int                      // lines and posts that will never be in the room
	behind  arrears                  // what was said before this connection and is still to come
	mute    bool                     // nothing is shown any more
	gone    bool                     // the link has ended by itself
	why     error                    // of gone
}

// wishes are what has been read, and what it asks for.
type wishes struct {
	queue   []typed
	leaving bool // send what waits, then leave
	ended   bool // the input is at its end
	now     bool // leave without sending what waits
}

// run returns when the user has left, ctx has ended (leaving at once) or the
// room is gone for good. The link is closed then. How many messages could not
// be sent is up to unsent.
func (s *session) run(ctx context.Context, chunks <-chan chunk) error {
	s.pending = make(map[netchat.EventID]bool)
	err := s.loop(ctx, chunks)
	err = s.finish(ctx, err)
	if s.gone && err == nil {
		return s.why
	}
	return err
}

// finish leaves the room and shows what has come until then: after a wish to leave at
// once only what can be shown in outputGrace, and nothing once err is that of showing.
func (s *session) finish(ctx context.Context, err error) error {
	if s.rush != nil {
		s.rush()
	}
	closed := make(chan error, 1)
	go func() { closed <- s.link.Close() }() // it ends sooner if somebody takes the rest
	left := time.Now()
	for u := range s.link.Events() { // the rest, with StateClosed at its end
		hurried := s.now || ctx.Err() != nil
		_, last := u.(*netchat.StateChange)
		s.mute = err != nil || !last && hurried && time.Since(left) > outputGrace
		err = errors.Join(err, s.take(u))
	}
	return errors.Join(err, <-closed)
}

// unsent returns how many messages were read but did not get into the room, as
// far as is known.
func (s *session) unsent() int {
	n := 0
	for _, t := range s.queue {
		if t.kind == typedLine {
			n++
		}
	}
	if s.held != nil {
		n++
	}
	return n + len(s.pending)
}

func (s *session) loop(ctx context.Context, chunks <-chan chunk) error {
	timer := time.NewTimer(s.stall)
	defer timer.Stop()
	// The Welcome is there already, and what is read may name who is in it.
	if err := s.take(<-s.link.Events()); err != nil {
		return err
	}
	for !s.gone && !s.now && !s.done() {
		var more <-chan chunk
		if s.hungry() {
			more = chunks
		}
		var stalled <-chan time.Time
		if s.leaving {
			stalled = timer.C
		}
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-stalled:
			return nil
		case <-s.face.due(): // what is below catches up
		case u, ok := <-s.link.Events():
			if !ok {
				s.gone = true
				return nil
			}
			before := s.unsent()
			err = s.take(u)
			if s.unsent() < before { // progress
				timer.Reset(s.stall)
			}
		case c := <-more:
			err = s.input(c)
			timer.Reset(s.stall)
		}
		if err = errors.Join(err, s.face.catchUp(&s.mirror), s.pump()); err != nil {
			return err
		}
	}
	return nil
}

// done reports whether the user wants to leave and nothing keeps us: all is
// sent, and what was said before is shown, so that joining with no input at
// all prints it.
func (s *session) done() bool { return s.leaving && s.behind == noArrears && s.unsent() == 0 }

// hungry reports whether to read on. Not reading is how a program that writes
// faster than the room takes is slowed down.
func (s *session) hungry() bool {
	switch {
	case s.ended, s.behind != noArrears && !s.listen:
		return false
	case s.leaving:
		return s.listen
	}
	return len(s.queue) < maxQueued
}

// take shows one update.
func (s *session) take(u netchat.Update) error {
	s.mirror.apply(u)
	switch u := u.(type) {
	case *netchat.Welcome:
		s.behind = arrearsOf(u)
	case *netchat.Event:
		if msg, ok := netchat.MessageOf(u); ok {
			return s.message(msg)
		}
		return nil
	case *netchat.Page:
		return s.page(u)
	case *netchat.Acked:
		delete(s.pending, u.ID)
	case *netchat.Refused:
		delete(s.pending, u.ID)
		s.failed++
	case *netchat.Gap:
		if s.behind == pagesDue { // it may go on from there or from a Snapshot
			s.behind = eitherDue
		}
	case *netchat.Waiting:
		s.await(u.Posts)
	case *netchat.RenameRefused:
		s.failed++
	case *netchat.StateChange:
		s.behind = noArrears
		if u.State == netchat.StateClosed {
			s.gone, s.why = true, u.Err
		}
	}
	return s.show(u)
}

// show shows what is no message.
func (s *session) show(u netchat.Update) error {
	if s.mute {
		return nil
	}
	return s.face.update(&s.mirror, u)
}

// page shows what was said before.
func (s *session) page(p *netchat.Page) error {
	if p.Snapshot && s.behind != pagesDue || !p.Snapshot && !p.Newer && s.behind != snapshotDue {
		s.behind = noArrears
	}
	for _, msg := range p.Messages {
		if err := s.message(msg); err != nil {
			return err
		}
	}
	return nil
}

// await counts what the link sends from last time as this session's own.
func (s *session) await(posts []netchat.Post) {
	for _, p := range posts {
		s.pending[p.ID] = true
	}
}

func (s *session) message(msg netchat.Message) error {
	if !s.mirror.fresh(msg) || s.mute {
		return nil
	}
	return s.face.message(&s.mirror, msg)
}

// input takes one chunk apart.
func (s *session) input(c chunk) error {
	if len(c.data) > 0 {
		lines, err := s.face.split(c.data, false)
		if err != nil {
			return err
		}
		s.queue = append(s.queue, lines...)
	}
	if c.err == nil {
		return nil
	}
	s.ended = true
	lines, err := s.face.split(nil, true)
	if err != nil {
		return err
	}
	s.queue = append(s.queue, lines...)
	s.queue = append(s.queue, typed{kind: typedEnd})
	if err := inputError(c.err); err != nil {
		return fmt.Errorf("read the input: %w", err)
	}
	return nil
}

// pump hands over what waits, until the link takes no more.
func (s *session) pump() error {
	if s.held != nil {
		p := *s.held
		s.held = nil
		if err := s.send(p); err != nil || s.held != nil {
			return err
		}
	}
	for len(s.queue) > 0 {
		next := s.queue[0]
		s.queue = s.queue[1:]
		if next.kind == typedBreak {
			s.now = true
			return nil
		}
		if s.leaving {
			continue
		}
		if next.kind == typedEnd {
			s.leaving = true
			continue
		}
		wanted, err := s.face.read(&s.mirror, next)
		if err == nil {
			err = s.do(wanted)
		}
		if err != nil || s.held != nil {
			return err
		}
	}
	return nil
}

// do does what a line asks for.
func (s *session) do(wanted intent) error {
	switch {
	case wanted.leave:
		s.leaving = true
	case wanted.failed:
		s.failed++
	case wanted.rename != "":
		return s.rename(wanted.rename)
	case wanted.post != nil:
		return s.send(*wanted.post)
	}
	return nil
}

// rename asks for another name. What cannot even be asked for is told like what
// the room refuses.
func (s *session) rename(name string) error {
	err := s.link.Rename(name)
	reason := netchat.RefusedInvalid
	switch {
	case err == nil, errors.Is(err, netchat.ErrClosed): // the end of the link is among the events
		return nil
	case errors.Is(err, netchat.ErrUnsupported):
		reason = netchat.RefusedUnknownType
	}
	return s.take(&netchat.RenameRefused{Name: name, Reason: reason})
}

// send hands one post to the link; if the link is full, it is held until there
// is room.
func (s *session) send(p netchat.Post) error {
	err := s.link.Send(p)
	switch {
	case errors.Is(err, netchat.ErrOutboxFull) && len(s.pending) > 0:
		s.held = &p
		return nil
	case errors.Is(err, netchat.ErrClosed):
		s.held = &p // it counts as unsent; the end of the link is among the events
		return nil
	case err != nil:
		s.failed++
	default:
		s.pending[p.ID] = true
	}
	return s.face.sent(&s.mirror, p, err, s.unsent())
}
