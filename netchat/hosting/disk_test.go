package hosting

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestDiskIsLookedAt: a full disk is found to have space without anybody saying
// something, and found full again; of other faults only the room knows an end.
func TestDiskIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		var looks atomic.Int32
		d.space = func() bool { return looks.Add(1)%3 == 0 }
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		go d.watch(ctx)
		room := newest(d.room)
		quiet := func(what string) {
			t.Helper()
			synctest.Wait()
			select {
			case err := <-d.told:
				t.Errorf("%s: told %v", what, err)
			default:
			}
		}
		for round := range 2 {
			room(history.ErrFull)
			if err := <-d.told; !errors.Is(err, history.ErrFull) {
				t.Errorf("told %v", err)
			}
			time.Sleep(2*diskRetry + time.Second)
			room(history.ErrFull) // no news, and it begins anew
			quiet("full still")
			looks.Store(0)
			begin := time.Now()
			if err := <-d.told; err != nil || time.Since(begin) != 3*diskRetry {
				t.Errorf("round %d: told %v after %v", round, err, time.Since(begin))
			}
		}
		looks.Store(0)
		room(errors.New("the disk is broken"))
		if err := <-d.told; err == nil {
			t.Error("told of no fault")
		}
		time.Sleep(time.Hour)
		quiet("broken")
		room(nil)
		if err := <-d.told; err != nil || looks.Load() != 0 {
			t.Errorf("told %v after %d looks", err, looks.Load())
		}
	})
}

func TestHasSpace(t *testing.T) {
	dir := t.TempDir()
	if !hasSpace(dir) {
		t.Error("no space")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if hasSpace(filepath.Join(dir, "missing")) {
		t.Error("space where nothing is")
	}
}
