//go:build e2e

package e2e

import "testing"

// TestSecondStart shows the window that is open, which lay behind another one.
func TestSecondStart(t *testing.T) {
	data := t.TempDir()
	quiet(t, data)
	first := open(t, 0, 0, width, height, "--lang", "en", "--name", "First", "--data", data)
	other := open(t, 0, 0, width, height, "--lang", "en", "--name", "Other", "--data", t.TempDir())
	other.focus()
	active := func() string {
		id, _ := xdotool(t, "getactivewindow")
		return id
	}
	eventually(t, "the other window is in front", func() bool { return active() == other.id })
	second := start(t, env(t, "HOMEROOM_BIN"), "--data", data)
	eventually(t, "the second start has ended", func() bool {
		select {
		case <-second.done:
			return true
		default:
			return false
		}
	})
	second.stop()
	if !second.cmd.ProcessState.Success() {
		t.Errorf("it ended with %v: %s", second.cmd.ProcessState, second.stderr)
	}
	eventually(t, "the first window is in front", func() bool { return active() == first.id })
	screenshot(t, "raised")
	other.kill() // it was only in the way
}
