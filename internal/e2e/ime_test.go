//go:build e2e && ime

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is typed goes to the input method and comes back; nothing outside the
// window tells when it has.
const composed = 1500 * time.Millisecond

// profile has an input method that passes every key on, and pinyin.
const profile = `[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin
[Groups/0/Items/0]
Name=keyboard-us
[Groups/0/Items/1]
Name=pinyin
[GroupOrder]
0=Default
`

// inputMethod starts fcitx5 for the windows that are opened afterwards.
func inputMethod(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "fcitx5"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fcitx5", "profile"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_DIRS", dir)
	t.Setenv("XMODIFIERS", "@im=fcitx")
	start(t, "fcitx5", "--disable=wayland,waylandim")
	eventually(t, "fcitx5 serves X11", func() bool {
		out, err := exec.Command("xprop", "-root", "XIM_SERVERS").CombinedOutput()
		return err == nil && strings.Contains(string(out), "@server=fcitx")
	})
}

// method turns to one of the profile, in the window that has the focus.
func (w *window) method(name string) {
	w.t.Helper()
	eventually(w.t, "the input method is "+name, func() bool {
		if exec.Command("fcitx5-remote", "-s", name).Run() != nil {
			return false
		}
		out, err := exec.Command("fcitx5-remote", "-n").Output()
		return err == nil && strings.TrimSpace(string(out)) == name
	})
}

// keys strikes keys at a usual pace, and waits at each | and at the end for what
// becomes of them, as somebody does who looks at it.
func (w *window) keys(names string) {
	w.t.Helper()
	for part := range strings.SplitSeq(names, "|") {
		w.do(append([]string{"key", "--delay", "80"}, strings.Fields(part)...)...)
		pass(w.t, composed)
	}
}

// said returns what somebody said so far, as p was told.
func (p *program) said(name string) []string {
	var all []string
	p.find(func(f map[string]any) bool {
		if f["sender_name"] == name {
			all = append(all, fmt.Sprint(f["content"]))
		}
		return false
	})
	return all
}

// TestInputMethod types with pinyin, and without it while fcitx5 still sees every
// key.
func TestInputMethod(t *testing.T) {
	inputMethod(t)
	addr := freePort(t)
	start(t, env(t, "HOMEROOM_CLI_BIN"), "host", "--room", "Room", "--listen", addr, "--memory")
	witness := joinWhenOpen(t, addr, "Witness")
	w := open(t, 0, 0, width, height, "--lang", "en", "--name", "Me", "--join", addr)
	witness.awaitMembers(2)
	w.focus()
	w.click(composerX, composerY)

	const nihao = "n i h a o "
	const committed = nihao + "space | "
	cases := []struct{ what, keys, want string }{
		{"Space commits, Return sends", committed + "Return", "你好"},
		{"Return commits letters, another sends", committed + nihao + "Return | Return", "你好nihao"},
		{"Backspace takes letters back", committed + "n i BackSpace BackSpace Return", "你好"},
		{"then what was committed", committed + "n i BackSpace BackSpace BackSpace Return", "你"},
		{"Escape drops letters", committed + nihao + "Escape Return", "你好"},
		{"a digit chooses", committed + nihao + "1 | Return", "你好你好"},
		{"arrows and pages stay within", committed + nihao + "Left Left Home Page_Up End Escape " + committed + "Return", "你好你好"},
		{"Tab stays within", committed + nihao + "Tab Escape Return", "你好"},
		{"punctuation commits", nihao + "comma " + committed + "Return", "你好，你好"},
	}
	var want []string
	for _, c := range cases {
		w.method("pinyin")
		w.keys(c.keys)
		want = append(want, c.want)
		if !within(t, patience, func() bool { return len(witness.said("Me")) >= len(want) }) || !slices.Equal(witness.said("Me"), want) {
			screenshot(t, "failed")
			t.Fatalf("%s: %q, want %q", c.what, witness.said("Me"), want)
		}
	}
	w.privately(committed + nihao)
	witness.awaitMessage("private", "Me", "你好")

	w.method("keyboard-us")
	w.send("as without an input method")
	witness.awaitMessage("public", "Me", "as without an input method")
}

// privately types in private mode: Escape first drops what is composed, then
// leaves.
func (w *window) privately(keys string) {
	w.t.Helper()
	w.clickPerson("Witness")
	w.method("pinyin")
	private := w.title()
	w.keys(keys + "Escape")
	screenshot(w.t, "private")
	if w.title() != private {
		w.t.Fatalf("the first Escape led to %q", w.title())
	}
	w.keys("Return")
	w.keys("Escape")
	eventually(w.t, "Escape leaves private mode", func() bool { return w.title() != private })
}
