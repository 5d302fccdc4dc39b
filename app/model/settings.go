package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/homeroomchat/homeroom/internal/wholefile"
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

// A TextSize is how large everything that is read is.
type TextSize string

// The sizes.
const (
	TextNormal TextSize = ""
	TextSmall  TextSize = "small"
	TextLarge  TextSize = "large"
	TextHuge   TextSize = "huge"
)

// Settings are what the user chose. The zero Settings are the defaults.
type Settings struct {
	Name     string // asked for at the first start
	Lang     string // empty: the system's
	Theme    ThemeChoice
	TextSize TextSize
	Quiet    bool    // no notifications
	Width    float32 // of the window; 0: the default
	Height   float32
}

// members returns where each member of the file is kept.
func (s *Settings) members() map[string]any {
	return map[string]any{
		"name": &s.Name, "language": &s.Lang, "theme": &s.Theme, "text_size": &s.TextSize,
		"quiet": &s.Quiet, "width": &s.Width, "height": &s.Height,
	}
}

// A SettingsStore keeps Settings in a directory. With an empty directory name
// it keeps nothing.
type SettingsStore struct{ dir string }

// NewSettingsStore returns the store in dir.
func NewSettingsStore(dir string) SettingsStore { return SettingsStore{dir} }

// Load reads the Settings. Where there are none yet it returns the defaults;
// of what can't be read, the defaults and why.
func (s SettingsStore) Load() (Settings, error) {
	if s.dir == "" {
		return Settings{}, nil
	}
	file, err := s.read()
	if err != nil {
		return Settings{}, fmt.Errorf("load settings: %w", err)
	}
	var got Settings
	var wrong []error
	members := got.members()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if raw, ok := file[name]; ok {
			if err := json.Unmarshal(raw, members[name]); err != nil {
				wrong = append(wrong, fmt.Errorf("load settings: %s: %w", name, err))
			}
		}
	}
	return got, errors.Join(wrong...)
}

// read returns the members of the file, none where there is no file.
func (s SettingsStore) read() (map[string]json.RawMessage, error) {
	f, err := os.Open(filepath.Join(s.dir, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSettingsFile))
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	err = json.Unmarshal(data, &members)
	return members, err
}

// Save writes the Settings: after a crash the file holds the old or the new
// ones, never a part. Of two windows that save, the later wins. What else the
// file has, from a later version perhaps, stays.
func (s SettingsStore) Save(set Settings) error {
	if s.dir == "" {
		return nil
	}
	file, err := s.read()
	if err != nil || file == nil {
		file = make(map[string]json.RawMessage) // nothing there to keep
	}
	for name, value := range set.members() {
		if file[name], err = json.Marshal(value); err != nil {
			return fmt.Errorf("save settings: %s: %w", name, err)
		}
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	if err := wholefile.Write(filepath.Join(s.dir, settingsFile), append(data, '\n')); err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}
