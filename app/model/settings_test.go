package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := NewSettingsStore(dir)
	if got, err := s.Load(); err != nil || got != (Settings{}) {
		t.Errorf("at first %+v, %v", got, err)
	}
	want := Settings{
		Name: "张飞", Lang: "zh-Hans", Theme: ThemeDark, TextSize: TextLarge, Quiet: true, Width: 900, Height: 650,
	}
	for range 2 {
		if err := s.Save(want); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Load(); err != nil || got != want {
		t.Errorf("loaded %+v, %v", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind %v, %v", entries, err)
	}
	if err := s.Save(Settings{}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(); err != nil || got != (Settings{}) {
		t.Errorf("back to the defaults: %+v, %v", got, err)
	}
	if err := NewSettingsStore("").Save(want); err != nil {
		t.Error(err)
	}
}

// settingsWith returns a store whose file has that content.
func settingsWith(t *testing.T, content string) SettingsStore {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return NewSettingsStore(dir)
}

func TestDamagedSettings(t *testing.T) {
	for content, want := range map[string]Settings{
		``:                             {},
		`{"name":`:                     {},
		`[1]`:                          {},
		`{"name":"a"} {"name":"b"}`:    {},
		`{"name":5,"theme":"dark"}`:    {Theme: ThemeDark},
		`{"width":1e99,"name":"张飞"}`:   {Name: "张飞"},
		`{"quiet":"yes","height":400}`: {Height: 400},
		`{"name":"` + strings.Repeat("x", maxSettingsFile) + `"}`: {},
	} {
		s := settingsWith(t, content)
		if got, err := s.Load(); err == nil || got != want {
			t.Errorf("%.40s: %+v, %v", content, got, err)
		}
		if err := s.Save(Settings{Name: "new"}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Load(); err != nil || got.Name != "new" {
			t.Errorf("%.40s: mended to %+v, %v", content, got, err)
		}
	}
}

// TestSettingsOfLaterVersions has a file with members that this version does
// not know: they stay, whatever is saved, by another window too.
func TestSettingsOfLaterVersions(t *testing.T) {
	s := settingsWith(t, `{"name":"张飞","sounds":{"bell":[1,2.50]},"theme":"sepia"}`)
	set, err := s.Load()
	if err != nil || set.Name != "张飞" || set.Theme != "sepia" {
		t.Fatalf("%+v, %v", set, err)
	}
	set.Name = "刘备"
	if err := s.Save(set); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(s.dir, settingsFile))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	bell, _ := file["sounds"].(map[string]any)["bell"].([]any)
	if file["name"] != "刘备" || file["theme"] != "sepia" || len(bell) != 2 || bell[1] != 2.5 {
		t.Errorf("the file became %s", data)
	}
}
