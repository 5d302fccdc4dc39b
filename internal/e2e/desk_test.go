//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"
)

// Bounds of the tests.
const (
	patience  = 60 * time.Second // for anything to happen on a busy machine
	lookEvery = 100 * time.Millisecond
	gracetime = 10 * time.Second // from SIGTERM to the end of a program
)

// env returns what scripts/e2e.sh gives.
func env(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run scripts/e2e.sh", name)
	}
	return value
}

// eventually waits for ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	if !within(t, patience, ok) {
		screenshot(t, "failed")
		t.Fatalf("in %v it did not happen: %s", patience, what)
	}
}

// within reports whether ok holds within wait, looking again and again: what
// happens on a screen gives no other sign.
func within(t testing.TB, wait time.Duration, ok func() bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// screenshot keeps a picture of the screen for people to look at.
func screenshot(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(env(t, "HOMEROOM_ARTIFACTS"), strings.ReplaceAll(t.Name(), "/", "-")+"-"+name+".png")
	if out, err := exec.Command("import", "-window", "root", file).CombinedOutput(); err != nil {
		t.Errorf("screenshot: %v: %s", err, out)
	}
	return file
}

// freePort returns a TCP port of loopback that nobody uses now.
func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// listening reports whether somebody accepts connections there.
func listening(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// A program is one of ours, running.
type program struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr *log

	mu    sync.Mutex
	lines []string // of stdout
	done  chan struct{}
}

// A log takes what a program writes to stderr. Any goroutine may use it.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns what has come.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// quiet turns notifications off: they would lie over the windows.
func quiet(t testing.TB, data string) {
	t.Helper()
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "settings.json"), []byte(`{"quiet":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a program until the test ends, with a home of its own.
func start(t testing.TB, path string, args ...string) *program {
	t.Helper()
	home := t.TempDir()
	quiet(t, filepath.Join(home, "homeroom"))
	p := &program{t: t, cmd: exec.Command(path, args...), stderr: &log{}, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_RUNTIME_DIR="+home, "LANG=C.UTF-8", "LC_ALL=C.UTF-8")
	p.cmd.Stderr = p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, s.Text())
			p.mu.Unlock()
		}
	}()
	t.Cleanup(p.stop)
	return p
}

// stop ends the program as a logout does, and waits for it.
func (p *program) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(gracetime, func() {
		p.t.Errorf("%s did not end within %v of SIGTERM", p.cmd.Path, gracetime)
		_ = p.cmd.Process.Kill()
	})
	<-p.done
	err := p.cmd.Wait()
	kill.Stop()
	if p.t.Failed() {
		p.t.Logf("%v ended: %v\n%s", p.cmd.Args, err, p.stderr)
	}
}

// kill ends the program without a word, as a power cut does.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.done
	_ = p.cmd.Wait()
}

// say writes one JSON line to the terminal program.
func (p *program) say(v any) {
	p.t.Helper()
	line, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.stdin, "%s\n", line); err != nil {
		p.t.Fatal(err)
	}
}

// find returns the first JSON line of stdout for which ok holds.
func (p *program) find(ok func(map[string]any) bool) (map[string]any, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.lines {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && ok(fields) {
			return fields, true
		}
	}
	return nil, false
}

// await waits for such a line.
func (p *program) await(what string, ok func(map[string]any) bool) map[string]any {
	p.t.Helper()
	var found map[string]any
	eventually(p.t, what, func() bool {
		var here bool
		found, here = p.find(ok)
		return here
	})
	return found
}

// awaitMessage waits for a message of that type from somebody.
func (p *program) awaitMessage(kind, name, content string) map[string]any {
	p.t.Helper()
	return p.await(fmt.Sprintf("%s from %s: %s", kind, name, content), func(f map[string]any) bool {
		return f["type"] == kind && f["sender_name"] == name && f["content"] == content
	})
}

// awaitMembers waits for a roster of so many.
func (p *program) awaitMembers(n int) {
	p.t.Helper()
	p.await(fmt.Sprintf("%d members", n), func(f map[string]any) bool {
		members, _ := f["members"].([]any)
		return f["type"] == "roster" && len(members) == n
	})
}

// join starts the terminal program as a member that watches.
func join(t testing.TB, target, name string) *program {
	t.Helper()
	return start(t, env(t, "HOMEROOM_CLI_BIN"), "join", target, "--name", name, "--json")
}

// A window is the desktop app on the screen.
type window struct {
	*program
	id string
}

// open starts the desktop app and places its window.
func open(t testing.TB, x, y, width, height int, args ...string) *window {
	t.Helper()
	w := &window{program: start(t, env(t, "HOMEROOM_BIN"), args...)}
	size := fmt.Sprintf("WIDTH=%d\nHEIGHT=%d\n", width, height)
	// A window may be replaced or resized by its program while it opens.
	eventually(t, "a window opens", func() bool {
		out, err := xdotool(t, "search", "--all", "--onlyvisible", "--pid", fmt.Sprint(w.cmd.Process.Pid), "--name", "Homeroom")
		w.id, _, _ = strings.Cut(out, "\n")
		if err != nil || w.id == "" {
			return false
		}
		_, _ = xdotool(t, "windowsize", w.id, fmt.Sprint(width), fmt.Sprint(height), "windowmove", w.id, fmt.Sprint(x), fmt.Sprint(y))
		out, err = xdotool(t, "getwindowgeometry", "--shell", w.id)
		return err == nil && strings.Contains(out+"\n", size)
	})
	return w
}

// xdotool runs it and returns what it prints.
func xdotool(t testing.TB, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8") // to type Chinese
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// do runs xdotool.
func (w *window) do(args ...string) string {
	w.t.Helper()
	out, err := xdotool(w.t, args...)
	if err != nil {
		screenshot(w.t, "failed")
		w.t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
	return out
}

func (w *window) focus() { w.do("windowactivate", "--sync", w.id) }

// title returns the window's title now.
func (w *window) title() string { return w.do("getwindowname", w.id) }

// click clicks at a place in the window.
func (w *window) click(x, y int) {
	w.t.Helper()
	w.do("mousemove", "--sync", "--window", w.id, fmt.Sprint(x), fmt.Sprint(y), "click", "1")
}

// send types a line and Enter into the focused window. For a character that
// no key has, xdotool binds a key for a third of the delay: a busy window needs
// that long to read it.
func (w *window) send(text string) {
	w.t.Helper()
	delay := "40"
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		delay = "1200"
	}
	w.do("type", "--delay", delay, text)
	w.do("key", "Return")
}
