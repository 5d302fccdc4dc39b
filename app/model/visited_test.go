package model

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// visitID returns the id of the nth room of a test.
func visitID(n int) netchat.RoomID { return netchat.RoomID(fmt.Sprintf("%032x", n+1)) }

func visitAt(n int) Visit {
	return Visit{
		Room:  netchat.RoomInfo{ID: visitID(n), Name: fmt.Sprint("Room ", n), Host: "刘备"},
		Addrs: []string{"10.0.0.1:8000"}, Last: time.Date(2026, 11, 1, 0, n, 0, 0, time.UTC),
	}
}

func openVisited(t *testing.T, dir string) *Visited {
	t.Helper()
	v, err := OpenVisited(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func note(t *testing.T, v *Visited, visits ...Visit) {
	t.Helper()
	for _, visit := range visits {
		if err := v.Note(visit); err != nil {
			t.Fatal(err)
		}
	}
}

func keysOf(v *Visited) []string {
	var keys []string
	for _, visit := range v.All() {
		keys = append(keys, visit.Key())
	}
	return keys
}

func TestVisitsAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	v := openVisited(t, dir)
	mine := visitAt(2)
	mine.Mine, mine.Listen, mine.Named = true, ":8123", true
	plain := Visit{Addrs: []string{"ws://10.0.0.9:9000/chat"}, Last: time.Date(2026, 11, 1, 0, 1, 30, 0, time.UTC)}
	note(t, v, visitAt(1), mine, plain)
	again := openVisited(t, dir)
	if want := []Visit{mine, plain, visitAt(1)}; !reflect.DeepEqual(strip(again.All()), want) {
		t.Errorf("kept %+v", again.All())
	}
	changed := visitAt(1)
	changed.Room.Name, changed.Addrs, changed.Last = "Other", []string{"10.0.0.2:8000", "10.0.0.3:8000"}, mine.Last.Add(time.Hour)
	note(t, again, changed)
	got, ok := openVisited(t, dir).Find(string(visitID(1)))
	if !ok || got.Room.Name != "Other" || len(got.Addrs) != 2 || len(again.All()) != 3 || again.All()[0].Key() != changed.Key() {
		t.Errorf("kept %+v of %v", got, keysOf(again))
	}
	if info, err := os.Stat(filepath.Join(dir, visitedFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is open to others: %v, %v", info.Mode(), err)
	}
}

// strip leaves out what only a file says.
func strip(visits []Visit) []Visit {
	for i := range visits {
		visits[i].rest = nil
	}
	return visits
}

func TestVisitsAreBounded(t *testing.T) {
	dir := t.TempDir()
	v := openVisited(t, dir)
	for n := range MaxVisits + 5 {
		note(t, v, visitAt(n))
	}
	keys := keysOf(openVisited(t, dir))
	if len(keys) != MaxVisits || keys[0] != string(visitID(MaxVisits+4)) || keys[MaxVisits-1] != string(visitID(5)) {
		t.Errorf("%d kept, from %s to %s", len(keys), keys[0], keys[len(keys)-1])
	}
	long := visitAt(100)
	long.Room.Name, long.Room.Host = strings.Repeat("名", 200), strings.Repeat("\x00", 1000)
	long.Addrs = append([]string{"", strings.Repeat("a", 400)}, strings.Split(strings.Repeat("10.0.0.1:8000 ", 20), " ")...)
	note(t, v, long)
	got, _ := openVisited(t, dir).Find(long.Key())
	if len(got.Room.Name) != 255 || len(got.Room.Host) != netchat.MaxName || len(got.Addrs) != maxVisitAddrs || got.Addrs[0] != "10.0.0.1:8000" {
		t.Errorf("kept %d, %d bytes and %q", len(got.Room.Name), len(got.Room.Host), got.Addrs)
	}
	for _, useless := range []Visit{{}, {Room: netchat.RoomInfo{ID: visitID(7)}}, {Room: netchat.RoomInfo{ID: "short"}, Addrs: []string{"a:1"}}} {
		note(t, v, useless)
	}
	if n := len(v.All()); n != MaxVisits {
		t.Errorf("%d rooms after useless ones", n)
	}
}

func TestForgetAndNoteAgain(t *testing.T) {
	dir := t.TempDir()
	v := openVisited(t, dir)
	note(t, v, visitAt(1), visitAt(2), visitAt(3))
	before := keysOf(v)
	gone, err := v.Forget(string(visitID(2)))
	if err != nil || gone.Room != visitAt(2).Room {
		t.Fatalf("forgot %+v, %v", gone, err)
	}
	if keys := keysOf(openVisited(t, dir)); len(keys) != 2 {
		t.Errorf("left %v", keys)
	}
	note(t, v, gone)
	if keys := keysOf(openVisited(t, dir)); !reflect.DeepEqual(keys, before) {
		t.Errorf("undone: %v, was %v", keys, before)
	}
	if gone, err := v.Forget("nothing"); err != nil || gone.Key() != "" {
		t.Errorf("forgot %+v, %v", gone, err)
	}
}

// TestOwnRoomUnderAnotherKey: with temporary keys a room gets another id each
// time; it is still the same room of this machine.
func TestOwnRoomUnderAnotherKey(t *testing.T) {
	v := openVisited(t, "")
	first, second, other := visitAt(1), visitAt(2), visitAt(3)
	first.Mine, second.Mine = true, true
	second.Room.Name, other.Room.Name = first.Room.Name, first.Room.Name
	note(t, v, other, first, second)
	if keys := keysOf(v); !reflect.DeepEqual(keys, []string{other.Key(), second.Key()}) {
		t.Errorf("kept %v", keys)
	}
}

func TestVisitsOfALaterVersion(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, visitedFile)
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"format": {"v": 9}, "rooms": [
		{"id": "` + string(visitID(1)) + `", "name": "One", "addresses": ["a:1"], "last": "2026-11-01T00:00:00Z", "color": "red"},
		{"id": "` + string(visitID(2)) + `", "addresses": ["b:1"], "last": "2026-11-02T00:00:00Z"}]}`)
	v := openVisited(t, dir)
	changed := visitAt(1)
	note(t, v, changed)
	data, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(data, []byte(`"v": 9`)) || !bytes.Contains(data, []byte(`"color": "red"`)) || !bytes.Contains(data, []byte("Room 1")) {
		t.Errorf("the file became %s, %v", data, err)
	}
	gone, err := v.Forget(string(visitID(1)))
	if err != nil {
		t.Fatal(err)
	}
	note(t, v, gone)
	if data, err := os.ReadFile(file); err != nil || !bytes.Contains(data, []byte("red")) {
		t.Errorf("after undoing the file is %s, %v", data, err)
	}
	write(`{"huge": "` + strings.Repeat("x", maxVisitedFile-100) + `", "rooms": []}`)
	for n := range MaxVisits {
		note(t, v, visitAt(n))
	}
	if again := openVisited(t, dir); len(again.All()) != MaxVisits {
		t.Errorf("%d kept beside what is huge", len(again.All()))
	}
}

func TestDamagedVisits(t *testing.T) {
	for _, damage := range []string{
		"", "{", "null", "[]", `"rooms"`, `{"rooms": 7}`, `{"rooms": [7]}`, `{"rooms": [{"id": 7}]}`,
		`{"rooms": [{"last": "yesterday"}]}`, strings.Repeat(" ", maxVisitedFile) + "{}",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, visitedFile), []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := OpenVisited(dir)
		if !errors.Is(err, ErrDamagedVisits) || len(v.All()) != 0 {
			t.Errorf("%.20q: %v, %v", damage, keysOf(v), err)
		}
		note(t, v, visitAt(1))
		if keys := keysOf(openVisited(t, dir)); len(keys) != 1 {
			t.Errorf("%.20q: begun anew it has %v", damage, keys)
		}
	}
}

func TestTwoWindowsNote(t *testing.T) {
	dir := t.TempDir()
	a, b := openVisited(t, dir), openVisited(t, dir)
	note(t, a, visitAt(1))
	note(t, b, visitAt(2))
	note(t, a, visitAt(3))
	if keys := keysOf(openVisited(t, dir)); len(keys) != 3 {
		t.Errorf("kept %v", keys)
	}
}

func TestVisitsThatCannotBeKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := OpenVisited(dir)
	if err == nil {
		t.Error("a file was taken for a directory")
	}
	if err := v.Note(visitAt(1)); err == nil || len(v.All()) != 1 {
		t.Errorf("noted %v, %v", keysOf(v), err)
	}
}

func TestVisitsToAskFor(t *testing.T) {
	rich := visitAt(1)
	rich.Addrs = []string{"ws://a:1/x", "10.0.0.1:8000"}
	if ad, ok := rich.Advert(); !ok || ad.Room != rich.Room || !reflect.DeepEqual(ad.Addrs, []string{"10.0.0.1:8000"}) || ad.Members != -1 {
		t.Errorf("asks %+v, %v", ad, ok)
	}
	for _, v := range []Visit{{Addrs: []string{"a:1"}}, {Room: rich.Room}, {Room: rich.Room, Addrs: []string{"ws://a:1/x"}}} {
		if _, ok := v.Advert(); ok {
			t.Errorf("asks %+v", v)
		}
	}
}

// FuzzVisitedFile: whatever the file holds, what was read of it is within all
// bounds and is read again as it was once something has been noted.
func FuzzVisitedFile(f *testing.F) {
	f.Add([]byte(`{"rooms": [{"id": "` + string(visitID(1)) + `", "name": "a", "host": "b", "addresses": ["c:1"], "last": "2026-11-01T00:00:00Z", "x": [1]}], "y": {}}`))
	f.Add([]byte(`{"rooms": [{"mine": true, "listen": ":1", "named": true, "id": "` + string(visitID(2)) + `"}, {"addresses": ["ws://a/b"]}]}`))
	f.Add([]byte(`{"rooms": [{"MINE": true, "addresses": ["a"], "last": "9999-12-31T23:59:59-10:00"}]}`))
	f.Add([]byte(`{"rooms": null}`))
	f.Add([]byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := &Visited{}
		if err := v.decode(data); err != nil {
			if len(v.All()) != 0 {
				t.Fatalf("damaged, and yet %+v", v.All())
			}
			return
		}
		for _, visit := range v.All() {
			if again, ok := visit.valid(); !ok || !reflect.DeepEqual(again.Addrs, visit.Addrs) || again.Room != visit.Room {
				t.Errorf("%+v is not within bounds", visit)
			}
		}
		note(t, v, visitAt(3))
		file, err := v.encode()
		if err != nil {
			t.Fatal(err)
		}
		again := &Visited{}
		if err := again.decode(file); err != nil || len(again.All()) != len(v.All()) || len(v.All()) > MaxVisits {
			t.Fatalf("%d became %d: %v", len(v.All()), len(again.All()), err)
		}
		for i, visit := range again.All() {
			was := v.All()[i]
			if visit.Key() != was.Key() || !visit.Last.Equal(was.Last) || visit.Mine != was.Mine || !reflect.DeepEqual(visit.Addrs, was.Addrs) {
				t.Errorf("%+v became %+v", was, visit)
			}
		}
	})
}
