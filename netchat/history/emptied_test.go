package history_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestEmptiedLog: a file in which there is hardly anything is one that was damaged,
// whatever it is cut to, and is kept and told as such.
func TestEmptiedLog(t *testing.T) {
	for _, size := range []int64{0, 1, 16, 99, 107, 108, 512, 4095} {
		path := filepath.Join(t.TempDir(), "log.db")
		log := create(t, path)
		lesson(t, log, 3)
		was := log.Head()
		if err := errors.Join(log.Close(), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		if read, err := history.ReadSQLite(path); err == nil || !history.IsDamage(err) {
			t.Errorf("%d bytes are read: %v, %v", size, read, err)
		}
		log = create(t, path)
		repair, ok := log.Repaired()
		if !ok || repair.Bad != path+".bad-1" || repair.Kept != 0 || log.Head().Epoch == was.Epoch {
			t.Errorf("%d bytes: %+v, %v, %+v", size, repair, ok, log.Head())
		}
		if info, err := os.Stat(path + ".bad-1"); err != nil || info.Size() != size {
			t.Errorf("%d bytes: %v, %v", size, info, err)
		}
		lesson2(t, log)
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestEmptiedLogKeepsWhatLiesBeside: what had not come into the file yet is put aside
// with it, also where the file itself is gone.
func TestEmptiedLogKeepsWhatLiesBeside(t *testing.T) {
	for what, ruin := range map[string]func(path string) error{
		"emptied": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"gone":    func(string) error { return nil },
	} {
		dir := t.TempDir()
		log := create(t, filepath.Join(dir, "log.db"))
		lesson(t, log, 50)
		path := filepath.Join(t.TempDir(), "log.db")
		beside, err := os.ReadFile(filepath.Join(dir, "log.db-wal"))
		if err = errors.Join(err, os.WriteFile(path+"-wal", beside, 0o600), ruin(path)); err != nil {
			t.Fatal(err)
		}
		found := create(t, path)
		repair, ok := found.Repaired()
		if !ok || repair.Bad == "" {
			t.Errorf("%s: %+v, %v", what, repair, ok)
		}
		if kept, err := os.ReadFile(repair.Bad + "-wal"); err != nil || len(kept) != len(beside) {
			t.Errorf("%s: %d of %d bytes are kept, %v", what, len(kept), len(beside), err)
		}
	}
}

// TestNewLogIsWhole: it appears with all that one has, and not before.
func TestNewLogIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log.db")
	if err := os.WriteFile(path+".made", []byte("a crash has left this"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := create(t, path)
	if _, repaired := log.Repaired(); repaired {
		t.Error("a new one was repaired")
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%v", entries)
	}
}

// TestEmptiedCopy: it is kept aside and said, as other damage is.
func TestEmptiedCopy(t *testing.T) {
	for _, size := range []int64{0, 50} {
		path := filepath.Join(t.TempDir(), "copies", "x.db")
		c := openCopy(t, path)
		step := netchat.Keeping{Messages: []netchat.Message{said("e", 1)}, Position: netchat.Position{Epoch: "e", Seq: 1, Mark: "m"}}
		if err := errors.Join(c.Save([]netchat.Keeping{step}), c.Close(), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		if read, err := history.ReadCopy(path); err == nil || !history.IsDamage(err) {
			t.Errorf("%v, %v", read, err)
		}
		kept, err := openCopy(t, path).Load()
		if err != nil || kept.Aside != path+".bad-1" || kept.Position.Epoch != "" {
			t.Errorf("%+v, %v", kept, err)
		}
	}
}

// TestLinkedLog: what belongs to a Log lies beside the file itself.
func TestLinkedLog(t *testing.T) {
	dir, far := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "log.db")
	if err := os.Symlink(filepath.Join(far, "there.db"), path); err != nil {
		t.Fatal(err)
	}
	log := create(t, path)
	lesson(t, log, 5)
	if err := errors.Join(log.Close(), os.Truncate(filepath.Join(far, "there.db"), 0)); err != nil {
		t.Fatal(err)
	}
	log = create(t, path)
	if repair, ok := log.Repaired(); !ok || filepath.Dir(repair.Bad) != far {
		t.Errorf("%+v", repair)
	}
	lesson(t, log, 1)
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
}
