package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/homeroomchat/homeroom/app"
	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

func TestMetadataAgrees(t *testing.T) {
	var meta struct {
		Details    struct{ Icon, ID, Version string }
		Migrations map[string]bool
	}
	root := filepath.Join("..", "..")
	if _, err := toml.DecodeFile(filepath.Join(root, "FyneApp.toml"), &meta); err != nil {
		t.Fatal(err)
	}
	if meta.Details.ID != appID || meta.Details.Version != version || !meta.Migrations["fyneDo"] {
		t.Errorf("FyneApp.toml says %+v", meta)
	}
	if _, err := os.Stat(filepath.Join(root, meta.Details.Icon)); err != nil {
		t.Error(err)
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]struct {
		code     int
		out, err string
	}{
		"--help":                {exitOK, "Usage: homeroom", ""},
		"--version":             {exitOK, version, ""},
		"--licences":            {exitOK, "SIL OPEN FONT LICENSE", ""},
		"--nonsense":            {exitUsage, "", "-nonsense"},
		"extra":                 {exitUsage, "", `"extra"`},
		"--host --join x":       {exitUsage, "", "exclude"},
		"--room x":              {exitUsage, "", "need --host"},
		"--listen :1 --join x":  {exitUsage, "", "need --host"},
		"--lang fr":             {exitUsage, "", `"fr"`},
		"--name":                {exitUsage, "", "needs an argument"},
		"--lang zh-Hans --oops": {exitUsage, "", "-oops"},
	} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(args), &out, &errs); code != want.code {
			t.Errorf("%s: exit %d, want %d", args, code, want.code)
		}
		if !strings.Contains(out.String(), want.out) || !strings.Contains(errs.String(), want.err) {
			t.Errorf("%s: %q, %q", args, out.String(), errs.String())
		}
	}
}

func TestRequests(t *testing.T) {
	var sink bytes.Buffer
	o, err := parse([]string{"--host", "--room", "教室", "--listen", "127.0.0.1:0", "--name", "张飞"}, &sink, &sink)
	if err != nil || *o.hostRequest() != (app.HostRequest{Room: "教室", Listen: "127.0.0.1:0"}) || o.joinRequest() != nil {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = parse([]string{"--join", "10.0.0.1"}, &sink, &sink)
	if err != nil || o.joinRequest().Target != "10.0.0.1" || o.hostRequest() != nil {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestKeysOfTwoWindows(t *testing.T) {
	dir := t.TempDir()
	first, device, warnings, err := openKeys(dir)
	if err != nil || len(warnings) != 0 {
		t.Fatal(warnings, err)
	}
	defer first.Close()
	second, other, warnings, err := openKeys(dir)
	if err != nil || len(warnings) != 1 || !errors.Is(warnings[0], app.ErrAlreadyRunning) || !errors.Is(warnings[0], keyring.ErrBusy) {
		t.Fatal(warnings, err)
	}
	defer second.Close()
	if device.Equal(other) {
		t.Error("two windows with one identity")
	}
}

func TestDamagedKeyIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	keys, _, _, err := openKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Close(); err != nil {
		t.Fatal(err)
	}
	file, damaged := filepath.Join(dir, "device.key"), []byte("nonsense")
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, _, warnings, err := openKeys(dir)
	if err != nil || len(warnings) != 1 || !errors.Is(warnings[0], app.ErrDamagedKey) {
		t.Fatal(warnings, err)
	}
	defer keys.Close()
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, damaged) {
		t.Errorf("the damaged file became %q, %v", got, err)
	}
}

func TestOwnRooms(t *testing.T) {
	var own ownRooms
	id := netchat.RoomID(strings.Repeat("a", 32))
	own.drop(id) // never opened
	for _, step := range []struct {
		do   func(netchat.RoomID)
		want bool
	}{{own.add, true}, {own.add, true}, {own.drop, true}, {own.drop, false}} {
		if step.do(id); own.has(id) != step.want {
			t.Errorf("has %v", own.has(id))
		}
	}
	if own.has(netchat.RoomID(strings.Repeat("b", 32))) {
		t.Error("has a room that was never opened")
	}
}
