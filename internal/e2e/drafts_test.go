//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestDraftOutlivesKill: what was typed and not sent is in the field after a kill and a
// new start, for whom it was meant, and goes to nobody else.
func TestDraftOutlivesKill(t *testing.T) {
	addr, hostData, data := freePort(t), t.TempDir(), t.TempDir()
	quiet(t, data)
	host := start(t, env(t, "HOMEROOM_CLI_BIN"), "host", "--room", "Hall", "--listen", addr, "--data", hostData, "--no-announce")
	eventually(t, "the terminal program hosts", func() bool { return listening(addr) })
	witnessData := t.TempDir() // a name and a key of its own: the same member when it is back
	witness := start(t, env(t, "HOMEROOM_CLI_BIN"), "join", addr, "--name", "Witness", "--json", "--data", witnessData)
	args := []string{"--lang", "en", "--name", "Guest", "--data", data, "--join", addr}
	guest := open(t, 0, 0, width, height, args...)
	witness.awaitMembers(2)
	guest.focus()
	guest.click(composerX, composerY)
	guest.do("type", "--delay", "40", "half a sentence")
	guest.do("key", "ctrl+k", "Return")
	eventually(t, "one person is chosen", func() bool { return strings.Contains(guest.title(), "private to Witness") })
	guest.do("type", "--delay", "40", "for one alone")
	drafts := filepath.Join(data, "drafts")
	eventually(t, "it is on the disk", func() bool { return holds(t, drafts, "for one alone") && holds(t, drafts, "half a sentence") })
	screenshot(t, "typed")
	guest.kill()

	guest = open(t, 0, 0, width, height, args...)
	guest.focus()
	eventually(t, "the window is in the room", func() bool { return strings.Contains(guest.title(), "Hall") })
	within(t, reaction, func() bool { return false }) // until it is drawn
	screenshot(t, "back")
	guest.click(composerX, composerY)
	guest.do("key", "Return")
	witness.awaitMessage("public", "Guest", "half a sentence")
	guest.do("key", "ctrl+k", "Return")
	eventually(t, "one person is chosen", func() bool { return strings.Contains(guest.title(), "private to Witness") })
	screenshot(t, "private")
	guest.do("key", "Return")
	witness.awaitMessage("private", "Guest", "for one alone")
	eventually(t, "nothing is left of the drafts", func() bool { return !holds(t, drafts, "alone") && !holds(t, drafts, "half") })
	guest.stop()
	host.stop()
}
