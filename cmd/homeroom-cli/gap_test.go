package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestMissedMessages: a script that comes back is told all that it missed, however much
// it is, once and in order; what there is no more is a gap.
func TestMissedMessages(t *testing.T) {
	const missed = 2_300
	dir, own := t.TempDir(), t.TempDir()
	addr := quietPort(t)
	host := start(t, "host", "--room", "R", "--listen", addr, "--data", dir, "--json", "--no-announce", "--rate", "off")
	host.line()
	join := []string{"join", addr, "--name", "reader", "--data", own, "--json"}
	if r := invoke(t, `{"type":"public","content":"0"}`, join...); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	var input strings.Builder
	for i := range missed {
		fmt.Fprintln(&input, i+1)
	}
	if r := invoke(t, input.String(), "join", addr, "--name", "talker"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	r := invoke(t, "", join...)
	next := 0
	for line := range strings.Lines(r.out) {
		var o struct{ Type, Content string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		switch o.Type {
		case "gap":
			t.Errorf("%s", line)
		case "public":
			if o.Content != fmt.Sprint(next) {
				t.Fatalf("%s where %d comes", line, next)
			}
			next++
		}
	}
	if r.code != exitOK || next != missed+1 {
		t.Errorf("%d of %d, %d, %s", next, missed+1, r.code, r.err)
	}
	host.stop()
	host.wait()

	if err := os.Truncate(roomFile(t, dir, "log.db"), 0); err != nil {
		t.Fatal(err)
	}
	host = start(t, "host", "--room", "R", "--listen", addr, "--data", dir, "--json", "--no-announce")
	host.line()
	other := t.TempDir()
	if err := os.CopyFS(other, os.DirFS(own)); err != nil {
		t.Fatal(err)
	}
	r = invoke(t, "", join...)
	if r.code != exitOK || !strings.Contains(r.out, `{"type":"gap","after":{"epoch":"1-`) || !strings.Contains(r.out, fmt.Sprintf(`"seq":%d},"before":{"epoch":"`, missed+1)) {
		t.Errorf("%+v", r)
	}
	join[5], join = other, join[:6]
	if r = invoke(t, "", join...); r.code != exitOK || !strings.Contains(r.out, "Messages are missing here") {
		t.Errorf("%v: %+v", join, r)
	}
	host.stop()
	host.wait()
}
