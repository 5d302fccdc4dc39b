package hosting

import (
	"fmt"
	"path/filepath"

	"github.com/homeroomchat/homeroom/netchat/history"
)

// logFile is the Log of a room, in its folder.
const logFile = "log.db"

// A store is the Log of a Room and where it is. The zero store has nothing to
// close.
type store struct {
	log     history.Log
	past    uint64 // the Log's head when it was opened
	kept    bool   // the Log is on disk
	release func() // lets go of the room's folder
}

// openStore opens what the room remembers.
func openStore(opts Options) (store, error) {
	s := store{release: func() {}}
	folder := ""
	var err error
	if !opts.Memory {
		if folder, s.release, err = opts.Keyring.Hold(opts.Room); err != nil {
			return store{}, err
		}
	}
	if s.kept = folder != ""; s.kept {
		err = s.openSQLite(filepath.Join(folder, logFile))
	} else {
		s.log, err = history.NewMemory(history.MemoryOptions{})
	}
	if err != nil {
		s.release()
		return store{}, fmt.Errorf("log: %w", err)
	}
	s.past = s.log.Head().Seq
	return s, nil
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
	s.release()
	return err
}

// Past returns how many messages the room had already when it was opened.
func (r *Room) Past() uint64 { return r.store.past }

// Kept reports whether what is said in the room is kept on disk.
func (r *Room) Kept() bool { return r.store.kept }
