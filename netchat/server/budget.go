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
// the member's budget by joining again and again.
const (
	DefaultPerSecond = 20
	burstSeconds     = 10 // what a member may save up: 200 by default
	addressShare     = 10 // an address may send as much as so many members

	maxPause      = 2 * time.Second  // reading stops for at most so long at a time
	floodPatience = 60 * time.Second // over budget for so long without a break: closed
)

// budgets hands out the limiters. It is safe for concurrent use.
type budgets struct {
	rate      Rate
	mu        sync.Mutex
	addresses map[string]*addressBudget // of those with connections now
}

type addressBudget struct {
	limiter *rate.Limiter
	users   int
}

func newBudgets(r Rate) *budgets {
	if r.PerSecond <= 0 {
		r.PerSecond = DefaultPerSecond
	}
	return &budgets{rate: r, addresses: make(map[string]*addressBudget)}
}

// A budget paces one connection. Only its reader uses it.
type budget struct {
	limiters []*rate.Limiter
	since    time.Time // when it went over the budget without a break since
}

// take opens a budget for a connection from address; empty: this process,
// which has no address to share. release ends it.
func (b *budgets) take(address string) (limit *budget, release func()) {
	if b.rate.Off {
		return &budget{}, func() {}
	}
	limit = &budget{limiters: []*rate.Limiter{b.limiter(1)}}
	if address == "" {
		return limit, func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	shared := b.addresses[address]
	if shared == nil {
		shared = &addressBudget{limiter: b.limiter(addressShare)}
		b.addresses[address] = shared
	}
	shared.users++
	limit.limiters = append(limit.limiters, shared.limiter)
	return limit, func() { b.release(address) }
}

func (b *budgets) release(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	shared := b.addresses[address]
	if shared.users--; shared.users == 0 && shared.limiter.Tokens() >= float64(shared.limiter.Burst()) {
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

// spend takes one frame out of the budget at time now. It returns how long to
// stop reading first, and whether this has gone on for too long.
func (b *budget) spend(now time.Time) (pause time.Duration, flood bool) {
	for _, l := range b.limiters {
		pause = max(pause, l.ReserveN(now, 1).DelayFrom(now))
	}
	if pause <= 0 {
		b.since = time.Time{}
		return 0, false
	}
	if b.since.IsZero() {
		b.since = now
	}
	return min(pause, maxPause), now.Sub(b.since) > floodPatience
}
