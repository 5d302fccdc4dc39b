package history_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestDamagedEpoch: no Event can be verified without the epoch, so it is in the file
// twice, and either is enough.
func TestDamagedEpoch(t *testing.T) {
	const lines = 20
	for name, c := range map[string]struct {
		damage string
		kept   uint64
	}{
		"altered":       {`UPDATE log SET epoch = '1-0123456789abcdef'`, lines},
		"no epoch":      {`UPDATE log SET epoch = 'x'`, lines},
		"no row":        {`DELETE FROM log`, lines},
		"no table":      {`DROP TABLE log`, lines},
		"spare altered": {`UPDATE spare SET epoch = '1-0123456789abcdef'`, lines},
		"no spare row":  {`DELETE FROM spare`, lines},
		"no spare":      {`DROP TABLE spare`, lines},
		"null": {`PRAGMA writable_schema = 1;
			UPDATE sqlite_master SET sql = 'CREATE TABLE log (epoch, verified_seq, verified_chain)' WHERE name = 'log';
			PRAGMA writable_schema = RESET;
			UPDATE log SET epoch = NULL`, lines},
		"both altered": {`UPDATE log SET epoch = '1-0123456789abcdef'; UPDATE spare SET epoch = '1-fedcba9876543210'`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.db")
			log := create(t, path)
			lesson(t, log, lines)
			epoch := log.Head().Epoch
			must(t, log.Close())
			db, err := sql.Open("sqlite", path)
			must(t, err)
			db.SetMaxOpenConns(1)
			_, err = db.Exec(c.damage)
			must(t, errors.Join(err, db.Close()))

			log = create(t, path)
			r, repaired := log.Repaired()
			if head := log.Head(); !repaired || r.Kept != c.kept || r.Kept+r.Lost != lines || head.Seq != c.kept || head.Epoch == epoch {
				t.Errorf("%+v, %v, at %+v", r, repaired, head)
			}
			if c.kept > 0 && log.Head().Epoch.Generation() != epoch.Generation()+1 {
				t.Errorf("%s after %s", log.Head().Epoch, epoch)
			}
			if _, err := os.Stat(r.Bad); err != nil {
				t.Error(err)
			}
			lesson(t, log, 3) // it goes on
			if found, err := log.Search(history.SearchQuery{Viewer: history.Viewer{Host: true}, Text: "line 2", Limit: lines}); err != nil || len(found) == 0 {
				t.Errorf("%d, %v", len(found), err)
			}
		})
	}
}
