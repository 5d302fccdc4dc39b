package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// TestOutletWaitsForItsReaderUntilTheEnd has nobody read, and then the program end.
func TestOutletWaitsForItsReaderUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		read, write := io.Pipe()
		o := newOutlet(ctx, write)
		go func() {
			time.Sleep(time.Hour)
			_, _ = read.Read(make([]byte, 16))
		}()
		began := time.Now()
		if n, err := o.Write([]byte("slow")); n != 4 || err != nil || time.Since(began) != time.Hour {
			t.Errorf("%d, %v after %v", n, err, time.Since(began))
		}
		time.AfterFunc(time.Minute, cancel)
		began = time.Now()
		if _, err := o.Write([]byte("never")); !errors.Is(err, errUnread) || time.Since(began) != time.Minute+outputGrace {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		began = time.Now()
		if _, err := o.Write([]byte("never")); !errors.Is(err, errUnread) || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		_ = read.Close()
	})
}

// TestOutletSaysTheLastWord has somebody read, though slowly, when the program ends.
func TestOutletSaysTheLastWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		read, write := io.Pipe()
		o, gone := newOutlet(ctx, write), make(chan struct{})
		go func() {
			defer close(gone)
			for buf := make([]byte, 16); ; time.Sleep(lastWord / 2) {
				if _, err := read.Read(buf); err != nil {
					return
				}
			}
		}()
		for i := range 40 { // two seconds of them
			if _, err := o.Write([]byte("word")); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		_ = read.Close()
		<-gone
	})
}

func TestPacedOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w, rush := newPaced(t.Context(), &out)
		write := func(bytes int) time.Duration {
			began := time.Now()
			if _, err := w.Write(make([]byte, bytes)); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		if d := write(outputBurst); d != 0 {
			t.Errorf("the burst took %v", d)
		}
		var took time.Duration
		for range 10 {
			took += write(outputRate)
		}
		if took < 9*time.Second || took > 11*time.Second {
			t.Errorf("what takes 10 s took %v", took)
		}
		rush()
		if d := write(100 << 20); d != 0 || out.Len() != outputBurst+10*outputRate+100<<20 {
			t.Errorf("the end took %v", d)
		}
	})
}

// TestLargeRostersAreNotRepeatedWithoutEnd has people come and go in a large room.
func TestLargeRostersAreNotRepeatedWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := try(t, 10, true)
		crowd := netchat.RosterDelta{Version: 2}
		for i := range netchat.MaxMembers - 10 {
			crowd.Joined = append(crowd.Joined, member(fmt.Sprintf("%08x", i), strings.Repeat("n", 100)))
		}
		tr.link.events <- &crowd
		const changes = 1000
		for i := range uint64(changes) {
			tr.link.events <- &netchat.RosterDelta{Version: 3 + i, Changed: []netchat.Member{member("bbbbbbbb", fmt.Sprint("you ", i))}}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		_ = tr.in.Close()
		<-tr.done
		if most := 15 * rosterRate; tr.out.Len() > most {
			t.Errorf("%d bytes of what happened in ten seconds", tr.out.Len())
		}
		if !strings.Contains(tr.out.String(), fmt.Sprintf(`"name":"you %d"`, changes-1)) {
			t.Error("the last roster was not written")
		}
	})
}

// TestWhatAHostNamesIsShownHarmless: labels of a plain server and reasons of a host can
// be anything.
func TestWhatAHostNamesIsShownHarmless(t *testing.T) {
	var out bytes.Buffer
	f := &textFace{say: catalogs[english], out: &out}
	evil := netchat.Member{ID: "a\x1b]0;x\x07", Label: "a\x1b]0;x\x07", Name: "me"}
	m := roomOf(evil, netchat.Member{ID: "b\x1b[31m", Label: "b\x1b[31m", Name: "me"})
	_ = f.who(m)
	_ = f.message(m, netchat.Message{Author: evil.ID, Name: "me", Text: "x", Audience: netchat.ToMembers("c\x1b[31m")})
	_ = f.tell(chatSeveral, "me", labels(m.roster.Members))
	m.moved = []netchat.Member{evil}
	_ = f.update(m, &netchat.SystemLine{What: netchat.SystemJoined, Name: "me"})
	_ = f.update(m, &netchat.Refused{Reason: "x\x1b[31m"})
	if strings.ContainsAny(out.String(), "\x1b\x07") || strings.Count(out.String(), "␛") < 6 {
		t.Errorf("%q", out.String())
	}
}

// TestHurryEndsWhatHangs is a command that does not end though its context has.
func TestHurryEndsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		code := make(chan int, 1)
		e := env{streams: streams{exit: func(c int) { code <- c }}}
		defer e.hurry(ctx)()
		began := time.Now()
		cancel()
		if c := <-code; c != exitFailure || time.Since(began) > 2*time.Second {
			t.Errorf("%d after %v", c, time.Since(began))
		}
	})
}
