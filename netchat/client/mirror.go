package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// A mirror is what the client knows of the room. It belongs to Join until the
// first welcome, then to the run loop.
type mirror struct {
	feed
	cfg    Config
	dialer *dialer
	outbox *outbox
	asks   *asks
	naming *naming

	copy ownCopy

	room     netchat.RoomInfo // ID empty until known
	said     wish             // what the first frame of the connection said
	self     netchat.Member
	roster   netchat.Roster
	at       netchat.Position // the last Event told, if followed
	followed bool             // at is where to resume; false: a snapshot is needed
	told     bool             // the first welcome has been told
	loss     error            // the sentinel of the last StateReconnecting
}

// A joined is a connection that the room has welcomed.
type joined struct {
	link  *link
	entry entry
}

// A dialect is how one connection's host is spoken to. The run loop calls it.
type dialect interface {
	// start tells the consumer of the welcome.
	start() error
	// handle takes a frame of the host. An error gives the connection up.
	handle(frame []byte) error
	// next returns what to write, nil for nothing, the same until wrote.
	next() ([]byte, error)
	// wrote says that the frame of next is on its way.
	wrote()
	// lost says that the connection is gone.
	lost() error
}

// enter connects and joins, once.
func (m *mirror) enter(ctx context.Context) (*joined, error) {
	var j *joined
	err := m.dialer.each(ctx, func(k *link) error {
		e, err := m.greet(ctx, k)
		if err != nil {
			k.end()
			return err
		}
		m.dialer.pin(k.security)
		m.naming.entered(e.takes(wire.TypeRename))
		j = &joined{link: k, entry: e}
		return nil
	})
	return j, err
}

// run is the run loop's goroutine.
func (m *mirror) run(j *joined) {
	err := m.follow(j)
	if errors.Is(err, errClosing) {
		err = nil
	}
	m.outbox.close()
	m.asks.close()
	m.naming.close()
	m.copy.close()
	m.last(&netchat.StateChange{State: netchat.StateClosed, Err: err})
	m.close()
}

// follow keeps connected until a final refusal, which it returns, or
// errClosing.
func (m *mirror) follow(j *joined) error {
	pace := &pacer{Backoff: m.cfg.Backoff, random: m.cfg.Random}
	if j == nil {
		var err error
		if j, err = m.copy.comeBack(m, pace); err != nil {
			return err
		}
	}
	for {
		began := time.Now()
		d := m.dialect(j.entry)
		cause := m.live(j.link, d)
		j.link.end()
		if over(cause) {
			return cause
		}
		m.cfg.Logger.Info("connection lost", "err", cause)
		m.loss = nil
		if err := m.tellLoss(cause); err != nil {
			return err
		}
		if err := d.lost(); err != nil {
			return err
		}
		pace.lasted(time.Since(began))
		var err error
		if j, err = m.rejoin(pace); err != nil {
			return err
		}
	}
}

// over reports whether cause ends the client rather than one connection.
func over(cause error) bool {
	closed, ok := errors.AsType[*netchat.CloseError](cause)
	return errors.Is(cause, errClosing) || (ok && closed.Code.Final())
}

// live serves one connection to its end and returns why it ended.
func (m *mirror) live(k *link, d dialect) error {
	if err := d.start(); err != nil {
		return err
	}
	for {
		frame, err := d.next()
		if err != nil {
			return err
		}
		out, in := k.out, k.in
		if frame == nil {
			out = nil
		}
		if m.copy.full() {
			in = nil
		}
		select {
		case <-m.ctx.Done():
			return errClosing
		case <-m.copy.saved():
		case err := <-m.copy.told():
			if err := m.copy.tellKeeping(m, err); err != nil {
				return err
			}
		case in, ok := <-in:
			if !ok {
				return k.cause()
			}
			if err := d.handle(in); err != nil {
				return err
			}
		case out <- frame:
			d.wrote()
		case <-m.outbox.wake:
		}
	}
}

// rejoin tries until the room welcomes us again, also where it is found on the
// network meanwhile.
func (m *mirror) rejoin(pace *pacer) (*joined, error) {
	seek := &seeker{}
	defer seek.end()
	for {
		if !m.pause(pace.next(), seek) {
			return nil, errClosing
		}
		j, err := seek.attempt(m)
		switch {
		case err == nil:
			return j, nil
		case m.ctx.Err() != nil:
			return nil, errClosing
		case over(err):
			return nil, err
		}
		m.cfg.Logger.Debug("not rejoined", "err", err)
		if err := m.tellLoss(err); err != nil {
			return nil, err
		}
	}
}

// pause waits for d, or less if the machine wakes from sleep meanwhile or the
// room is found at a new address; false: the client is closing.
func (m *mirror) pause(d time.Duration, seek *seeker) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	clock := newClockWatch(m.cfg.Now)
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		select {
		case <-m.ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-tick.C:
			if clock.slept() {
				return true
			}
		case <-m.outbox.wake:
			if m.copy.answer(m, true) != nil {
				return false
			}
		case found, more := <-seek.found:
			if seek.take(m.dialer, found, more) {
				return true
			}
		}
	}
}

// tellLoss tells that we are reconnecting and why, once for each kind of
// cause.
func (m *mirror) tellLoss(cause error) error {
	kind := kindOf(cause)
	if errors.Is(m.loss, kind) {
		return nil
	}
	m.loss = kind
	return m.emit(&netchat.StateChange{State: netchat.StateReconnecting, Err: cause})
}

// ack tells that a Post of the outbox is in the room and forgets it.
func (m *mirror) ack(id netchat.EventID, seq uint64) error {
	return m.answer(id, &netchat.Acked{ID: id, Seq: seq})
}

// refuse tells that a Post of the outbox never will be, and forgets it.
func (m *mirror) refuse(id netchat.EventID, reason netchat.RefusalReason) error {
	return m.answer(id, &netchat.Refused{ID: id, Reason: reason})
}

func (m *mirror) answer(id netchat.EventID, told netchat.Update) error {
	m.outbox.remove(id)
	m.copy.tell(netchat.Keeping{Answered: []netchat.EventID{id}})
	if err := m.emit(told); err != nil {
		return err
	}
	m.outbox.told()
	return nil
}

// refuseWritten gives up what may or may not have arrived, for a host that
// could not tell a second copy from the first.
func (m *mirror) refuseWritten() error {
	for _, id := range m.outbox.written() {
		if err := m.refuse(id, netchat.RefusedUncertain); err != nil {
			return err
		}
	}
	return nil
}

// cannot answers the question of peek where the room knows no answer.
func cannot(m *mirror, q ask) error {
	m.asks.wrote()
	m.asks.answered()
	if q.text != "" || q.turns() {
		return m.emit(q.refused(netchat.ErrUnsupported))
	}
	return m.emit(&netchat.Page{Of: q.PageAsk}) // there is no history
}

// giveUp tells that a wish is not heard, unless there is a newer one.
func (m *mirror) giveUp(w wish, reason netchat.RefusalReason) error {
	if !m.naming.drop(w.serial, m.self.Name) {
		return nil
	}
	return m.emit(&netchat.RenameRefused{Name: w.name, Reason: reason})
}

// tellRoster tells a change of the roster, and quietly who came and went.
func (m *mirror) tellRoster(d *netchat.RosterDelta, lines bool) error {
	var left []netchat.Member
	find := m.roster.Finder(len(d.Left))
	for _, id := range d.Left {
		if one, ok := find(id); ok {
			left = append(left, one)
		}
	}
	if !m.roster.Apply(d) {
		return errProtocol
	}
	if len(m.roster.Members) > netchat.MaxMembers {
		return fmt.Errorf("%w: more members than a room may have", errProtocol)
	}
	if now, ok := m.roster.Find(m.self.ID); ok {
		m.self = now
	}
	if err := m.emit(d); err != nil || !lines {
		return err
	}
	for _, one := range left {
		if err := m.emit(systemLine(netchat.SystemLeft, one.Name, d.Time)); err != nil {
			return err
		}
	}
	for _, one := range d.Joined {
		if err := m.emit(systemLine(netchat.SystemJoined, one.Name, d.Time)); err != nil {
			return err
		}
	}
	return nil
}
