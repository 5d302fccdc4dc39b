package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// roomFile returns the path of a file of the only room hosted in a directory.
func roomFile(t *testing.T, dir, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "rooms", "*", name))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files[0]
}

// TestEmptiedLogIsTold: a room does not begin anew without a word.
func TestEmptiedLogIsTold(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	log := roomFile(t, dir, "log.db")
	if err := os.Truncate(log, 0); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"verify", "log", "export"} {
		if r := invoke(t, "", command, "--data", dir); r.code != exitFailure || !strings.Contains(r.err, "教室 are damaged") {
			t.Errorf("%s: %+v", command, r)
		}
	}
	host := start(t, "host", "--room", "教室", "--listen", "127.0.0.1:0", "--data", dir, "--no-announce")
	host.line()
	host.stop()
	if code := host.wait(); code != exitOK || !strings.Contains(host.errs.String(), "nothing in it could be read") || !strings.Contains(host.errs.String(), log+".bad-1") {
		t.Errorf("%d, %s", code, host.errs)
	}
}

// TestLostRoomKeyIsTold: a room whose key is gone is not another one.
func TestLostRoomKeyIsTold(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	key := roomFile(t, dir, "room.key")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	for lang, says := range map[string]string{"en": "key is gone: " + key, "zh-Hans": "密钥不见了：" + key} {
		r := invoke(t, "", "host", "--room", "教室", "--listen", "127.0.0.1:0", "--data", dir, "--no-announce", "--lang", lang)
		if r.code != exitFailure || !strings.Contains(r.err, says) || !strings.Contains(r.err, filepath.Dir(key)) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%+v", r)
		}
	}
	if _, err := os.Lstat(key); err == nil {
		t.Error("another key was made")
	}
	if r := invoke(t, "", "log", "--data", dir); r.code != exitOK || !strings.Contains(r.out, "大家好") {
		t.Errorf("%+v", r)
	}
}

// TestUnusableData: why nothing can be kept is one sentence.
func TestUnusableData(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	joinedTo := filepath.Join(dir, "joined")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.MkdirAll(filepath.Join(joinedTo, "copies"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for data, says := range map[string]string{
		file: "nothing can be kept in " + file, filepath.Join(file, "x"): "nothing can be kept in " + file,
		joinedTo: "the key by which rooms know you is gone: " + filepath.Join(joinedTo, "device.key"),
	} {
		r := invoke(t, "", "join", "127.0.0.1:9", "--name", "n", "--data", data)
		if r.code != exitFailure || !strings.Contains(r.err, says) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%+v", r)
		}
	}
	t.Setenv("HOME", "")
	t.Setenv("XDG_DATA_HOME", "")
	if r := invoke(t, "", "host", "--listen", "127.0.0.1:0", "--room", "r"); os.PathSeparator == '/' && (r.code != exitFailure || !strings.Contains(r.err, "HOME is not set") || strings.Count(r.err, "\n") != 1) {
		t.Errorf("%+v", r)
	}
}

// TestVerifyNamesATrigger: what is in the file besides messages counts, too.
func TestVerifyNamesATrigger(t *testing.T) {
	dir := t.TempDir()
	hostedRoom(t, dir, "教室")
	db, err := sql.Open("sqlite", roomFile(t, dir, "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`CREATE TRIGGER quiet AFTER INSERT ON event BEGIN DELETE FROM event WHERE seq = NEW.seq; END`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if r := invoke(t, "", "verify", "--data", dir); r.code != exitFailure || !strings.Contains(r.err, `trigger "quiet"`) || !strings.Contains(r.err, "教室 are damaged") {
		t.Errorf("%+v", r)
	}
	host := start(t, "host", "--room", "教室", "--listen", "127.0.0.1:0", "--data", dir, "--no-announce")
	host.line()
	host.stop()
	if code := host.wait(); code != exitOK || !strings.Contains(host.errs.String(), "all 3 could be read") {
		t.Errorf("%d, %s", code, host.errs)
	}
	if r := invoke(t, "", "verify", "--data", dir); r.code != exitOK {
		t.Errorf("%+v", r)
	}
}
