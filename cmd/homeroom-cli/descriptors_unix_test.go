//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestFewDescriptors: a host that may open 64 files, and 80 clients. Each of them is
// in or hears why not; what is said is stored; the host is told, and also that it is
// over.
func TestFewDescriptors(t *testing.T) {
	const clients, patience = 80, 10 * time.Second
	path, dir := build(t), t.TempDir()
	host := launch(t, "/bin/sh", "-c", `ulimit -n 64 && exec "$0" "$@"`,
		path, "host", "--room", "R", "--listen", "127.0.0.1:0", "--data", dir, "--json")
	var at struct {
		Addr string `json:"addr"`
	}
	if err := json.Unmarshal([]byte(host.until("listening")), &at); err != nil {
		t.Fatalf("%v: %s", err, host.errs.String())
	}
	results := make(chan *websocket.Conn, clients)
	for range clients {
		go func() {
			ws, err := joinPlainly(at.Addr, patience)
			if err != nil {
				t.Error(err)
			}
			results <- ws
		}()
	}
	var in []*websocket.Conn
	for range clients {
		if ws := <-results; ws != nil {
			in = append(in, ws)
		}
	}
	if n := len(in); n < 16 || n > 32 {
		t.Errorf("%d are in", n)
	}
	if host.until(`"descriptors":true`) == "" {
		t.Error("the host hears nothing")
	}
	if err := in[0].WriteMessage(websocket.TextMessage, []byte(`{"type":"public","content":"stored all the same"}`)); err != nil {
		t.Fatal(err)
	}
	for said := ""; !strings.Contains(said, "stored all the same"); {
		_, frame, err := in[0].ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		said = string(frame)
	}
	if out, err := exec.Command(path, "log", "R", "--data", dir).CombinedOutput(); err != nil || !strings.Contains(string(out), "stored all the same") {
		t.Errorf("%v: %s", err, out)
	}
	for _, ws := range in {
		_ = ws.Close()
	}
	if host.until(`"crowded":false`) == "" {
		t.Error("it is never over")
	}
}

// joinPlainly joins, or returns nil where the host says that there is no place.
func joinPlainly(addr string, patience time.Duration) (*websocket.Conn, error) {
	dialer := websocket.Dialer{HandshakeTimeout: patience}
	ws, reply, err := dialer.Dial("ws://"+addr+"/ws", nil)
	if err != nil {
		return nil, err
	}
	_ = reply.Body.Close()
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	err = ws.WriteMessage(websocket.TextMessage, []byte(`{"username":"x"}`))
	if err == nil {
		_, _, err = ws.ReadMessage()
	}
	if err == nil {
		return ws, ws.SetReadDeadline(time.Time{})
	}
	_ = ws.Close()
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok &&
		(closed.Code == int(netchat.CloseAddressFull) || closed.Code == int(netchat.CloseFull)) {
		return nil, nil
	}
	return nil, err
}
