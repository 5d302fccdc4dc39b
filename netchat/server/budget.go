package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Rate says how much a member may send.
type Rate struct {
	Off       bool    // no budgets at all: bots and benchmarks
	PerSecond float64 // frames a second for one member; 0: DefaultPerSecond
}

// The budgets. An address has more than a member, since a family of devices or
// several windows on one machine share it; it keeps one machine from evading
// the member's budget by joining again and again. An address has the same for
// joins, apart, since each of them is told to everybody.
const (
	DefaultPerSecond = 20
	burstSeconds     = 10 // what a member may save up: 200 by default
	addressShare     = 10 // an address may send as much as so many members

	maxJoinPause  = 15 * time.Second // a join that had to wait for longer is turned away
	maxPause      = 2 * time.Second  // reading stops for at most so long at a time
	floodPatience = 60 * time.Second // over budget for so long without a break: closed
	floodBreak    = time.Second      // a break: nothing was sent for so long after a pause
)

// budgets hands out the limiters. It is safe for concurrent use.
type budgets struct {
	rate      Rate
	mu        sync.Mutex
	addresses map[string]*addressBudget // of those with connections now
}

type addressBudget struct {
	frames *rate.Limiter
	joins  *rate.Limiter
	users  int
}

// full reports whether nothing of it is spent.
func (a *addressBudget) full() bool {
	burst := float64(a.frames.Burst())
	return a.frames.Tokens() >= burst && a.joins.Tokens() >= burst
}

func newBudgets(r Rate) *budgets {
	if r.PerSecond <= 0 {
		r.PerSecond = DefaultPerSecond
	}
	return &budgets{rate: r, addresses: make(map[string]*addressBudget)}
}

// A budget paces one connection. Only its reader uses it. The zero budget lets
// everything pass.
type budget struct {
	frames  meter
	control meter         // pings and pongs, which cost less but may come by the million
	joins   *rate.Limiter // of the address; nil: no bound
}

// take opens a budget for a connection from address; empty: this process,
// which has no address to share. release ends it.
func (b *budgets) take(address string) (limit *budget, release func()) {
	if b.rate.Off {
		return &budget{}, func() {}
	}
	limit = &budget{
		frames:  meter{limiters: []*rate.Limiter{b.limiter(1)}},
		control: meter{limiters: []*rate.Limiter{b.limiter(1)}},
	}
	if address == "" {
		return limit, func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	shared := b.addresses[address]
	if shared == nil {
		shared = &addressBudget{frames: b.limiter(addressShare), joins: b.limiter(addressShare)}
		b.addresses[address] = shared
	}
	shared.users++
	limit.frames.limiters = append(limit.frames.limiters, shared.frames)
	limit.joins = shared.joins
	return limit, func() { b.release(address) }
}

func (b *budgets) release(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	shared := b.addresses[address]
	if shared.users--; shared.users == 0 && shared.full() {
		delete(b.addresses, address)
	}
	b.sweep()
}

// maxIdleAddresses bounds the addresses remembered without a connection, so
// that leaving does not refill their budget.
const maxIdleAddresses = 4096

func (b *budgets) sweep() {
	if len(b.addresses) <= maxIdleAddresses {
		return
	}
	for address, shared := range b.addresses {
		if shared.users == 0 {
			delete(b.addresses, address)
		}
	}
}

func (b *budgets) limiter(members float64) *rate.Limiter {
	perSecond := b.rate.PerSecond * members
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond*burstSeconds)))
}

// join takes one join out of the address's budget and returns how long to wait
// with it; false: too long. Unlike with frames all of it has to be waited for,
// since whoever joins again and again would not mind being slowed down.
func (b *budget) join(now time.Time) (pause time.Duration, ok bool) {
	return b.joinWithin(now, maxJoinPause)
}

// joinWithin is join for somebody who waits for no longer than patience.
func (b *budget) joinWithin(now time.Time, patience time.Duration) (pause time.Duration, ok bool) {
	if b.joins == nil {
		return 0, true
	}
	reserved := b.joins.ReserveN(now, 1)
	if pause = reserved.DelayFrom(now); pause > patience {
		reserved.CancelAt(now)
		return 0, false
	}
	return pause, true
}

// A meter takes what one connection sends out of its limiters.
type meter struct {
	limiters []*rate.Limiter
	since    time.Time // when it went over the budget without a break since
	until    time.Time // when the last pause ends
}

// spend takes one frame out of the budget at time now. It returns how long to
// stop reading first, and whether this has gone on for too long.
func (m *meter) spend(now time.Time) (pause time.Duration, flood bool) {
	for _, l := range m.limiters {
		reserved := l.ReserveN(now, 1)
		delay := reserved.DelayFrom(now)
		if delay > maxPause {
			// It is not waited for, so it must not count: else thousands of one
			// address would leave a debt that its next one pays for hours.
			reserved.CancelAt(now)
			delay = maxPause
		}
		pause = max(pause, delay)
	}
	if pause <= 0 {
		m.since = time.Time{}
		return 0, false
	}
	// Somebody who now and then says a word behind an address that others keep
	// over its budget is no flooder.
	if m.since.IsZero() || now.Sub(m.until) > floodBreak {
		m.since = now
	}
	m.until = now.Add(pause)
	return pause, now.Sub(m.since) > floodPatience
}
