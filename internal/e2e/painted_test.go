//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
)

// TestPaintedAtOnce: in a room where nothing else moves, a message is shown as it is,
// one's own as stored too, without waiting for something else to be painted.
func TestPaintedAtOnce(t *testing.T) {
	addr := freePort(t)
	host := open(t, 0, 0, width, height, "--lang", "en", "--name", "Host", "--host", "--room", "Quiet", "--listen", addr)
	witness := joinWhenOpen(t, addr, "Witness")
	witness.awaitMembers(2)
	host.focus()
	host.do("windowsize", "--sync", host.id, fmt.Sprint(width), fmt.Sprint(height)) // it may have grown since
	host.click(composerX, composerY)
	host.send("said by oneself")
	witness.awaitMessage("public", "Host", "said by oneself")
	host.wantPainted("own")
	witness.say(map[string]any{"type": "public", "content": "said by another"})
	witness.awaitMessage("public", "Witness", "said by another")
	host.wantPainted("of another")
}

// messages returns what is to be seen of the messages.
func (w *window) messages() []byte {
	w.t.Helper()
	out, err := exec.Command("import", "-window", w.id, "-crop", "490x460+290+70", "rgb:-").Output()
	if err != nil {
		w.t.Errorf("picture: %v", err)
	}
	return out
}

// wantPainted fails if the messages look otherwise once the whole window has been
// painted.
func (w *window) wantPainted(what string) {
	w.t.Helper()
	within(w.t, reaction, func() bool { return false }) // all that comes by itself
	was := w.messages()
	w.do("key", "F1")
	if !within(w.t, reaction, func() bool { return !bytes.Equal(w.messages(), was) }) {
		w.t.Error("the shortcuts are not shown")
	}
	w.do("key", "Escape")
	if !within(w.t, reaction, func() bool { return bytes.Equal(w.messages(), was) }) {
		screenshot(w.t, "failed")
		w.t.Errorf("a message, %s, was not painted as it is", what)
	}
}
