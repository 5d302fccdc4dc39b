//go:build netns && linux

package history_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

const (
	powerEnv   = "HOMEROOM_TEST_POWER_DIR" // the folder in which the program that loses power writes
	powerLines = 240
	sector     = 512 // bytes that a disk writes whole or not at all
)

// TestNetPowerCut: what was acknowledged is there after a power cut at any moment, as
// far as the disk keeps what it says is synced. It needs no network but strace: that is
// how it knows of each write whether it was. Everything else is lost, or arrives in
// part, as rapid draws.
func TestNetPowerCut(t *testing.T) {
	if dir := os.Getenv(powerEnv); dir != "" {
		writeUntilPowerCut(t, dir)
		return
	}
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as the trace has it
	must(t, err)
	trace := filepath.Join(t.TempDir(), "trace")
	program, err := os.Executable()
	must(t, err)
	traced := exec.Command("strace", "-f", "-y", "-xx", "-s", "1000000", "-e", "trace="+traced, "-o", trace, program, "-test.run=^TestNetPowerCut$")
	traced.Env = append(os.Environ(), powerEnv+"="+dir)
	if out, err := traced.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	calls, err := readTrace(trace)
	must(t, err)
	acks := acksIn(calls, filepath.Join(dir, "acks"))
	if len(acks) != 2*powerLines {
		t.Fatalf("%d acks are in the trace", len(acks))
	}
	last := calls[len(calls)-1].end
	rapid.Check(t, func(r *rapid.T) {
		line := rapid.IntRange(1, last+1).Draw(r, "line")
		if rapid.Bool().Draw(r, "at an ack") { // nothing but what had to be synced is
			line = acks[rapid.IntRange(0, len(acks)-1).Draw(r, "ack")].line
		}
		some := rapid.IntRange(0, 2).Draw(r, "what arrives")
		files := onDisk(calls, dir, line, func(size int) int {
			switch {
			case some == 0 || rapid.Bool().Draw(r, "lost"):
				return -1
			case some == 1:
				return size
			}
			return min(size, sector*rapid.IntRange(0, (size+sector-1)/sector).Draw(r, "sectors"))
		})
		var want ack
		for _, a := range acks {
			if a.line <= line {
				want = a
			}
		}
		afterPowerCut(r, files, dir, want)
	})
}

// writeUntilPowerCut writes a Log and a Copy, and says after each write, in a file of
// its own, up to where each is for good.
func writeUntilPowerCut(t *testing.T, dir string) {
	acks, err := os.Create(filepath.Join(dir, "acks"))
	must(t, err)
	log, kept := create(t, filepath.Join(dir, "log.db")), openCopy(t, filepath.Join(dir, "copy.db"))
	for n := uint64(1); n <= powerLines; n++ {
		lesson(t, log, 1)
		_, err = fmt.Fprintf(acks, "%d %d\n", n, n-1)
		must(t, err)
		id := netchat.EventID(fmt.Sprint(n))
		must(t, kept.Save([]netchat.Keeping{
			{Messages: []netchat.Message{said("e", n)}, Position: netchat.Position{Epoch: "e", Seq: n}},
			{Posts: []netchat.Post{{ID: id, Text: "waits"}}, Answered: []netchat.EventID{netchat.EventID(fmt.Sprint(n - 1))}},
		}))
		_, err = fmt.Fprintf(acks, "%d %d\n", n, n)
		must(t, err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// An ack says up to where all was acknowledged when it began.
type ack struct {
	line      int
	log, kept uint64
}

func acksIn(calls []call, path string) (acks []ack) {
	for _, c := range calls {
		if c.name != "write" || c.path != path {
			continue
		}
		var log, kept uint64
		if _, err := fmt.Sscan(string(c.data), &log, &kept); err == nil {
			acks = append(acks, ack{c.begin, log, kept})
		}
	}
	return acks
}

// afterPowerCut opens what the disk has then.
func afterPowerCut(r *rapid.T, files map[string][]byte, dir string, want ack) {
	at, err := os.MkdirTemp("", "powercut")
	must(r, err)
	defer os.RemoveAll(at)
	for path, content := range files {
		if strings.HasSuffix(path, "-shm") { // is in memory, and made anew
			continue
		}
		must(r, os.WriteFile(filepath.Join(at, strings.TrimPrefix(path, dir)), content, 0o600))
	}
	log, err := history.OpenSQLite(filepath.Join(at, "log.db"), history.SQLiteOptions{})
	must(r, err)
	defer log.Close()
	if repair, repaired := log.Repaired(); repaired && want.log > 0 {
		r.Errorf("%+v", repair)
	}
	n := uint64(0)
	for e, err := range log.All(r.Context(), 0) {
		must(r, err)
		n++
		if m, _ := netchat.MessageOf(e); m.Seq != n || m.Text != "line "+strconv.FormatUint(n, 10) {
			r.Errorf("%d is %+v", n, m)
		}
	}
	if n < want.log || n > want.log+1 {
		r.Errorf("%d in the log, %d acknowledged", n, want.log)
	}
	kept, err := history.OpenCopy(filepath.Join(at, "copy.db"))
	must(r, err)
	defer kept.Close()
	switch k, err := kept.Load(); {
	case err != nil || k.Aside != "" && want.kept > 0:
		r.Errorf("%+v, %v", k, err)
	case k.Position.Seq < want.kept || k.Position.Seq > want.kept+1:
		r.Errorf("the copy is at %d, %d acknowledged", k.Position.Seq, want.kept)
	case k.Position.Seq > 0 && (len(k.Waiting) != 1 || string(k.Waiting[0].ID) != strconv.FormatUint(k.Position.Seq, 10)):
		r.Errorf("%+v wait at %d", k.Waiting, k.Position.Seq)
	}
}
