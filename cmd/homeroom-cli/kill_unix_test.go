//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestKilledBetweenSendAndAck: what a member wrote while the host did not answer is
// in the room, once and in order, though the program was killed before it was sent
// or before that was acknowledged.
func TestKilledBetweenSendAndAck(t *testing.T) {
	const messages = 20
	host := newKillTrial(t, patience)
	dir := t.TempDir()
	join := func() *process {
		p := launch(t, host.path, "join", host.addr, "--name", "one", "--data", dir, "--json")
		if p.until(`"type":"roster"`) == "" {
			t.Fatalf("not in: %s", p.errs.String())
		}
		return p
	}
	p := join()
	if err := host.host.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for i := range messages + 1 {
		if _, err := fmt.Fprintf(p.in, `{"type":"public","content":"message %02d.","id":"%032x"}`+"\n", i, i+1); err != nil {
			t.Fatal(err)
		}
		if i >= messages-1 { // the last one is being written: all before it have been
			waitForText(t, filepath.Join(dir, history.CopiesDir), fmt.Sprintf("message %02d.", i))
		}
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.until("")
	_ = p.Wait() // it was killed
	if err := host.host.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	again := join()
	if again.until(fmt.Sprintf(`"type":"ack","id":"%032x"`, messages)) == "" {
		t.Fatalf("the last one is not acknowledged: %s", again.errs.String())
	}
	host.kill(t)
	lines := readLog(t, host.dir)
	if len(lines) < messages || len(lines) > messages+1 {
		t.Errorf("%d messages", len(lines))
	}
	for i, l := range lines {
		if l.Content != fmt.Sprintf("message %02d.", i) || l.ID != netchat.EventID(fmt.Sprintf("%032x", i+1)) {
			t.Errorf("%d. is %s %q", i, l.ID, l.Content)
		}
	}
}

// waitForText blocks until text is in a file of the folder.
func waitForText(t *testing.T, folder, text string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(patience); ; {
		files, _ := filepath.Glob(filepath.Join(folder, "*")) // there may be none yet
		for _, file := range files {
			if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(text)) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%q is in none of %v", text, files)
		}
	}
}
