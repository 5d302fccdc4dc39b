package hosting_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/keyring"
)

// attendanceIn returns where it is kept who is in the one room of the data directory,
// once it is, and what there is.
func attendanceIn(t *testing.T, dir string, ready func(string) bool) (path, content string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(deadline); ; {
		paths, err := filepath.Glob(filepath.Join(dir, "rooms", "*", "present.json"))
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) == 1 {
			if b, err := os.ReadFile(paths[0]); err == nil && ready(string(b)) {
				return paths[0], string(b)
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it is not kept who is there: %v", paths)
		}
	}
}

// TestHostKilled: a host that was ended in the middle of a lesson waits for those
// who were there; what is written to one who is not back yet, it has later. Who comes
// then sees what was said since the lesson began, as without the interruption.
func TestHostKilled(t *testing.T) {
	dir := t.TempDir()
	keys := openKeys(t, dir)
	var member [2]client.Config
	for i, name := range []string{"liu", "guan"} {
		key, err := keyring.Temporary().Device()
		if err != nil {
			t.Fatal(err)
		}
		member[i] = client.Config{Name: name, Key: key}
	}
	earlier := open(t, hosting.Options{Room: "教室", Keyring: keys})
	post(t, join(t, client.Config{Target: earlier.Addr(), Name: "x"}), "8", "in the lesson before")
	if err := earlier.Close(); err != nil {
		t.Fatal(err)
	}
	first := open(t, hosting.Options{Room: "教室", Keyring: keys})
	var ids [2]netchat.MemberID
	for i := range member {
		member[i].Target = first.Addr()
		ids[i] = await(t, join(t, member[i]), any[*netchat.Welcome]).Self.ID
	}
	post(t, join(t, client.Config{Target: first.Addr(), Name: "x"}), "9", "since the bell")
	path, content := attendanceIn(t, dir, func(s string) bool { return contains(s, ids[0], ids[1]) })
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a room that ended well waits for people: %v", err)
	}
	reopen := func(at time.Time) *hosting.Room {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil { // as if it had been killed
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return open(t, hosting.Options{Room: "教室", Keyring: keys})
	}

	again := reopen(time.Now().Add(-time.Minute))
	if again.Members() != 2 {
		t.Errorf("%d are waited for", again.Members())
	}
	member[0].Target = again.Addr()
	liu := join(t, member[0])
	post(t, liu, "1", "for you", ids[1])
	member[1].Target = again.Addr()
	guan := join(t, member[1])
	sees(t, guan, "since the bell", "for you")
	sees(t, join(t, client.Config{Target: again.Addr(), Name: "new"}), "since the bell")
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}

	if late := reopen(time.Now().Add(-time.Hour)); late.Members() != 0 {
		t.Errorf("%d are waited for after an hour", late.Members())
	} else {
		sees(t, join(t, client.Config{Target: late.Addr(), Name: "new"}))
		if err := late.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole := content
	epoch := regexp.MustCompile(`"[0-9]+-[0-9a-f]{16}"`)
	content = epoch.ReplaceAllString(whole, `"1-0123456789abcdef"`)
	if content == whole {
		t.Fatal(content)
	}
	other := reopen(time.Now())
	sees(t, join(t, client.Config{Target: other.Addr(), Name: "new"}))
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	content = whole[:len(whole)/2]
	if damaged := reopen(time.Now()); damaged.Members() != 0 {
		t.Errorf("%d are waited for", damaged.Members())
	}
}

// sees checks what a member is shown at first.
func sees(t *testing.T, c *client.Client, want ...string) {
	t.Helper()
	var texts []string
	for _, m := range await(t, c, any[*netchat.Page]).Messages {
		texts = append(texts, m.Text)
	}
	if !slices.Equal(texts, want) {
		t.Errorf("%q are shown, want %q", texts, want)
	}
}

func contains(s string, ids ...netchat.MemberID) bool {
	for _, id := range ids {
		if !strings.Contains(s, string(id)) {
			return false
		}
	}
	return true
}
