package main

import (
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestRaise(t *testing.T) {
	dir := t.TempDir()
	if err := raise(dir); err == nil {
		t.Error("nobody is there, and it was shown")
	}
	if err := os.WriteFile(filepath.Join(dir, raiseSocket), nil, 0o600); err != nil { // as after a crash
		t.Fatal(err)
	}
	r := newRaiser(dir, slog.New(slog.DiscardHandler))
	defer r.close()
	for range 3 {
		if err := raise(dir); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.asked) != 1 {
		t.Error("it is not asked")
	}
	stranger, err := net.Dial("unix", filepath.Join(dir, raiseSocket))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	_, _ = io.WriteString(stranger, "something else, and more of it\n")
	if answer, _ := io.ReadAll(stranger); len(answer) > 0 {
		t.Errorf("%q", answer)
	}
	if err := raise(dir); err != nil {
		t.Error(err)
	}
	r.close()
	if err := raise(dir); err == nil {
		t.Error("it is closed, and was shown")
	}
}
