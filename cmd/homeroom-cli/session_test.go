package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A fakeLink is a room that holds room posts until the test answers them.
type fakeLink struct {
	events chan netchat.Update
	room   int // how many posts it takes

	mu      sync.Mutex
	posts   []netchat.Post
	renamed []string
	closed  bool
}

func newFakeLink(room int) *fakeLink {
	return &fakeLink{events: make(chan netchat.Update, 100), room: room}
}

func (l *fakeLink) Events() <-chan netchat.Update { return l.events }

func (l *fakeLink) Send(p netchat.Post) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(p.Text) > netchat.MaxText {
		return fmt.Errorf("send: %w", netchat.ErrTooLong)
	}
	if len(l.posts) >= l.room {
		return fmt.Errorf("send: %w", netchat.ErrOutboxFull)
	}
	l.posts = append(l.posts, p)
	return nil
}

func (l *fakeLink) Rename(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.renamed = append(l.renamed, name); name == "elsewhere" {
		return fmt.Errorf("rename: %w", netchat.ErrUnsupported)
	}
	return nil
}

func (l *fakeLink) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.events <- &netchat.StateChange{State: netchat.StateClosed}
		close(l.events)
	}
	return nil
}

// ack answers the oldest post and makes room for another.
func (l *fakeLink) ack() netchat.Post {
	l.mu.Lock()
	p := l.posts[0]
	l.posts = l.posts[1:]
	l.mu.Unlock()
	l.events <- &netchat.Acked{ID: p.ID, Seq: 1}
	return p
}

func (l *fakeLink) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.posts)
}

// A trial is a session over a fakeLink inside a synctest bubble.
type trial struct {
	*session
	link *fakeLink
	out  *bytes.Buffer
	in   *io.PipeWriter
	done chan error
}

// try starts a session of a text face, or a JSON one, that is told an empty
// Snapshot.
func try(t *testing.T, room int, asJSON bool) *trial {
	t.Helper()
	tr := tryUntold(t, room, asJSON)
	tr.link.events <- &netchat.Page{Snapshot: true}
	return tr
}

// tryUntold is try without the Snapshot.
func tryUntold(t *testing.T, room int, asJSON bool) *trial {
	t.Helper()
	out := &bytes.Buffer{}
	var face face = &textFace{say: catalogs[english], random: rand.Reader, out: out, lines: splitter{limit: maxTextLine}, codes: &codes{}}
	if asJSON {
		face = &jsonFace{random: rand.Reader, out: out, lines: splitter{limit: maxJSONLine}, codes: &codes{}}
	}
	fake := newFakeLink(room)
	read, write := io.Pipe()
	tr := &trial{
		session: &session{link: fake, face: face, stall: drainStall},
		link:    fake, out: out, in: write, done: make(chan error, 1),
	}
	fake.events <- &netchat.Welcome{
		Room: netchat.RoomInfo{ID: testID, Name: "R", Host: "h"}, Self: member("aaaaaaaa", "me"), Rich: true,
		Roster: netchat.Roster{Version: 1, Members: []netchat.Member{member("aaaaaaaa", "me"), member("bbbbbbbb", "you")}},
	}
	go func() {
		ctx, cancel := context.WithCancel(t.Context())
		err := tr.run(ctx, readChunks(ctx, read))
		cancel()
		_ = read.Close()
		tr.done <- err
	}()
	return tr
}

func (tr *trial) write(text string) { go func() { _, _ = io.WriteString(tr.in, text) }() }

func event(seq uint64, author, id, text string) *netchat.Event {
	body, _ := json.Marshal(netchat.MessageBody{Name: "you", Text: text})
	return &netchat.Event{
		Seq: seq, Time: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), ID: netchat.EventID(id), Kind: netchat.KindMessage,
		Author: member(author, "").ID, Audience: netchat.ToAll(), Body: body,
	}
}

func TestInputStopsWhileTheOutboxIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 2, false)
		const lines = 10 * maxQueued
		var all strings.Builder
		for i := range lines {
			fmt.Fprintf(&all, "%d %s\n", i, strings.Repeat("x", 4<<10))
		}
		written := make(chan struct{})
		go func() {
			_, _ = io.WriteString(tr.in, all.String())
			_ = tr.in.Close()
			close(written)
		}()
		synctest.Wait()
		select {
		case <-written:
			t.Fatal("everything was read although the outbox is full")
		default:
		}
		if n := tr.link.waiting(); n != 2 {
			t.Fatalf("%d were handed over", n)
		}
		for i := range lines {
			if p := tr.link.ack(); !strings.HasPrefix(p.Text, fmt.Sprint(i, " ")) {
				t.Fatalf("%d: got %.20q", i, p.Text)
			}
			synctest.Wait()
		}
		if err := <-tr.done; err != nil || tr.unsent() != 0 || tr.failed != 0 {
			t.Errorf("%v, %d unsent, %d failed", err, tr.unsent(), tr.failed)
		}
	})
}

func TestDrainGivesUpOnlyWithoutProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 100, false)
		tr.write("one\ntwo\nthree\n")
		synctest.Wait()
		_ = tr.in.Close()
		for range 2 {
			time.Sleep(drainStall - time.Second)
			tr.link.ack()
			synctest.Wait()
		}
		start := time.Now()
		if err := <-tr.done; err != nil || tr.unsent() != 1 {
			t.Errorf("%v, %d unsent", err, tr.unsent())
		}
		if waited := time.Since(start); waited != drainStall {
			t.Errorf("it waited %s", waited)
		}
	})
}

func TestEndOfContextLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 100, false)
		tr.link.events <- &netchat.StateChange{State: netchat.StateReconnecting}
		tr.write("one\nexit\ntwo\n")
		synctest.Wait()
		start := time.Now()
		time.Sleep(drainStall / 2)
		if tr.link.waiting() != 1 {
			t.Errorf("%d posts", tr.link.waiting())
		}
		tr.link.ack()
		if err := <-tr.done; err != nil || tr.unsent() != 0 || time.Since(start) != drainStall/2 {
			t.Errorf("%v, %d unsent after %s", err, tr.unsent(), time.Since(start))
		}
		_ = tr.in.Close()
	})
}

func TestLeavingWaitsForWhatWasSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := tryUntold(t, 100, false)
		_ = tr.in.Close()
		synctest.Wait()
		select {
		case <-tr.done:
			t.Fatal("it left before the Snapshot")
		default:
		}
		said, _ := netchat.MessageOf(event(1, "bbbbbbbb", "01", "said before"))
		tr.link.events <- &netchat.Page{Snapshot: true, Messages: []netchat.Message{said}}
		if err := <-tr.done; err != nil || !strings.Contains(tr.out.String(), "said before") {
			t.Errorf("%v: %s", err, tr.out.String())
		}
	})
}

func TestSnapshotRepeatsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 100, true)
		old, _ := netchat.MessageOf(event(1, "bbbbbbbb", "01", "old"))
		seen, _ := netchat.MessageOf(event(2, "bbbbbbbb", "02", "live"))
		tr.link.events <- &netchat.Page{Snapshot: true, Messages: []netchat.Message{old}}
		tr.link.events <- event(2, "bbbbbbbb", "02", "live")
		tr.link.events <- &netchat.StateChange{State: netchat.StateReconnecting, Err: netchat.ErrUnreached}
		tr.link.events <- &netchat.Welcome{Room: netchat.RoomInfo{ID: testID}, Rich: true}
		missed, _ := netchat.MessageOf(event(3, "cccccccc", "02", "missed"))
		tr.link.events <- &netchat.Page{Snapshot: true, Messages: []netchat.Message{old, seen, missed}}
		_ = tr.in.Close()
		if err := <-tr.done; err != nil {
			t.Fatal(err)
		}
		var texts, states []string
		for line := range strings.Lines(tr.out.String()) {
			var o struct{ Type, Content, State, Reason, From, ID, Timestamp string }
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			switch o.Type {
			case "public":
				texts = append(texts, o.Content+" "+o.From+" "+o.Timestamp)
			case "state":
				states = append(states, o.State+" "+o.Reason)
			}
		}
		const at = " 2026-01-02T03:04:05.006Z"
		if want := []string{"old bbbbbbbb" + at, "live bbbbbbbb" + at, "missed cccccccc" + at}; !slices.Equal(texts, want) {
			t.Errorf("got %q", texts)
		}
		if want := []string{"online ", "reconnecting unreached", "online ", "closed "}; !slices.Equal(states, want) {
			t.Errorf("got %q", states)
		}
	})
}

func TestRoomClosedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 100, false)
		tr.write("one\n")
		synctest.Wait()
		tr.link.mu.Lock()
		tr.link.closed = true
		tr.link.mu.Unlock()
		tr.link.events <- &netchat.StateChange{State: netchat.StateClosed, Err: &netchat.CloseError{Code: netchat.CloseRoomClosed}}
		close(tr.link.events)
		if err := <-tr.done; !errors.Is(err, netchat.ErrRoomClosed) || tr.unsent() != 1 {
			t.Errorf("%v, %d unsent", err, tr.unsent())
		}
		_ = tr.in.Close()
	})
}

func TestTextSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 100, false)
		tr.link.events <- &netchat.RosterDelta{Version: 2, Joined: []netchat.Member{member("cccccccc", "evil\x1b[2J")}}
		tr.link.events <- &netchat.SystemLine{What: netchat.SystemJoined, Name: "evil\x1b[2J"}
		tr.link.events <- event(1, "cccccccc", "01", "first\nsecond\u202e")
		tr.link.events <- &netchat.Refused{ID: "x", Reason: netchat.RefusedNotStored}
		tr.link.events <- &netchat.RosterDelta{Version: 3, Left: []netchat.MemberID{member("cccccccc", "").ID}}
		tr.link.events <- &netchat.SystemLine{What: netchat.SystemLeft, Name: "evil\x1b[2J"}
		synctest.Wait()
		tr.write(strings.Join([]string{
			"hello", "   ", "@you hi there", "@bbbbbbbb", "@who hi", "/who", "/help",
			strings.Repeat("x", netchat.MaxText+1), "EXIT", "never",
		}, "\n") + "\n")
		synctest.Wait()
		if first := tr.link.ack(); first.Text != "hello" || len(first.To) != 0 {
			t.Errorf("%+v", first)
		}
		if second := tr.link.ack(); second.Text != "hi there" || len(second.To) != 1 || second.To[0] != member("bbbbbbbb", "").ID {
			t.Errorf("%+v", second)
		}
		if err := <-tr.done; err != nil || tr.link.waiting() != 0 || tr.failed != 3 {
			t.Errorf("%v, %d waiting, %d failed", err, tr.link.waiting(), tr.failed)
		}
		_ = tr.in.Close()
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Local().Format(clock)
		for _, want := range []string{
			"You are me in R, hosted by h.", "\naaaaaaaa | me (you)\nbbbbbbbb | you\n",
			"[system] cccccccc | evil␛[2J joined\n", at + " [public] you (cccccccc): first\n" + indent + "second<U+202E>\n",
			"[system] cccccccc | evil␛[2J left\n", "A message was not accepted: the host cannot store it\n",
			"To write to one person", "Nobody here goes by who.", "/who         who is here\n", "longer than 65536 bytes",
		} {
			if !strings.Contains(tr.out.String(), want) {
				t.Errorf("%q is not in:\n%s", want, tr.out.String())
			}
		}
	})
}

func TestRenameInASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 1, false)
		tr.write(strings.Join([]string{
			"first", "held", "/name 张 飞 ", "after", "/name", "/nameless", "/name " + strings.Repeat("x", netchat.MaxName+1), "/name elsewhere",
		}, "\n") + "\n")
		synctest.Wait()
		if tr.link.renamed != nil {
			t.Errorf("renamed %q before what was typed before", tr.link.renamed)
		}
		for _, want := range []string{"first", "held", "after"} {
			if p := tr.link.ack(); p.Text != want {
				t.Errorf("got %q, want %q", p.Text, want)
			}
			synctest.Wait()
		}
		if !slices.Equal(tr.link.renamed, []string{"张 飞", "elsewhere"}) || tr.failed != 3 {
			t.Errorf("renamed %q, %d failed", tr.link.renamed, tr.failed)
		}
		tr.link.events <- &netchat.RosterDelta{Version: 2, Changed: []netchat.Member{member("bbbbbbbb", "them\x1b"), member("aaaaaaaa", "张 飞")}}
		away := member("bbbbbbbb", "them\x1b")
		away.Presence = netchat.Reconnecting
		tr.link.events <- &netchat.RosterDelta{Version: 3, Changed: []netchat.Member{away}}
		tr.link.events <- &netchat.RenameRefused{Name: "x\x1b", Reason: netchat.RefusedInvalid}
		tr.write("/who\nexit\n")
		if err := <-tr.done; err != nil || tr.failed != 4 {
			t.Errorf("%v, %d failed", err, tr.failed)
		}
		_ = tr.in.Close()
		for _, want := range []string{
			"[system] you is now called them␛\n[system] You are now called 张 飞\n", "To be called something else: /name NAME\n",
			"at most 512 bytes. Yours is as it was.\n", "This room does not know how", "You are not called x␛ now: the room does not understand it\n",
			"aaaaaaaa | 张 飞 (you)\n",
		} {
			if strings.Count(tr.out.String(), want) != 1 {
				t.Errorf("%q is not in, or twice:\n%s", want, tr.out.String())
			}
		}
	})
}

// TestMeantForOneIsNotForAll: whatever stands in front of an @ or a slash unseen, and
// however they are typed, nothing of such a line goes to everybody.
func TestMeantForOneIsNotForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 100, false)
		private := []string{
			"@you s", "＠you s", "﹫you s", " @you s", "\t@you s", "\u3000＠you s", "\ufeff@you s", "\u200b@you s", "\u2060\u200d @you s",
			"\u3164@you s", "\u00ad@you s", "\ufe0f@you s", "\u202e@you s", "\x7f\u0085@you s", "@ you s", "@\u200byou s", "\u2800@bbbbbbbb s",
		}
		nothing := []string{
			"/msg you s", "/MSG you s", "/w you s", "／msg you s", " /msg you s", "\ufeff/msg you s", "\u200b／pm you s", "/ you s", "/",
			"@nobody s", "＠nobody s", "/WHO", "/Who is there", "／HELP", "/code x", "\u200b", "\ufeff \u3164", "@", "＠ you",
		}
		public := []string{"//etc/hosts", "／／x", "a /msg you s", "you @you s", " said with a blank in front"}
		for _, lines := range [][]string{private, nothing, public} {
			tr.write(strings.Join(lines, "\n") + "\n")
			synctest.Wait()
		}
		if got, want := tr.link.waiting(), len(private)+len(public); got != want {
			t.Errorf("%d lines were sent, not %d", got, want)
		}
		for _, line := range private {
			if p := tr.link.ack(); p.Text != "s" || len(p.To) != 1 || p.To[0] != member("bbbbbbbb", "").ID {
				t.Errorf("%q: %+v", line, p)
			}
		}
		for i, want := range []string{"/etc/hosts", "／x", "a /msg you s", "you @you s", " said with a blank in front"} {
			if p := tr.link.ack(); p.Text != want || len(p.To) != 0 {
				t.Errorf("%q: %+v", public[i], p)
			}
		}
		tr.write("/QUIT\n")
		if err := <-tr.done; err != nil || tr.failed != 11 {
			t.Errorf("%v, %d failed", err, tr.failed)
		}
		_ = tr.in.Close()
		if !strings.Contains(tr.out.String(), "There is no command /msg, so nothing was sent.") {
			t.Error(tr.out.String())
		}
	})
}

func TestRenameInJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 1, true)
		tr.write(`{"type":"rename","name":"张飞"}` + "\n" + `{"type":"rename","name":"elsewhere"}` + "\n" +
			`{"type":"rename"}` + "\n" + `{"type":"rename","name":" "}` + "\n" + `{"type":"rename","name":5}` + "\n")
		synctest.Wait()
		tr.link.events <- &netchat.RosterDelta{Version: 2, Changed: []netchat.Member{member("aaaaaaaa", "张飞")}}
		_ = tr.in.Close()
		if err := <-tr.done; err != nil || tr.failed != 4 || !slices.Equal(tr.link.renamed, []string{"张飞", "elsewhere"}) {
			t.Errorf("%v, %d failed, renamed %q", err, tr.failed, tr.link.renamed)
		}
		for _, want := range []string{
			`{"type":"refused","of":"rename","name":"elsewhere","reason":"unknown_type"}`, `"error":"name is missing"`,
			`"error":"name is blank or over 512 bytes"`, `"name":"张飞","self":true`,
		} {
			if !strings.Contains(tr.out.String(), want) {
				t.Errorf("%s is not in:\n%s", want, tr.out.String())
			}
		}
	})
}
