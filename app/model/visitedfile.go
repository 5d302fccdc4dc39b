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
	"strings"
	"time"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// visitedFile is the name of the file in the data directory, and
// maxVisitedFile how large it may be, in bytes.
const (
	visitedFile    = "visited.json"
	maxVisitedFile = 1 << 20
)

// members are those of a JSON object.
type members map[string]json.RawMessage

// visitMember is the member of the file with the rooms; these are the members
// of each.
const visitMember = "rooms"

type visitFields struct {
	ID      netchat.RoomID `json:"id,omitempty"`
	Name    string         `json:"name,omitempty"`
	Host    string         `json:"host,omitempty"`
	Addrs   []string       `json:"addresses,omitempty"`
	Last    time.Time      `json:"last"`
	Mine    bool           `json:"mine,omitempty"`
	Listen  string         `json:"listen,omitempty"`
	Named   bool           `json:"named,omitempty"`
	AppOnly bool           `json:"app_only,omitempty"`
}

// MarshalJSON implements json.Marshaler. What a later version said is kept.
func (v Visit) MarshalJSON() ([]byte, error) {
	known, err := json.Marshal(visitFields{
		ID: v.Room.ID, Name: v.Room.Name, Host: v.Room.Host, Addrs: v.Addrs,
		Last: v.Last.UTC(), Mine: v.Mine, Listen: v.Listen, Named: v.Named, AppOnly: v.Mine && v.Room.AppOnly,
	})
	if err != nil || len(v.rest) == 0 {
		return known, err
	}
	all := maps.Clone(v.rest)
	if err := json.Unmarshal(known, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Visit) UnmarshalJSON(data []byte) error {
	var f visitFields
	var rest members
	if err := errors.Join(json.Unmarshal(data, &f), json.Unmarshal(data, &rest)); err != nil {
		return err
	}
	known := []string{"id", "name", "host", "addresses", "last", "mine", "listen", "named", "app_only"}
	maps.DeleteFunc(rest, func(name string, _ json.RawMessage) bool {
		return slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) })
	})
	*v = Visit{
		Room: netchat.RoomInfo{ID: f.ID, Name: f.Name, Host: f.Host, AppOnly: f.AppOnly}, Addrs: f.Addrs,
		Last: f.Last, Mine: f.Mine, Listen: f.Listen, Named: f.Named, rest: rest,
	}
	return nil
}

// read takes over what the file says. Where there is none, that is nothing.
func (v *Visited) read() error {
	v.visits, v.rest = nil, nil
	if v.dir == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(v.dir, visitedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxVisitedFile+1))
	if err == nil && len(data) > maxVisitedFile {
		err = fmt.Errorf("over %d bytes", maxVisitedFile)
	}
	if err != nil {
		return err
	}
	return v.decode(data)
}

func (v *Visited) decode(data []byte) error {
	var rest members
	if err := json.Unmarshal(data, &rest); err != nil {
		return err
	}
	if rest == nil {
		return errors.New("no JSON object")
	}
	var stored []Visit
	if raw, ok := rest[visitMember]; ok {
		if err := json.Unmarshal(raw, &stored); err != nil {
			return err
		}
		delete(rest, visitMember)
	}
	seen := make(map[string]bool)
	var visits []Visit
	for _, visit := range stored {
		if visit, ok := visit.valid(); ok && !seen[visit.Key()] {
			seen[visit.Key()] = true
			visits = append(visits, visit)
		}
	}
	v.rest = rest
	v.put(visits)
	return nil
}

func (v *Visited) encode() ([]byte, error) {
	all := maps.Clone(v.rest)
	if all == nil {
		all = make(members)
	}
	rooms, err := json.Marshal(v.visits)
	if err != nil {
		return nil, err
	}
	all[visitMember] = rooms
	data, err := json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}

// save writes the file: after a crash it holds the old or the new rooms, never
// a part. What makes it too large is dropped: first what a later version said,
// then the oldest rooms.
func (v *Visited) save(doing string) error {
	if v.dir == "" {
		return nil
	}
	data, err := v.encode()
	for err == nil && len(data) > maxVisitedFile {
		if v.rest == nil {
			v.visits = v.visits[:len(v.visits)/2]
		}
		v.rest = nil
		for i := range v.visits {
			v.visits[i].rest = nil
		}
		data, err = v.encode()
	}
	if err == nil {
		err = os.MkdirAll(v.dir, 0o700)
	}
	if err == nil {
		err = wholefile.Write(filepath.Join(v.dir, visitedFile), data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
