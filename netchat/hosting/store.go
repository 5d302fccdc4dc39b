package hosting

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// logFile is the Log of a room, in its folder.
const logFile = "log.db"

// LogPath returns where the Log of a room is in its folder.
func LogPath(folder string) string { return filepath.Join(folder, logFile) }

// A store is the Log of a Room and where it is. The zero store has nothing to
// close.
type store struct {
	log    history.Log
	past   uint64          // the Log's head when it was opened
	folder *keyring.Folder // where the Log is; nil: in memory
	here   *attendance     // who is in the room; nil: as folder
}

// openStore opens what the room remembers.
func openStore(opts Options) (store, error) {
	var s store
	if !opts.Memory {
		folder, err := opts.Keyring.Hold(opts.Room)
		if err != nil {
			return store{}, err
		}
		if folder.Path != "" {
			s.folder = folder
		}
	}
	if err := s.open(); err != nil {
		s.release()
		return store{}, fmt.Errorf("log: %w", err)
	}
	s.past = s.log.Head().Seq
	if s.folder != nil {
		s.here = newAttendance(s.folder.Path, s.log.Head(), opts.Logger)
	}
	return s, nil
}

func (s *store) open() error {
	if s.folder != nil {
		return s.openSQLite(LogPath(s.folder.Path))
	}
	log, err := history.NewMemory(history.MemoryOptions{})
	if err != nil {
		return err
	}
	s.log = log
	return nil
}

func (s *store) openSQLite(path string) error {
	log, err := history.OpenSQLite(path, history.SQLiteOptions{})
	if err != nil {
		return err
	}
	s.log = log
	return nil
}

// close closes the Log, then lets others have its folder.
func (s *store) close() error {
	if s.log == nil {
		return nil
	}
	err := s.log.Close()
	if s.here != nil {
		err = errors.Join(err, s.here.close())
	}
	s.release()
	return err
}

func (s *store) release() {
	if s.folder != nil {
		s.folder.Release()
	}
}

// Past returns how many messages the room had already when it was opened.
func (r *Room) Past() uint64 { return r.store.past }

// Repaired returns what was found damaged when the room was opened; false: nothing.
func (r *Room) Repaired() (history.Repair, bool) {
	if log, ok := r.store.log.(*history.SQLite); ok {
		return log.Repaired()
	}
	return history.Repair{}, false
}

// Kept reports whether what is said in the room is kept on disk.
func (r *Room) Kept() bool { return r.store.folder != nil }
