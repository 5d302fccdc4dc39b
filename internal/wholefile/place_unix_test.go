//go:build unix

package wholefile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/homeroomchat/homeroom/internal/wholefile"
)

func said(w io.Writer) error {
	_, err := io.WriteString(w, "said")
	return err
}

// TestPipe: it stays one, whoever reads it gets all, and nobody waits for ever.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- wholefile.Make(t.Context(), path, said) }()
	got, err := os.ReadFile(path) // it waits for a writer
	if writeErr := <-done; err != nil || writeErr != nil || string(got) != "said" {
		t.Errorf("%q, %v, %v", got, err, writeErr)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("%v, %v", info, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var output *wholefile.OutputError
	if err := wholefile.Make(ctx, path, said); !errors.Is(err, context.Canceled) || !errors.As(err, &output) {
		t.Errorf("nobody reads it: %v", err)
	}
}

func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan error, 1)
	go func() { done <- wholefile.Make(t.Context(), path, said) }()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if writeErr := <-done; err != nil || writeErr != nil || string(got) != "said" {
		t.Errorf("%q, %v, %v", got, err, writeErr)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

// TestDevice is written to and stays one; what it fails with is about the output.
func TestDevice(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{os.DevNull, link} {
		if err := wholefile.Make(t.Context(), path, said); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&fs.ModeDevice == 0 {
		t.Fatalf("%v, %v", info, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	var output *wholefile.OutputError
	if err := wholefile.Make(t.Context(), filepath.Join(link, "x"), said); !errors.As(err, &output) || !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
	from := errors.New("what is to be read is damaged")
	if err := wholefile.Make(t.Context(), os.DevNull, func(io.Writer) error { return from }); !errors.Is(err, from) || errors.As(err, &output) {
		t.Error(err)
	}
}

// TestDescriptor: a file that another program has open for us is gone on with.
func TestDescriptor(t *testing.T) {
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "x"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("before, "); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/dev/fd/%d", file.Fd())
	at, err := wholefile.Find(path)
	if err != nil || at.Exists || at.File != "" {
		t.Errorf("%+v, %v", at, err)
	}
	if err := wholefile.Make(t.Context(), path, said); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(file.Name()); err != nil || string(got) != "before, said" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestLinks: a link stays, what it leads to is there as a whole, wherever that is.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, folder := range []string{"a/b", "c"} {
		if err := os.MkdirAll(path(folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"one": "two", "two": path("c/target"), "folder": "a/b", "a/b/up": "../up.txt", "loop": "pool", "pool": "loop",
	} {
		if err := os.Symlink(to, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"one": "c/target", "folder/up": "a/up.txt"} {
		for _, content := range []string{"made", "made again"} {
			if err := wholefile.Write(path(link), []byte(content)); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path(target))
			info, linkErr := os.Lstat(path(link))
			if err != nil || string(got) != content || linkErr != nil || info.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("%s: %q, %v, %v, %v", link, got, err, info, linkErr)
			}
		}
		if got := wholefile.Target(path(link)); got != path(target) {
			t.Errorf("%s leads to %s", link, got)
		}
	}
	if err := wholefile.Write(path("loop"), nil); err == nil {
		t.Error("a link to itself was written")
	}
	if err := wholefile.Write(dir, nil); !errors.Is(err, syscall.EISDIR) {
		t.Error(err)
	}
}
