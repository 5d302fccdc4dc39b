//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where the button of the first room in the lobby is, in a window of 800x600.
const (
	firstRoomX = 400
	firstRoomY = 220
)

// TestKept: what was written when the window was killed is in the room after the
// next start, once; and what was said can be read, and saved, when no host is there.
func TestKept(t *testing.T) {
	addr, hostData, data := freePort(t), t.TempDir(), t.TempDir()
	quiet(t, data)
	hostArgs := []string{"host", "--room", "Hall", "--listen", addr, "--data", hostData, "--no-announce"}
	joinArgs := []string{"--lang", "en", "--name", "Guest", "--data", data}
	host := start(t, env(t, "HOMEROOM_CLI_BIN"), hostArgs...)
	eventually(t, "the terminal program hosts", func() bool { return listening(addr) })
	witness := join(t, addr, "Witness")
	guest := open(t, 0, 0, width, height, append(joinArgs, "--join", addr)...)
	witness.awaitMembers(2)
	guest.focus()
	guest.click(composerX, composerY)
	guest.send("said before")
	witness.awaitMessage("public", "Guest", "said before")
	host.kill()
	guest.send("written while nobody was there")
	copies := filepath.Join(data, "copies")
	eventually(t, "it is on the disk", func() bool { return holds(t, copies, "written while nobody was there") })
	guest.kill()

	host = start(t, env(t, "HOMEROOM_CLI_BIN"), hostArgs...)
	again := joinWhenOpen(t, addr, "Again")
	guest = open(t, 0, 0, width, height, append(joinArgs, "--join", addr)...)
	again.awaitMessage("public", "Guest", "written while nobody was there")
	eventually(t, "the window is in the room", func() bool { return strings.Contains(guest.title(), "Hall") })
	within(t, reaction, func() bool { return false }) // until it is drawn
	screenshot(t, "back")
	guest.stop()
	host.stop()
	eventually(t, "the host is gone", func() bool { return !listening(addr) })

	guest = open(t, 0, 0, width, height, joinArgs...)
	guest.focus()
	eventually(t, "the room opens without its host", func() bool {
		guest.click(firstRoomX, firstRoomY)
		return within(t, reaction, func() bool { return strings.Contains(guest.title(), "Hall") })
	})
	within(t, reaction, func() bool { return false })
	screenshot(t, "away")
	guest.do("key", "ctrl+f")
	guest.send("nobody")
	within(t, reaction, func() bool { return false })
	screenshot(t, "search")
	guest.do("key", "Tab", "Return")
	within(t, reaction, func() bool { return false })
	screenshot(t, "found")
	guest.do("key", "ctrl+s")
	saved := filepath.Join(t.TempDir(), "saved.html")
	guest.do("key", "ctrl+a")
	screenshot(t, "export")
	guest.send(saved)
	eventually(t, "the conversation is saved", func() bool { _, err := os.Stat(saved); return err == nil })
	screenshot(t, "exported")
	page, err := os.ReadFile(saved)
	if err != nil || strings.Count(string(page), "written while nobody was there") != 1 || !strings.Contains(string(page), "said before") {
		t.Errorf("%v: %s", err, page)
	}
}

// holds reports whether a file in the folder has the words in it.
func holds(t *testing.T, folder, words string) bool {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, file := range files {
		if content, err := os.ReadFile(filepath.Join(folder, file.Name())); err == nil && strings.Contains(string(content), words) {
			return true
		}
	}
	return false
}
