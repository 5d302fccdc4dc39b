package server

import (
	"bytes"
	"strings"
	"testing"

	"github.com/homeroomchat/homeroom/netchat/wire"
)

// drained takes everything and returns it.
func drained(o *outbox) string {
	var all bytes.Buffer
	for {
		batch, _ := o.take(nil)
		if len(batch) == 0 {
			return all.String()
		}
		all.Write(batch)
	}
}

func TestOutboxKeepsOnePong(t *testing.T) {
	o := newOutbox()
	o.push(wire.Framed("message "), richOutbox)
	for range 100_000 {
		o.pushPing()
		o.pushPong(wire.Framed("old "))
	}
	o.pushPong(wire.Framed("newest "))
	if len(o.items) != 1 {
		t.Errorf("%d frames wait", len(o.items))
	}
	if got, want := drained(o), string(wire.FramePing())+"newest message "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOutboxReplacesLists(t *testing.T) {
	o := newOutbox()
	line := func(s string) []wire.Framed { return []wire.Framed{wire.Framed(s)} }
	o.pushFirstList(wire.Framed("own "))
	o.pushPresence(wire.Framed("list1 "), line("a+ "))
	o.pushPresence(wire.Framed("list2 "), line("b+ "))
	o.push(wire.Framed("from-a "), plainOutbox) // a may leave now: no list without it before this
	o.pushPresence(wire.Framed("list3 "), line("a- "))
	o.pushPresence(wire.Framed("list4 "), line("c+ "))
	if got, want := drained(o), "own list2 a+ b+ from-a list4 a- c+ "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	o.pushPresence(wire.Framed("list5 "), line("d+ "))
	if got, want := drained(o), "list5 d+ "; got != want || o.bytes != 0 || o.lists != 0 {
		t.Errorf("got %q, want %q; %d and %d bytes are left", got, want, o.bytes, o.lists)
	}
}

// TestOutboxHoldsTheLargestList: in a room of thousands with long names one
// list is larger than the whole outbox, and must not throw out everybody.
func TestOutboxHoldsTheLargestList(t *testing.T) {
	o := newOutbox()
	huge := wire.Framed(strings.Repeat("x", 4*plainOutbox))
	o.pushFirstList(huge)
	if got, _ := o.take(nil); len(got) != len(huge) {
		t.Fatalf("took %d bytes", len(got))
	}
	for n := range 100 {
		if !o.pushPresence(huge, []wire.Framed{wire.Framed("line")}) {
			t.Fatalf("list %d was one too many", n)
		}
	}
	if !o.push(wire.Framed("message"), plainOutbox) {
		t.Error("no place for a message")
	}
	if o.pushPresence(huge, nil) {
		t.Error("a second list beside the message was taken")
	}
	if o.push(huge, plainOutbox) {
		t.Error("a message as large was taken")
	}
	if got := drained(o); len(got) != len(huge)+100*len("line")+len("message") {
		t.Errorf("%d bytes waited", len(got))
	}
}

func TestOutboxCountsSmallFrames(t *testing.T) {
	o := newOutbox()
	n := 0
	for o.push(wire.Framed("x"), richOutbox) {
		n++
	}
	if most := richOutbox / frameOverhead; n > most {
		t.Errorf("%d frames of one byte wait, want at most %d", n, most)
	}
	o.finish(true, wire.Framed("bye"))
	if o.push(wire.Framed("late"), noLimit); drained(o) != "bye" {
		t.Error("a discarded or late frame was written")
	}
}
