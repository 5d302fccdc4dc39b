//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What the figures are about.
const (
	manyMessages = 10_000
	idleFor      = 20 * time.Second
	afterCaches  = 70 * time.Second // Fyne keeps textures for a minute
)

// BenchmarkStart measures how long it takes from starting the program to its
// window, in an empty data directory and in one that it knows.
func BenchmarkStart(b *testing.B) {
	for _, name := range []string{"first", "again"} {
		b.Run(name, func(b *testing.B) {
			data := b.TempDir()
			if name == "again" {
				open(b, 0, 0, width, height, "--name", "Me", "--data", data).stop()
			}
			for b.Loop() {
				w := open(b, 0, 0, width, height, "--name", "Me", "--data", data)
				b.StopTimer()
				w.stop()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkRoom measures what an open room costs: memory with 10,000 messages
// in it, and the processor time of an idle window with the caret in it.
func BenchmarkRoom(b *testing.B) {
	for b.Loop() {
		addr := freePort(b)
		start(b, env(b, "HOMEROOM_CLI_BIN"), "host", "--room", "教室 3.5", "--listen", addr, "--memory", "--rate", "off")
		witness := joinWhenOpen(b, addr, "刘备")
		guest := open(b, 0, 0, 1000, 700, "--lang", "zh-Hans", "--name", "张飞", "--join", addr)
		witness.awaitMembers(2)
		guest.focus()
		guest.click(500, 665)
		b.ReportMetric(guest.resident(), "MB-empty")
		for i := range manyMessages {
			witness.say(map[string]string{"type": "public", "content": fmt.Sprintf("第 %d 条消息 message %d", i, i)})
		}
		last := fmt.Sprintf("第 %d 条消息 message %d", manyMessages-1, manyMessages-1)
		witness.await("the last message", func(f map[string]any) bool { return f["content"] == last })
		b.ReportMetric(guest.resident(), "MB-10000")
		pass(b, afterCaches)
		b.ReportMetric(guest.resident(), "MB-later")
		before := guest.cpu()
		pass(b, idleFor)
		b.ReportMetric(100*(guest.cpu()-before).Seconds()/idleFor.Seconds(), "%-idle")
		screenshot(b, "room")
	}
}

// pass lets time pass: what is measured is what happens without a reason.
func pass(t testing.TB, d time.Duration) { within(t, d, func() bool { return false }) }

// resident returns the memory of the program that is in RAM, in MB.
func (p *program) resident() float64 {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		p.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), "VmRSS:")
	kB, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return kB / 1024
}

// cpu returns the processor time that the program has used. The kernel counts
// it in hundredths of a second, in the fields 14 and 15 of stat; proc(5).
func (p *program) cpu() time.Duration {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		p.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(data), ") ")
	var ticks int
	for _, field := range strings.Fields(after)[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			p.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
