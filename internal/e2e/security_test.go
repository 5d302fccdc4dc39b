//go:build e2e

package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// knows returns how far the room is trusted that somebody with this data
// directory was in; empty: there was none.
func knows(t *testing.T, data string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), env(t, "HOMEROOM_CLI_BIN"), "--lang", "en", "known", "--data", data).Output()
	if err != nil {
		t.Fatalf("known: %v", err)
	}
	fields := strings.Split(strings.TrimSpace(string(out)), " | ")
	return fields[min(3, len(fields)-1)]
}

// TestHowFarARoomIsTrusted: the first time, the code compared, and another host
// in the room's place, who is not joined by the window until its code is typed.
func TestHowFarARoomIsTrusted(t *testing.T) {
	addr, data := freePort(t), t.TempDir()
	in := func(data, lang string) []string {
		return []string{"--lang", lang, "--name", "Guest", "--join", addr, "--data", data}
	}
	hostWith := func(data string) (*program, string) {
		p := start(t, env(t, "HOMEROOM_CLI_BIN"), "host", "--room", "Hall", "--listen", addr, "--data", data, "--no-announce", "--json")
		open := p.await("the room is open", func(f map[string]any) bool { return f["code"] != nil })
		return p, open["code"].(string)
	}
	first, _ := hostWith(t.TempDir())
	guest := open(t, 0, 0, width, height, in(data, "en")...)
	eventually(t, "the guest is in the room", func() bool { return strings.Contains(guest.title(), "Hall") })
	eventually(t, "the room is remembered", func() bool { return knows(t, data) == "seen before" })
	guest.focus()
	guest.do("key", "ctrl+i")
	screenshot(t, "compare")
	guest.do("key", "Tab")
	guest.do("key", "Return")
	eventually(t, "the code was compared", func() bool { return knows(t, data) == "verified" })
	screenshot(t, "verified")
	guest.stop()
	first.stop()

	impostor, code := hostWith(t.TempDir())
	guest = open(t, 0, 0, width, height, in(data, "zh-Hans")...)
	eventually(t, "the window has asked the impostor", func() bool { return strings.Contains(guest.stderr.String(), "no room entered") })
	screenshot(t, "another-key")
	if title := guest.title(); strings.Contains(title, "Hall") {
		t.Errorf("the window is called %q", title)
	}
	guest.focus()
	guest.do("type", "--delay", "40", "127.0.0.1") // typing goes to the address
	guest.do("key", "ctrl+a")
	guest.send("http://" + addr + "/#" + code)
	eventually(t, "the guest is in the other room", func() bool { return strings.Contains(guest.title(), "Hall") })
	screenshot(t, "by-code")
	guest.stop()
	impostor.stop()
}
