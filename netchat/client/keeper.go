package client

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A Store keeps what a member has of one room from one run of the program to the
// next, as *history.Copy does. Any goroutine may use it.
type Store interface {
	// Load returns what is kept.
	Load() (netchat.Kept, error)
	// Save keeps steps in order, all or none, for good once it has returned.
	Save(steps []netchat.Keeping) error
	// Page returns at most n Messages of the epoch that Load told of, or that was
	// saved last, with none missing between them.
	Page(of netchat.PageAsk, n int) (netchat.Page, error)
	// Search returns the newest n Messages with text in them, newest first.
	Search(text string, n int) ([]netchat.Message, error)
	Close() error
}

// maxUnsaved bounds the bytes of text that wait for the disk; the run loop waits
// for it then, and with it the host.
const maxUnsaved = 4 << 20

// maxUnsavedPosts bounds the bytes of Posts and their answers that wait for the disk
// while Messages are lost. Those that are still of use are fewer: the Posts are in the
// outbox, too, and the answers are to Posts that were there once.
const maxUnsavedPosts = 2 * maxPostBytes

// saveAgain is how long what could not be saved waits for the next try.
const saveAgain = 5 * time.Second

// A keeper brings to a Store what happens, in groups, without holding up whoever
// tells it. What the Store refuses it keeps in memory, up to maxUnsaved, and tries
// again. tell may be called by any goroutine, all else by the mirror's. A nil one
// keeps nothing.
type keeper struct {
	store Store
	log   *slog.Logger

	mu      sync.Mutex
	unsaved []netchat.Keeping
	bytes   int
	reach   uint64 // up to this Seq all is saved
	lacking bool   // what came after it could not be saved
	closed  bool
	wake    chan struct{} // capacity 1: there is something to save, or it is closed
	space   chan struct{} // capacity 1: something has been saved
	news    chan error    // capacity 1: why nothing is kept, nil: it is again; the newest only
	done    chan struct{}

	// of its goroutine
	again  []netchat.Keeping // what the Store has refused, and what came since
	held   int               // bytes of again
	behind bool              // Messages were lost: those that follow are not kept either
}

// newKeeper starts the keeper's goroutine, which ends with close. All up to reach is
// in the store.
func newKeeper(store Store, reach uint64, log *slog.Logger) *keeper {
	k := &keeper{
		store: store, reach: reach, log: log, wake: make(chan struct{}, 1), space: make(chan struct{}, 1),
		news: make(chan error, 1), done: make(chan struct{}),
	}
	go k.run()
	return k
}

// tell has a step kept. It does not block.
func (k *keeper) tell(step netchat.Keeping) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	k.unsaved = append(k.unsaved, step)
	k.bytes += sizeOf(&step)
	notify(k.wake)
}

// sizeOf is about what a step takes.
func sizeOf(step *netchat.Keeping) int {
	n := 64
	for i := range step.Messages {
		n += len(step.Messages[i].Text) + 256
	}
	for i := range step.Posts {
		n += len(step.Posts[i].Text) + 64
	}
	return n
}

func sizeOfAll(steps []netchat.Keeping) (n int) {
	for i := range steps {
		n += sizeOf(&steps[i])
	}
	return n
}

// full reports whether as much waits as may.
func (k *keeper) full() bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.bytes > maxUnsaved && !k.closed
}

// saved yields when there may be space again.
func (k *keeper) saved() <-chan struct{} {
	if k == nil {
		return nil
	}
	return k.space
}

// told yields why nothing is kept, or nil when it is again.
func (k *keeper) told() <-chan error {
	if k == nil {
		return nil
	}
	return k.news
}

// has returns up to which Seq all is in the Store, and whether anything that came
// after it is not because the Store refuses.
func (k *keeper) has() (reach uint64, lacking bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.reach, k.lacking
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (k *keeper) run() {
	defer close(k.done)
	retry := time.NewTimer(saveAgain)
	defer retry.Stop()
	retry.Stop() // nothing waits yet
	for {
		due := false
		select {
		case <-k.wake:
		case <-retry.C:
			due = true
		}
		k.mu.Lock()
		steps, closed := k.unsaved, k.closed
		k.unsaved, k.bytes = nil, 0
		k.mu.Unlock()
		notify(k.space)
		if len(k.again) == 0 || due || closed || len(withoutMessages(steps)) > 0 {
			k.save(steps)
			retry.Stop()
			if len(k.again) > 0 {
				retry.Reset(saveAgain)
			}
		} else {
			k.hold(steps)
		}
		if closed {
			return
		}
	}
}

// save saves what the Store has refused, and steps; or what of them can still be
// kept when the disk has failed: Posts and their answers.
func (k *keeper) save(steps []netchat.Keeping) {
	k.hold(steps)
	steps, k.again, k.held = k.again, nil, 0
	if len(steps) == 0 {
		return
	}
	err := k.store.Save(steps)
	if err == nil {
		k.note(steps)
		return
	}
	k.tellNews(err)
	if posts := withoutMessages(steps); len(posts) > 0 && k.store.Save(posts) == nil {
		steps = withoutPosts(steps)
	}
	k.hold(steps)
}

// hold takes steps in, to be saved behind those that wait. Where Messages are missing
// no later ones are kept, and no Position: the room will be asked for all behind the
// last good one. A Snapshot begins anew. A Post that could not be kept before its
// answer came need not be any more.
func (k *keeper) hold(steps []netchat.Keeping) {
	for i := range steps {
		if k.behind && !steps[i].Anew {
			k.again = append(k.again, withoutMessages(steps[i:i+1])...)
			continue
		}
		k.behind = false
		k.again = append(k.again, steps[i])
		k.held += sizeOf(&steps[i])
	}
	if k.held > maxUnsaved && !k.behind {
		k.again, k.held, k.behind = withoutMessages(k.again), 0, true
	}
	if k.behind && sizeOfAll(k.again) > maxUnsavedPosts {
		k.again = withoutAnswered(k.again)
	}
}

// note notes that steps are saved.
func (k *keeper) note(steps []netchat.Keeping) {
	k.mu.Lock()
	for i := range steps {
		if p := steps[i].Position; p.Epoch != "" {
			k.reach = p.Seq
		}
	}
	lacked := k.lacking
	k.lacking = k.behind
	again := lacked && !k.lacking
	k.mu.Unlock()
	if again {
		k.log.Info("what happens in the room is kept again")
		k.put(nil)
	}
}

// tellNews tells that the Store fails, if that is new.
func (k *keeper) tellNews(err error) {
	k.mu.Lock()
	lacked := k.lacking
	k.lacking = true
	k.mu.Unlock()
	if !lacked {
		k.log.Error("what happens in the room cannot be kept", "err", err)
		k.put(err)
	}
}

// put has the mirror tell err, in place of what it has not told yet.
func (k *keeper) put(err error) {
	select {
	case <-k.news:
	default:
	}
	k.news <- err
}

// withoutPosts is what else is in steps.
func withoutPosts(steps []netchat.Keeping) []netchat.Keeping {
	rest := slices.Clone(steps)
	for i := range rest {
		rest[i].Posts, rest[i].Answered = nil, nil
	}
	return rest
}

func withoutMessages(steps []netchat.Keeping) []netchat.Keeping {
	rest := make([]netchat.Keeping, 0, len(steps))
	for _, s := range steps {
		if len(s.Posts)+len(s.Answered) > 0 {
			rest = append(rest, netchat.Keeping{Posts: s.Posts, Answered: s.Answered})
		}
	}
	return rest
}

// withoutAnswered is what is in steps but for Posts that are answered there, and the
// answers to them. There are no Messages in them.
func withoutAnswered(steps []netchat.Keeping) []netchat.Keeping {
	var rest []netchat.Keeping
	at := make(map[netchat.EventID]int) // of Posts, in rest
	for _, s := range steps {
		for _, p := range s.Posts {
			at[p.ID] = len(rest)
			rest = append(rest, netchat.Keeping{Posts: []netchat.Post{p}})
		}
		for _, id := range s.Answered {
			if i, ok := at[id]; ok {
				rest[i] = netchat.Keeping{}
				delete(at, id) // the same may be sent again
				continue
			}
			rest = append(rest, netchat.Keeping{Answered: []netchat.EventID{id}})
		}
	}
	return withoutMessages(rest) // nor what is empty now
}

// close saves what waits, and closes the Store.
func (k *keeper) close() {
	if k == nil {
		return
	}
	k.mu.Lock()
	k.closed = true
	notify(k.wake)
	k.mu.Unlock()
	<-k.done
	if err := k.store.Close(); err != nil {
		k.log.Error("what is kept of the room was not closed well", "err", err)
	}
}
