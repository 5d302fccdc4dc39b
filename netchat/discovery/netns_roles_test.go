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
	"os/exec"
	"runtime"
	"slices"
	"strings"
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
)

// A hosted is what a host is to have, handed over in envRoom.
type hosted struct {
	Room netchat.RoomInfo
	Port int
}

// leakWait is how long a machine's goroutines may take to end: the library's
// announcing one sleeps for up to 3 s.
const leakWait = 5 * time.Second

// runInNamespaces is called by TestMain.
func runInNamespaces() (code int, done bool) {
	switch role := os.Getenv(envRole); {
	case role == "host":
		return playHost(), true
	case role == "find":
		return playFinder(), true
	case os.Getenv(envInside) != "":
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
}

// playHost has a room until its stdin ends. To each line it says "settled" once
// it announces nothing of its own accord any more, but only answers.
func playHost() int {
	var h hosted
	if err := json.Unmarshal([]byte(os.Getenv(envRoom)), &h); err != nil {
		return fail(err)
	}
	room := h.Room
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", h.Port))
	if err != nil {
		return fail(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(helloAnswer{Homeroom: 1, RoomID: room.ID, Name: room.Name, Host: room.Host, Members: 1, Rich: true})
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	announcer, err := Announce(context.Background(), Announcement{Room: room, Port: h.Port})
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
	_ = announcer.Close()
	_ = server.Close()
	<-served
	return sayClean()
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
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println("ready")
	for list := range NewFinder(FinderOptions{}).Watch(ctx) {
		line, err := json.Marshal(list)
		if err != nil {
			return fail(err)
		}
		fmt.Println(string(line))
	}
	<-ended
	return sayClean()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// sayClean prints "clean" once no goroutine is left but this one.
func sayClean() int {
	var err error
	for end := time.Now().Add(leakWait); time.Now().Before(end); {
		if err = goleak.Find(); err == nil { // tries for a while
			fmt.Println("clean")
			return 0
		}
	}
	return fail(err)
}
