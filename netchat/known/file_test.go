package known

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// content is a file with one room.
func content(t testing.TB) []byte {
	t.Helper()
	r := &Rooms{now: func() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }}
	if err := r.Note(keyOf(1), named("a", "h"), "10.0.0.1:8000", true); err != nil {
		t.Fatal(err)
	}
	data, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t *testing.T, dir string, data []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, fileName), data, fileMode))
}

// check fails unless the file of that name holds data.
func check(t *testing.T, path string, data []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%s holds %.80q, %v", path, got, err)
	}
}

func damages(t *testing.T) map[string][]byte {
	good := string(content(t))
	all := map[string][]byte{
		"key": []byte(strings.Replace(good, `"key": "`, `"key": "AAAA`, 1)),
		"nobody's key": []byte(strings.Replace(good, base64.StdEncoding.EncodeToString(keyOf(1)), // of small order: anybody signs under it
			base64.StdEncoding.EncodeToString(append([]byte{1}, make([]byte, ed25519.PublicKeySize-1)...)), 1)),
		"no key":  []byte(strings.Replace(good, `"key"`, `"clef"`, 1)),
		"twice":   []byte(strings.Replace(good, `"rooms": [`, `"rooms": [`+good[strings.Index(good, "[")+1:strings.LastIndex(good, "]")]+",", 1)),
		"version": []byte(strings.Replace(good, `"version": 1`, `"version": 0`, 1)),
		"large":   []byte(good + strings.Repeat(" ", maxFile)),
		"member":  []byte(strings.Replace(good, `"verified"`, `"verified": false, "verified"`, 1)),
		"utf-8":   []byte(strings.Replace(good, `"h"`, "\"\xff\"", 1)),
	}
	for i, s := range []string{"", "{", "null", "[]", "{}", `{"version":1,"rooms":7}`, `{"version":1,"rooms":[7]}`, good + "x", good[:len(good)/2], "\x00"} {
		all[strconv.Itoa(i)] = []byte(s)
	}
	return all
}

func TestDamage(t *testing.T) {
	for name, damage := range damages(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bad := filepath.Join(dir, badName)
			put(t, dir, damage)
			must(t, os.WriteFile(bad+"1", []byte("earlier"), fileMode))
			r, err := Open(dir)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), bad+"2") || len(r.All()) != 0 {
				t.Fatalf("%v, %v", err, r.All())
			}
			check(t, bad+"1", []byte("earlier"))
			check(t, bad+"2", damage)
			must(t, r.Note(keyOf(2), named("b", "h"), "", false))
			if all := open(t, dir).All(); len(all) != 1 {
				t.Errorf("begun anew there are %+v", all)
			}
		})
	}
}

func TestDamageWhileInUse(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, content(t))
	r := open(t, dir)
	put(t, dir, []byte("{"))
	judge(t, r, 1, named("a", "h"), "", netchat.TrustVerified)
	if err := r.Note(keyOf(2), named("b", "h"), "", false); !errors.Is(err, ErrDamaged) {
		t.Errorf("nothing is said of it: %v", err)
	}
	check(t, filepath.Join(dir, badName+"1"), []byte("{"))
	if all := open(t, dir).All(); len(all) != 2 {
		t.Errorf("%+v", all)
	}
}

func TestWhatCannotBePutAsideIsLeft(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, []byte("{"))
	for n := 1; n <= maxBad; n++ {
		must(t, os.WriteFile(filepath.Join(dir, badName+strconv.Itoa(n)), nil, fileMode))
	}
	r, err := Open(dir)
	if !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if err := r.Note(keyOf(1), named("a", "h"), "", false); !errors.Is(err, ErrDamaged) {
		t.Errorf("noted: %v", err)
	}
	check(t, filepath.Join(dir, fileName), []byte("{"))
	judge(t, r, 1, named("a", "h"), "", netchat.TrustKnown)
}

func TestALaterVersionIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	later := []byte(`{"version": 2, "rooms": {"a": 1}}`)
	put(t, dir, later)
	r, err := Open(dir)
	if !errors.Is(err, ErrLater) || errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if err := r.Note(keyOf(1), named("a", "h"), "", false); !errors.Is(err, ErrLater) {
		t.Errorf("noted: %v", err)
	}
	judge(t, r, 1, named("a", "h"), "", netchat.TrustKnown)
	check(t, filepath.Join(dir, fileName), later)
}

func TestADirectoryThatIsNone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(dir, nil, fileMode))
	r, err := Open(dir)
	if err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a file was taken for a directory: %v", err)
	}
	if err := r.Note(keyOf(1), named("a", "h"), "", false); err == nil || len(r.All()) != 1 {
		t.Errorf("%v, %+v", err, r.All())
	}
}

// FuzzFile: whatever the file holds, what was read of it is within all bounds and
// is read again as it was.
func FuzzFile(f *testing.F) {
	f.Add(content(f))
	f.Add([]byte(`{"version":1,"x":{"y":[1]},"rooms":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","z":1,"addresses":["A","http://b/","[::1]"],"last":"9999-12-31T23:59:59-10:00"}]}`))
	f.Add([]byte(`{"version":1,"rooms":null}`))
	f.Add([]byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &Rooms{now: func() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }}
		if err := r.decode(data); err != nil {
			if len(r.rooms) != 0 || (!errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLater)) {
				t.Fatalf("%v, and yet %+v", err, r.rooms)
			}
			return
		}
		for _, room := range r.rooms {
			if again, ok := room.valid(); !ok || !reflect.DeepEqual(again, room) {
				t.Errorf("%+v is not within bounds", room)
			}
			if _, err := r.Judge(room.Key, room.Info, ""); err != nil {
				t.Error(err)
			}
		}
		if err := r.Note(keyOf(1), named("a", "h"), "10.0.0.1", false); err != nil {
			t.Fatal(err)
		}
		file, err := r.fitting()
		if err != nil {
			t.Fatal(err)
		}
		again := &list{}
		err = again.decode(file)
		for _, rooms := range [][]Room{again.rooms, r.rooms} {
			for i := range rooms {
				rooms[i].rest = nil // its white space may be another
			}
		}
		if err != nil || !reflect.DeepEqual(again.rooms, r.rooms) {
			t.Fatalf("%+v became %+v: %v", r.rooms, again.rooms, err)
		}
	})
}

// FuzzNames: judging ends, whatever a stranger calls a room, and a name is always
// like itself.
func FuzzNames(f *testing.F) {
	f.Add("Class 3.5", "Ada", "10.0.0.1:8000")
	f.Add("\xff\u0130\u202e", " ", "[::1%x]:1")
	f.Fuzz(func(t *testing.T, name, host, addr string) {
		r := &Rooms{now: time.Now}
		if err := r.Note(keyOf(1), named(name, host), addr, false); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Judge(keyOf(2), named(name, host), "elsewhere"); !errors.Is(err, netchat.ErrChangedKey) {
			t.Errorf("%q of %q is not like itself: %v", name, host, err)
		}
		if at := canonical(addr); at != "" && canonical(at) != at {
			t.Errorf("%q is %q, and that is %q", addr, at, canonical(at))
		}
	})
}
