package server

import "sync"

// turns hands out a few slots to many addresses, one address after the other, so
// that one with thousands of connections waits for itself alone. It is safe for
// concurrent use.
type turns struct {
	mu      sync.Mutex
	free    int                        // slots
	most    int                        // how many of one address may wait
	waiting map[string][]chan struct{} // of each address, the first first; closed when the turn has come
	order   []string                   // the addresses with somebody waiting, the next one first
}

func newTurns(slots, most int) *turns {
	return &turns{free: slots, most: most, waiting: make(map[string][]chan struct{})}
}

// take blocks until there is a slot for a connection of that address or given is
// closed. It returns false, at once if too many of the address wait already, if there
// is none. A slot is given back with leave.
func (t *turns) take(address string, given <-chan struct{}) bool {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return true
	}
	queue := t.waiting[address]
	if len(queue) >= t.most {
		t.mu.Unlock()
		return false
	}
	turn := make(chan struct{})
	if len(queue) == 0 {
		t.order = append(t.order, address)
	}
	t.waiting[address] = append(queue, turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return true
	case <-given:
	}
	if !t.forget(address, turn) { // it came at the same time
		t.leave()
	}
	return false
}

// forget takes somebody out who does not wait any more, and reports whether its
// turn had not come yet.
func (t *turns) forget(address string, turn chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue := t.waiting[address]
	for i := range queue {
		if queue[i] == turn {
			t.keep(address, append(queue[:i:i], queue[i+1:]...))
			return true
		}
	}
	return false
}

// keep sets who of an address waits. Its place in the order goes with the last.
func (t *turns) keep(address string, queue []chan struct{}) {
	if len(queue) > 0 {
		t.waiting[address] = queue
		return
	}
	delete(t.waiting, address)
	for i := range t.order {
		if t.order[i] == address {
			t.order = append(t.order[:i], t.order[i+1:]...)
			return
		}
	}
}

// leave gives a slot back: to the address whose turn it is, if any waits.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.order) == 0 {
		t.free++
		return
	}
	address := t.order[0]
	t.order = append(t.order[1:], address)
	queue := t.waiting[address]
	close(queue[0])
	t.keep(address, queue[1:])
}
