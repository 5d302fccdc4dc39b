package history_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestBackup is a Log of its own, as it was at that moment.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	log := create(t, filepath.Join(dir, "log.db"))
	lesson(t, log, 700)
	head := log.Head()
	read, err := history.ReadSQLite(filepath.Join(dir, "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	backup := filepath.Join(dir, "backup.db")
	for _, from := range []*history.SQLite{log, read} { // the second replaces the first
		if err := history.Backup(t.Context(), from, backup); err != nil {
			t.Fatal(err)
		}
		lesson(t, log, 1)
	}
	kept, err := history.ReadSQLite(backup)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if err := kept.Verify(t.Context(), nil); err != nil || kept.Head().Seq != head.Seq+1 || kept.Head().Epoch != head.Epoch {
		t.Errorf("%+v, %v", kept.Head(), err)
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := history.Backup(ended, log, filepath.Join(dir, "none.db")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := history.Backup(t.Context(), log, filepath.Join(dir, "nowhere", "x.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(parts) > 0 {
		t.Errorf("%v is left", parts)
	}
}
