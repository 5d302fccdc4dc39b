//go:build netns && linux

package hosting_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/client"
	"github.com/homeroomchat/homeroom/netchat/discovery"
	"github.com/homeroomchat/homeroom/netchat/hosting"
	"github.com/homeroomchat/homeroom/netchat/joining"
	"github.com/homeroomchat/homeroom/netchat/keyring"
	"github.com/homeroomchat/homeroom/netchat/known"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// envPart holds, in JSON, what a role is to be.
const envPart = "HOMEROOM_TEST_PART"

// runInNamespaces is called by TestMain.
func runInNamespaces() (code int, done bool) {
	return netchattest.InNamespaces(map[string]func() int{
		"room": playRoom, "member": playMember, "plain": playPlain, "crowd": playCrowd,
		"attacker": playAttacker, "goodbye": playGoodbye, "joiners": playJoiners,
	})
}

func part[T comparable]() (p T, err error) {
	err = json.Unmarshal([]byte(os.Getenv(envPart)), &p)
	return p, err
}

// A roomPart is a room to open on port 8000.
type roomPart struct {
	Name, Host string
	Data       string // where its key is
	AppOnly    bool
	NoBudget   bool
}

// playRoom has a room, with its host in it, until its stdin ends.
func playRoom() int {
	p, err := part[roomPart]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	keys, err := keyring.Open(p.Data)
	if err != nil {
		return netchattest.FailRole(err)
	}
	opts := hosting.Options{Room: p.Name, Host: p.Host, Listen: ":8000", Keyring: keys, Announce: true, AppOnly: p.AppOnly}
	opts.Rate.Off = p.NoBudget
	room, err := hosting.Open(context.Background(), opts)
	if err != nil {
		return netchattest.FailRole(err)
	}
	host, err := joining.Own(context.Background(), room.Dial, room.Info(), p.Host, nil, nil)
	if err != nil {
		return netchattest.FailRole(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for range host.Events() {
		}
	})
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("code", string(room.Code()))
	}
	_ = host.Close()
	reading.Wait()
	if err := errors.Join(room.Close(), keys.Close()); err != nil {
		return netchattest.FailRole(err)
	}
	return netchattest.EndRole()
}

// A memberPart is somebody who joins, as joining.Join does.
type memberPart struct {
	Target  string
	Room    netchat.RoomID
	Code    netchat.RoomCode
	TLSOnly bool
	Name    string
	Data    string // device key and known rooms
	Find    bool   // looks for the room when it is away
}

// kindOf says which error it is, in one word.
func kindOf(err error) string {
	switch {
	case err == nil:
		return "-"
	case errors.Is(err, netchat.ErrChangedKey):
		return "changed"
	case errors.Is(err, netchat.ErrWrongCode):
		return "code"
	case errors.Is(err, netchat.ErrNoTLS):
		return "stripped"
	case errors.Is(err, netchat.ErrStripped):
		return "bare"
	case errors.Is(err, netchat.ErrAppOnly):
		return "apponly"
	case errors.Is(err, netchat.ErrUnreached):
		return "unreached"
	}
	return "other"
}

// playMember joins and says how that went: "in TRUST TLS" or "out KIND". Then it
// does what it reads, and tells what it hears.
func playMember() int {
	p, err := part[memberPart]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	keys, err := keyring.Open(p.Data)
	if err != nil {
		return netchattest.FailRole(err)
	}
	device, err := keys.Device()
	if err != nil {
		return netchattest.FailRole(err)
	}
	rooms, err := known.Open(p.Data)
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	o := joining.Options{
		Target: p.Target, Room: p.Room, Code: p.Code, TLSOnly: p.TLSOnly, Name: p.Name, Key: device, Known: rooms,
	}
	if p.Find {
		o.Find = discovery.NewFinder(discovery.FinderOptions{}).Watch
	}
	c, err := joining.Join(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, p.Name, "is not let in:", err)
		fmt.Println("out", kindOf(err))
		_ = keys.Close()
		return netchattest.EndRole()
	}
	told := &teller{}
	var reading sync.WaitGroup
	reading.Go(func() {
		for u := range c.Events() {
			told.tell(u)
		}
	})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := told.do(c, lines.Text()); err != nil {
			return netchattest.FailRole(err)
		}
	}
	_ = c.Close()
	reading.Wait()
	_ = keys.Close()
	return netchattest.EndRole()
}

// A teller prints what a member gets to know.
type teller struct {
	mu     sync.Mutex
	roster netchat.Roster
}

func (t *teller) tell(u netchat.Update) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch u := u.(type) {
	case *netchat.Welcome:
		t.roster = u.Roster.Clone()
		fmt.Println("in", orNone(u.Security.Trust), u.Security.TLS)
	case *netchat.RosterDelta:
		t.roster.Apply(u)
		for _, m := range u.Changed {
			fmt.Println("now", m.Name, m.Presence)
		}
		for _, m := range u.Joined {
			fmt.Println("here", m.Name, m.TLS, m.Keyed)
		}
	case *netchat.Roster:
		t.roster = u.Clone()
	case *netchat.Event:
		if m, ok := netchat.MessageOf(u); ok {
			fmt.Println("heard", m.Name+":", m.Text)
		}
	case *netchat.Page:
		fmt.Println("page", u.Snapshot, len(u.Messages) > 0)
	case *netchat.StateChange:
		fmt.Println("state", u.State, kindOf(u.Err))
	}
}

// orNone makes a word of the empty Trust.
func orNone(t netchat.Trust) netchat.Trust {
	if t == netchat.TrustNone {
		return "none"
	}
	return t
}

// do understands "say TEXT", "to NAME TEXT", "rename NAME" and "history".
func (t *teller) do(c *client.Client, line string) error {
	command, rest, _ := strings.Cut(line, " ")
	switch command {
	case "rename":
		return c.Rename(rest)
	case "history":
		return c.History(0, 10)
	}
	post := netchat.Post{Text: rest}
	if command == "to" {
		var name string
		name, post.Text, _ = strings.Cut(rest, " ")
		t.mu.Lock()
		for _, m := range t.roster.Named(name) {
			post.To = append(post.To, m.ID)
		}
		t.mu.Unlock()
		if len(post.To) != 1 {
			return fmt.Errorf("%d are called %s", len(post.To), name)
		}
	}
	var err error
	if post.ID, err = netchat.RandomEventID(rand.Reader); err != nil {
		return err
	}
	fmt.Println("sent", post.ID)
	return c.Send(post)
}

// playPlain is a client that knows nothing of TLS. It tells each frame it gets.
func playPlain() int {
	p, err := part[memberPart]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	ws, answer, err := new(websocket.Dialer).Dial("ws://"+p.Target+"/ws", nil)
	if err != nil {
		if answer != nil {
			fmt.Println("status", answer.StatusCode)
		}
		return netchattest.EndRole()
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			_, frame, err := ws.ReadMessage()
			if err != nil {
				return
			}
			fmt.Println("got", string(frame))
		}
	})
	first, err := json.Marshal(map[string]string{"username": p.Name})
	if err == nil {
		err = ws.WriteMessage(websocket.TextMessage, first)
	}
	for lines := bufio.NewScanner(os.Stdin); err == nil && lines.Scan(); {
		var frame []byte
		if frame, err = json.Marshal(map[string]string{"type": "public", "content": lines.Text()}); err == nil {
			err = ws.WriteMessage(websocket.TextMessage, frame)
		}
	}
	_ = ws.Close()
	reading.Wait()
	if err != nil {
		return netchattest.FailRole(err)
	}
	return netchattest.EndRole()
}

// A crowdPart is many members in one program.
type crowdPart struct {
	Target string
	Size   int
}

// playCrowd joins with many and says "all in". Whenever all of them have been cut
// off and are back, it says "all back".
func playCrowd() int {
	p, err := part[crowdPart]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	all := newCrowd(p.Target, p.Size)
	for _, word := range []string{"all in", "all back"} {
		if err := all.await(context.Background()); err != nil {
			return netchattest.FailRole(err)
		}
		fmt.Println(word)
	}
	ctx, ended := netchattest.InputEnds()
	<-ctx.Done()
	<-ended
	all.leave()
	return netchattest.EndRole()
}

// playGoodbye announces the room of another and takes that back, as often as it
// reads a line: the goodbyes are those of the room's own machine.
func playGoodbye() int {
	p, err := part[netchat.RoomInfo]()
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		a, err := discovery.Announce(context.Background(), discovery.Announcement{Room: p, Port: 8000})
		if err != nil {
			return netchattest.FailRole(err)
		}
		if _, err := discovery.Hello(context.Background(), lines.Text()); err != nil { // takes a moment, and the room answers
			return netchattest.FailRole(err)
		}
		_ = a.Close()
		fmt.Println("taken back")
	}
	return netchattest.EndRole()
}
