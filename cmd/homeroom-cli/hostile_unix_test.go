//go:build unix

package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
	"github.com/homeroomchat/homeroom/netchat/wire"
)

// endWait is how long a program may take to end after a signal.
const endWait = 2 * time.Second

// A hostile host floods whoever joins it.
type hostile struct {
	*netchattest.Host
	info netchat.RoomInfo
	addr string
}

func newHostile(t *testing.T) hostile {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	info := netchat.RoomInfo{ID: netchat.RoomIDFromKey(public), Name: "R", Host: "h"}
	host := netchattest.NewSecureHost(t, key, info)
	return hostile{host, info, host.ListenTCP(t)}
}

// fullAfter is after how many frames a pipe is full that nobody reads.
const fullAfter = 2

// flood lets one client in and sends frames until it hangs up. started is closed
// when there is more to print than a pipe takes.
func (h hostile) flood(started chan<- struct{}, frame func(n uint64) []byte) {
	p := h.Accept()
	hello := p.Hello()
	id := netchat.MemberIDFromKey(hello.Rich.Key)
	self := wire.Member{ID: id, Label: id.Label(), Name: hello.Name, Keyed: true, Rich: true, TLS: true, Presence: netchat.Present}
	p.Rich(wire.ServerFrame{
		Type: wire.TypeWelcome, Roster: &wire.Roster{Version: 1, Members: []wire.Member{self}},
		Welcome: wire.Welcome{
			V: wire.Version, Room: (*wire.Room)(&h.info), Self: &self, Types: wire.CommandTypes(),
			Position: &wire.Position{Epoch: "1-0123456789abcdef"},
		},
	})
	p.Rich(wire.ServerFrame{Type: wire.TypePage, Snapshot: true})
	for n := uint64(1); p.TrySend(frame(n)); n++ {
		if n == fullAfter {
			close(started)
		}
	}
}

func floodText(n uint64) []byte {
	frame, _ := wire.EncodeEvent(&netchat.Event{
		Epoch: "1-0123456789abcdef", Seq: n, ID: netchat.EventID(fmt.Sprintf("%032x", n)), Kind: netchat.KindMessage,
		Audience: netchat.ToAll(), Body: fmt.Appendf(nil, `{"name":"x","text":%q}`, strings.Repeat("\n", netchat.MaxText)),
	})
	return frame
}

func floodLists(n uint64) []byte {
	d := &wire.RosterDelta{Version: n + 1}
	for i := range uint64(netchat.MaxMembers - 1) {
		id := func(n uint64) netchat.MemberID { return netchat.MemberID(fmt.Sprintf("%032x", n*10_000+i)) }
		d.Joined = append(d.Joined, wire.Member{ID: id(n), Label: "00112233", Name: strings.Repeat("n", netchat.MaxName)})
		d.Left = append(d.Left, id(n-1))
	}
	frame, _ := wire.EncodeServer(wire.ServerFrame{Type: wire.TypeRosterDelta, Delta: d})
	return frame
}

// TestEndsThoughNobodyReads has a program whose output goes into a full pipe, under a
// flood, be ended by a signal.
func TestEndsThoughNobodyReads(t *testing.T) {
	path := build(t)
	for name, c := range map[string]struct {
		flood  func(uint64) []byte
		args   []string
		signal os.Signal
	}{
		"texts":         {floodText, nil, syscall.SIGTERM},
		"texts in JSON": {floodText, []string{"--json"}, syscall.SIGINT},
		"lists":         {floodLists, nil, syscall.SIGINT},
		"lists in JSON": {floodLists, []string{"--json"}, syscall.SIGTERM},
		"texts kept":    {floodText, []string{"--data", t.TempDir()}, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			host, started := newHostile(t), make(chan struct{})
			flooded := make(chan struct{})
			go func() {
				defer close(flooded)
				host.flood(started, c.flood)
			}()
			p := launch(t, path, append([]string{"join", host.addr, "--name", "x"}, c.args...)...)
			<-started
			began := time.Now()
			if err := p.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			err := p.Wait()
			if took := time.Since(began); took > endWait {
				t.Errorf("it ended after %v with %v", took, err)
			}
			<-flooded
		})
	}
}

// TestAClosedOutputIsNoCrash has whoever reads the output go away.
func TestAClosedOutputIsNoCrash(t *testing.T) {
	host, started := newHostile(t), make(chan struct{})
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		host.flood(started, floodText)
	}()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(build(t), "join", host.addr, "--name", "x")
	var errs strings.Builder
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	cmd.Stdout, cmd.Stderr = write, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	<-started
	_ = read.Close()
	<-flooded
	if err := cmd.Wait(); exitCode(err) != exitFailure || !strings.Contains(errs.String(), catalogs[english].of(failOutput, catalogs[english].of(whyGone))) {
		t.Errorf("%v: %s", err, errs.String())
	}
}
