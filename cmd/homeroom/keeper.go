package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/app"
	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/transcript"
)

// keptFor is how long what is kept of rooms is taken to be the same: the lobby
// asks often.
const keptFor = 2 * time.Second

// keeper is the data directory behind app.Keeper.
type keeper struct {
	dir  string
	keys *keyring.Keyring

	mu     sync.Mutex
	looked time.Time
	hosted map[netchat.RoomID]keyring.Room // that have a Log
	copies map[netchat.RoomID]bool
}

// look finds what is kept, unless it has just done so.
func (k *keeper) look() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.looked) < keptFor {
		return
	}
	k.looked, k.hosted, k.copies = time.Now(), make(map[netchat.RoomID]keyring.Room), make(map[netchat.RoomID]bool)
	rooms, _ := keyring.Rooms(k.dir) // what cannot be read is not offered
	for _, room := range rooms {
		if _, err := os.Stat(hosting.LogPath(room.Path)); err == nil && room.ID != "" {
			k.hosted[room.ID] = room
		}
	}
	files, _ := os.ReadDir(filepath.Join(k.dir, history.CopiesDir))
	for _, file := range files {
		if id, ok := strings.CutSuffix(file.Name(), ".db"); ok && netchat.RoomID(id).Valid() {
			k.copies[netchat.RoomID(id)] = true
		}
	}
}

// lookAgain has the next question find what has just come.
func (k *keeper) lookAgain() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Time{}
}

// Keeps implements app.Keeper.
func (k *keeper) Keeps(id netchat.RoomID) bool {
	k.look()
	k.mu.Lock()
	defer k.mu.Unlock()
	_, hosted := k.hosted[id]
	return hosted || k.copies[id]
}

// Folder implements app.Keeper.
func (k *keeper) Folder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	documents := filepath.Join(home, "Documents")
	if info, err := os.Stat(documents); err == nil && info.IsDir() {
		return documents
	}
	return home
}

// A source is what is kept of one room, open for reading.
type source struct {
	events iter.Seq2[*netchat.Event, error]
	count  uint64
	close  func() error
}

// open opens what is kept of a room: its Log if it is hosted here.
func (k *keeper) open(ctx context.Context, id netchat.RoomID) (source, error) {
	k.look()
	k.mu.Lock()
	room, hosted := k.hosted[id]
	k.mu.Unlock()
	if hosted {
		log, err := history.ReadSQLite(hosting.LogPath(room.Path))
		if err != nil {
			return source{}, err
		}
		return source{log.All(ctx, 0), log.Head().Seq, log.Close}, nil
	}
	kept, err := history.ReadCopy(history.CopyPath(k.dir, id))
	if err != nil {
		return source{}, err
	}
	n, err := kept.Count()
	if err != nil {
		return source{}, errors.Join(err, kept.Close())
	}
	return source{kept.All(ctx), n, kept.Close}, nil
}

// Export implements app.Keeper.
func (k *keeper) Export(ctx context.Context, r app.ExportRequest, progress func(done, total uint64)) error {
	if at, err := wholefile.Find(r.Path); err != nil {
		return fmt.Errorf("export: %w", exportFault(err))
	} else if at.Exists && !r.Replace {
		return fmt.Errorf("export: %w", app.ErrExists)
	}
	from, err := k.open(ctx, r.Room.ID)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	w := r.Words
	err = transcript.Save(ctx, r.Path, from.events, transcript.Options{
		Format: formatOf(r.Format), Room: r.Room.Name, Progress: progress, Events: from.count,
		Texts: transcript.Texts{
			Lang: w.Lang, Saved: w.Saved, Empty: w.Empty, Erased: w.Erased, ForHosts: w.ForHosts, PrivateTo: w.PrivateTo,
		},
	})
	if err := errors.Join(err, from.close()); err != nil {
		return fmt.Errorf("export: %w", exportFault(err))
	}
	return nil
}

func formatOf(f app.ExportFormat) transcript.Format {
	switch f {
	case app.ExportText:
		return transcript.Text
	case app.ExportLines:
		return transcript.JSONLines
	}
	return transcript.HTML
}

// Delete implements app.Keeper.
func (k *keeper) Delete(room netchat.RoomInfo) error {
	k.look()
	k.mu.Lock()
	mine, hosted := k.hosted[room.ID]
	k.looked = time.Time{}
	k.mu.Unlock()
	var err error
	if hosted {
		err = hosting.Delete(k.keys, mine.Name, hosting.Deletion{})
	}
	return errors.Join(err, history.DeleteCopy(k.dir, room.ID))
}
