package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// settingsFile is the name of the file in the data directory, and
// maxSettingsFile how much of it is read at most, in bytes.
const (
	settingsFile    = "settings.json"
	maxSettingsFile = 64 << 10
)

// A ThemeChoice is how light the window is.
type ThemeChoice string

// The themes.
const (
	ThemeSystem ThemeChoice = ""
	ThemeLight  ThemeChoice = "light"
	ThemeDark   ThemeChoice = "dark"
)

// Settings are what the user chose. The zero Settings are the defaults.
type Settings struct {
	Name   string      `json:"name,omitempty"`     // asked for at the first start
	Lang   string      `json:"language,omitempty"` // empty: the system's
	Theme  ThemeChoice `json:"theme,omitempty"`
	Width  float32     `json:"width,omitempty"` // of the window; 0: the default
	Height float32     `json:"height,omitempty"`
}

// A SettingsStore keeps Settings in a directory. With an empty directory name
// it keeps nothing.
type SettingsStore struct{ dir string }

// NewSettingsStore returns the store in dir.
func NewSettingsStore(dir string) SettingsStore { return SettingsStore{dir} }

// Load reads the Settings. Where there are none yet it returns the defaults;
// where they can't be read, the defaults and why.
func (s SettingsStore) Load() (Settings, error) {
	if s.dir == "" {
		return Settings{}, nil
	}
	f, err := os.Open(filepath.Join(s.dir, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Settings{}, nil
	}
	if err != nil {
		return Settings{}, fmt.Errorf("load settings: %w", err)
	}
	defer f.Close()
	var got Settings
	if err := json.NewDecoder(io.LimitReader(f, maxSettingsFile)).Decode(&got); err != nil {
		return Settings{}, fmt.Errorf("load settings: %w", err)
	}
	return got, nil
}

// Save writes the Settings: after a crash the file holds the old or the new
// ones, never a part.
func (s SettingsStore) Save(set Settings) error {
	if s.dir == "" {
		return nil
	}
	data, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if err := writeAtomically(filepath.Join(s.dir, settingsFile), append(data, '\n')); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}

func writeAtomically(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = io.Copy(f, bytes.NewReader(data))
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
