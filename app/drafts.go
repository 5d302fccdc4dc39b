package app

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/app/model"
	"github.com/homeroomchat/homeroom/netchat"
)

const (
	// draftPause is how long after writing drafts the next ones are written at the
	// earliest: a crash costs what was typed in that time.
	draftPause = 400 * time.Millisecond
	// draftRetry is how long what could not be written waits for the next try.
	draftRetry = 5 * time.Second
)

// A draftKeeper writes what was typed, off the user interface's goroutine: its run
// loop writes what it was told last of each room. All methods may be called from any
// goroutine; those that wait for the disk say so.
type draftKeeper struct {
	log  *slog.Logger
	disk sync.Mutex // held while the store is used
	have model.DraftStore

	mu     sync.Mutex
	latest map[netchat.RoomID]model.Typed // not written yet
	rooms  map[netchat.RoomID]bool        // in which something was typed
	failed map[netchat.RoomID]bool        // what was typed there cannot be written
	wake   chan struct{}                  // capacity 1: there is something to write
	hurry  chan struct{}                  // capacity 1: without a pause
}

func newDraftKeeper(store model.DraftStore, log *slog.Logger) *draftKeeper {
	return &draftKeeper{
		log: log, have: store, latest: make(map[netchat.RoomID]model.Typed), rooms: make(map[netchat.RoomID]bool),
		failed: make(map[netchat.RoomID]bool), wake: make(chan struct{}, 1),
		hurry: make(chan struct{}, 1),
	}
}

// keeps reports whether drafts of that room can be written at all.
func (k *draftKeeper) keeps(room netchat.RoomID) bool { return k.have.Keeps(room) }

// note has what was typed in a room written soon. It does not block.
func (k *draftKeeper) note(room netchat.RoomID, typed model.Typed) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.latest[room] = typed
	k.mark(room, typed)
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// atOnce has what was noted last written without a pause: what is sent is no draft
// any more. It does not block.
func (k *draftKeeper) atOnce() {
	select {
	case k.hurry <- struct{}{}:
	default:
	}
}

func (k *draftKeeper) mark(room netchat.RoomID, typed model.Typed) {
	if typed.Empty() {
		delete(k.rooms, room)
		return
	}
	k.rooms[room] = true
}

// has reports whether something was typed in a room and not sent.
func (k *draftKeeper) has(room netchat.RoomID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rooms[room]
}

// failing reports whether what was typed in a room could not be written.
func (k *draftKeeper) failing(room netchat.RoomID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed[room]
}

// run writes what it is told until ctx ends, and then what is left.
func (k *draftKeeper) run(ctx context.Context) {
	k.look()
	retry := time.NewTimer(draftRetry)
	defer retry.Stop()
	for {
		select {
		case <-k.wake:
		case <-retry.C:
		case <-ctx.Done():
			k.write()
			return
		}
		wait := draftRetry
		if k.write() {
			wait = draftPause
		}
		retry.Reset(wait)
		select {
		case <-retry.C:
		case <-k.hurry:
		case <-ctx.Done():
			k.write()
			return
		}
		retry.Reset(draftRetry)
	}
}

// look learns where something was typed before.
func (k *draftKeeper) look() {
	k.disk.Lock()
	rooms, err := k.have.Rooms()
	k.disk.Unlock()
	if err != nil {
		k.log.Warn("which rooms have drafts is not known", "err", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, room := range rooms {
		if _, newer := k.latest[room]; !newer {
			k.rooms[room] = true
		}
	}
}

// write writes all that is not written. It reports false if the disk refused.
func (k *draftKeeper) write() bool {
	k.disk.Lock()
	defer k.disk.Unlock()
	k.mu.Lock()
	todo := k.latest
	k.latest = make(map[netchat.RoomID]model.Typed)
	k.mu.Unlock()
	good := true
	for room, typed := range todo {
		err := k.have.Save(room, typed)
		good = good && err == nil
		k.mu.Lock()
		if _, newer := k.latest[room]; err != nil && !newer {
			k.latest[room] = typed // for the next try
		}
		if err != nil && !k.failed[room] {
			k.log.Warn("what is typed cannot be kept", "err", err)
		}
		k.failed[room] = err != nil
		k.mu.Unlock()
	}
	return good
}

// load returns what was typed in a room, and where a damaged file of it is now. It
// waits for the disk.
func (k *draftKeeper) load(room netchat.RoomID) (typed model.Typed, aside string, err error) {
	k.disk.Lock()
	defer k.disk.Unlock()
	k.mu.Lock()
	typed, newer := k.latest[room]
	k.mu.Unlock()
	if newer {
		return typed, "", nil
	}
	typed, aside, err = k.have.Load(room)
	k.mu.Lock()
	k.mark(room, typed)
	k.mu.Unlock()
	return typed, aside, err
}

// forget deletes all that was typed in a room for good. It waits for the disk.
func (k *draftKeeper) forget(room netchat.RoomID) error {
	k.disk.Lock()
	defer k.disk.Unlock()
	k.mu.Lock()
	delete(k.latest, room)
	delete(k.rooms, room)
	delete(k.failed, room)
	k.mu.Unlock()
	return k.have.Delete(room)
}

// drafting is how one room's drafts are kept.
type drafting struct {
	kept bool // on disk; false: they last as long as the screen
	room netchat.RoomID
	last model.Typed // what was noted last

	asked netchat.RoomID // of the pump's goroutine: what was loaded
}

// fetch looks for Welcomes in a batch, and loads what was typed in that room before.
// It runs on the pump's goroutine; what it returns is done on the user interface's
// once the batch is applied.
func (d *drafting) fetch(s *roomScreen, batch []netchat.Update) (then func()) {
	then = func() {}
	for _, u := range batch {
		w, ok := u.(*netchat.Welcome)
		if !ok {
			continue
		}
		id := w.Room.ID
		// A room that has not proved its key may only say that it is one that is kept.
		kept := w.Security.TLS && s.app.drafts.keeps(id) && keeps(s.app, id)
		var typed model.Typed
		var aside string
		if kept && d.asked != id {
			var err error
			typed, aside, err = s.app.drafts.load(id)
			if err != nil {
				s.app.log.Warn("what was typed here is not there", "err", err)
			}
			// What can neither be read nor put aside is not written over.
			if kept = err == nil || aside != ""; kept {
				d.asked = id
			}
		}
		before := then
		then = func() {
			before()
			d.take(s, id, kept, typed, aside)
		}
	}
	return then
}

// take takes over what fetch found.
func (d *drafting) take(s *roomScreen, id netchat.RoomID, kept bool, typed model.Typed, aside string) {
	d.kept, d.room = kept, id
	if !typed.Empty() {
		d.last = typed
	}
	c := model.Restore(s.room, typed)
	d.note(s)
	if s.gone || s.app.screen != s {
		return
	}
	s.draw(c)
	if aside != "" {
		tellDamage(s.app, s.app.kit.say(textDraftsAside, words{"Path": aside}))
	}
}

// note has what is typed kept, if it changed.
func (d *drafting) note(s *roomScreen) {
	if !d.kept || s.gone {
		return
	}
	typed := model.TypedIn(s.room)
	if reflect.DeepEqual(typed, d.last) {
		return
	}
	d.last = typed
	s.app.drafts.note(d.room, typed)
}

// safe reports whether all that was typed outlives the screen.
func (d *drafting) safe(a *App) bool { return d.kept && !a.drafts.failing(d.room) }

// typing takes what was typed in the field.
func typing(s *roomScreen, text string) {
	to := s.room.Recipient().ID
	had := model.HasDraft(s.room, to)
	s.room.SetDraft(text)
	s.in.drafts.note(s)
	if had != model.HasDraft(s.room, to) {
		s.people.show()
	}
}

// mayLose returns what would be lost if the room were left now: how many messages
// are not sent, and whether drafts are.
func mayLose(s *roomScreen) (messages int, drafts bool) {
	if s.in.drafts.safe(s.app) {
		return 0, false
	}
	failed, n := model.Unsaid(s.room)
	return failed, n > 0
}

// stays reports whether a room that has ended the connection for good stays on the
// screen: something was typed that would be lost, and can be copied there.
func stays(s *roomScreen, cause error) bool {
	lost, drafts := mayLose(s)
	if !s.in.drafts.safe(s.app) {
		lost += s.room.Timeline().Waiting()
	}
	if lost == 0 && !drafts {
		return false
	}
	s.in.over = cause
	model.FailWaiting(s.room, model.Failure{Err: cause})
	s.draw(model.Changed{People: true, Timeline: true, Recipient: true, Connection: true})
	return true
}

// showOver tells that the room has ended, over what can still be copied.
func showOver(s *roomScreen) {
	if s.in.over == nil {
		return
	}
	k := s.app.kit
	s.strips.sentence.set(inARow(k.sentence(s.in.over), k.say(textOver)))
	s.strips.banner.Show()
}

// parting returns what to say in the lobby of a room that has ended: why, and what
// becomes of what was typed there.
func parting(s *roomScreen, cause error) string {
	k := s.app.kit
	said := []string{k.sentence(cause)}
	if n := s.room.Timeline().Waiting(); n > 0 {
		said = append(said, k.count(textUnsent, n))
	}
	if _, drafts := model.Unsaid(s.room); drafts > 0 {
		said = append(said, k.say(textDraftKept))
	}
	return inARow(said...)
}
