package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// result is what a run of the program left behind.
type result struct {
	code     int
	out, err string
}

// invoke runs the program in this process with a whole input.
func invoke(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, streams{
		in: strings.NewReader(stdin), out: &out, err: &errs, getenv: func(string) string { return "" },
	})
	return result{code, out.String(), errs.String()}
}

// A live run of the program is one that a test talks with.
type live struct {
	t     *testing.T
	stdin *io.PipeWriter
	out   *lineReader
	errs  *syncBuffer
	done  chan int
	stop  context.CancelFunc
}

// start runs the program in this process. The test ends it by stdin.Close or
// stop; whatever it does, it has ended when the test has.
func start(t *testing.T, args ...string) *live {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	inRead, inWrite := io.Pipe()
	l := &live{t: t, stdin: inWrite, out: newLineReader(), errs: &syncBuffer{}, done: make(chan int, 1), stop: cancel}
	go func() {
		code := run(ctx, args, streams{in: inRead, out: l.out, err: l.errs, getenv: func(string) string { return "" }})
		_ = inRead.Close()
		l.out.end()
		l.done <- code
	}()
	t.Cleanup(func() {
		cancel()
		_ = inWrite.Close()
		for range l.out.lines {
		}
	})
	return l
}

// wait returns the exit code.
func (l *live) wait() int {
	l.t.Helper()
	for range l.out.lines {
	}
	return <-l.done
}

// write sends one line of input.
func (l *live) write(line string) {
	l.t.Helper()
	if _, err := io.WriteString(l.stdin, line+"\n"); err != nil {
		l.t.Fatal(err)
	}
}

// patience bounds what must not take long.
const patience = 30 * time.Second

// line returns the next line of output.
func (l *live) line() string {
	l.t.Helper()
	return l.next(time.After(patience), "a line")
}

func (l *live) next(timeout <-chan time.Time, what any) string {
	l.t.Helper()
	select {
	case line, ok := <-l.out.lines:
		if !ok {
			l.t.Fatalf("the output ended without %q; stderr: %s", what, l.errs)
		}
		return line
	case <-timeout:
		l.t.Fatalf("no %q in time; stderr: %s", what, l.errs)
	}
	return ""
}

// until returns the next line of output that contains all of parts.
func (l *live) until(parts ...string) string {
	l.t.Helper()
	timeout := time.After(patience)
	for {
		if line := l.next(timeout, parts); containsAll(line, parts) {
			return line
		}
	}
}

func containsAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// A lineReader gives what is written to it line by line. Its writer waits
// until there is room.
type lineReader struct {
	lines   chan string
	partial string
}

func newLineReader() *lineReader { return &lineReader{lines: make(chan string, 4096)} }

func (r *lineReader) Write(p []byte) (int, error) {
	r.partial += string(p)
	for {
		line, rest, ok := strings.Cut(r.partial, "\n")
		if !ok {
			return len(p), nil
		}
		r.lines <- line
		r.partial = rest
	}
}

func (r *lineReader) end() { close(r.lines) }

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
