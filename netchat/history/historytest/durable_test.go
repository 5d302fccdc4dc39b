package historytest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/history/historytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A kept Log is still there when it is opened again.
type kept struct{ history.Log }

func (kept) Close() error { return nil }

func TestDurable(t *testing.T) {
	logs := make(map[string]history.Log)
	historytest.Durable(t, func(t *testing.T, dir string) history.Log {
		if logs[dir] == nil {
			log, err := history.NewMemory(history.MemoryOptions{})
			if err != nil {
				t.Fatal(err)
			}
			logs[dir] = kept{log}
		}
		return logs[dir]
	})
}
