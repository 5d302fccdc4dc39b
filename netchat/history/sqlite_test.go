package history_test

import (
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/history/historytest"
)

func openSQLite(t *testing.T, dir string) history.Log {
	t.Helper()
	log, err := history.OpenSQLite(filepath.Join(dir, "log.db"), history.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestSQLiteConformance(t *testing.T) {
	historytest.Conformance(t, func(t *testing.T) history.Log { return openSQLite(t, t.TempDir()) })
}

func TestSQLiteDurable(t *testing.T) { historytest.Durable(t, openSQLite) }
