//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// Where the parts of a window of 800x600 are: the people on the left, the
// composer at the bottom. Persons are found by clicking down the column until
// the title says that one writes to them.
const (
	width, height      = 800, 600
	peopleX            = 100
	firstRowY, lastRow = 150, 420
	rowStep            = 30
	reaction           = 2 * time.Second // of a window to a click, drawn without a graphics card
	composerX          = 450
	composerY          = height - 35
)

// clickPerson clicks on somebody's row, so that the title says so.
func (w *window) clickPerson(name string) (y int) {
	w.t.Helper()
	group := w.title()
	for y := firstRowY; y <= lastRow; y += rowStep {
		w.click(peopleX, y)
		if !within(w.t, reaction, func() bool { return w.title() != group }) {
			continue // nobody is there
		}
		if strings.Contains(w.title(), name) {
			return y
		}
		w.click(peopleX, y) // it was somebody else
		eventually(w.t, "the title is as before", func() bool { return w.title() == group })
	}
	screenshot(w.t, "failed")
	w.t.Fatalf("%s was not found among the people", name)
	return 0
}

// TestTwoWindows is the main job: one hosts from the app, another joins from a
// second app, a third from a terminal. They see each other, talk to all, and
// privately after a click.
func TestTwoWindows(t *testing.T) {
	addr := freePort(t)
	host := open(t, 0, 0, width, height, "--lang", "en", "--name", "Host", "--host", "--room", "Room 3.5", "--listen", addr)
	witness := joinWhenOpen(t, addr, "Witness")
	guest := open(t, 400, 150, width, height, "--lang", "zh-Hans", "--name", "张飞", "--join", addr)
	witness.awaitMembers(3)

	guest.focus()
	guest.click(composerX, composerY)
	guest.send("hello to all")
	witness.awaitMessage("public", "张飞", "hello to all")
	guest.send("你好")
	witness.awaitMessage("public", "张飞", "你好")
	screenshot(t, "guest-public")

	y := guest.clickPerson("Witness")
	guest.send("for you alone")
	got := witness.awaitMessage("private", "张飞", "for you alone")
	if got["id"] == nil || got["seq"] == nil {
		t.Errorf("no id or seq: %v", got)
	}
	screenshot(t, "guest-private")
	guest.click(peopleX, y) // a second click leads back
	eventually(t, "the title says no more that it is private", func() bool {
		return !strings.Contains(guest.title(), "Witness")
	})
	guest.send("to all again")
	witness.awaitMessage("public", "张飞", "to all again")

	guest.clickPerson("Witness")
	guest.do("key", "Escape")
	eventually(t, "Escape leads back too", func() bool { return !strings.Contains(guest.title(), "Witness") })

	host.focus()
	host.click(composerX, composerY)
	host.send("good morning")
	witness.awaitMessage("public", "Host", "good morning")
	witness.say(map[string]string{"type": "private", "to": "张飞", "content": "look here"})
	eventually(t, "the window behind counts what was not read", func() bool { return strings.HasPrefix(guest.title(), "(2) ") })
	guest.focus()
	eventually(t, "it is read", func() bool { return !strings.HasPrefix(guest.title(), "(") })
	screenshot(t, "read")
}

// joinWhenOpen joins as soon as the app hosts there.
func joinWhenOpen(t testing.TB, addr, name string) *program {
	t.Helper()
	var p *program
	eventually(t, "the app hosts at "+addr, func() bool { return listening(addr) })
	p = join(t, addr, name)
	p.await(name+" is in the room", func(f map[string]any) bool { return f["type"] == "state" && f["state"] == "online" })
	return p
}

// TestHostCloses: when the host's window is gone, its guests are told, and
// their windows lead back to the lobby.
func TestHostCloses(t *testing.T) {
	addr := freePort(t)
	host := open(t, 0, 0, width, height, "--lang", "en", "--name", "Host", "--host", "--room", "Short", "--listen", addr)
	witness := joinWhenOpen(t, addr, "Witness")
	guest := open(t, 400, 150, width, height, "--lang", "en", "--name", "Guest", "--join", addr)
	witness.awaitMembers(3)
	eventually(t, "the guest is in the room", func() bool { return strings.Contains(guest.title(), "Short") })
	host.stop()
	witness.await("the room is closed", func(f map[string]any) bool { return f["type"] == "state" && f["state"] == "closed" })
	eventually(t, "the guest is in the lobby", func() bool { return !strings.Contains(guest.title(), "Short") })
	screenshot(t, "lobby")
}

// TestWindowJoinsTheTerminalsRoom: a window in a room that the terminal
// program hosts; the room dies without a word and comes back.
func TestWindowJoinsTheTerminalsRoom(t *testing.T) {
	addr := freePort(t)
	data := t.TempDir()
	hostArgs := []string{"host", "--room", "Hall", "--listen", addr, "--data", data, "--no-announce"}
	first := start(t, env(t, "HOMEROOM_CLI_BIN"), hostArgs...)
	eventually(t, "the terminal program hosts", func() bool { return listening(addr) })
	guest := open(t, 0, 0, width, height, "--lang", "en", "--name", "Guest", "--join", addr)
	eventually(t, "the guest is in the room", func() bool { return strings.Contains(guest.title(), "Hall") })
	first.kill()

	guest.focus()
	guest.click(composerX, composerY)
	guest.send("said while the host was away")
	screenshot(t, "away")
	start(t, env(t, "HOMEROOM_CLI_BIN"), hostArgs...)
	witness := joinWhenOpen(t, addr, "Witness")
	witness.awaitMessage("public", "Guest", "said while the host was away")
	screenshot(t, "back")
}
