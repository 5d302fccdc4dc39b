//go:build netns && linux

package hosting_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/history"
	"github.com/homeroomchat/homeroom/netchat/hosting"
)

// TestNetFullDisk needs to mount a disk, as the others need to make networks. With
// no space left a message is refused, nothing that was accepted is lost, and what is
// there can be read; once there is space the room goes on by itself.
func TestNetFullDisk(t *testing.T) {
	const size = 12 << 20
	disk := filepath.Join(t.TempDir(), "disk")
	if err := errors.Join(os.Mkdir(disk, 0o700), syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprint("size=", size))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, size/2), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := openKeys(t, filepath.Join(disk, "data"))
	opts := hosting.Options{Room: "R", Keyring: keys}
	opts.Rate.Off = true
	room := open(t, opts)
	c := join(t, client.Config{Target: room.Addr(), Name: "x", Key: newDevice()})
	text := strings.Repeat("0123456789abcdef", 2048)
	stored := 0
	for refused := false; !refused; {
		id := netchat.EventID(fmt.Sprintf("1%031x", stored+1))
		if err := c.Send(netchat.Post{ID: id, Text: text}); err != nil {
			t.Fatal(err)
		}
		switch answer := await(t, c, func(u netchat.Update) bool {
			switch u.(type) {
			case *netchat.Acked, *netchat.Refused:
				return true
			}
			return false
		}).(type) {
		case *netchat.Acked:
			stored++
		case *netchat.Refused:
			refused = true
			if answer.Reason != netchat.RefusedNotStored {
				t.Errorf("refused: %s", answer.Reason)
			}
		}
		if stored > size/len(text) {
			t.Fatal("the disk is never full")
		}
	}
	if err := <-room.Stored(); !errors.Is(err, history.ErrFull) {
		t.Errorf("the host is told %v", err)
	}
	if err := c.History(0, 3); err != nil {
		t.Fatal(err)
	}
	if page := await(t, c, func(p *netchat.Page) bool { return !p.Snapshot }); len(page.Messages) == 0 || page.Messages[0].Text != text {
		t.Errorf("%d messages can be read", len(page.Messages))
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := <-room.Stored(); err != nil { // nobody says anything
		t.Errorf("the host is told %v", err)
	}
	if seq := post(t, c, "f", "there is space again"); seq != uint64(stored)+1 {
		t.Errorf("seq %d after %d", seq, stored)
	}
	rooms, err := hosting.Hosted(keys.Dir())
	if err != nil || len(rooms) != 1 || rooms[0].Messages != uint64(stored)+1 {
		t.Errorf("%+v, %v", rooms, err)
	}
	log, err := rooms[0].ReadLog()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Verify(t.Context(), nil), log.Close()); err != nil {
		t.Error(err)
	}
}
