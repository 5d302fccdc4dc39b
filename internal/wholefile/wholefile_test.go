package wholefile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

// TestMake: there is the new file or the old one, and never anything beside it.
func TestMake(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.json")
	want := func(content string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("beside it: %v", entries)
		}
		if info, _ := os.Stat(path); info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("others may read it: %v", info.Mode())
		}
	}
	if err := wholefile.Write(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	want("old")
	broken := errors.New("the disk is full")
	if err := wholefile.Make(t.Context(), path, func(w io.Writer) error {
		_, _ = w.Write([]byte("ne"))
		return broken
	}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	want("old")
	if err := wholefile.Write(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	want("new")
	if err := wholefile.Write(filepath.Join(dir, "none", "x"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	if err := errors.Join(wholefile.Remove(path), wholefile.Remove(path), wholefile.SyncFolder(dir)); err != nil {
		t.Error(err)
	}
}

// TestAfterACrash: what it left is removed by the next one, what somebody else writes
// just now is not.
func TestAfterACrash(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	left, others := filepath.Join(dir, ".key-123.new"), filepath.Join(dir, ".key-456.new")
	for _, p := range []string{left, others} {
		if err := os.WriteFile(p, []byte("half a"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.Chtimes(left, old, old), wholefile.Write(path, []byte("whole"))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := os.Stat(others); err != nil {
		t.Error(err)
	}
}
