package server

import (
	"sync"
	"time"
)

// Bounds of connections that have not said anything yet.
const (
	evictAfter    = 5 * time.Second // only a connection silent for so long is evicted
	unjoinedSlack = 512             // how many more may come while none is that old
)

// unjoined holds the silent connections in order of arrival: a page's name
// prompt may take minutes, so they have no time-out, but there is a bound. It
// is safe for concurrent use.
type unjoined struct {
	mu    sync.Mutex
	limit int
	order []*session
	since map[*session]time.Time
}

func newUnjoined(limit int) *unjoined {
	return &unjoined{limit: limit, since: make(map[*session]time.Time)}
}

// add takes in a connection. Over the limit it also takes out the oldest, if
// that has been silent for evictAfter, for the caller to close. It reports
// false, and takes nothing in, when there is no room at all.
func (u *unjoined) add(s *session, now time.Time) (evicted *session, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.compact()
	if len(u.since) >= u.limit {
		oldest := u.order[0]
		if now.Sub(u.since[oldest]) >= evictAfter {
			evicted = oldest
			delete(u.since, oldest)
		} else if len(u.since) >= u.limit+unjoinedSlack {
			return nil, false
		}
	}
	u.order = append(u.order, s)
	u.since[s] = now
	return evicted, true
}

// compact drops those that are no longer silent from the front, and from
// everywhere once they are the most.
func (u *unjoined) compact() {
	for len(u.order) > 0 {
		if _, ok := u.since[u.order[0]]; ok {
			break
		}
		u.order = u.order[1:]
	}
	if len(u.order) > 2*len(u.since)+u.limit {
		kept := make([]*session, 0, len(u.since))
		for _, s := range u.order {
			if _, ok := u.since[s]; ok {
				kept = append(kept, s)
			}
		}
		u.order = kept
	}
}

// remove takes out a connection that has spoken or ended.
func (u *unjoined) remove(s *session) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.since, s)
}

// has reports whether s is still silent.
func (u *unjoined) has(s *session) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.since[s]
	return ok
}
