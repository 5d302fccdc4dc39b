package history

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestDurability asserts what the promise to lose nothing in a power cut rests on.
func TestDurability(t *testing.T) {
	s, err := OpenSQLite(filepath.Join(t.TempDir(), "log.db"), SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := OpenCopy(filepath.Join(t.TempDir(), "copy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for pragma, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "fullfsync": "1", "checkpoint_fullfsync": "1", "foreign_keys": "1",
	} {
		var log, kept string
		if err := s.write.QueryRow("PRAGMA " + pragma).Scan(&log); err != nil {
			t.Fatal(err)
		}
		if err := c.db.QueryRow("PRAGMA " + pragma).Scan(&kept); err != nil {
			t.Fatal(err)
		}
		if log != want || kept != want {
			t.Errorf("%s is %s in the log and %s in the copy, want %s", pragma, log, kept, want)
		}
	}
}

// TestFolderThatStaysOpen is told, and only that.
func TestFolderThatStaysOpen(t *testing.T) {
	refused := errors.New("refused")
	refuse := func(string, os.FileMode) error { return refused }
	dir := filepath.Join(t.TempDir(), "copies")
	if exposed, err := closeFolder(dir, refuse); exposed != nil || err != nil {
		t.Errorf("a new one: %v, %v", exposed, err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if exposed, err := closeFolder(dir, refuse); !errors.Is(exposed, refused) || err != nil {
		t.Errorf("%v, %v", exposed, err)
	}
}
