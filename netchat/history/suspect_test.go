package history_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestDamageMetByAReader: what was verified once is not looked at again at each opening;
// but when somebody who only reads meets damage there, the next opening repairs it.
func TestDamageMetByAReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path)
	lesson(t, log, 20)
	must(t, log.Close())
	content, err := os.ReadFile(path)
	must(t, err)
	broken := bytes.Replace(content, []byte(`"line 4"`), []byte(`"lime 4"`), -1)
	if bytes.Equal(broken, content) {
		t.Fatal("nothing is changed")
	}
	must(t, os.WriteFile(path, broken, 0o600))

	read := func() (n int, err error) {
		log, err := history.ReadSQLite(path)
		must(t, err)
		for _, err = range log.All(t.Context(), 0) {
			if err != nil {
				break
			}
			n++
		}
		must(t, log.Close())
		return n, err
	}
	log = create(t, path)
	if _, repaired := log.Repaired(); repaired {
		t.Fatal("it is looked at")
	}
	must(t, log.Close())
	if n, err := read(); n != 3 || !errors.Is(err, history.ErrAltered) {
		t.Errorf("%d are read, %v", n, err)
	}
	log = create(t, path)
	if r, repaired := log.Repaired(); !repaired || r.Kept != 19 || r.Lost != 1 {
		t.Errorf("%+v, %v", r, repaired)
	}
	must(t, log.Close())
	if n, err := read(); n != 19 || err != nil {
		t.Errorf("%d are read then, %v", n, err)
	}
	log = create(t, path)
	if _, repaired := log.Repaired(); repaired {
		t.Error("it is repaired again")
	}
	if left, _ := filepath.Glob(path + ".suspect*"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
