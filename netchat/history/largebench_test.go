package history_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// long is how many Messages the Logs have that these benchmarks measure.
const long = 100_000

// textOf is what the n-th of them says: every tenth is about homework, two in all
// have a rare word.
func textOf(n int) string {
	switch {
	case n%(long/2) == 12_345:
		return fmt.Sprintf("line %d has a xylophone in it", n)
	case n%10 == 0:
		return fmt.Sprintf("第%d条：今天的作业写在黑板上，明天早上交给老师", n)
	}
	return fmt.Sprintf("line %d: can somebody send me what was on the board today?", n)
}

// fill appends the first n of them.
func fill(b *testing.B, log history.Log, n int) {
	b.Helper()
	const at = 1_000
	for first := 0; first < n; first += at {
		var events []netchat.Event
		for i := first; i < first+at; i++ {
			events = append(events, batch(b, i, 1, textOf(i))...)
		}
		add(b, log, events)
	}
}

// BenchmarkLong does to each kind of Log, with 100,000 Messages in it, what a Room
// does. What the disk itself takes for one durable write is in BenchmarkDisk.
func BenchmarkLong(b *testing.B) {
	file, err := history.OpenSQLite(filepath.Join(b.TempDir(), "log.db"), history.SQLiteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = file.Close() })
	for kind, log := range map[string]history.Log{"memory": open(b, history.MemoryOptions{MaxEvents: 4 * long, MaxBytes: 1 << 30}), "sqlite": file} {
		fill(b, log, long)
		b.Run("log="+kind, func(b *testing.B) {
			readLong(b, log)
			appendLong(b, log)
		})
	}
}

func readLong(b *testing.B, log history.Log) {
	after := netchat.Position{Epoch: log.Head().Epoch}
	tail, err := log.Tail(after, history.Viewer{Member: author}, long-200)
	if err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]struct {
		want int
		do   func() (n int, err error)
	}{
		"tail=200": {200, func() (int, error) {
			got, err := log.Tail(tail.Reached, history.Viewer{Member: reader}, 1_000)
			return len(got.Events), err
		}},
		"page=newest": {200, func() (int, error) {
			got, err := log.Page(history.PageQuery{Limit: 200})
			return len(got.Messages), err
		}},
		"page=before": {200, func() (int, error) {
			got, err := log.Page(history.PageQuery{Before: long / 2, Limit: 200})
			return len(got.Messages), err
		}},
		"page=around": {200, func() (int, error) {
			got, err := log.Page(history.PageQuery{Around: long / 2, Limit: 200})
			return len(got.Messages), err
		}},
		"search=作业": {50, func() (int, error) {
			got, err := log.Search(history.SearchQuery{Text: "作业", Limit: 50})
			return len(got), err
		}},
		"search=rare": {2, func() (int, error) {
			got, err := log.Search(history.SearchQuery{Text: "Xylophone", Limit: 50})
			return len(got), err
		}},
		"search=nowhere": {0, func() (int, error) {
			got, err := log.Search(history.SearchQuery{Text: "考试", Limit: 50})
			return len(got), err
		}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := read.do(); err != nil || n != read.want {
					b.Fatalf("%d, %v", n, err)
				}
			}
		})
	}
}

// appendLong appends what one sender writes, who waits for each, and what 256 write
// at once.
func appendLong(b *testing.B, log history.Log) {
	for _, size := range []int{1, 256} {
		b.Run(fmt.Sprintf("append=%d", size), func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				b.StopTimer()
				events := batch(b, int(log.Head().Seq), size, textOf(n))
				b.StartTimer()
				add(b, log, events)
				n += size
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkDisk is what the disk takes to have one page of a file for good.
func BenchmarkDisk(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "x"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := file.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens a Log of which it is known that it was closed whole, and one of
// which it isn't, as after a crash. To read the file once is in it, too.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "log.db")
	log, err := history.OpenSQLite(path, history.SQLiteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, log, long)
	if err := log.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := os.ReadFile(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, verified := range []bool{true, false} {
		b.Run(fmt.Sprintf("verified=%v", verified), func(b *testing.B) {
			for b.Loop() {
				if !verified {
					b.StopTimer()
					history.ForgetVerified(b, path)
					b.StartTimer()
				}
				log, err := history.OpenSQLite(path, history.SQLiteOptions{})
				if err == nil && log.Head().Seq != long {
					err = fmt.Errorf("head %d", log.Head().Seq)
				}
				b.StopTimer()
				if err := errors.Join(err, log.Close()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkCopy does to a member's copy of 100,000 Messages what its Client does, also
// when it keeps no more than those.
func BenchmarkCopy(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.db")
	c, err := history.OpenCopy(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	seq := uint64(0)
	save := func(b *testing.B, n int) {
		b.Helper()
		var steps []netchat.Keeping
		for range n {
			m := said("e", seq+1)
			m.Text = textOf(int(seq))
			seq++
			steps = append(steps, netchat.Keeping{Messages: []netchat.Message{m}, Position: netchat.Position{Epoch: "e", Seq: seq}})
		}
		if err := c.Save(steps); err != nil {
			b.Fatal(err)
		}
	}
	for range long / 1_000 {
		save(b, 1_000)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
			if c, err = history.OpenCopy(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, want := range map[string]int{"作业": 50, "Xylophone": 2, "考试": 0} {
		b.Run("search="+name, func(b *testing.B) {
			for b.Loop() {
				if found, err := c.Search(name, 50); err != nil || len(found) != want {
					b.Fatalf("%d, %v", len(found), err)
				}
			}
		})
	}
	b.Run("page=newest", func(b *testing.B) {
		for b.Loop() {
			if page, err := c.Page(netchat.PageAsk{}, 200); err != nil || len(page.Messages) != 200 {
				b.Fatalf("%d, %v", len(page.Messages), err)
			}
		}
	})
	for _, full := range []bool{false, true} {
		for _, size := range []int{1, 256} {
			b.Run(fmt.Sprintf("full=%v/save=%d", full, size), func(b *testing.B) {
				if full {
					c.Limit(long)
				}
				save(b, size)
				before := seq
				for b.Loop() {
					save(b, size)
				}
				b.ReportMetric(float64(seq-before)/b.Elapsed().Seconds(), "msg/s")
			})
		}
	}
}
