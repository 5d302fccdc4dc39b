//go:build netns && linux

package discovery

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homeroomchat/homeroom/netchat"
)

// A lanTest makes machines and cables. Names of interfaces within a machine
// are eth0, eth1, …
type lanTest struct {
	t      *testing.T
	prefix string
}

// newLAN makes n switches, numbered from 0. prefix keeps tests apart.
func newLAN(t *testing.T, prefix string, switches int) *lanTest {
	l := &lanTest{t: t, prefix: prefix}
	for i := range switches {
		l.ip("link", "add", l.bridge(i), "type", "bridge", "mcast_snooping", "0")
		t.Cleanup(func() { l.ip("link", "del", l.bridge(i)) })
		l.ip("link", "set", l.bridge(i), "up")
	}
	return l
}

func (l *lanTest) bridge(i int) string         { return fmt.Sprintf("%sbr%d", l.prefix, i) }
func (l *lanTest) netns(machine string) string { return l.prefix + machine }

func (l *lanTest) ip(args ...string) {
	l.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// in runs ip within a machine.
func (l *lanTest) in(machine string, args ...string) {
	l.t.Helper()
	l.ip(append([]string{"-n", l.netns(machine)}, args...)...)
}

// machine makes one, with one cable per address, to switch 0, 1, … An empty
// address leaves IPv6 link-local alone.
func (l *lanTest) machine(name string, addrs ...string) {
	l.t.Helper()
	l.ip("netns", "add", l.netns(name))
	l.t.Cleanup(func() { l.ip("netns", "del", l.netns(name)) })
	l.in(name, "link", "set", "lo", "up")
	for i, addr := range addrs {
		if addr != "none" {
			l.plug(name, i, addr)
		}
	}
}

// plug connects ethN of a machine to switch N.
func (l *lanTest) plug(name string, n int, addr string) {
	l.t.Helper()
	outer, inner := fmt.Sprintf("%s%sv%d", l.prefix, name, n), fmt.Sprintf("eth%d", n)
	l.ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", l.netns(name))
	l.ip("link", "set", outer, "master", l.bridge(n), "up")
	if addr != "" {
		l.in(name, "addr", "add", addr, "dev", inner)
	}
	l.in(name, "link", "set", inner, "up")
}

func (l *lanTest) unplug(name string, n int) {
	l.t.Helper()
	l.ip("link", "del", fmt.Sprintf("%s%sv%d", l.prefix, name, n))
}

// A role is the test binary running on a machine.
type role struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
	over  bool
}

func (l *lanTest) start(machine, roleName string, env ...string) *role {
	l.t.Helper()
	cmd := exec.Command("nsenter", "--net=/run/netns/"+l.netns(machine), os.Args[0])
	// The proxy answers nothing: what went through it would fail.
	cmd.Env = append(os.Environ(), append(env, envRole+"="+roleName, "HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9")...)
	cmd.Stderr = l.t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	r := &role{t: l.t, cmd: cmd, stdin: stdin, lines: make(chan string, 1000)}
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			r.lines <- s.Text()
		}
	}()
	l.t.Cleanup(r.kill)
	r.line(10*time.Second, "ready")
	return r
}

// host opens room id on port 8000 (room 1), 8001 (room 2), …
func (l *lanTest) host(machine string, id int, name string) *role {
	l.t.Helper()
	return l.open("host", machine, id, name)
}

func (l *lanTest) open(roleName, machine string, id int, name string) *role {
	l.t.Helper()
	return l.openAs(roleName, machine, id, name, true)
}

func (l *lanTest) openAs(roleName, machine string, id int, name string, tls bool) *role {
	l.t.Helper()
	room, err := json.Marshal(hosted{
		Room: netchat.RoomInfo{ID: roomID(id), Name: name, Host: machine},
		Port: netchat.DefaultPort + id - 1,
		TLS:  tls,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return l.start(machine, roleName, envRoom+"="+string(room))
}

// find looks for rooms, and remembers some.
func (l *lanTest) find(machine string, remembered ...netchat.Advert) *role {
	l.t.Helper()
	return l.search("find", machine, remembered...)
}

func (l *lanTest) search(roleName, machine string, remembered ...netchat.Advert) *role {
	l.t.Helper()
	list, err := json.Marshal(remembered)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.start(machine, roleName, envRemembered+"="+string(list))
}

// line waits for that line, past others.
func (r *role) line(limit time.Duration, want string) {
	r.t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case line, ok := <-r.lines:
			if !ok {
				r.t.Fatalf("ended without %q", want)
			}
			if line == want {
				return
			}
		case <-timeout:
			r.t.Fatalf("no %q within %v", want, limit)
		}
	}
}

// list waits until the machine lists what is wanted, and logs how long it took.
func (r *role) list(what string, limit time.Duration, want func([]netchat.Advert) bool) {
	r.t.Helper()
	start, timeout, last := time.Now(), time.After(limit), "nothing"
	for {
		select {
		case line, ok := <-r.lines:
			var list []netchat.Advert
			if err := json.Unmarshal([]byte(line), &list); !ok || err != nil {
				r.t.Fatalf("%s: line %q: %v", what, line, err)
			}
			if last = line; want(list) {
				r.t.Logf("%s: %v", what, time.Since(start).Round(time.Millisecond))
				return
			}
		case <-timeout:
			r.t.Fatalf("%s: not within %v; last list: %s", what, limit, last)
		}
	}
}

// tell gives a role a command and waits for the answer.
func (r *role) tell(command, answer string) {
	r.t.Helper()
	if _, err := io.WriteString(r.stdin, command+"\n"); err != nil {
		r.t.Fatal(err)
	}
	r.line(2*leakWait, answer)
}

// settle waits until a host only answers.
func (r *role) settle() {
	r.t.Helper()
	r.tell("settle", "settled")
}

// signal sends a signal to the role.
func (r *role) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// keeps checks that for that long, and in what it has said already, the machine
// lists nothing but these rooms.
func (r *role) keeps(what string, limit time.Duration, names ...string) {
	r.t.Helper()
	for timeout := time.After(limit); ; {
		select {
		case line := <-r.lines:
			var list []netchat.Advert
			if err := json.Unmarshal([]byte(line), &list); err != nil || !named(list, names) {
				r.t.Fatalf("%s: line %q: %v", what, line, err)
			}
		case <-timeout:
			return
		}
	}
}

func named(list []netchat.Advert, names []string) bool {
	return slices.EqualFunc(list, names, func(a netchat.Advert, name string) bool { return a.Room.Name == name })
}

// quiet checks that the role says nothing for that long.
func (r *role) quiet(what string, limit time.Duration) {
	r.t.Helper()
	select {
	case line := <-r.lines:
		r.t.Fatalf("%s: line %q", what, line)
	case <-time.After(limit):
	}
}

// close ends the role properly and checks that none of its goroutines and
// sockets is left.
func (r *role) close() {
	r.t.Helper()
	_ = r.stdin.Close()
	r.line(2*leakWait, "clean")
	for range r.lines {
	}
	r.over = true
	if err := r.cmd.Wait(); err != nil { // the race detector tells by the exit code
		r.t.Errorf("ended with %v", err)
	}
}

// kill ends it as kill -9 does.
func (r *role) kill() {
	if r.over {
		return
	}
	r.over = true
	_ = r.cmd.Process.Kill()
	for range r.lines {
	}
	_ = r.cmd.Wait()
}

func (r *role) names(what string, limit time.Duration, names ...string) {
	r.t.Helper()
	slices.Sort(names)
	r.list(what, limit, func(list []netchat.Advert) bool { return named(list, names) })
}

func (r *role) reachedAt(what string, limit time.Duration, addrs ...string) {
	r.t.Helper()
	r.list(what, limit, func(list []netchat.Advert) bool {
		if len(list) != 1 {
			return false
		}
		v4 := slices.DeleteFunc(list[0].Addrs, func(a string) bool { return strings.HasPrefix(a, "[fe80") })
		return slices.Equal(v4, addrs)
	})
}
