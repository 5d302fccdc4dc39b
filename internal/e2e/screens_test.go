//go:build e2e && screens

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// How long a picture may take to stand still, and how far two looks at it are
// apart.
const (
	stillWithin = 8 * time.Second
	lookApart   = 300 * time.Millisecond
	settled     = time.Second // a window that went on to a room has its size by then
	// A late room must be listed within this; nothing outside the window tells.
	listedWithin = 10 * time.Second
)

// A scene is how the window is set while its pictures are taken.
type scene struct {
	name, lang, theme string
	width, height     int
	text              string // the size of the text, as settings.json says it
}

func scenes() []scene {
	var all []scene
	for _, lang := range []string{"en", "zh-Hans"} {
		for _, theme := range []string{"light", "dark"} {
			for _, size := range [][2]int{{480, 360}, {1000, 700}, {1600, 1000}} {
				name := fmt.Sprintf("%s-%s-%d", lang, theme, size[0])
				all = append(all, scene{name: name, lang: lang, theme: theme, width: size[0], height: size[1]})
			}
		}
		for _, size := range [][2]int{{480, 360}, {1000, 700}} {
			name := fmt.Sprintf("%s-light-%d-largest", lang, size[0])
			all = append(all, scene{name: name, lang: lang, theme: "light", width: size[0], height: size[1], text: "huge"})
		}
	}
	return all
}

// TestScreens takes the pictures. It fails only where the window cannot be
// brought to show something; what is on the pictures is for people to judge.
func TestScreens(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			s.firstStart(t)
			s.lobby(t)
			s.room(t)
		})
	}
}

// data returns a data directory with the scene's settings.
func (s scene) data(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	set := map[string]any{"name": name, "language": s.lang, "theme": s.theme, "text_size": s.text}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (s scene) open(t *testing.T, name string, args ...string) *window {
	t.Helper()
	w := open(t, 10, 30, s.width, s.height, append([]string{"--data", s.data(t, name)}, args...)...)
	w.resize(s.width, s.height)
	return w
}

// resize gives the window a size once more, which it may have changed when it
// went on to a room, and the keyboard.
func (w *window) resize(width, height int) {
	pass(w.t, settled)
	w.do("windowsize", "--sync", w.id, fmt.Sprint(width), fmt.Sprint(height))
	w.focus()
}

func (s scene) firstStart(t *testing.T) {
	w := s.open(t, "")
	w.picture("1-first-start")
	w.stop()
}

// lobby shows the empty list, then two rooms.
func (s scene) lobby(t *testing.T) {
	w := s.open(t, "张飞")
	w.picture("2-lobby-empty")
	for i, room := range []string{"教室 3.5", "Office 2nd floor"} {
		at := fmt.Sprintf("10.77.0.1:%d", 8200+i)
		start(t, env(t, "HOMEROOM_CLI_BIN"), "host", "--room", room, "--listen", at, "--memory")
		eventually(t, "a room is open", func() bool { return listening(at) })
	}
	pass(t, listedWithin)
	w.picture("3-lobby")
	w.stop()
}

// conversation is what is said in the pictures: who, to whom, what.
func conversation() [][3]string {
	return [][3]string{
		{"刘备", "", "hello"},
		{"关羽", "", "今天天气不错"},
		{"关羽", "", "适合郊游 🌤️ 👍🏿 🇩🇪"},
		{"Zhao Yun", "", "A longer line, which shows how text is wrapped in the window: 中文和 English 混排也没有问题, see https://example.com/a/page?q=1 and 👩‍👩‍👧‍👦 too."},
		{"刘备", "张飞", "大哥，要不，今天去聚餐吧"},
		{"Zhao Yun", "", "שלום (עולם) 42! مرحبا 123 بالعالم"},
	}
}

// room shows a conversation, the private mode, the list of shortcuts, the
// settings, and the lost connection.
func (s scene) room(t *testing.T) {
	addr := freePort(t)
	hostArgs := []string{"host", "--room", "教室 3.5", "--listen", addr, "--data", t.TempDir(), "--no-announce"}
	host := start(t, env(t, "HOMEROOM_CLI_BIN"), hostArgs...)
	people := make(map[string]*program)
	for _, name := range []string{"刘备", "关羽", "Zhao Yun"} {
		people[name] = joinWhenOpen(t, addr, name)
	}
	w := s.open(t, "张飞", "--join", addr)
	people["刘备"].awaitMembers(len(people) + 1)
	eventually(t, "the window is in the room", func() bool { return strings.Contains(w.title(), "教室 3.5") })
	w.resize(s.width, s.height)
	for _, line := range conversation() {
		said := map[string]string{"type": "public", "content": line[2]}
		if line[1] != "" {
			said["type"], said["to"] = "private", line[1]
		}
		people[line[0]].say(said)
		if line[1] == "" {
			people["刘备"].awaitMessage("public", line[0], line[2])
		}
	}
	w.send("Good morning, everybody")
	people["刘备"].awaitMessage("public", "张飞", "Good morning, everybody")
	w.picture("4-room")

	w.do("key", "ctrl+k")
	w.do("key", "Down", "Down", "Return")
	eventually(t, "the window is in private mode", func() bool { return strings.Count(w.title(), "—") == 2 })
	w.do("type", "--delay", "40", "for you alone")
	w.picture("5-private")
	w.do("key", "Escape")
	w.do("key", "F1")
	w.picture("6-shortcuts")
	w.do("key", "Escape")
	w.do("key", "ctrl+comma")
	w.picture("7-settings")
	w.do("key", "Escape")
	w.do("key", "ctrl+i")
	w.picture("9-security")
	w.do("key", "Escape")
	page := plainMember(t, addr, "Page")
	people["刘备"].awaitMembers(len(people) + 2)
	w.do("key", "ctrl+k")
	w.do("key", "End", "Return")
	eventually(t, "the window is in private mode", func() bool { return strings.Contains(w.title(), "Page") })
	w.picture("10-not-encrypted")
	w.do("key", "Escape")
	_ = page.Close()
	host.kill()
	w.send("said while the host is away")
	w.picture("8-lost")
	w.stop()
}

// plainMember joins as programs do that know no encryption.
func plainMember(t *testing.T, addr, name string) *websocket.Conn {
	t.Helper()
	conn, answer, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+addr+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err := conn.WriteJSON(map[string]string{"username": name}); err != nil {
		t.Fatal(err)
	}
	return conn
}

// picture keeps a picture of the window once it stands still.
func (w *window) picture(name string) {
	w.t.Helper()
	file := filepath.Join(env(w.t, "HOMEROOM_ARTIFACTS"), strings.TrimPrefix(w.t.Name(), "TestScreens/")+"-"+name+".png")
	var last []byte
	still := func() bool {
		out, err := exec.Command("import", "-window", w.id, "png:-").Output()
		if err != nil {
			return false
		}
		same := bytes.Equal(out, last)
		last = out
		return same
	}
	pass(w.t, lookApart)
	within(w.t, stillWithin, still)
	if err := os.WriteFile(file, last, 0o600); err != nil {
		w.t.Error(err)
	}
}
