//go:build netns && linux

package discovery

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
	"github.com/homeroomchat/homeroom/netchat/netchattest"
)

// These tests run the real multicast DNS between machines that are network
// namespaces.

const (
	envRoom       = "HOMEROOM_TEST_ROOM"
	envRemembered = "HOMEROOM_TEST_REMEMBERED"
)

// A hosted is what a host is to have, handed over in envRoom.
type hosted struct {
	Room netchat.RoomInfo
	Port int
	TLS  bool // that it says to have
}

// runInNamespaces is called by TestMain.
func runInNamespaces() (code int, done bool) {
	return netchattest.InNamespaces(map[string]func() int{
		"host": playHost, "find": playFinder, "host and find": playBoth, "stall and find": playStalled,
		"sniff": playSniffer, "churn": playChurn, "attack": playAttacker,
	})
}

// helloAnswer is what a host tells.
type helloAnswer struct {
	Homeroom int            `json:"homeroom"`
	RoomID   netchat.RoomID `json:"room_id"`
	Name     string         `json:"name"`
	Host     string         `json:"host"`
	Members  int            `json:"members"`
	Rich     bool           `json:"rich"`
	TLS      bool           `json:"tls"`
}

// playHost has a room until its stdin ends. To each line it says "settled" once
// it announces nothing of its own accord any more, but only answers.
func playHost() int {
	_, closeRoom, err := openRoom()
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := waitGone("zeroconf.(*Server).probe"); err != nil {
			return netchattest.FailRole(err)
		}
		fmt.Println("settled")
	}
	closeRoom()
	return netchattest.EndRole()
}

// openRoom opens the room of envRoom: it answers, and it is announced.
func openRoom() (id netchat.RoomID, closeRoom func(), err error) {
	var h hosted
	if err := json.Unmarshal([]byte(os.Getenv(envRoom)), &h); err != nil {
		return "", nil, err
	}
	room := h.Room
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", h.Port))
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(helloAnswer{Homeroom: 1, RoomID: room.ID, Name: room.Name, Host: room.Host, Members: 1, Rich: true, TLS: h.TLS})
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	announcer, err := Announce(context.Background(), Announcement{Room: room, Port: h.Port})
	return room.ID, func() {
		_ = announcer.Close()
		_ = server.Close()
		<-served
	}, err
}

// waitGone waits until no goroutine runs a function of that name.
func waitGone(function string) error {
	stacks := make([]byte, 1<<20)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for timeout := time.After(netchattest.RoleEnds); ; {
		if !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), function) {
			return nil
		}
		select {
		case <-tick.C:
		case <-timeout:
			return fmt.Errorf("%s still runs", function)
		}
	}
}

// playFinder prints each list as one line of JSON until its stdin ends.
func playFinder() int {
	var remembered []netchat.Advert
	if err := json.Unmarshal([]byte(os.Getenv(envRemembered)), &remembered); err != nil {
		return netchattest.FailRole(err)
	}
	return show(FinderOptions{}, remembered)
}

// playBoth is a host that looks for the rooms of others as well.
func playBoth() int {
	own, closeRoom, err := openRoom()
	if err != nil {
		return netchattest.FailRole(err)
	}
	return show(FinderOptions{Ignore: func(id netchat.RoomID) bool { return id == own }}, nil, closeRoom)
}

// playStalled is a finder with another search beside that nobody reads.
func playStalled() int {
	ctx, cancel := context.WithCancel(context.Background())
	stalled := NewFinder(FinderOptions{}).Search(ctx, nil)
	return show(FinderOptions{}, nil, func() {
		cancel()
		for range stalled.Rooms() {
		}
	})
}

// show prints what a search lists until stdin ends, and does what is to be done
// then.
func show(opts FinderOptions, remembered []netchat.Advert, after ...func()) int {
	ctx, ended := netchattest.InputEnds()
	fmt.Println("ready")
	for list := range NewFinder(opts).Search(ctx, remembered).Rooms() {
		line, err := json.Marshal(list)
		if err != nil {
			return netchattest.FailRole(err)
		}
		fmt.Println(string(line))
	}
	<-ended
	for _, f := range after {
		f()
	}
	return netchattest.EndRole()
}

// playSniffer looks twice for each line that it reads. To "addresses" it says which
// IPv4 addresses were told to this network, to "bound" whether a flood of IPv4
// packets was cut off where it is to be.
func playSniffer() int {
	on, err := SystemInterfaces()
	if err != nil {
		return netchattest.FailRole(err)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		first, err := sniff(on)
		if err != nil {
			return netchattest.FailRole(err)
		}
		second, err := sniff(on)
		if err != nil {
			return netchattest.FailRole(err)
		}
		n := max(len(first), len(second))
		switch {
		case lines.Text() == "addresses":
			fmt.Println(told(append(first, second...)))
		case n >= maxEntries && n < maxEntries+entryBuffer: // a few came by IPv6
			fmt.Println("took what it takes at most")
		default:
			fmt.Println("took", n)
		}
	}
	return netchattest.EndRole()
}

// sniff returns the sightings of one round.
func sniff(on []Interface) ([]Sighting, error) {
	ctx, cancel := context.WithTimeout(context.Background(), roundWindow)
	defer cancel()
	var mu sync.Mutex
	var heard []Sighting
	err := multicastDNS{}.Browse(ctx, on, func(s Sighting) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, s)
	})
	return heard, err
}

// playChurn stops announcing as soon as it has begun, or a moment later.
func playChurn() int {
	on, err := SystemInterfaces()
	if err != nil || len(on) != 1 {
		return netchattest.FailRole(fmt.Errorf("interfaces %v: %w", on, err))
	}
	fmt.Println("ready")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for j := range 15 {
				stop, err := multicastDNS{}.Register(Registration{Instance: instancePrefix + string(roomID(i)), Port: 8000, Interface: on[0]})
				if err != nil {
					panic(err)
				}
				for range j % 7 {
					runtime.Gosched()
				}
				stop()
			}
		})
	}
	all.Wait()
	fmt.Println("churned")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return netchattest.EndRole()
}
