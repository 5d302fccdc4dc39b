package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// How long a host is waited for. On a network that loses every fifth packet a
// connection that begins badly takes ten seconds, and a new one beside it a
// moment: so there are several, begun at growing distances, none given up for
// another.
const (
	openPatience  = 30 * time.Second // for one of the addresses to be open
	reachPatience = 10 * time.Second // for something to accept a connection at all
	cutPatience   = 5 * time.Second  // with what hangs up each time, and never says a word
	quietPatience = 3 * time.Second  // without a word of TLS: then it is asked in clear whether it knows any

	firstAgain = 2500 * time.Millisecond // before the second connection beside a silent one, then twice that, and so on
	cutPause   = 500 * time.Millisecond  // after one that was cut or turned away, then twice that, and so on
	busyPause  = 3 * time.Second         // at most that
	stuckAfter = 8 * time.Second         // so long a distance, and one that has begun to speak TLS is stuck

	maxTries = 24 // connections to one address
	maxTwin  = 4  // of them beside each other
)

// A progress tells what the connections to one address have come to.
type progress struct {
	connected atomic.Bool // something accepts connections there
	record    atomic.Bool // it has begun to speak TLS
}

// A try is what became of one connection to an address.
type try struct {
	opened *reached
	fault  fault
	asked  bool // it asked in clear whether the host knows TLS
}

// A patience keeps trying to open one address. Its own goroutine runs it; each
// connection is opened in another, which it waits for.
type patience struct {
	dialer *dialer
	at     target
	way    way
	ctx    context.Context // ends when one is open or nothing is to be hoped for
	come   *progress

	tries    chan try
	running  int // connections being opened
	begun    int
	asking   bool          // one of them asks in clear
	promised bool          // it has said in clear that it knows TLS
	pause    time.Duration // before a host that has hung up is tried again
	last     fault         // the most telling that is not final
}

// reach opens a connection to at by that way. What is silent or hangs up may be on
// a slow network, or busy: it is tried again, and never taken for a host without
// TLS. That it knows none is shown only by what it says: an answer in clear to TLS,
// or a WebSocket in clear without a word of TLS.
func (d *dialer) reach(ctx context.Context, at target, by way) (*reached, fault) {
	ctx, cancel := context.WithCancel(ctx)
	p := &patience{dialer: d, at: at, way: by, ctx: ctx, come: new(progress), tries: make(chan try), pause: cutPause}
	opened, f := p.run()
	cancel()
	for ; p.running > 0; p.running-- {
		if late := <-p.tries; late.opened != nil {
			late.opened.drop()
		}
	}
	f.at = at
	return opened, f
}

// run tries until a connection is open, a fault is final, or patience ends.
func (p *patience) run() (*reached, fault) {
	nobody := time.NewTimer(reachPatience)
	defer nobody.Stop()
	quiet := time.NewTimer(quietPatience)
	defer quiet.Stop()
	begun, gap := time.Now(), firstAgain
	again := time.NewTimer(gap)
	defer again.Stop()
	p.begin()
	for {
		select {
		case <-p.ctx.Done():
			return nil, p.gaveUp()
		case <-nobody.C:
			if !p.come.connected.Load() {
				return nil, p.gaveUp()
			}
		case <-quiet.C:
			p.ask()
		case <-again.C:
			if p.running == 0 || !p.come.record.Load() || gap > stuckAfter {
				p.begin()
			}
			gap *= 2
			again.Reset(gap)
		case t := <-p.tries:
			p.running--
			if opened, f, final := p.take(t); final {
				return opened, f
			}
			switch {
			case p.running > 0:
			case !p.dialer.stays, p.begun >= maxTries, p.last.shown < shownTLS && time.Since(begun) > cutPatience:
				return nil, p.gaveUp()
			default:
				again.Reset(p.next())
			}
		}
	}
}

// begin opens one more connection, if there are not too many.
func (p *patience) begin() {
	if p.running >= maxTwin || p.begun >= maxTries {
		return
	}
	p.begun++
	p.running++
	go func() {
		var t try
		if p.way == plainly {
			t.opened, t.fault = p.dialer.reachPlainly(p.ctx, p.at, p.come)
		} else {
			t.opened, t.fault = p.dialer.reachSecurely(p.ctx, p.at, p.come)
		}
		p.tries <- t
	}()
}

// ask asks a host that may know no TLS, in clear, whether it does. That tells it
// nothing of us.
func (p *patience) ask() {
	if p.way != tlsFirst || p.asking || p.promised || p.come.record.Load() || p.begun >= maxTries {
		return
	}
	p.asking = true
	p.begun++
	p.running++
	go func() {
		opened, f := p.dialer.reachPlainly(p.ctx, p.at, p.come)
		p.tries <- try{opened: opened, fault: f, asked: true}
	}()
}

// next returns the pause before a host that has hung up is tried again.
func (p *patience) next() time.Duration {
	pause := p.pause/2 + rand.N(p.pause/2)
	p.pause = min(p.pause*2, busyPause)
	return pause
}

// take decides about a connection that is open or has failed.
func (p *patience) take(t try) (*reached, fault, bool) {
	if t.asked {
		return p.answered(t)
	}
	if t.opened != nil {
		return t.opened, fault{}, true
	}
	if !t.fault.again {
		return nil, t.fault, true
	}
	if p.last.err == nil || t.fault.shown >= p.last.shown {
		p.last = t.fault
	}
	if t.fault.shown == shownSilence {
		p.ask() // it hung up: it may know no TLS
	}
	return nil, fault{}, false
}

// answered takes the answer to the question in clear.
func (p *patience) answered(t try) (*reached, fault, bool) {
	p.asking = false
	switch {
	case t.opened != nil:
		t.opened.drop()
		return nil, fault{shown: shownClear, err: fmt.Errorf("%s: %w: it answers in clear", p.at.addr, netchat.ErrNoTLS)}, true
	case errors.Is(t.fault.err, netchat.ErrNoTLS), errors.Is(t.fault.err, netchat.ErrAppOnly):
		p.promised = true // by itself, asked in clear: nobody has taken anything out
	case !t.fault.again:
		t.fault.shown = shownClear
		return nil, t.fault, true
	}
	return nil, fault{}, false
}

// gaveUp says why the address is not open after all that time.
func (p *patience) gaveUp() fault {
	f := p.last
	why := p.ctx.Err()
	if why == nil {
		why = errSilent
	}
	if f.err == nil {
		f.err = fmt.Errorf("%s: %w: %w", p.at.addr, netchat.ErrUnreached, why)
	}
	if p.promised || p.come.record.Load() {
		f.shown = shownTLS
	}
	if p.come.connected.Load() && !errors.Is(f.err, netchat.ErrBusy) {
		f.err = fmt.Errorf("%w: %w", netchat.ErrSlow, f.err)
	}
	return f
}
