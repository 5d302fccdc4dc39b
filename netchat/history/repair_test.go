package history_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// damagedTries is how many damaged files CI opens, of each kind; TestSoakDamage has
// more.
const damagedTries = 30

func TestDamage(t *testing.T) { damage(t, damagedTries) }

// damage flips a byte, or cuts the file off, at random places. Whatever opens then
// shows only what was said, word for word, says what it lost, and goes on.
func damage(t *testing.T, tries int) {
	const lines = 120
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	log := create(t, whole)
	epoch := log.Head().Epoch
	lesson(t, log, lines)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	repaired := 0
	for i := range 2 * tries {
		path := filepath.Join(dir, fmt.Sprint(i), "log.db")
		broken := bytes.Clone(content)
		if i%2 == 0 {
			broken[random.IntN(len(broken))] ^= byte(1 + random.IntN(255))
		} else {
			broken = broken[:random.IntN(len(broken))]
		}
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, broken, 0o600)); err != nil {
			t.Fatal(err)
		}
		if openDamaged(t, path, epoch, lines) {
			repaired++
		}
	}
	if repaired < tries/2 {
		t.Errorf("only %d of %d were found damaged", repaired, 2*tries)
	}
}

func openDamaged(t *testing.T, path string, epoch netchat.Epoch, lines uint64) (repaired bool) {
	log, err := history.OpenSQLite(path, history.SQLiteOptions{})
	if errors.Is(err, history.ErrNotOurs) {
		return false
	}
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return false
	}
	defer log.Close()
	r, repaired := log.Repaired()
	head := log.Head()
	if repaired != (head.Epoch != epoch) && head.Seq > 0 {
		t.Errorf("%s: repaired %v, epoch %s after %s", path, repaired, head.Epoch, epoch)
	}
	if repaired {
		if _, err := os.Stat(r.Bad); err != nil || r.Kept != head.Seq || r.Kept+r.Lost > lines {
			t.Errorf("%s: %+v, head %d, %v", path, r, head.Seq, err)
		}
	}
	whole := true
	for e, err := range log.All(t.Context(), 0) {
		if errors.Is(err, history.ErrAltered) {
			whole = false // told, not shown
			break
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			break
		}
		m, ok := netchat.MessageOf(e)
		var n int
		if _, err := fmt.Sscanf(m.Text, "line %d", &n); err != nil || !ok || m.Name != "Ada" || e.Time.UnixMilli() != int64(n) {
			t.Errorf("%s: event %d is %+v", path, e.Seq, m)
		}
	}
	if repaired && !whole {
		t.Errorf("%s: repaired and still damaged", path)
	}
	before := log.Head().Seq
	lesson2(t, log)
	if log.Head().Seq != before+1 {
		t.Errorf("%s: it does not go on", path)
	}
	return repaired
}

// lesson2 appends one message whose id no other has.
func lesson2(t *testing.T, log history.Log) {
	t.Helper()
	e := netchat.Event{
		ID: "new", Kind: netchat.KindMessage, Author: "new", Audience: netchat.ToAll(),
		Body: []byte(`{"name":"Ada","text":"goes on"}`), Salt: make([]byte, netchat.SaltSize),
	}
	if _, err := log.Append([]netchat.Event{e}); err != nil {
		t.Fatal(err)
	}
}

// TestRepairKeepsTheRest: of a row that was changed only that one is lost, and
// followers of what there was before are told that this is not it.
func TestRepairKeepsTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path)
	lesson(t, log, 1500)
	was := log.Head()
	// As after a crash: what was verified last is old.
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		`UPDATE event SET author = 'x' WHERE seq = 700`, `DELETE FROM event WHERE seq = 1000`, `UPDATE log SET verified_seq = 0`,
		`UPDATE event SET body = CAST('{"name":"Ada","text":"never said"}' AS BLOB) WHERE seq = 1`,
	} {
		if _, err := db.Exec(change); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	log = create(t, path)
	// 1001 follows what is not there, so its author and time are not certain.
	if r, ok := log.Repaired(); !ok || r.Kept != 1496 || r.Lost != 4 || r.Bad != path+".bad-1" {
		t.Errorf("%+v", r)
	}
	if err := log.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	head := log.Head()
	if head.Epoch.Generation() != was.Epoch.Generation()+1 || head.Seq != 1496 {
		t.Errorf("%+v after %+v", head, was)
	}
	if _, err := log.Tail(was, history.Viewer{}, 10); !errors.Is(err, history.ErrNotContinuous) {
		t.Error(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log = create(t, path)
	if _, again := log.Repaired(); again || log.Head() != head {
		t.Errorf("%v, %+v", again, log.Head())
	}
}

// TestOldCopyIsNoContinuation: a file that is put back from a backup leads nobody
// astray who has followed the newer one.
func TestOldCopyIsNoContinuation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path)
	lesson(t, log, 10)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log = create(t, path)
	lesson(t, log, 5)
	followed := log.Head()
	if err := errors.Join(log.Close(), os.WriteFile(path, backup, 0o600)); err != nil {
		t.Fatal(err)
	}
	log = create(t, path)
	for range 8 {
		if tail, err := log.Tail(followed, history.Viewer{}, 10); !errors.Is(err, history.ErrNotContinuous) {
			t.Errorf("at %d: %+v, %v", log.Head().Seq, tail, err)
		}
		e := netchat.Event{
			ID: netchat.EventID(fmt.Sprint("other", log.Head().Seq)), Kind: netchat.KindMessage, Author: "other", Audience: netchat.ToAll(),
			Body: []byte(`{"name":"B","text":"another history"}`), Salt: make([]byte, netchat.SaltSize),
		}
		if _, err := log.Append([]netchat.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerGoesInARepair: the new Log is whole but not in its place.
func TestPowerGoesInARepair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path+".new")
	lesson(t, log, 3)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if log = create(t, path); log.Head().Seq != 3 {
		t.Errorf("%+v", log.Head())
	}
}

// TestAlteredRowIsNotShown: a row that was changed behind a good end is left out of
// what is read, whoever asks for exactly what follows gets no answer, and the next
// opening repairs it.
func TestAlteredRowIsNotShown(t *testing.T) {
	for _, change := range []string{
		`author = 'x'`, `time = 5`, `scope = 'hosts'`, `kind = 'other'`, `id = 'x'`, `chain = digest`,
		`body = CAST('{"name":"Ada","text":"never said"}' AS BLOB)`,
	} {
		path := filepath.Join(t.TempDir(), "log.db")
		log := create(t, path)
		lesson(t, log, 120)
		start := netchat.Position{Epoch: log.Head().Epoch}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`UPDATE event SET ` + change + ` WHERE seq = 10`); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		log = create(t, path)
		if _, repaired := log.Repaired(); repaired {
			t.Fatalf("%s: repaired at once", change)
		}
		page, err := log.Page(history.PageQuery{Viewer: history.Viewer{Member: netchat.MemberID(fmt.Sprintf("%032x", 1)), Host: true}, Limit: 200})
		if err != nil || len(page.Messages) < 118 {
			t.Errorf("%s: %d messages, %v", change, len(page.Messages), err)
		}
		for _, m := range page.Messages {
			if m.Seq == 10 || m.Text != fmt.Sprintf("line %d", m.Seq) {
				t.Errorf("%s: %+v is shown", change, m)
			}
		}
		if _, err := log.Tail(start, history.Viewer{Member: "x", Host: true}, 200); !errors.Is(err, history.ErrNotContinuous) {
			t.Errorf("%s: %v", change, err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		log = create(t, path)
		if r, repaired := log.Repaired(); !repaired || r.Kept < 118 {
			t.Errorf("%s: %+v, %v", change, r, repaired)
		}
	}
}

// TestDamagedIndex: without the index of words all that was said is still there, and
// is found again.
func TestDamagedIndex(t *testing.T) {
	for _, change := range []string{
		`DELETE FROM words_config`, `DELETE FROM words_data`, `DROP TABLE words_idx`, `DELETE FROM words_docsize`, `DROP TABLE words`,
	} {
		dir := t.TempDir()
		path, kept := filepath.Join(dir, "log.db"), filepath.Join(dir, "copies", "x.db")
		log := create(t, path)
		lesson(t, log, 20)
		must(t, log.Close())
		c := openCopy(t, kept)
		must(t, c.Save([]netchat.Keeping{{Messages: []netchat.Message{said("e", 1)}, Posts: []netchat.Post{{ID: "1", Text: "waits"}}}}))
		must(t, c.Close())
		for _, file := range []string{path, kept} {
			db, err := sql.Open("sqlite", file)
			must(t, err)
			if _, err := db.Exec(change); err != nil {
				t.Fatal(err)
			}
			must(t, db.Close())
		}
		log = create(t, path)
		found, err := log.Search(history.SearchQuery{Viewer: history.Viewer{Host: true}, Text: "line 7", Limit: 9})
		r, repaired := log.Repaired()
		if err != nil || len(found) != 1 || log.Head().Seq != 20 || repaired && r.Lost > 0 {
			t.Errorf("%s: %d at %d, %+v, %v", change, len(found), log.Head().Seq, r, err)
		}
		loaded, err := openCopy(t, kept).Load()
		if err != nil || len(loaded.Waiting) != 1 {
			t.Errorf("%s: %+v, %v", change, loaded, err)
		}
	}
}

// TestRepairCutShort: a repair during which the power went is finished, and what lay
// beside the damaged file does not come over the new Log.
func TestRepairCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	log := create(t, path)
	lesson(t, log, 5)
	beside, err := os.ReadFile(path + "-wal") // as after a kill
	must(t, err)
	must(t, errors.Join(log.Close(), os.Rename(path, path+".bad-1")))
	fresh := create(t, path+".new")
	lesson(t, fresh, 700)
	want := fresh.Head()
	must(t, errors.Join(fresh.Close(), os.WriteFile(path+"-wal", beside, 0o600)))

	log = create(t, path)
	if log.Head() != want {
		t.Errorf("at %+v, want %+v", log.Head(), want)
	}
	must(t, log.Verify(t.Context(), nil))
	if kept, err := os.ReadFile(path + ".bad-1-wal"); err != nil || !bytes.Equal(kept, beside) {
		t.Errorf("%d bytes are kept beside the damaged file, %v", len(kept), err)
	}
}

// TestManyDamagedFiles: the last place is used again, whole.
func TestManyDamagedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	for n := range 11 {
		must(t, os.WriteFile(path, fmt.Appendf(nil, "damaged %d", n), 0o600))
		if n == 8 {
			must(t, os.WriteFile(path+"-wal", []byte("beside 8"), 0o600))
		}
		log := create(t, path)
		if _, repaired := log.Repaired(); !repaired {
			t.Errorf("%d is not repaired", n)
		}
		must(t, errors.Join(log.Close(), os.Remove(path)))
	}
	last, err := os.ReadFile(path + ".bad-9")
	if err != nil || string(last) != "damaged 10" {
		t.Errorf("%q, %v", last, err)
	}
	if _, err := os.Lstat(path + ".bad-9-wal"); err == nil {
		t.Error("what lay beside another one is beside it")
	}
}
