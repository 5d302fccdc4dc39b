package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/history"
)

// TestOutputIsNotReplaced: what is there stays, unless it is said otherwise.
func TestOutputIsNotReplaced(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	hostedRoom(t, dir, "教室")
	file := filepath.Join(out, "dear.txt")
	if err := os.WriteFile(file, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(out, "link")
	if err := os.Symlink("dear.txt", link); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"export", "backup"} {
		for _, to := range []string{file, link} {
			r := invoke(t, "", command, "--data", dir, "-o", to)
			content, _ := os.ReadFile(file)
			if r.code != exitFailure || !strings.Contains(r.err, "--force") || r.out != "" || string(content) != "dear" {
				t.Errorf("%s: %+v, %q", command, r, content)
			}
		}
	}
	for _, command := range []string{"export", "backup"} {
		r := invoke(t, "", command, "--data", dir, "-o", link, "--force")
		info, err := os.Lstat(link)
		content, _ := os.ReadFile(file)
		if r.code != exitOK || err != nil || info.Mode()&os.ModeSymlink == 0 || len(content) < 50 {
			t.Errorf("%s: %+v, %v, %d bytes, %v", command, r, info, len(content), err)
		}
	}
	if entries, _ := os.ReadDir(out); len(entries) != 2 {
		t.Errorf("left beside it: %v", entries)
	}
}

// TestDanglingLink: what it leads to is made, from the folder in which it truly is.
func TestDanglingLink(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	hostedRoom(t, dir, "教室")
	for _, folder := range []string{"far/deep", "near"} {
		if err := os.MkdirAll(filepath.Join(out, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"near/way": "../far/deep", "far/deep/link": "../made.txt"} {
		if err := os.Symlink(to, filepath.Join(out, link)); err != nil {
			t.Fatal(err)
		}
	}
	r := invoke(t, "", "export", "--data", dir, "-o", filepath.Join(out, "near/way/link"))
	if content, err := os.ReadFile(filepath.Join(out, "far/made.txt")); r.code != exitOK || err != nil || !strings.Contains(string(content), "大家好") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestOutputCannotBeWritten: that is said, and not that the messages cannot be read.
func TestOutputCannotBeWritten(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	hostedRoom(t, dir, "教室")
	loop := filepath.Join(out, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for to, why := range map[string]string{
		filepath.Join(out, "none", "x"): "no such folder", out: "it is a folder", loop: "",
	} {
		for _, command := range []string{"export", "backup"} {
			r := invoke(t, "", command, "--data", dir, "-o", to, "--force")
			if r.code != exitFailure || !strings.Contains(r.err, to+" cannot be written: ") || !strings.Contains(r.err, why) || strings.Count(r.err, "\n") != 1 {
				t.Errorf("%s %s: %+v", command, to, r)
			}
			r = invoke(t, "", command, "--data", dir, "-o", to, "--force", "--lang", "zh")
			if r.code != exitFailure || !strings.Contains(r.err, "无法写入 "+to) {
				t.Errorf("%s %s: %+v", command, to, r)
			}
		}
	}
	own, _ := filepath.Glob(filepath.Join(dir, "rooms", "*", "log.db"))
	if r := invoke(t, "", "backup", "--data", dir, "-o", own[0], "--force"); r.code != exitFailure || !strings.Contains(r.err, "folder of the room") {
		t.Errorf("%+v", r)
	}
}

// brokenOutput fails as a full disk and a pipe that nobody reads do.
type brokenOutput struct{ err error }

func (b brokenOutput) Write([]byte) (int, error) { return 0, b.err }

func TestBrokenOutput(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	for err, why := range map[error]string{
		syscall.ENOSPC: "the disk is full", fmt.Errorf("x: %w", syscall.EPIPE): "nobody reads it any more", errors.New("odd"): "odd",
	} {
		for _, args := range []string{"log", "log --json", "export", "export -o -", "verify", "backup -o -", "--help"} {
			var errs bytes.Buffer
			args := append(strings.Fields(args), "--data", dir)
			code := run(t.Context(), args, streams{in: strings.NewReader(""), out: brokenOutput{err}, err: &errs, getenv: func(string) string { return "" }})
			if want := "homeroom-cli: the output cannot be written: " + why + "\n"; code != exitFailure || errs.String() != want {
				t.Errorf("%v: %d, %q, want %q", args, code, errs.String(), want)
			}
		}
	}
}

// TestOutputDash is the program's output; a copy of the Log can go there, too.
func TestOutputDash(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	if r := invoke(t, "", "export", "--data", dir, "-o", "-"); r.code != exitOK || !strings.Contains(r.out, "大家好") {
		t.Errorf("%+v", r)
	}
	r := invoke(t, "", "backup", "--data", dir, "-o", "-")
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(file, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := history.ReadSQLite(file)
	if err != nil || r.code != exitOK {
		t.Fatal(r.code, r.err, err)
	}
	if err := errors.Join(log.Verify(t.Context(), nil), log.Close()); err != nil || log.Head().Seq != 3 {
		t.Errorf("%v, %+v", err, log.Head())
	}
	if _, err := os.Stat("-"); err == nil {
		t.Error("there is a file called -")
	}
}

// TestMarkedInput: the first line counts with a mark before it, too.
func TestMarkedInput(t *testing.T) {
	host := start(t, "host", "--memory", "--listen", "127.0.0.1:0", "--json", "--no-announce")
	addr := object(t, host.line())["addr"].(string)
	line := `{"type":"public","content":"first","id":"` + testID + `"}` + "\n"
	if r := invoke(t, "\ufeff"+line, "join", addr, "--name", "n", "--json"); r.code != exitOK || !strings.Contains(r.out, `{"type":"ack","id":"`+testID) {
		t.Errorf("%+v", r)
	}
	bot, _ := joined(t, addr, "reader")
	if r := invoke(t, "\ufefftyped\n", "join", addr, "--name", "n"); r.code != exitOK {
		t.Errorf("%+v", r)
	}
	bot.until(`"content":"typed"`)
	for _, args := range [][]string{{"--json"}, {"--lang", "en"}} {
		r := invoke(t, "\xff\xfeh\x00i\x00\n\x00", append([]string{"join", addr, "--name", "n"}, args...)...)
		if r.code != exitFailure || !strings.Contains(r.err, "UTF-16") {
			t.Errorf("%+v", r)
		}
	}
	for _, input := range []string{"nonsense\n" + line, `{"type":"private","to":"nobody","content":"x"}` + "\n"} {
		r := invoke(t, input, "join", addr, "--name", "n", "--json")
		if r.code != exitFailure || !strings.Contains(r.err, "refused: 1") || !strings.Contains(r.out, `"type":"refused"`) {
			t.Errorf("%+v", r)
		}
	}
	host.stop()
	if code := host.wait(); code != exitOK {
		t.Error(code)
	}
}

// TestHostileNamesInJSON: what others are called is harmless in a terminal.
func TestHostileNamesInJSON(t *testing.T) {
	hostile := "\u009b31m\u007f\u202e\u2066\u200b"
	host := start(t, "host", "--memory", "--room", "r"+hostile, "--listen", "127.0.0.1:0", "--json", "--no-announce")
	line := host.line()
	o := object(t, line)
	bot, _ := joined(t, o["addr"].(string), "n"+hostile)
	bot.write(`{"type":"public","content":"` + hostile + `"}`)
	for _, line := range []string{line, bot.until(`"type":"public"`)} {
		if strings.ContainsAny(line, "\u009b\u007f\u202e\u2066\u200b") {
			t.Errorf("%q", line)
		}
	}
	if o["name"] != "r"+hostile {
		t.Errorf("%q", o["name"])
	}
	_ = bot.stdin.Close()
	bot.wait()
	host.stop()
	host.wait()
}
