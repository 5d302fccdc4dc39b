//go:build netns && linux

package discovery

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.uber.org/goleak"

	"github.com/homeroomchat/homeroom/netchat"
)

// These tests run the real multicast DNS between machines that are network
// namespaces. The test binary starts itself over in namespaces of its own, with
// a private /run, so that nothing of them is left behind; it needs unshare,
// nsenter and mount (util-linux) and ip (iproute2), and root or the right to
// make user namespaces. The machines run the test binary again in a role.

const (
	envInside = "HOMEROOM_TEST_INSIDE"
	envRole   = "HOMEROOM_TEST_ROLE"
	envRoom   = "HOMEROOM_TEST_ROOM"

	envRemembered = "HOMEROOM_TEST_REMEMBERED"
)

// A hosted is what a host is to have, handed over in envRoom.
type hosted struct {
	Room netchat.RoomInfo
	Port int
	TLS  bool // that it says to have
}

// leakWait is how long a machine's goroutines may take to end: the library's
// announcing one sleeps for up to 3 s.
const leakWait = 5 * time.Second

// runInNamespaces is called by TestMain.
func runInNamespaces() (code int, done bool) {
	plays := map[string]func() int{
		"host": playHost, "find": playFinder, "host and find": playBoth, "stall and find": playStalled,
		"sniff": playSniffer, "churn": playChurn, "attack": playAttacker,
	}
	if play, known := plays[os.Getenv(envRole)]; known {
		return play(), true
	}
	if os.Getenv(envInside) != "" {
		return 0, false
	}
	args := []string{"--net", "--mount"}
	if os.Geteuid() != 0 {
		args = append(args, "--user", "--map-root-user")
	}
	const script = `mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set lo up && exec "$0" "$@"`
	args = append(args, "sh", "-c", script)
	if out, err := exec.Command("unshare", append(slices.Clone(args), "true")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the tests with the tag netns need root or user namespaces, util-linux and iproute2: unshare: %v: %s", err, out)
		return 1, true
	}
	path, err := exec.LookPath("unshare")
	if err == nil {
		err = syscall.Exec(path, slices.Concat([]string{"unshare"}, args, os.Args), append(os.Environ(), envInside+"=1"))
	}
	return fail(err), true
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
		return fail(err)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := waitGone("zeroconf.(*Server).probe"); err != nil {
			return fail(err)
		}
		fmt.Println("settled")
	}
	closeRoom()
	return sayClean()
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
	for timeout := time.After(leakWait); ; {
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
		return fail(err)
	}
	return show(FinderOptions{}, remembered)
}

// playBoth is a host that looks for the rooms of others as well.
func playBoth() int {
	own, closeRoom, err := openRoom()
	if err != nil {
		return fail(err)
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
	ctx, ended := untilInputEnds()
	fmt.Println("ready")
	for list := range NewFinder(opts).Search(ctx, remembered).Rooms() {
		line, err := json.Marshal(list)
		if err != nil {
			return fail(err)
		}
		fmt.Println(string(line))
	}
	<-ended
	for _, f := range after {
		f()
	}
	return sayClean()
}

// untilInputEnds returns a context that ends with stdin; after that the channel
// is closed.
func untilInputEnds() (context.Context, <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx, ended
}

// playSniffer looks twice for each line that it reads. To "addresses" it says which
// IPv4 addresses were told to this network, to "bound" whether a flood of IPv4
// packets was cut off where it is to be.
func playSniffer() int {
	on, err := SystemInterfaces()
	if err != nil {
		return fail(err)
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		first, err := sniff(on)
		if err != nil {
			return fail(err)
		}
		second, err := sniff(on)
		if err != nil {
			return fail(err)
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
	return sayClean()
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
		return fail(fmt.Errorf("interfaces %v: %w", on, err))
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
	return sayClean()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// sayClean prints "clean" once no goroutine is left but this one, and no socket.
func sayClean() int {
	var err error
	for end := time.Now().Add(leakWait); time.Now().Before(end); {
		if err = errors.Join(goleak.Find(), openSockets()); err == nil { // tries for a while
			fmt.Println("clean")
			return 0
		}
	}
	return fail(err)
}

// openSockets is an error if this process has any.
func openSockets() error {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, f := range files {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			return fmt.Errorf("file %s is still a %s", f.Name(), to)
		}
	}
	return nil
}
