package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostedRoom hosts a room in a directory, where two members talk, and returns the
// id of the second one.
func hostedRoom(t *testing.T, dir, room string) (second string) {
	t.Helper()
	host := start(t, "host", "--room", room, "--listen", "127.0.0.1:0", "--data", dir, "--json", "--no-announce")
	addr := object(t, host.line())["addr"].(string)
	zhang, _ := joined(t, addr, "张飞")
	li, id := joined(t, addr, "李四")
	zhang.until(`"type":"system"`, "李四")
	zhang.write(`{"type":"public","content":"大家好 <b>","id":"` + testID + `"}`)
	zhang.until(`"type":"ack"`)
	zhang.write(`{"type":"private","to":"` + id + `","content":"只给你"}`)
	zhang.until(`"type":"ack"`)
	li.write(`{"type":"public","content":"last"}`)
	li.until(`"type":"ack"`)
	host.stop()
	host.wait()
	return id
}

func TestLog(t *testing.T) {
	dir := t.TempDir()
	second := hostedRoom(t, dir, "教室")
	lines := readLog(t, dir)
	if len(lines) != 3 || lines[0].ID != testID || lines[0].Content != "大家好 <b>" || lines[0].Audience != "all" || lines[2].Content != "last" {
		t.Fatalf("%+v", lines)
	}
	private := lines[1]
	if list, ok := private.Audience.([]any); !ok || len(list) != 1 || list[0] != string(lines[2].From) || private.From != lines[0].From ||
		string(lines[2].From.Label()) != second || private.Content != "只给你" || !private.Epoch.Valid() || private.Kind != "message" {
		t.Errorf("%+v", private)
	}
	r := invoke(t, "", "log", "--data", dir)
	for _, want := range []string{"教室\n", " 张飞: 大家好 <b>\n", " 张飞 (private to 李四): 只给你\n", " 李四: last\n"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in %s", want, r.out)
		}
	}
	if r = invoke(t, "", "log", "--data", dir, "--lang", "zh"); !strings.Contains(r.out, " 张飞 (私聊给 李四): 只给你\n") {
		t.Errorf("%+v", r)
	}
}

func TestExport(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	file := filepath.Join(t.TempDir(), "out")
	for format, want := range map[string]string{"text": " 李四: last\n", "html": "大家好 &lt;b&gt;", "jsonl": `"content":"大家好 <b>"`} {
		shown := invoke(t, "", "export", "教室", "--data", dir, "--format", format)
		saved := invoke(t, "", "export", "--data", dir, "--format", format, "-o", file, "--force")
		content, err := os.ReadFile(file)
		if shown.code != exitOK || saved.code != exitOK || saved.out != "" || err != nil || !strings.Contains(shown.out, want) || shown.out != string(content) {
			t.Errorf("%s: %+v, %+v, %v", format, shown, saved, err)
		}
	}
	if r := invoke(t, "", "export", "--data", dir, "-o", filepath.Join(dir, "none", "x")); r.code != exitFailure || strings.Count(r.err, "\n") != 1 {
		t.Errorf("%+v", r)
	}
}

// TestVerify finds what is damaged, by number.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	if r := invoke(t, "", "verify", "--data", dir); r.code != exitOK || r.out != "教室: as it was stored, 3 messages\n" || r.err != "" {
		t.Errorf("%+v", r)
	}
	files, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "log.db"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(content), "只给你", "只给我", 1)
	if damaged == string(content) {
		t.Fatal("the text is not in the file")
	}
	if err := os.WriteFile(files[0], []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"verify", "log", "export"} {
		r := invoke(t, "", command, "--data", dir)
		if r.code != exitFailure || !strings.Contains(r.err, "event 2") || !strings.Contains(r.err, "教室 are damaged") || strings.Contains(r.out, "只给我") {
			t.Errorf("%s: %+v", command, r)
		}
	}
}

// TestVerifyChecksTheChain: what is changed around a text counts too.
func TestVerifyChecksTheChain(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	files, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "log.db"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(content), "message", "massage", 1) // the kind of one of them
	if err := os.WriteFile(files[0], []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := invoke(t, "", "verify", "--data", dir); r.code != exitFailure || !strings.Contains(r.err, "event 3") || !strings.Contains(r.err, "chain") {
		t.Errorf("%+v", r)
	}
}

func TestWhichRoom(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	hostedRoom(t, dir, "教室")
	host := start(t, "host", "--room", "R2", "--listen", "127.0.0.1:0", "--data", dir, "--json", "--no-announce")
	id := object(t, host.line())["room_id"].(string)
	if r := invoke(t, "", "log", "教室", "--data", dir); r.code != exitOK || !strings.Contains(r.out, "李四: last") {
		t.Errorf("while a host is there: %+v", r)
	}
	host.stop()
	host.wait()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"log", "教室"}, exitOK, "李四: last"},
		{[]string{"log", id[:minPrefix]}, exitOK, "No messages."},
		{[]string{"verify", "R2"}, exitOK, "R2: as it was stored, 0 messages"},
		{[]string{"log"}, exitFailure, "R2, 教室"},
		{[]string{"log", id[:minPrefix-1]}, exitFailure, "no room"},
		{[]string{"log", "x"}, exitFailure, `no room "x"`},
		{[]string{"log", "x", "y"}, exitUsage, `"y"`},
		{[]string{"export", "--format", "pdf"}, exitUsage, "text, html or jsonl"},
		{[]string{"log", "--data", empty}, exitFailure, "no room has been hosted"},
	} {
		args := c.args
		if len(args) < 3 || args[1] != "--data" {
			args = append(args, "--data", dir)
		}
		r := invoke(t, "", args...)
		if r.code != c.code || !strings.Contains(r.out+r.err, c.says) {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if _, err := os.Stat(empty); err == nil {
		t.Error("it was made")
	}
}

// TestBackupOfARoom is a file that can take the place of the room's own, while the
// room is open.
func TestBackupOfARoom(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	host := start(t, "host", "--room", "教室", "--listen", "127.0.0.1:0", "--data", dir, "--json", "--no-announce")
	host.line()
	file := filepath.Join(t.TempDir(), "backup.db")
	if r := invoke(t, "", "backup", "--data", dir); r.code != exitUsage || !strings.Contains(r.err, "-o FILE") {
		t.Errorf("%+v", r)
	}
	if r := invoke(t, "", "backup", "--data", dir, "-o", file); r.code != exitOK || !strings.Contains(r.out, file) {
		t.Errorf("%+v", r)
	}
	before := invoke(t, "", "log", "--data", dir, "--json")
	host.stop()
	host.wait()
	logs, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "log.db"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	if err := os.Rename(file, logs[0]); err != nil {
		t.Fatal(err)
	}
	if after := invoke(t, "", "log", "--data", dir, "--json"); after.out != before.out || before.out == "" {
		t.Errorf("%+v, before %+v", after, before)
	}
}
