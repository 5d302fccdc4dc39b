package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// processWait bounds what a process may take to start, chat and end.
const processWait = 60 * time.Second

// build makes the program as it is shipped.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), program)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// A process is a running program and its output.
type process struct {
	*exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
	errs  bytes.Buffer
}

// launch starts the program. Its input stays open until the test ends.
func launch(t *testing.T, path string, args ...string) *process {
	t.Helper()
	return launchFor(t, processWait, path, args...)
}

// launchFor is launch for a program that is killed after another time.
func launchFor(t *testing.T, most time.Duration, path string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), most)
	p := &process{Cmd: exec.CommandContext(ctx, path, args...)}
	p.Stderr = &p.errs
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.lines = stdin, bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		cancel()
		_ = p.Wait() // an error if the test has waited already
	})
	return p
}

// until reads up to the line that contains part; empty: to the end.
func (p *process) until(part string) string {
	for p.lines.Scan() {
		if part != "" && strings.Contains(p.lines.Text(), part) {
			return p.lines.Text()
		}
	}
	return ""
}

func TestProcesses(t *testing.T) {
	path := build(t)
	host := launch(t, path, "host", "--room", "R", "--listen", "127.0.0.1:0", "--memory")
	addr, ok := strings.CutPrefix(host.until("listening"), "listening on ")
	if !ok {
		t.Fatalf("no address: %s", host.errs.String())
	}

	sender := exec.Command(path, "join", addr, "--name", "one")
	sender.Stdin = strings.NewReader("hello\nthere")
	if out, err := sender.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("[public] one: there\n")) {
		t.Errorf("%v: %s", err, out)
	}

	// One that waits for input sees the end of the room.
	stays := launch(t, path, "join", addr, "--name", "two", "--json")
	stays.until(`"type":"roster"`)
	if err := host.Process.Signal(endSignal()); err != nil {
		t.Fatal(err)
	}
	stays.until("")
	if err := stays.Wait(); exitCode(err) != exitFailure || strings.Count(stays.errs.String(), "\n") != 1 {
		t.Errorf("%v: %q", err, stays.errs.String())
	}
	host.until("")
	if err := host.Wait(); exitCode(err) != exitOK && runtime.GOOS != "windows" {
		t.Errorf("host: %v: %s", err, host.errs.String())
	}
}

// endSignal asks a process to end, where one can be asked.
func endSignal() os.Signal {
	if runtime.GOOS == "windows" {
		return os.Kill
	}
	return syscall.SIGTERM
}

func exitCode(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return exitOK
}
