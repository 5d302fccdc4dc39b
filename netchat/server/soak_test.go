//go:build soak

package server_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestSoakStoppedReaders has 200 members that never read again, half of them
// rich, while others send 64 KiB lines for a minute. The others get each line
// at once, and the host's heap stays within a bound.
func TestSoakStoppedReaders(t *testing.T) {
	const (
		stopped = 200
		talkers = 4
		lasting = time.Minute
		most    = 512 << 20 // bytes of heap over what the start takes; the Log alone may hold 64 MiB
		slowest = 5 * time.Second
	)
	b := newBench(t, true, nil)
	for i := range stopped / 2 {
		b.join(fmt.Sprintf("plain%d", i))
		b.rich(fmt.Sprintf("rich%d", i), newKey(t), nil)
	}
	before := heap()
	end := time.Now().Add(lasting)
	text := strings.Repeat("x", netchat.MaxText-16)
	var all sync.WaitGroup
	peak := make([]uint64, talkers)
	for i := range talkers {
		talker := b.rich(fmt.Sprintf("talker%d", i), newKey(t), nil)
		all.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				sent := time.Now()
				id := talker.say(fmt.Sprintf("%02x%08x", i, n), text)
				for talker.wantFrame("event").Event.ID != id {
					continue
				}
				if took := time.Since(sent); took > slowest {
					t.Errorf("a line took %v", took)
				}
				peak[i] = max(peak[i], heap())
			}
		})
	}
	all.Wait()
	for _, p := range peak {
		if p > before+most {
			t.Errorf("the heap grew from %d to %d MiB", before>>20, p>>20)
		}
	}
	t.Logf("heap before %d MiB, at most %v bytes", before>>20, peak)
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
