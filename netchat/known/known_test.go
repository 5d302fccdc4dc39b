package known

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// keyOf returns the n-th key.
func keyOf(n int) ed25519.PublicKey {
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint32(seed, uint32(n))
	return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
}

func idOf(n int) netchat.RoomID { return netchat.RoomIDFromKey(keyOf(n)) }

func named(name, host string) netchat.RoomInfo { return netchat.RoomInfo{Name: name, Host: host} }

// open opens the rooms of a directory, with a clock that ticks at each reading.
func open(t *testing.T, dir string) *Rooms {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tick(r)
	return r
}

func tick(r *Rooms) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if all := r.All(); len(all) > 0 {
		now = all[0].Last
	}
	r.now = func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func judge(t *testing.T, r *Rooms, n int, info netchat.RoomInfo, addr string, want netchat.Trust) {
	t.Helper()
	if got, err := r.Judge(keyOf(n), info, addr); got != want || err != nil {
		t.Errorf("key %d as %q of %q at %s: %q, %v; want %q", n, info.Name, info.Host, addr, got, err, want)
	}
}

func TestTrustGrows(t *testing.T) {
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "new", "data")} {
		r := open(t, dir)
		class := named("Class 3.5", "Ada")
		judge(t, r, 1, class, "10.0.0.1:8000", netchat.TrustFirst)
		must(t, r.Note(keyOf(1), class, "10.0.0.1:8000", false))
		judge(t, r, 1, class, "10.0.0.9:8000", netchat.TrustKnown)
		judge(t, r, 1, named("another name", "Cy"), "", netchat.TrustKnown)
		must(t, r.Verify(idOf(1)))
		judge(t, r, 1, class, "10.0.0.9:8000", netchat.TrustVerified)
		must(t, r.Note(keyOf(1), class, "10.0.0.1:8000", false))
		judge(t, r, 1, class, "10.0.0.9:8000", netchat.TrustVerified)
		must(t, r.Note(keyOf(2), named("b", "b"), "10.0.0.2:8000", true))
		judge(t, r, 2, named("b", "b"), "", netchat.TrustVerified)
		if dir != "" {
			judge(t, open(t, dir), 1, class, "", netchat.TrustVerified)
		}
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	r := open(t, "")
	must(t, r.Note(keyOf(1), named("Class 3.5", "Ada Lovelace"), "10.0.0.1:8000", false))
	must(t, r.Note(keyOf(2), named("Lab", ""), "lab.school:8001", false))
	for _, c := range []struct {
		info  netchat.RoomInfo
		addr  string
		known int // 0: nobody's names
	}{
		{named("Class 3.5", "Ada Lovelace"), "10.9.9.9:8000", 1},
		{named("  class\t3.5 ", "ADA  LOVELACE"), "", 1},
		{named("Ｃｌａｓｓ ３．５", "Ada Lovelace"), "10.9.9.9:1", 1},
		{named("Сlаss 3.5", "Аdа Lоvеlаcе"), "10.9.9.9:1", 1}, // Cyrillic С, а, А, о, е
		{named("Class\u200b 3\u00ad.5", "Ada\u00a0Lovelace"), "", 1},
		{named("C1ass 3.5", "Ada Love|ace"), "", 1},
		{named("Class 3.5", "Mallory"), "10.0.0.1:8000", 1},
		{named("Class 3.5", "Mallory"), "10.0.0.1", 1},
		{named("Class 3.5", "Mallory"), "[::ffff:10.0.0.1]:8000", 1},
		{named("Class 3.5", "Mallory"), "10.0.0.2:8000", 0},
		{named("Class 3.6", "Ada Lovelace"), "10.0.0.1:8000", 0},
		{named("", "Ada Lovelace"), "10.0.0.1:8000", 0},
		{named("lab", ""), "", 2},
		{named("LAB", "Mallory"), "http://LAB.school:8001/#x", 2},
		{named("LAB", "Mallory"), "", 0},
	} {
		trust, err := r.Judge(keyOf(3), c.info, c.addr)
		if c.known == 0 {
			if trust != netchat.TrustFirst || err != nil {
				t.Errorf("%+v at %s: %q, %v", c.info, c.addr, trust, err)
			}
			continue
		}
		changed, ok := errors.AsType[*ChangedError](err)
		if !ok || !errors.Is(err, netchat.ErrChangedKey) || changed.Known.Info.ID != idOf(c.known) || trust != netchat.TrustNone {
			t.Errorf("%+v at %s: %q, %v", c.info, c.addr, trust, err)
		}
		if errors.Is(err, netchat.ErrNoTLS) || !strings.Contains(err.Error(), changed.Known.Info.Name) {
			t.Errorf("it says %v", err)
		}
	}
}

func TestWhereARoomWas(t *testing.T) {
	r := open(t, "")
	must(t, r.Note(keyOf(1), named("a", "a"), "10.0.0.1:8000", false))
	must(t, r.Note(keyOf(2), named("b", "b"), "10.0.0.1:8000", false))
	must(t, r.Note(keyOf(1), named("a", "a"), "[fe80::1%eth0]:8000", false))
	must(t, r.Note(keyOf(1), named("a", "a"), "", false)) // the host's own link
	for _, c := range []struct {
		addr string
		want int
	}{
		{"10.0.0.1:8000", 1},
		{"10.0.0.1", 1},
		{"ws://10.0.0.1:8000/ws", 1},
		{" 10.0.0.1:8000", 1},
		{"fe80::1%eth0", 1},
		{"10.0.0.1:8001", 0},
		{"", 0},
		{"10.0.0.2", 0},
	} {
		room, ok := r.At(c.addr)
		if ok != (c.want != 0) || ok && room.Info.ID != idOf(c.want) {
			t.Errorf("%q: %+v, %v", c.addr, room, ok)
		}
	}
	room, ok := r.Find(idOf(1))
	if want := []string{"[fe80::1%eth0]:8000", "10.0.0.1:8000"}; !ok || !reflect.DeepEqual(room.Addrs, want) {
		t.Errorf("%+v", room)
	}
	for n := range 2 * MaxAddrs {
		must(t, r.Note(keyOf(1), named("a", "a"), fmt.Sprintf("10.0.1.%d:8000", n), false))
	}
	if room, _ = r.Find(idOf(1)); len(room.Addrs) != MaxAddrs || room.Addrs[0] != fmt.Sprintf("10.0.1.%d:8000", 2*MaxAddrs-1) {
		t.Errorf("%+v", room)
	}
}

func TestForget(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	must(t, r.Note(keyOf(1), named("a", "h"), "10.0.0.1:8000", true))
	must(t, r.Note(keyOf(2), named("b", "h"), "10.0.0.2:8000", false))
	before := r.All()
	gone, err := r.Forget(idOf(1))
	if err != nil || gone.Info.ID != idOf(1) {
		t.Fatalf("%+v, %v", gone, err)
	}
	judge(t, open(t, dir), 3, named("a", "h"), "10.0.0.1:8000", netchat.TrustFirst)
	must(t, r.Put(gone))
	if after := open(t, dir).All(); !reflect.DeepEqual(after, before) {
		t.Errorf("%+v became %+v", before, after)
	}
	_, err = r.Forget(idOf(9))
	if !errors.Is(err, netchat.ErrNotFound) || !errors.Is(r.Verify(idOf(9)), netchat.ErrNotFound) {
		t.Error(err)
	}
	if err := r.Put(Room{Info: named("x", "x")}); err == nil || len(r.All()) != 2 {
		t.Error("a room without a key was put")
	}
}

func TestOthersCannotReadIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := open(t, dir)
	must(t, r.Note(keyOf(1), named("a", "h"), "", false))
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 2 || runtime.GOOS == "windows" {
		t.Fatalf("%v", entries)
	}
	for _, path := range []string{dir, filepath.Join(dir, fileName), filepath.Join(dir, lockName)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	var noting sync.WaitGroup
	for i, r := range []*Rooms{a, b} {
		noting.Go(func() {
			for n := range 20 {
				if err := r.Note(keyOf(100*i+n), named(fmt.Sprint(i, n), "h"), "", false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	noting.Wait()
	for _, r := range []*Rooms{a, b, open(t, dir)} {
		if all := r.All(); len(all) != 40 {
			t.Errorf("%d are known", len(all))
		}
	}
	if _, err := b.Forget(idOf(1)); err != nil {
		t.Fatal(err)
	}
	judge(t, a, 1, named("0 1", "other"), "", netchat.TrustFirst)
}

func TestMoreRoomsThanFit(t *testing.T) {
	r := &Rooms{now: time.Now}
	tick(r)
	must(t, r.Note(keyOf(0), named("verified", "h"), "", true))
	for n := 1; n <= MaxRooms; n++ {
		r.rooms = append(r.rooms, Room{Key: keyOf(n), Info: netchat.RoomInfo{ID: idOf(n)}, Last: r.now()})
	}
	r.trim(MaxRooms)
	_, first := r.Find(idOf(0))
	_, second := r.Find(idOf(1))
	_, last := r.Find(idOf(MaxRooms))
	if !first || second || !last || len(r.rooms) != MaxRooms {
		t.Errorf("%v, %v, %v of %d", first, second, last, len(r.rooms))
	}
	for i := range r.rooms {
		r.rooms[i].Verified = true
	}
	r.trim(3)
	if all := r.All(); len(all) != 3 || all[0].Info.ID != idOf(MaxRooms) {
		t.Errorf("%+v", all)
	}
}

// TestMoreThanTheFileHolds has rooms with the longest names, each character of
// which takes six in the file.
func TestMoreThanTheFileHolds(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	long := named(strings.Repeat("\x01", netchat.MaxRoomName), strings.Repeat("\x02", netchat.MaxName))
	must(t, r.Note(keyOf(0), long, "", true))
	for n := 1; n < MaxRooms; n++ {
		r.rooms = append(r.rooms, Room{Key: keyOf(n), Info: long, Last: r.now(), rest: []byte(`{"later":"` + strings.Repeat("x", 200) + `"}`)})
		r.rooms[len(r.rooms)-1].Info.ID = idOf(n)
	}
	must(t, r.write())
	info, err := os.Stat(filepath.Join(dir, fileName))
	again := open(t, dir).All()
	_, verified := open(t, dir).Find(idOf(0))
	if err != nil || info.Size() > maxFile || len(again) < 500 || len(again) == MaxRooms || !verified {
		t.Errorf("%d bytes with %d rooms, verified %v", info.Size(), len(again), verified)
	}
}

func TestWhatALaterVersionSaysIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	r := open(t, dir)
	must(t, r.Note(keyOf(1), named("a", "h"), "10.0.0.1:8000", false))
	data, err := os.ReadFile(path)
	must(t, err)
	data = bytes.Replace(data, []byte(`"name": "a"`), []byte(`"name": "a", "seen_by": ["x"]`), 1)
	data = bytes.Replace(data, []byte(`"rooms"`), []byte(`"order": {"by": 1}, "rooms"`), 1)
	must(t, os.WriteFile(path, data, fileMode))
	must(t, r.Note(keyOf(2), named("b", "h"), "", false))
	must(t, r.Note(keyOf(1), named("a", "h"), "10.0.0.2:8000", false))
	gone, err := r.Forget(idOf(1))
	must(t, err)
	must(t, r.Put(gone))
	data, err = os.ReadFile(path)
	if err != nil || !bytes.Contains(data, []byte(`"seen_by"`)) || !bytes.Contains(data, []byte(`"order"`)) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestJudgingManyRooms(t *testing.T) {
	r := open(t, "")
	for n := range MaxRooms {
		r.rooms = append(r.rooms, Room{Key: keyOf(n), Info: named(strings.Repeat("教", 80)+fmt.Sprint(n), "h")})
	}
	judge(t, r, MaxRooms, named("教", "h"), "", netchat.TrustFirst)
}

func BenchmarkJudge(b *testing.B) {
	r := &Rooms{}
	for n := range MaxRooms {
		r.rooms = append(r.rooms, Room{Key: keyOf(n), Info: named(strings.Repeat("教", 20)+fmt.Sprint(n), "h")})
	}
	for b.Loop() {
		if _, err := r.Judge(keyOf(MaxRooms), named("教", "h"), ""); err != nil {
			b.Fatal(err)
		}
	}
}
